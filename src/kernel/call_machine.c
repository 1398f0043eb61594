/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Calls on interrupts and the machine; the choice among those on memory. */
#include <kernel/call.h>
#include <kernel/device.h>

int call_memory(uint64_t t, uint64_t number)
{
	if (number <= SEPTUM_FRAME_RECLAIM)
		return calls_on_frames(t, number);
	if (number == SEPTUM_AUDIT_READ)
		return call_audit(t);
	if (number > SEPTUM_WINDOW_UNMAP)
		return SEPTUM_BAD_CALL;
	return number < SEPTUM_WINDOW_MAP ? calls_on_spaces(t, number) : calls_on_windows(t, number);
}

/*@ KERNEL_HOLDS(t < THREADS && d < DOMAINS && d == thread[t].domain % NAME_SLOTS);
    terminates \true;
    assigns irq[0 .. IRQS-1];
    CALL_ENSURES;
    ensures may: \result == SEPTUM_OK ==> Holding{Pre}(t, 0, CAP_IRQ, 0) &&
      (number != SEPTUM_IRQ_ACK ==> Holding{Pre}(t, 1, CAP_THREAD, CAP_CONTROL));
    ensures bound: \result == SEPTUM_OK && number != SEPTUM_IRQ_ACK ==>
      irq[Named(t, 0) % IRQS].thread == ThreadName(Named(t, 1) % NAME_SLOTS) &&
      irq[Named(t, 0) % IRQS].bits == Argument(t, 2);
    ensures rest: \forall integer n; 0 <= n < IRQS &&
      (\result != SEPTUM_OK || number == SEPTUM_IRQ_ACK || n != Named(t, 0) % IRQS) ==> irq[n] == \old(irq[n]);
*/
static int irq_calls(uint64_t t, uint32_t d, uint64_t number)
{
	uint64_t i = call_argument(t, 0);
	uint64_t j = call_argument(t, 1);
	int status = cap_check(d, i, CAP_IRQ, 0);
	if (status != SEPTUM_OK)
		return status;
	uint32_t n = cap[d].slot[i].name % IRQS;
	if (n == 0)
		return SEPTUM_BAD_CAP;
	if (number == SEPTUM_IRQ_ACK) {
		irq_ack(n);
		return SEPTUM_OK;
	}
	status = cap_check(d, j, CAP_THREAD, CAP_CONTROL);
	if (status == SEPTUM_OK)
		irq_bind(n, cap[d].slot[j].name % NAME_SLOTS, call_argument(t, 2));
	return status;
}

/* What the IOMMU has refused. */
/*@ KERNEL_HOLDS(t < THREADS);
    terminates \true;
    assigns context[0 .. THREADS-1];
    CALL_ENSURES;
    ensures answer: AnswerOnly{Pre,Post}(t);
    ensures ok: \result == SEPTUM_OK;
*/
static int device_report(uint64_t t)
{
	struct device_fault f = iommu_fault();
	return call_answer(t, f.device, f.cause, f.address, 0, 0);
}

int call_machine(uint64_t t, uint64_t number)
{
	uint32_t d = thread[t].domain % NAME_SLOTS;
	uint64_t n = call_argument(t, 0);
	uint64_t i = call_argument(t, 1);
	if (number == SEPTUM_IRQ_BIND || number == SEPTUM_IRQ_ACK)
		return irq_calls(t, d, number);
	if (number > SEPTUM_DEVICE_FAULT && number != SEPTUM_SYSTEM_OFF && number != SEPTUM_SYSTEM_LOG)
		return SEPTUM_BAD_CALL;
	int status = cap_check(d, BOOT_CAP_SYSTEM, CAP_SYSTEM, 0);
	if (status == SEPTUM_OK && number == SEPTUM_DEVICE_ASSIGN)
		status = cap_check(d, i, CAP_DOMAIN, CAP_MEMORY);
	if (status != SEPTUM_OK)
		return status;
	switch (number) {
	case SEPTUM_DEVICE_ASSIGN: return device_assign(n, cap[d].slot[i].name);
	case SEPTUM_DEVICE_TAKE: return device_take(n);
	case SEPTUM_DEVICE_FAULT: return device_report(t);
	case SEPTUM_SYSTEM_OFF: firmware_off(n); return SEPTUM_OK;
	default: firmware_put(n); return SEPTUM_OK;
	}
}
