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

/* Not privileged, or not legal: floating point that is not in the hart yet, or the guest's own mistake. */
/*@ SHADOW_GUEST;
    requires root: AtRoot(t);
    TRAP_KEPT;
*/
static uint64_t illegal(uint64_t h, uint64_t t, uint64_t insn)
{
	uint64_t told = hart_stval(); /* the instruction; 0 where the hart does not tell; on some, now and then, an older one */
	if (told != 0 && told != insn && (insn & 127) != OPCODE_SYSTEM)
		return RESUME_GUEST; /* the guest has changed it meanwhile */
	if (hart[h].fp == t || (vcpu[t].csr[VSSTATUS] & SSTATUS_FS) == 0)
		return reflect(h, t, CAUSE_ILLEGAL, insn);
	vcpu_take_fp(h, t);
	return shadow_enter(h, t);
}

/* Nothing was emulated: wfi waits, unless there is nothing to wait for. */
/*@ SHADOW_GUEST;
    TRAP_KEPT;
*/
static uint64_t wait(uint64_t h, uint64_t t)
{
	if (!vcpu_wfi_pending(t))
		return trap_wfi(h, t);
	vcpu_skip(t);
	return shadow_enter(h, t);
}

/* Nothing was emulated. An instruction that is not to be had any more: the next try faults as the guest's tables say. */
/*@ SHADOW_GUEST;
    requires root: AtRoot(t);
    TRAP_KEPT;
*/
__attribute__((noinline)) static uint64_t not_emulated(uint64_t h, uint64_t t, uint64_t step, uint64_t insn)
{
	if (step == STEP_WAIT)
		return wait(h, t);
	if (insn != FETCH_NONE)
		return illegal(h, t, insn);
	shadow_recycle(t);
	return shadow_enter(h, t);
}

/* The guest's timer is another. */
/*@ SHADOW_GUEST;
    terminates \true;
    assigns vcpu[t].deadline, hart[h].alarm;
    KERNEL_KEPT;
    ensures guest: InGuest(h);
*/
static void rearm(uint64_t h, uint64_t t)
{
	shadow_due(t);
	vcpu_arm(h, t);
}

/* After emulated instructions with that effect. */
/*@ SHADOW_GUEST;
    requires root: RootStays(effect) ==> AtRoot(t);
    TRAP_KEPT;
*/
__attribute__((noinline)) static uint64_t after(uint64_t h, uint64_t t, uint64_t effect)
{
	if (effect & EFFECT_TIMER)
		rearm(h, t);
	if (effect <= EFFECT_INTERRUPT + EFFECT_TIMER && virtual_interrupt(t, hart_time()) == 0)
		return RESUME_GUEST;
	return shadow_enter(h, t);
}

/* The instruction that trapped, and those behind it on its page while they are privileged, too. */
/*@ SHADOW_GUEST;
    requires root: AtRoot(t);
    TRAP_KEPT;
*/
__attribute__((noinline, flatten)) static uint64_t instruction(uint64_t h, uint64_t t)
{
	uint64_t pc = hart_sepc();
	uint64_t insn = hart_fetch(pc);
	/*@ loop invariant steps: 0 <= n <= STEPS;
	    loop invariant kept: Inv && Ranges && ShadowInv && ShadowOn(t) && InGuest(h) && hart[h].current == t &&
	      vcpu[t].guest != NOBODY && thread[t].hart == h && Caught;
	    loop invariant root: AtRoot(t);
	    loop assigns n, pc, insn, vcpu[t], shadow[t], shadow_lag[t], shadow_walk[t], ram[0 .. FRAMES-1], info[0 .. FRAMES-1];
	    loop variant STEPS - n;
	*/
	for (uint64_t n = 0; n < STEPS; n++) {
		uint64_t step = emulate(t, pc, insn, hart_time());
		if (step == STEP_NOT || step == STEP_WAIT)
			return n == 0 ? not_emulated(h, t, step, insn) : RESUME_GUEST;
		if (step != EFFECT_NONE)
			return after(h, t, step);
		pc += 4;
		if ((pc + 3) % FRAME_BYTES < 7) /* not whole on the page of the one before */
			break;
		insn = hart_fetch(pc);
	}
	return RESUME_GUEST;
}

/* To the monitor: its guest met with what stage 2 does not give. */
/*@ SHADOW_GUEST;
    requires why: why <= EXIT_OTHER;
    TRAP_KEPT;
*/
static uint64_t to_monitor(uint64_t h, uint64_t t, uint64_t why, uint64_t cause, uint64_t gpa)
{
	return shadow_exit_fault(h, t, why, cause, gpa);
}

/*@ KERNEL_HOLDS(t < THREADS);
    requires on: ShadowOn(t) && Walked(t, va, w) && Found(t, va, w);
    requires access: access == MAP_READ || access == MAP_WRITE || access == MAP_EXECUTE;
    requires own: Own(t);
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t], shadow_lag[t], shadow_walk[t];
    ensures own: Own(t);
    KERNEL_KEPT;
    ensures on: ShadowOn(t);
    ensures filled: \result != 0 ==> FilledAt(t, va, w);
    ensures new: Once{Pre}(t) ==> TlbFilled{Pre,Post}(t, va, w);
    ensures once: OnceKept{Pre,Post}(t);
    ensures root: \result != 0 && AtRoot{Pre}(t) ==> AtRoot(t);
*/
static int fill(uint64_t t, uint64_t va, struct walked w, uint64_t access) { return shadow_fill(t, va, w, access); }

/* The guest's tables first, then stage 2. The guest is published as running: who would change its stage 2 evicts it
 * first (tests/protocols/evict.pml), so that no lock is needed. */
/*@ SHADOW_GUEST;
    requires root: AtRoot(t);
    TRAP_KEPT;
*/
__attribute__((noinline, flatten)) static uint64_t serve_fault(uint64_t h, uint64_t t, uint64_t cause)
{
	uint64_t va = hart_stval();
	uint64_t access = cause == CAUSE_PAGE_FETCH ? MAP_EXECUTE : cause == CAUSE_PAGE_LOAD ? MAP_READ : MAP_WRITE;
	struct walked w = guest_walk(t, va, access);
	if (w.cause != 0) {
		//@ assert reflects: w.cause == WalkCause(t, va, access, w);
		return reflect(h, t, w.cause, va);
	}
	//@ assert passes: WalkCause(t, va, access, w) == 0;
	if (!fill(t, va, w, access))
		return to_monitor(h, t, EXIT_FAULT, cause + (CAUSE_GUEST_LOAD - CAUSE_PAGE_LOAD), w.gpa);
	return RESUME_GUEST;
}

/* What a guest does less often than privileged instructions and page faults. */
/*@ SHADOW_GUEST;
    TRAP_KEPT;
*/
__attribute__((noinline)) static uint64_t other(uint64_t h, uint64_t t, uint64_t cause)
{
	if (cause == CAUSE_ECALL_U && shadow[t].supervisor)
		return shadow_exit(h, t, EXIT_SBI);
	if (cause == CAUSE_ACCESS_FETCH || cause == CAUSE_ACCESS_LOAD || cause == CAUSE_ACCESS_STORE)
		return to_monitor(h, t, EXIT_OTHER, cause, 0);
	return reflect(h, t, cause, hart_stval());
}

uint64_t trap_shadow(uint64_t h, uint64_t t, uint64_t cause)
{
	shadow_take_fs(h, t);
	if (cause == CAUSE_ILLEGAL)
		return instruction(h, t);
	if (cause == CAUSE_PAGE_FETCH || cause == CAUSE_PAGE_LOAD || cause == CAUSE_PAGE_STORE)
		return serve_fault(h, t, cause);
	if (cause >= CAUSE_INTERRUPT)
		return trap_interrupt(h, t);
	return other(h, t, cause);
}
