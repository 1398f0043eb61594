/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A vCPU's way in and out of its hart. */
#include <kernel/trap.h>
#include <kernel/vcpu_shadow.h>
#include <kernel/virtual.h>
#include <riscv/csr.h>

void vcpu_to_server(void)
{
	if (machine_features & BOOT_HAS_H)
		hart_set_hstatus(HSTATUS_SERVER);
	hart_set_sstatus(SSTATUS_UXL64);
	hart_vector_server();
}

/* What leaves the hart with each exit: all that a server could see or change. */
/*@ requires ranges: Ranges && h < HARTS && t < THREADS;
    terminates \true;
    assigns vcpu[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures kept: BindingsSame{Pre,Post};
*/
__attribute__((always_inline)) static inline void keep(uint64_t h, uint64_t t)
{
	running_clear(h);
	vcpu[t].sstatus = hart_sstatus();
	vcpu[t].senvcfg = hart_swap_senvcfg(0);
	vcpu[t].scounteren = hart_swap_scounteren(COUNTEREN_TM);
	hart_set_sstatus(SSTATUS_UXL64);
	hart_set_hstatus(HSTATUS_SERVER);
	hart_vector_server();
}

/* Out of line: there is seldom anything to inject. */
/*@ terminates \true;
    assigns \nothing;
    ensures in: \result == RESUME_GUEST;
*/
__attribute__((noinline)) static uint64_t inject(uint64_t word)
{
	uint64_t set = word & (INJECT_SOFTWARE | INJECT_TIMER | INJECT_EXTERNAL);
	hart_vs_write(HVIP, (hart_vs_read(HVIP) | set) & ~(word >> 32));
	return RESUME_GUEST;
}

/*@ requires ranges: Ranges && t < THREADS;
    requires bound: vcpu[t].guest != NOBODY;
    terminates \true;
    assigns \nothing;
    ensures in: \result == RESUME_GUEST;
*/
__attribute__((always_inline)) static inline uint64_t take_inject(uint64_t t)
{
	uint64_t word = shared_swap(vcpu[t].page, PAGE_INJECT, 0);
	return word == 0 ? RESUME_GUEST : inject(word);
}

void vcpu_arm(uint64_t h, uint64_t t)
{
	if (vcpu[t].deadline >= hart[h].alarm)
		return;
	hart[h].alarm = vcpu[t].deadline;
	hart_set_timer(vcpu[t].deadline);
}

/* The last steps to the guest; thread t is published as running. */
/*@ requires ranges: Ranges && t < THREADS;
    requires bound: vcpu[t].guest != NOBODY;
    requires shadow: ShadowInv;
    terminates \true;
    assigns vcpu[t].inside;
    ensures ranges: Ranges;
    ensures shadow: ShadowInv;
    ensures in: \result == RESUME_GUEST;
*/
__attribute__((always_inline)) static inline uint64_t enter(uint64_t t)
{
	vcpu[t].inside = 1;
	hart_swap_senvcfg(vcpu[t].senvcfg);
	hart_swap_scounteren(vcpu[t].scounteren);
	hart_set_sstatus(vcpu[t].sstatus);
	hart_set_hstatus(HSTATUS_GUEST);
	hart_vector_guest();
	return take_inject(t);
}

uint64_t vcpu_exit(uint64_t h, uint64_t t, uint64_t why)
{
	keep(h, t);
	vcpu[t].inside = 0;
	return RESUME_EXIT + why;
}

uint64_t vcpu_exit_fault(uint64_t h, uint64_t t, uint64_t why, uint64_t cause)
{
	uint64_t page = vcpu[t].page;
	shared_write(page, PAGE_SCAUSE, cause);
	shared_write(page, PAGE_STVAL, hart_stval());
	shared_write(page, PAGE_HTVAL, hart_htval());
	shared_write(page, PAGE_HTINST, hart_htinst());
	return vcpu_exit(h, t, why);
}

void vcpu_set_timer(uint64_t h, uint64_t t)
{
	uint64_t deadline = shared_read(vcpu[t].page, PAGE_DEADLINE);
	if (shadow[t].on) {
		vcpu[t].csr[VSTIMECMP] = deadline;
		shadow_due(t);
	} else if (machine_features & BOOT_HAS_SSTC) {
		hart_vs_write(VSTIMECMP, deadline); /* and vcpu[t].deadline is none */
	} else {
		vcpu[t].deadline = deadline;
		hart_vs_write(HVIP, hart_vs_read(HVIP) & ~(uint64_t)INJECT_TIMER);
		vcpu_tick(h, t, hart_time());
	}
	vcpu_arm(h, t);
}

/* Thread t is published as running; 0, and it is not, if it has been told something, or another vCPU is loaded. */
/*@ requires ranges: Ranges && h < HARTS && t < THREADS;
    terminates \true;
    assigns shadow_walk[t];
    ensures loaded: \result != 0 ==> hart[h].loaded == t && Own(t);
*/
__attribute__((always_inline)) static inline int publish(uint64_t h, uint64_t t)
{
	running_publish(h, t);
	/* Published first, looked second: a notifier does it the other way round, so one of the two sees the other. */
	if (pending_look(t) == 0 && hart[h].loaded == t)
		return 1;
	running_clear(h);
	return 0;
}

void vcpu_take_flags(uint64_t h, uint64_t t, uint64_t flags)
{
	if (flags & VCPU_RUN_TIMER)
		vcpu_set_timer(h, t);
	if ((flags & VCPU_RUN_FENCE) != 0 && shadow[t].on)
		shadow_drop(t);
	if (flags & VCPU_RUN_FENCE)
		hart_fence_vcpu();
}

/* The re-entries that are not short. */
/*@ KERNEL_HOLDS(h < HARTS);
    requires current: hart[h].current < THREADS && thread[hart[h].current].hart == h;
    TRAP_KEPT;
*/
__attribute__((noinline)) static uint64_t reenter_with(uint64_t h, uint64_t flags)
{
	uint64_t t = hart[h].current;
	int locked = (flags & (VCPU_RUN_LOAD | ~(uint64_t)VCPU_RUN_FLAGS)) != 0;
	if (!locked && shadow[t].on && shadow_reenter(h, t, flags) == RESUME_GUEST)
		return RESUME_GUEST;
	if (locked || shadow[t].on || !publish(h, t))
		return trap_run_locked(h, flags);
	vcpu_take_flags(h, t, flags);
	return enter(t);
}

uint64_t trap_run(uint64_t h, uint64_t flags)
{
	uint64_t t = hart[h].current;
	if (vcpu[t].mode != 0 || (flags != 0 && flags != VCPU_RUN_TIMER))
		return reenter_with(h, flags);
	if (!publish(h, t))
		return trap_run_locked(h, flags);
	if (flags == 0)
		return enter(t);
	if ((machine_features & BOOT_HAS_SSTC) == 0)
		return reenter_with(h, flags);
	hart_vs_write(VSTIMECMP, shared_read(vcpu[t].page, PAGE_DEADLINE));
	return enter(t);
}

void vcpu_leave(uint64_t h, uint64_t t)
{
	if (shadow[t].on)
		shadow_leave(h);
	else
		keep(h, t);
}

void vcpu_skip(uint64_t t) { shared_write(vcpu[t].page, PAGE_PC, hart_sepc() + 4); }

/*@ requires ranges: Ranges && t < THREADS;
    requires root: IsRoot(vcpu[t].guest, root, SEPTUM_GUEST);
    terminates \true;
    assigns \nothing;
*/
static void load_vs(uint64_t t, uint64_t root)
{
	/* Between the two, no walk may combine one guest's vsatp with the other's hgatp. */
	hart_vs_write(VSATP, 0);
	hart_set_hgatp(vcpu[t].guest, root);
	/*@ loop invariant range: 0 <= k <= VS_CSRS;
	    loop assigns k;
	    loop variant VS_CSRS - k;
	*/
	for (uint64_t k = 0; k < VS_CSRS; k++)
		hart_vs_write(k, vcpu[t].csr[k]);
}

/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns vcpu[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures kept: BindingsSame{Pre,Post};
*/
void vcpu_save_vs(uint64_t t)
{
	/*@ loop invariant range: 0 <= k <= VS_CSRS;
	    loop invariant kept: BindingsSame{Pre,Here};
	    loop assigns k, vcpu[0 .. THREADS-1];
	    loop variant VS_CSRS - k;
	*/
	for (uint64_t k = 0; k < VS_CSRS; k++)
		vcpu[t].csr[k] = hart_vs_read(k);
}

/* F registers of another vCPU are out of reach of thread t's guest: FS is off, and its use comes to the kernel. */
/*@ requires ranges: Ranges && h < HARTS && t < THREADS;
    terminates \true;
    assigns vcpu[t].sstatus;
*/
static void choose_fp(uint64_t h, uint64_t t)
{
	int mine = hart[h].fp == t;
	vcpu[t].sstatus = (vcpu[t].sstatus & ~(uint64_t)SSTATUS_FS) | (mine ? SSTATUS_FS : 0);
	hart_set_hedeleg(mine ? HEDELEG_GUEST | HEDELEG_ILLEGAL : HEDELEG_GUEST);
}

/* The last steps of a load in hardware mode: translations, floating point. */
/*@ requires ranges: Ranges && h < HARTS && t < THREADS;
    terminates \true;
    assigns vcpu[t].sstatus, hart[h].last[0 .. DOMAINS-1];
    ensures ranges: Ranges;
    ensures kept: BindingsSame{Pre,Post};
*/
static void settle(uint64_t h, uint64_t t)
{
	uint32_t slot = vcpu[t].guest % NAME_SLOTS;
	if (hart[h].last[slot] != thread_name(t)) {
		hart_fence_vcpu();
		hart[h].last[slot] = thread_name(t);
	}
	choose_fp(h, t);
}

/* The hart's VS state goes from the vCPU that was loaded to thread t's, as far as they are in hardware mode. */
/*@ requires ranges: Ranges && t < THREADS && old <= THREADS;
    requires root: IsRoot(vcpu[t].guest, root, SEPTUM_GUEST);
    terminates \true;
    assigns vcpu[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures kept: BindingsSame{Pre,Post};
*/
static void exchange(uint64_t old, uint64_t t, uint64_t root)
{
	if (old != NO_THREAD && !shadow[old].on)
		vcpu_save_vs(old);
	if (!shadow[t].on)
		load_vs(t, root);
}

/*@ requires ranges: Ranges && h < HARTS && t < THREADS;
    requires home: thread[t].hart == h && vcpu[t].guest != NOBODY;
    terminates \true;
    assigns hart[h].loaded, selected[h];
    ensures ranges: Ranges;
    ensures loaded: hart[h].loaded == t;
*/
static void hold(uint64_t h, uint64_t t)
{
	hart[h].loaded = t;
	/* Here, and not at the entry: a run that ends before it is entered must not leave another's page behind. */
	hart_select_page(h, vcpu[t].page);
}

int vcpu_load(uint64_t h, uint64_t t)
{
	uint64_t old = hart[h].loaded;
	if (old == t)
		return 1;
	uint64_t root = root_of(vcpu[t].guest, SEPTUM_GUEST);
	if (root == NO_ROOT)
		return 0;
	exchange(old, t, root);
	hold(h, t);
	if (!shadow[t].on)
		settle(h, t);
	return 1;
}

/* VCPU_RUN of thread t returns. */
/*@ requires ranges: Ranges && t < THREADS;
    requires shadow: ShadowInv;
    terminates \true;
    assigns vcpu[0 .. THREADS-1], context[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures shadow: ShadowInv;
    ensures kept: BindingsSame{Pre,Post};
    ensures server: \result == RESUME_SERVER;
*/
static uint64_t end_run(uint64_t t, int64_t status, uint64_t bits)
{
	vcpu[t].inside = 0;
	context[t].x[REG_A0] = (uint64_t)status;
	context[t].x[REG_A1] = bits;
	vcpu_to_server();
	return RESUME_SERVER;
}

uint64_t vcpu_resume(uint64_t h, uint64_t t)
{
	if (vcpu[t].guest == NOBODY || !vcpu_load(h, t))
		return end_run(t, SEPTUM_DEAD, 0);
	if (!publish(h, t))
		return end_run(t, EXIT_NOTIFIED, pending_take(t));
	/* Not RESUME_EXIT: the hart may come from another context, whose registers that way would show. */
	uint64_t what = shadow[t].on ? shadow_enter(h, t) : enter(t);
	return what == RESUME_GUEST ? what : end_run(t, EXIT_OTHER, 0);
}

void vcpu_take_fp(uint64_t h, uint64_t t)
{
	hart_set_sstatus(hart_sstatus() | SSTATUS_FS);
	if (hart[h].fp != NO_THREAD)
		hart_fp_save(hart[h].fp);
	hart_fp_load(t);
	hart[h].fp = t;
	/* From here an illegal instruction is the guest's own matter. */
	if (!shadow[t].on)
		hart_set_hedeleg(HEDELEG_GUEST | HEDELEG_ILLEGAL);
}

void vcpu_reflect(uint64_t t)
{
	uint64_t status = hart_vs_read(VSSTATUS);
	uint64_t rest = status & ~(uint64_t)(SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP);
	uint64_t enabled = (status & SSTATUS_SIE) * (SSTATUS_SPIE / SSTATUS_SIE);
	hart_vs_write(VSEPC, hart_sepc());
	hart_vs_write(VSCAUSE, CAUSE_ILLEGAL);
	hart_vs_write(VSTVAL, hart_stval());
	hart_vs_write(VSSTATUS, rest | enabled | (hart_sstatus() & SSTATUS_SPP));
	hart_set_sstatus(hart_sstatus() | SSTATUS_SPP);
	/* Exceptions go to the base, vectored or not. */
	shared_write(vcpu[t].page, PAGE_PC, hart_vs_read(VSTVEC) & ~(uint64_t)3);
}

int vcpu_interrupted(uint64_t t) { return shared_read(vcpu[t].page, PAGE_INJECT) == 0 && hart_vsip_and_vsie() != 0; }

int vcpu_wfi_pending(uint64_t t)
{
	if (shadow[t].on)
		return shadow_wfi_pending(t);
	take_inject(t);
	return hart_vsip_and_vsie() != 0;
}

void vcpu_tick(uint64_t h, uint64_t t, uint64_t now)
{
	if (vcpu[t].deadline > now)
		return;
	vcpu[t].deadline = UINT64_MAX;
	if (shadow[t].on)
		return; /* its sip tells by the time itself */
	if (hart[h].loaded == t)
		hart_vs_write(HVIP, hart_vs_read(HVIP) | INJECT_TIMER);
	else
		vcpu[t].csr[HVIP] |= INJECT_TIMER;
}

uint64_t vcpu_timer(uint64_t t)
{
	if (shadow[t].on || (machine_features & BOOT_HAS_SSTC) == 0)
		return vcpu[t].deadline;
	return hart_vs_read(VSIE) & VSIE_STIE ? hart_vs_read(VSTIMECMP) : UINT64_MAX;
}
