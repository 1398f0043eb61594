/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/main.h>
#include <kernel/sched.h>
#include <kernel/trap_shadow.h>
#include <riscv/csr.h>

/* Thread t's address space, or the kernel's own while the hart idles: so a domain without a thread on a hart has no
 * satp that names it. A thread whose domain has no root faults at its first instruction. */
/*@ requires inv: Inv;
    requires ranges: Ranges && h < HARTS && t <= THREADS;
    terminates \true;
    assigns hart[h].space;
    ensures ranges: Ranges;
*/
static void set_space(uint64_t h, uint64_t t)
{
	uint64_t root = t == NO_THREAD ? NO_ROOT : root_of(thread[t].domain, SEPTUM_SERVER);
	if (root == NO_ROOT) {
		hart[h].space = DOMAINS;
		hart_set_kernel_space();
		hart_idle();
	} else if (hart[h].space != thread[t].domain % NAME_SLOTS) {
		hart[h].space = thread[t].domain % NAME_SLOTS;
		hart_set_space(thread[t].domain, root);
	}
}

uint64_t trap_leave(uint64_t h)
{
	uint64_t t = sched_next(h, hart_time());
	set_space(h, t);
	if (t == NO_THREAD) {
		hart_vector_server();
		return RESUME_IDLE;
	}
	hart_select_context(h, t);
	if (vcpu[t].inside)
		return vcpu_resume(h, t);
	vcpu_to_server();
	return RESUME_SERVER;
}

/*@ requires ranges: Ranges && h < HARTS;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1], told[0 .. THREADS-1], claimed;
    ensures ranges: Ranges;
    ensures homes: Homes{Pre,Post};
    ensures others: \forall integer k; 0 <= k < THREADS && !IrqOwner{Pre}(claimed, k) ==>
      Untouched{Pre,Post}(k) && told[k] == \old(told[k]);
*/
static void interrupts(uint64_t h)
{
	uint64_t which = hart_interrupts();
	if (which & SIE_SSIE)
		hart_clear_ipi();
	if (which & SIE_SEIE)
		irq_take(h);
}

/*@ requires ranges: Ranges && h < HARTS;
    requires shadow: ShadowInv;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1], vcpu[0 .. THREADS-1], hart[h].since;
    ensures ranges: Ranges;
    ensures shadow: ShadowInv;
    ensures homes: Homes{Pre,Post};
*/
static void tick(uint64_t h)
{
	uint64_t now = hart_time();
	uint64_t current = hart[h].current;
	if (current != NO_THREAD)
		vcpu_tick(h, current, now);
	sched_tick(h, now);
}

/*@ KERNEL_HOLDS(h < HARTS);
    TRAP_KEPT;
*/
static uint64_t leave_and_unlock(uint64_t h)
{
	tick(h);
	uint64_t what = trap_leave(h);
	kernel_unlock();
	return what;
}

uint64_t trap_idle(uint64_t h)
{
	kernel_lock();
	interrupts(h);
	return leave_and_unlock(h);
}

uint64_t trap_server(uint64_t h)
{
	uint64_t t = hart[h].current;
	uint64_t cause = hart_scause();
	if (hart_sstatus() & SSTATUS_SPP)
		main_panic(cause);
	kernel_lock();
	if (cause >= CAUSE_INTERRUPT) {
		interrupts(h);
	} else if (thread[t].state != THREAD_READY) {
		; /* stopped from another hart meanwhile: the call is made again if the thread goes on */
	} else if (cause == CAUSE_ECALL_U) {
		context[t].pc += 4;
		call_dispatch(t);
	} else {
		thread_fault(t, cause, hart_stval());
	}
	return leave_and_unlock(h);
}

/* The guest waits: its thread sleeps until an interrupt is due for it. */
/*@ requires ranges: Ranges && t < THREADS;
    requires bound: vcpu[t].guest != NOBODY;
    requires shadow: ShadowInv;
    terminates \true;
    assigns thread[t].state, thread[t].deadline, vcpu[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures shadow: ShadowInv;
*/
static void wfi_sleep(uint64_t t)
{
	vcpu_skip(t);
	/* Who kicks or notifies does so under the lock: it finds the thread asleep, or has set its bit before these looks
	 * (tests/protocols/wfi.pml). */
	if (vcpu_wfi_pending(t) || pending_look(t) != 0 || thread[t].state != THREAD_READY)
		return;
	thread[t].state = THREAD_WFI;
	thread[t].deadline = vcpu_timer(t);
}

uint64_t trap_interrupt(uint64_t h, uint64_t t)
{
	vcpu_leave(h, t);
	kernel_lock();
	interrupts(h);
	return leave_and_unlock(h);
}

uint64_t trap_wfi(uint64_t h, uint64_t t)
{
	vcpu_leave(h, t);
	kernel_lock();
	wfi_sleep(t);
	return leave_and_unlock(h);
}

uint64_t trap_virtual(uint64_t h)
{
	uint64_t t = hart[h].current;
	if (hart_stval() != INSN_WFI || (hart_sstatus() & SSTATUS_SPP) == 0)
		vcpu_reflect(t);
	else if (vcpu_interrupted(t))
		vcpu_skip(t);
	else
		return RESUME_SERVER;
	return RESUME_GUEST;
}

/*@ TRAP_GUEST;
    requires off: !ShadowOn(t);
    TRAP_KEPT;
*/
static uint64_t illegal_instruction(uint64_t h, uint64_t t)
{
	if (hart[h].fp == t)
		vcpu_reflect(t);
	else
		vcpu_take_fp(h, t); /* perhaps it was floating point: the guest tries again */
	return RESUME_GUEST;
}

/* What a guest does less often than calling its monitor and touching devices. Out of line, to keep those short. */
/*@ TRAP_GUEST;
    requires root: AtRoot(t);
    TRAP_KEPT;
*/
__attribute__((noinline)) static uint64_t guest_other(uint64_t h, uint64_t t, uint64_t cause)
{
	if (shadow[t].on)
		return trap_shadow(h, t, cause);
	if (cause >= CAUSE_INTERRUPT)
		return trap_interrupt(h, t);
	if (cause == CAUSE_VIRTUAL)
		return trap_wfi(h, t);
	if (cause == CAUSE_ILLEGAL)
		return illegal_instruction(h, t);
	return vcpu_exit_fault(h, t, cause == CAUSE_GUEST_FETCH ? EXIT_FAULT : EXIT_OTHER, cause);
}

uint64_t trap_guest(uint64_t h, uint64_t cause)
{
	uint64_t t = hart[h].current;
	if (cause == CAUSE_ECALL_VS)
		return vcpu_exit(h, t, EXIT_SBI);
	if (cause == CAUSE_GUEST_LOAD || cause == CAUSE_GUEST_STORE)
		return vcpu_exit_fault(h, t, EXIT_FAULT, cause);
	return guest_other(h, t, cause);
}

uint64_t trap_run_locked(uint64_t h, uint64_t flags)
{
	uint64_t t = hart[h].current;
	kernel_lock();
	if (thread[t].state == THREAD_READY)
		call_vcpu_run(h, t, flags);
	else
		context[t].pc -= 4; /* stopped from another hart meanwhile: the call is made again */
	return leave_and_unlock(h);
}
