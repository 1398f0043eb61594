/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/emulate.h>
#include <kernel/gwalk.h>
#include <kernel/trap_shadow.h>
#include <riscv/csr.h>

#define STEPS 8 /* privileged instructions that one trap does, at most */

/*@ SHADOW_GUEST;
    TRAP_KEPT;
*/
static uint64_t reflect(uint64_t h, uint64_t t, uint64_t cause, uint64_t value)
{
	shadow_except(t, hart_sepc(), cause, value);
	return shadow_enter(h, t);
}

/*@ SHADOW_GUEST;
    TRAP_KEPT;
*/
static uint64_t wait(uint64_t h, uint64_t t)
{
	if (!vcpu_wfi_pending(t)) {
		shadow_leave(h);
		return trap_wfi(h, t);
	}
	vcpu_skip(t);
	return shadow_enter(h, t);
}

/* Not privileged, or not legal: floating point that is not in the hart yet, or the guest's own mistake. */
/*@ SHADOW_GUEST;
    TRAP_KEPT;
*/
static uint64_t illegal(uint64_t h, uint64_t t)
{
	if (hart[h].fp == t || (vcpu[t].csr[VSSTATUS] & SSTATUS_FS) == 0)
		return reflect(h, t, CAUSE_ILLEGAL, hart_stval());
	vcpu_take_fp(h, t);
	return shadow_enter(h, t);
}

/* The instruction that trapped, and those behind it while they are privileged, too. */
/*@ SHADOW_GUEST;
    TRAP_KEPT;
*/
static uint64_t instruction(uint64_t h, uint64_t t)
{
	uint64_t insn = hart_stval(); /* the instruction, or 0 where the hart does not tell */
	uint64_t pc = hart_sepc();
	uint64_t step = STEP_NEXT;
	uint64_t n = 0;
	if (insn == 0)
		insn = shadow_fetch(t, pc);
	/*@ loop invariant steps: n <= STEPS && step <= STEP_WAIT;
	    loop invariant kept: Inv && Ranges && ShadowInv && ShadowOn(t) && InGuest(h) && hart[h].current == t &&
	      vcpu[t].guest != NOBODY && thread[t].hart == h;
	    loop assigns n, step, insn, vcpu[t], shadow[t], ram[0 .. FRAMES-1], info[0 .. FRAMES-1];
	    loop variant STEPS - n;
	*/
	while (step == STEP_NEXT && n < STEPS) {
		step = emulate(t, pc + 4 * n, insn, hart_time());
		n++;
		if (step == STEP_NEXT)
			insn = shadow_fetch(t, pc + 4 * n);
	}
	if (step == STEP_NOT)
		return n == 1 ? illegal(h, t) : RESUME_GUEST;
	if (step == STEP_NEXT)
		return RESUME_GUEST;
	if (step == STEP_WAIT)
		return n == 1 ? wait(h, t) : RESUME_GUEST;
	if (step == STEP_TIMER) {
		shadow_due(t);
		vcpu_arm(h, t);
	}
	return shadow_enter(h, t);
}

/* To the monitor: its guest has called it, or met with what stage 2 does not give. */
/*@ SHADOW_GUEST;
    requires why: why <= EXIT_OTHER;
    TRAP_KEPT;
*/
static uint64_t to_monitor(uint64_t h, uint64_t t, uint64_t why, uint64_t cause, uint64_t gpa)
{
	return why == EXIT_SBI ? shadow_exit(h, t, why) : shadow_exit_fault(h, t, why, cause, gpa);
}

/* The hart has something else to see to: the guest goes on later. */
/*@ SHADOW_GUEST;
    TRAP_KEPT;
*/
static uint64_t interrupted(uint64_t h, uint64_t t)
{
	shadow_leave(h);
	return trap_interrupt(h, t);
}

/*@ terminates \true; assigns \nothing; ensures one: \result == MAP_READ || \result == MAP_WRITE || \result == MAP_EXECUTE; */
static uint64_t access_of(uint64_t cause)
{
	return cause == CAUSE_PAGE_FETCH ? MAP_EXECUTE : cause == CAUSE_PAGE_LOAD ? MAP_READ : MAP_WRITE;
}

/*@ terminates \true; assigns \nothing; */
static uint64_t guest_cause(uint64_t cause)
{
	return cause == CAUSE_PAGE_FETCH ? CAUSE_GUEST_FETCH : cause == CAUSE_PAGE_LOAD ? CAUSE_GUEST_LOAD : CAUSE_GUEST_STORE;
}

/*@ KERNEL_HOLDS(t < THREADS);
    requires on: ShadowOn(t) && Walked(t, va, w);
    requires access: access == MAP_READ || access == MAP_WRITE || access == MAP_EXECUTE;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t];
    KERNEL_KEPT;
    ensures on: ShadowOn(t);
*/
static int fill(uint64_t t, uint64_t va, struct walked w, uint64_t access)
{
	return shadow_fill(t, va, w, access);
}

/* The guest's tables first, then stage 2. The guest is published as running: who would change its stage 2 evicts it
 * first (tests/protocols/evict.pml), so that no lock is needed. */
/*@ SHADOW_GUEST;
    TRAP_KEPT;
*/
static uint64_t serve_fault(uint64_t h, uint64_t t, uint64_t cause)
{
	uint64_t va = hart_stval();
	struct walked w = guest_walk(t, va, access_of(cause));
	if (w.cause != 0)
		return reflect(h, t, w.cause, va);
	if (!fill(t, va, w, access_of(cause)))
		return to_monitor(h, t, EXIT_FAULT, guest_cause(cause), w.gpa);
	return RESUME_GUEST;
}

/*@ SHADOW_GUEST;
    TRAP_KEPT;
*/
static uint64_t exception(uint64_t h, uint64_t t, uint64_t cause)
{
	if (cause == CAUSE_ILLEGAL)
		return instruction(h, t);
	if (cause == CAUSE_ECALL_U && shadow[t].supervisor)
		return to_monitor(h, t, EXIT_SBI, cause, 0);
	if (cause == CAUSE_PAGE_FETCH || cause == CAUSE_PAGE_LOAD || cause == CAUSE_PAGE_STORE)
		return serve_fault(h, t, cause);
	if (cause == CAUSE_ACCESS_FETCH || cause == CAUSE_ACCESS_LOAD || cause == CAUSE_ACCESS_STORE)
		return to_monitor(h, t, EXIT_OTHER, cause, 0);
	return reflect(h, t, cause, hart_stval());
}

uint64_t trap_shadow(uint64_t h, uint64_t t, uint64_t cause)
{
	shadow_take_fs(h, t);
	if (cause >= CAUSE_INTERRUPT)
		return interrupted(h, t);
	return exception(h, t, cause);
}
