/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/vcpu_shadow.h>
#include <kernel/virtual.h>
#include <riscv/csr.h>

/* CSRs as a server finds them; the space is the caller's matter. */
/*@ terminates \true; assigns \nothing; */
static void shadow_csrs_off(void)
{
	hart_swap_senvcfg(0);
	hart_swap_scounteren(COUNTEREN_TM);
	hart_set_sstatus(SSTATUS_UXL64);
	hart_vector_server();
}

uint64_t shadow_exit(uint64_t h, uint64_t t, uint64_t why)
{
	hart_restore_space();
	running_clear(h);
	shadow_csrs_off();
	vcpu[t].inside = 0;
	return RESUME_EXIT + why;
}

uint64_t shadow_exit_fault(uint64_t h, uint64_t t, uint64_t why, uint64_t cause, uint64_t gpa)
{
	uint64_t page = vcpu[t].page;
	shared_write(page, PAGE_SCAUSE, cause);
	shared_write(page, PAGE_STVAL, hart_stval());
	shared_write(page, PAGE_HTVAL, gpa / 4);
	shared_write(page, PAGE_HTINST, 0);
	return shadow_exit(h, t, why);
}

void shadow_take_fs(uint64_t h, uint64_t t)
{
	if (hart[h].fp == t)
		vcpu[t].csr[VSSTATUS] = (vcpu[t].csr[VSSTATUS] & ~(uint64_t)SSTATUS_FS) | (hart_sstatus() & SSTATUS_FS);
}

void shadow_leave(uint64_t h)
{
	hart_set_kernel_space();
	hart[h].space = DOMAINS;
	running_clear(h);
	shadow_csrs_off();
}

/* The CSRs that the guest's U mode feels itself. */
/*@ requires ranges: Ranges && h < HARTS && t < THREADS;
    terminates \true;
    assigns \nothing;
*/
static void shadow_csrs_on(uint64_t h, uint64_t t)
{
	uint64_t fs = hart[h].fp == t ? vcpu[t].csr[VSSTATUS] & SSTATUS_FS : 0;
	hart_swap_senvcfg(shadow[t].supervisor ? 0 : vcpu[t].senvcfg);
	hart_swap_scounteren(shadow[t].supervisor ? COUNTEREN_TM : vcpu[t].scounteren);
	hart_set_sstatus(SSTATUS_UXL64 | SSTATUS_SPIE | fs);
}

void shadow_except(uint64_t t, uint64_t pc, uint64_t cause, uint64_t value)
{
	shared_write(vcpu[t].page, PAGE_PC, virtual_trap(t, pc, cause, value));
}

/* The interrupt that is due goes to the guest's handler. */
/*@ requires ranges: Ranges && t < THREADS;
    requires bound: vcpu[t].guest != NOBODY;
    requires shadow: ShadowInv && ShadowOn(t);
    terminates \true;
    assigns vcpu[t], shadow[t].supervisor;
    ensures ranges: Ranges;
    ensures shadow: ShadowInv && ShadowOn(t);
    ensures kept: BindingsSame{Pre,Post};
*/
static void shadow_interrupt(uint64_t t)
{
	uint64_t cause = virtual_interrupt(t, hart_time());
	if (cause != 0)
		shadow_except(t, shared_read(vcpu[t].page, PAGE_PC), cause, 0);
}

/*@ requires ranges: Ranges && t < THREADS;
    requires bound: vcpu[t].guest != NOBODY;
    terminates \true;
    assigns vcpu[t].csr[HVIP];
    ensures ranges: Ranges;
*/
static void shadow_inject(uint64_t t)
{
	uint64_t word = shared_swap(vcpu[t].page, PAGE_INJECT, 0);
	uint64_t set = word & (INJECT_SOFTWARE | INJECT_TIMER | INJECT_EXTERNAL);
	if (word != 0)
		vcpu[t].csr[HVIP] = (vcpu[t].csr[HVIP] | set) & ~(word >> 32);
}

uint64_t shadow_enter(uint64_t h, uint64_t t)
{
	shadow_inject(t);
	shadow_interrupt(t);
	if (!shadow_root(t))
		return shadow_exit_fault(h, t, EXIT_OTHER, 0, 0); /* an arena too small to run in: the monitor's matter */
	shadow_csrs_on(h, t);
	hart_vector_guest();
	return RESUME_GUEST;
}

uint64_t shadow_reenter(uint64_t h, uint64_t t, uint64_t flags)
{
	if (pending_look(t) != 0 || hart[h].loaded != t || flags > VCPU_RUN_TIMER)
		return RESUME_SERVER;
	/* Who changes the guest's tables holds the lock, and has seen that the guest does not run. */
	kernel_lock();
	running_publish(h, t);
	kernel_unlock();
	if (pending_look(t) != 0) {
		running_clear(h);
		return RESUME_SERVER;
	}
	if (flags == VCPU_RUN_TIMER)
		vcpu_set_timer(h, t);
	vcpu[t].inside = 1;
	return shadow_enter(h, t);
}

int shadow_wfi_pending(uint64_t t)
{
	shadow_inject(t);
	return virtual_pending(t, hart_time()) != 0;
}

void shadow_due(uint64_t t)
{
	uint64_t when = vcpu[t].csr[VSTIMECMP];
	int wanted = (vcpu[t].csr[VSIE] & SIE_STIE) != 0 && when > hart_time();
	vcpu[t].deadline = wanted ? when : UINT64_MAX;
}

void shadow_adopt(uint64_t t, uint32_t supervisor)
{
	shadow_drop(t);
	virtual_settle(t);
	shadow[t].supervisor = supervisor;
	shadow_due(t);
}

void shadow_drop_all(uint32_t guest)
{
	/*@ loop invariant range: 0 <= t <= THREADS;
	    loop invariant shadow: ShadowInv;
	    loop invariant dropped: \forall integer k; 0 <= k < t && ShadowOn(k) && vcpu[k].guest == guest ==>
	      shadow[k].used == 0;
	    loop assigns t, shadow[0 .. THREADS-1];
	    loop variant THREADS - t;
	*/
	for (uint64_t t = 0; t < THREADS; t++) {
		if (shadow[t].on == 0 || vcpu[t].guest != guest)
			continue;
		hart_evict(thread[t].hart, t);
		shadow_drop(t);
	}
}
