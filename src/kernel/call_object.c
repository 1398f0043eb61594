/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Calls on domains, threads, capabilities, interrupts and the machine. */
#include <kernel/boot.h>
#include <kernel/call.h>
#include <kernel/cap.h>
#include <kernel/domain.h>
#include <kernel/irq.h>
#include <kernel/vcpu.h>

/*@ requires slot: d < DOMAINS;
    terminates \true;
    assigns \nothing;
    ensures empty: \result == SEPTUM_OK ==> i < CAPS && cap[d].slot[i].type == CAP_NONE;
*/
static int empty_slot(uint32_t d, uint64_t i)
{
	if (i >= CAPS)
		return SEPTUM_BAD_ARGUMENT;
	return cap[d].slot[i].type == CAP_NONE ? SEPTUM_OK : SEPTUM_FULL;
}

/*@ KERNEL_HOLDS(t < THREADS && d < DOMAINS);
    CALL_KEPT;
    ensures may: \result == SEPTUM_OK ==> MayObject{Pre}(t, SEPTUM_DOMAIN_CREATE);
*/
static int domain_create(uint64_t t, uint32_t d)
{
	uint64_t kind = call_argument(t, 0);
	uint64_t i = call_argument(t, 1);
	int status = cap_check(d, BOOT_CAP_SYSTEM, CAP_SYSTEM, 0);
	if (status == SEPTUM_OK)
		status = empty_slot(d, i);
	if (status != SEPTUM_OK)
		return status;
	if (kind != SEPTUM_SERVER && kind != SEPTUM_GUEST)
		return SEPTUM_BAD_ARGUMENT;
	uint32_t name = domain_new((uint32_t)kind);
	if (name == NOBODY)
		return SEPTUM_FULL;
	cap_clear(name % NAME_SLOTS);
	cap_put(name % NAME_SLOTS, CAP_SELF, CAP_DOMAIN, name, 0);
	cap[name % NAME_SLOTS].slot[CAP_SELF].rights = CAP_MEMORY;
	return cap_put(d, i, CAP_DOMAIN, name, 0);
}

/* Stops the domain's threads; BUSY while one is on a hart. */
/*@ requires ranges: Ranges;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1], vcpu[0 .. THREADS-1], hart[0 .. HARTS-1];
    ensures ranges: Ranges;
    ensures currents: CurrentsSame{Pre,Post};
    ensures homes: Homes{Pre,Post};
    ensures ended: \result == SEPTUM_OK ==> \forall integer k; 0 <= k < thread_top ==>
      thread[k].state == THREAD_FREE || thread[k].domain != name;
*/
static int end_threads(uint32_t name)
{
	int status = SEPTUM_OK;
	/*@ loop invariant range: 0 <= k <= thread_top;
	    loop invariant ranges: Ranges;
	    loop invariant currents: CurrentsSame{Pre,Here};
	    loop invariant homes: Homes{Pre,Here};
	    loop invariant ended: status == SEPTUM_OK ==> \forall integer j; 0 <= j < k ==>
	      thread[j].state == THREAD_FREE || thread[j].domain != name;
	    loop assigns k, status, thread[0 .. THREADS-1], context[0 .. THREADS-1], vcpu[0 .. THREADS-1],
	      hart[0 .. HARTS-1];
	    loop variant thread_top - k;
	*/
	for (uint64_t k = 0; k < thread_top; k++) {
		if (thread[k].state == THREAD_FREE || thread[k].domain != name)
			continue;
		thread[k].state = THREAD_STOPPED;
		if (thread_on_hart(k)) {
			hart_send_ipi(thread[k].hart);
			status = SEPTUM_BUSY;
		} else {
			thread_end(k);
			//@ assert gone: thread[k].state == THREAD_FREE;
		}
		//@ assert before: status == SEPTUM_OK ==> \forall integer j; 0 <= j < k ==> thread[j].state == THREAD_FREE || thread[j].domain != name;
	}
	return status;
}

/*@ KERNEL_HOLDS(t < THREADS && d < DOMAINS);
    CALL_KEPT;
    ensures may: \result == SEPTUM_OK ==> MayObject{Pre}(t, SEPTUM_DOMAIN_DESTROY);
*/
static int domain_destroy(uint64_t t, uint32_t d)
{
	uint64_t i = call_argument(t, 0);
	int status = cap_check(d, i, CAP_DOMAIN, CAP_CONTROL);
	if (status != SEPTUM_OK)
		return status;
	uint32_t name = cap[d].slot[i].name;
	if (name == thread[t].domain)
		return SEPTUM_DENIED;
	status = dom[name % NAME_SLOTS].kind == SEPTUM_GUEST ? vcpu_unbind_all(name) : end_threads(name);
	if (status != SEPTUM_OK)
		return status;
	/*@ assert threads: \forall integer k; 0 <= k < THREADS && thread[k].state != THREAD_FREE ==>
	      thread[k].domain % NAME_SLOTS != name % NAME_SLOTS; */
	/*@ assert guests: \forall integer k; 0 <= k < THREADS && vcpu[k].guest != NOBODY ==>
	      vcpu[k].guest % NAME_SLOTS != name % NAME_SLOTS; */
	domain_end(name);
	//@ assert homed: Homed;
	//@ assert bound: BoundPages && BoundGuests;
	cap_clear(name % NAME_SLOTS);
	return SEPTUM_OK;
}

/*@ KERNEL_HOLDS(t < THREADS && d < DOMAINS);
    CALL_KEPT;
    ensures may: \result == SEPTUM_OK ==> MayObject{Pre}(t, SEPTUM_DOMAIN_PEER);
*/
static int peer_call(uint64_t t, uint32_t d)
{
	uint64_t i = call_argument(t, 0);
	uint64_t j = call_argument(t, 1);
	int status = cap_check(d, i, CAP_DOMAIN, CAP_CONTROL);
	if (status == SEPTUM_OK)
		status = cap_check(d, j, CAP_DOMAIN, CAP_CONTROL);
	return status != SEPTUM_OK ? status : domain_peer(cap[d].slot[i].name, cap[d].slot[j].name);
}

/*@ KERNEL_HOLDS(t < THREADS && d < DOMAINS);
    CALL_KEPT;
    ensures may: \result == SEPTUM_OK ==> MayObject{Pre}(t, SEPTUM_CAP_GRANT);
*/
static int grant(uint64_t t, uint32_t d)
{
	uint64_t i = call_argument(t, 0);
	int status = cap_check(d, i, CAP_DOMAIN, CAP_CONTROL);
	if (status != SEPTUM_OK)
		return status;
	return cap_grant(d, call_argument(t, 2), cap[d].slot[i].name % NAME_SLOTS, call_argument(t, 1), call_argument(t, 3), call_argument(t, 4));
}

/*@ KERNEL_HOLDS(t < THREADS && d < DOMAINS);
    CALL_KEPT;
*/
static int drop(uint64_t t, uint32_t d)
{
	cap_drop(d, call_argument(t, 0));
	return SEPTUM_OK;
}

/* Microseconds to ticks, rounded down; what does not fit is as good as for ever. */
/*@ terminates \true;
    assigns \nothing;
*/
static uint64_t ticks(uint64_t us)
{
	return us >= UINT32_MAX ? UINT64_MAX / 2 : us * (boot.timebase / 1000) / 1000;
}

/*@ KERNEL_HOLDS(t < THREADS && d < DOMAINS);
    CALL_KEPT;
    ensures may: \result == SEPTUM_OK ==> MayObject{Pre}(t, SEPTUM_THREAD_CREATE);
*/
static int thread_create(uint64_t t, uint32_t d)
{
	uint64_t i = call_argument(t, 0);
	uint64_t h = call_argument(t, 2);
	uint64_t priority = call_argument(t, 3);
	int status = cap_check(d, i, CAP_DOMAIN, CAP_CONTROL);
	if (status == SEPTUM_OK)
		status = empty_slot(d, call_argument(t, 1));
	if (status != SEPTUM_OK)
		return status;
	uint32_t name = cap[d].slot[i].name;
	if (dom[name % NAME_SLOTS].kind != SEPTUM_SERVER || dom[name % NAME_SLOTS].root == NO_ROOT)
		return SEPTUM_BAD_STATE;
	if (h >= hart_count || hart[h].online == 0 || priority >= PRIORITIES)
		return SEPTUM_BAD_ARGUMENT;
	uint64_t k = thread_new(name, (uint32_t)h, (uint32_t)priority, thread_name(t));
	if (k == NO_THREAD)
		return SEPTUM_FULL;
	thread[k].budget = ticks(call_argument(t, 4));
	thread[k].period = ticks(call_argument(t, 5));
	thread[k].left = thread[k].budget;
	return cap_put(d, call_argument(t, 1), CAP_THREAD, thread_name(k), 0);
}

/*@ KERNEL_HOLDS(t < THREADS && k < THREADS);
    requires alive: thread[k].state != THREAD_FREE;
    CALL_KEPT;
*/
static int thread_start(uint64_t t, uint64_t k)
{
	if (thread[k].state != THREAD_STOPPED && thread[k].state != THREAD_FAULTED)
		return SEPTUM_BAD_STATE;
	if (thread_on_hart(k))
		return SEPTUM_BUSY;
	if (!domain_live(thread[k].domain))
		return SEPTUM_DEAD;
	domain_seal(thread[k].domain);
	vcpu[k].inside = 0;
	context[k].pc = call_argument(t, 1);
	context[k].x[REG_SP] = call_argument(t, 2);
	thread_wake(k, (int64_t)call_argument(t, 3));
	return SEPTUM_OK;
}

/*@ KERNEL_HOLDS(k < THREADS);
    requires alive: thread[k].state != THREAD_FREE;
    CALL_KEPT;
*/
static int thread_stop(uint64_t k)
{
	thread[k].state = THREAD_STOPPED;
	if (!thread_on_hart(k))
		return SEPTUM_OK;
	hart_send_ipi(thread[k].hart);
	return SEPTUM_BUSY;
}

/*@ KERNEL_HOLDS(t < THREADS && k < THREADS);
    CALL_KEPT;
*/
static int thread_info(uint64_t t, uint64_t k)
{
	context[t].x[REG_A1] = thread[k].state;
	context[t].x[REG_A2] = thread[k].cause;
	context[t].x[REG_A3] = context[k].pc;
	context[t].x[REG_A4] = thread[k].value;
	context[t].x[REG_A5] = thread[k].used;
	return SEPTUM_OK;
}

/*@ KERNEL_HOLDS(t < THREADS && d < DOMAINS);
    CALL_KEPT;
    ensures may: \result == SEPTUM_OK ==> Holding{Pre}(t, 0, CAP_THREAD, CAP_CONTROL);
*/
static int thread_calls(uint64_t t, uint32_t d, uint64_t number)
{
	uint64_t i = call_argument(t, 0);
	int status = cap_check(d, i, CAP_THREAD, CAP_CONTROL);
	if (status != SEPTUM_OK)
		return status;
	uint64_t k = cap[d].slot[i].name % NAME_SLOTS;
	switch (number) {
	case SEPTUM_THREAD_START: return thread_start(t, k);
	case SEPTUM_THREAD_STOP: return thread_stop(k);
	default: return thread_info(t, k);
	}
}

int call_object(uint64_t t, uint64_t number)
{
	uint32_t d = thread[t].domain % NAME_SLOTS;
	int status;
	switch (number) {
	case SEPTUM_DOMAIN_CREATE: status = domain_create(t, d); break;
	case SEPTUM_DOMAIN_DESTROY: status = domain_destroy(t, d); break;
	case SEPTUM_DOMAIN_PEER: status = peer_call(t, d); break;
	case SEPTUM_CAP_GRANT: status = grant(t, d); break;
	case SEPTUM_CAP_DROP: status = drop(t, d); break;
	case SEPTUM_THREAD_CREATE: status = thread_create(t, d); break;
	case SEPTUM_THREAD_START:
	case SEPTUM_THREAD_STOP:
	case SEPTUM_THREAD_INFO: status = thread_calls(t, d, number); break;
	default: status = SEPTUM_BAD_CALL; break;
	}
	return status;
}

/*@ KERNEL_HOLDS(t < THREADS && d < DOMAINS);
    CALL_KEPT;
    ensures may: \result == SEPTUM_OK ==> Holding{Pre}(t, 0, CAP_IRQ, 0) &&
      (number != SEPTUM_IRQ_ACK ==> Holding{Pre}(t, 1, CAP_THREAD, CAP_CONTROL));
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

int call_machine(uint64_t t, uint64_t number)
{
	uint32_t d = thread[t].domain % NAME_SLOTS;
	if (number == SEPTUM_IRQ_BIND || number == SEPTUM_IRQ_ACK)
		return irq_calls(t, d, number);
	if (number != SEPTUM_SYSTEM_OFF && number != SEPTUM_SYSTEM_LOG)
		return SEPTUM_BAD_CALL;
	int status = cap_check(d, BOOT_CAP_SYSTEM, CAP_SYSTEM, 0);
	if (status != SEPTUM_OK)
		return status;
	if (number == SEPTUM_SYSTEM_OFF)
		firmware_off(call_argument(t, 0));
	else
		firmware_put(call_argument(t, 0));
	return SEPTUM_OK;
}
