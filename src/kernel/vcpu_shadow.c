/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/vcpu_shadow.h>
#include <kernel/virtual.h>
#include <riscv/csr.h>

#define FENCE_BYTES 0x20000u /* a fence of more drops the whole address space */

/*@ lemma above_fs: \forall integer x; 0 <= x ==> x / 0x40000 == x / 0x8000 / 8; */

/* Out of the guest, the hart being out of its space: CSRs as a server finds them. */
/*@ requires range: h < HARTS; terminates \true; assigns \nothing; */
static void shadow_csrs_off(uint64_t h)
{
	running_clear(h);
	hart_swap_senvcfg(0);
	hart_swap_scounteren(COUNTEREN_TM);
	vcpu_to_server();
}

uint64_t shadow_exit(uint64_t h, uint64_t t, uint64_t why)
{
	hart_restore_space() /*@ ghost (t) */;
	shadow_csrs_off(h);
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

/* The status with FS, bits 14:13, of another. */
/*@ terminates \true;
    assigns \nothing;
    ensures rest: \result / 0x40000 == status / 0x40000;
*/
static uint64_t with_fs(uint64_t status, uint64_t other)
{
	uint64_t low = other / 0x2000 % 4 * 0x2000 + status % 0x2000;
	uint64_t now = status / 0x8000 * 0x8000 + low;

	//@ assert low: low < 0x8000;
	//@ assert high: now / 0x8000 == status / 0x8000;
	return now;
}

void shadow_take_fs(uint64_t h, uint64_t t)
{
	if (hart[h].fp == t)
		vcpu[t].csr[VSSTATUS] = with_fs(vcpu[t].csr[VSSTATUS], hart_sstatus());
	//@ assert same: ViewSame{Pre,Here}(t);
}

void shadow_leave(uint64_t h)
{
	hart_set_kernel_space();
	hart[h].space = DOMAINS;
	shadow_csrs_off(h);
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

/* Does the hart of vCPU t have to fence before the guest goes on? */
/*@ requires shadow: ShadowInv && ShadowOn(t);
    terminates \true;
    assigns shadow[t].owed;
    SHADOW_KEPT;
    ensures owed: shadow[t].owed == fence;
*/
static void owe(uint64_t t, uint64_t fence)
{
	shadow[t].owed = fence;
	//@ assert levels: \forall integer k, u, l; IsLevel{Pre}(k, u, l) ==> IsLevel(k, u, l);
	//@ assert entries: \forall integer k, u, i; ShadowEntry(k, u, i) ==> ShadowEntry{Pre}(k, u, i);
}

__attribute__((flatten)) uint64_t shadow_enter(uint64_t h, uint64_t t)
{
	shadow_inject(t);
	shadow_interrupt(t);
	if (shadow[t].owed)
		hart_fence_shadow(0, 0, 0) /*@ ghost (t) */;
	owe(t, 0);
	if (!shadow_root(t))
		return shadow_exit_fault(h, t, EXIT_OTHER, 0, 0); /* an arena too small to run in: the monitor's matter */
	shadow_csrs_on(h, t);
	hart_vector_guest();
	return RESUME_GUEST;
}

uint64_t shadow_reenter(uint64_t h, uint64_t t, uint64_t flags)
{
	if (pending_look(t) != 0 || hart[h].loaded != t)
		return RESUME_SERVER;
	/* Who changes the guest's tables holds the lock, and has seen that the guest does not run. */
	kernel_lock();
	running_publish(h, t);
	kernel_unlock();
	if (pending_look(t) != 0) {
		running_clear(h);
		return RESUME_SERVER;
	}
	vcpu_take_flags(h, t, flags);
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
	vcpu[t].deadline = (vcpu[t].csr[VSIE] & SIE_STIE) != 0 && when > hart_time() ? when : UINT64_MAX;
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
	    loop invariant caught: Caught;
	    loop invariant dropped: \forall integer k; 0 <= k < t && ShadowOn(k) && vcpu[k].guest == guest ==>
	      shadow[k].used == 0;
	    loop assigns t, SHADOW_STATE;
	    loop variant THREADS - t;
	*/
	for (uint64_t t = 0; t < THREADS; t++) {
		if (shadow[t].on == 0 || vcpu[t].guest != guest)
			continue;
		hart_evict(thread[t].hart, t);
		shadow_drop(t);
	}
}

/* The guest's remote fence, of vCPU t: of some pages, or, where that is less work, of all. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t], shadow_lag[t], shadow_walk[t];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures caught: shadow[t].owed == 1;
    ensures owners: OwnersSame{Pre,Post};
*/
static void fence_range(uint64_t t, uint64_t va, uint64_t bytes, uint64_t asid)
{
	uint64_t which = asid > UINT16_MAX ? 0 : 2;
	owe(t, 1);
	if (bytes - 1 >= FENCE_BYTES)
		shadow_fence(t, 0, asid, which);
	else
	/*@ loop invariant inv: Inv;
	    loop invariant shadow: ShadowInv && ShadowOn(t);
	    loop invariant owed: shadow[t].owed == 1;
	    loop invariant owners: OwnersSame{Pre,Here};
	    loop invariant range: k <= FENCE_BYTES + 2 * FRAME_BYTES;
	    loop assigns k, ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t], shadow_lag[t], shadow_walk[t];
	    loop variant FENCE_BYTES + 2 * FRAME_BYTES - k;
	*/
	for (uint64_t k = 0; k < va % FRAME_BYTES + bytes; k += FRAME_BYTES)
		shadow_fence(t, va + k, asid, which + 1);
}

void shadow_fence_all(uint32_t guest, uint64_t va, uint64_t bytes, uint64_t asid)
{
	/*@ loop invariant range: 0 <= t <= THREADS;
	    loop invariant inv: Inv;
	    loop invariant shadow: ShadowInv;
	    loop invariant caught: Caught;
	    loop invariant owners: OwnersSame{Pre,Here};
	    loop assigns t, ram[0 .. FRAMES-1], info[0 .. FRAMES-1], SHADOW_STATE;
	    loop variant THREADS - t;
	*/
	for (uint64_t t = 0; t < THREADS; t++) {
		if (shadow[t].on == 0 || vcpu[t].guest != guest)
			continue;
		hart_evict(thread[t].hart, t);
		fence_range(t, va, bytes, asid);
	}
}
