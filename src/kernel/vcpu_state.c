/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A vCPU's state as its monitor sees it: bound, taken in, written out, given up. */
#include <kernel/vcpu_shadow.h>
#include <kernel/virtual.h>
#include <riscv/csr.h>

void vcpu_take_deadline(uint64_t h, uint64_t t)
{
	if (vcpu_load(h, t))
		vcpu_set_timer(h, t);
}

/* Every VS register is WARL for the guest itself: there is nothing to mask in them but hvip. */
/*@ requires ranges: Ranges && t < THREADS;
    requires bound: vcpu[t].guest != NOBODY;
    terminates \true;
    assigns vcpu[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures kept: BindingsSame{Pre,Post};
*/
static void take_vs(uint64_t t)
{
	uint64_t page = vcpu[t].page;
	/*@ loop invariant range: 0 <= k <= VS_CSRS;
	    loop invariant kept: BindingsSame{Pre,Here};
	    loop assigns k, vcpu[0 .. THREADS-1];
	    loop variant VS_CSRS - k;
	*/
	for (uint64_t k = 0; k < VS_CSRS; k++)
		vcpu[t].csr[k] = shared_read(page, PAGE_VS + k);
	vcpu[t].csr[HVIP] = vcpu[t].csr[HVIP] & (INJECT_SOFTWARE | INJECT_TIMER | INJECT_EXTERNAL);
}

void vcpu_take_state(uint64_t h, uint64_t t)
{
	uint64_t page = vcpu[t].page;
	uint64_t supervisor = shared_read(page, PAGE_SUPERVISOR) % 2;
	if (hart[h].loaded == t)
		hart[h].loaded = NO_THREAD;
	hart[h].last[vcpu[t].guest % NAME_SLOTS] = 0; /* what it had translated before is not this state's */
	take_vs(t);
	vcpu[t].sstatus = SSTATUS_UXL64 | supervisor * SSTATUS_SPP;
	vcpu[t].senvcfg = 0;
	vcpu[t].scounteren = shared_read(page, PAGE_SCOUNTEREN) & COUNTEREN_TM;
	vcpu[t].deadline = UINT64_MAX;
	if (shadow[t].on)
		shadow_adopt(t, (uint32_t)supervisor);
	if (hart[h].fp == t)
		hart[h].fp = NO_THREAD;
	hart_fp_clear(t);
}

void vcpu_show_state(uint64_t h, uint64_t t)
{
	uint64_t page = vcpu[t].page;
	if (hart[h].loaded == t && !shadow[t].on)
		vcpu_save_vs(t);
	/*@ loop invariant range: 0 <= k <= VS_CSRS;
	    loop assigns k;
	    loop variant VS_CSRS - k;
	*/
	for (uint64_t k = 0; k < VS_CSRS; k++)
		shared_write(page, PAGE_VS + k, vcpu[t].csr[k]);
	shared_write(page, PAGE_SUPERVISOR, shadow[t].on ? shadow[t].supervisor : vcpu[t].sstatus / SSTATUS_SPP % 2);
	shared_write(page, PAGE_SCOUNTEREN, vcpu[t].scounteren);
}

/*@ requires inv: Inv;
    requires shadow: ShadowInv && !ShadowOn(t) && t < THREADS;
    terminates \true;
    assigns vcpu[t];
    ensures shadow: ShadowInv;
    ensures bound: vcpu[t].guest == guest && vcpu[t].page == page;
*/
static void start(uint64_t t, uint32_t guest, uint64_t page)
{
	vcpu[t] = (struct vcpu){.guest = guest, .page = page, .sstatus = SSTATUS_UXL64, .deadline = UINT64_MAX};
	vcpu[t].csr[VSTIMECMP] = UINT64_MAX;
}

/* The vCPU is on no hart: what its own still holds of it is forgotten. What is left of the guest in the F registers goes
 * with it: another one may be bound to this thread. */
/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns hart[0 .. HARTS-1];
    ensures ranges: Ranges;
    ensures currents: CurrentsSame{Pre,Post};
    ensures unloaded: \forall integer h; 0 <= h < HARTS ==> hart[h].loaded != t;
*/
static void unload(uint64_t t)
{
	uint64_t h = thread[t].hart;
	if (hart[h].loaded == t)
		hart[h].loaded = NO_THREAD;
	if (hart[h].fp == t)
		hart[h].fp = NO_THREAD;
}

/*@ requires inv: Inv;
    requires ranges: Ranges && t < THREADS;
    requires unloaded: \forall integer h; 0 <= h < HARTS ==> hart[h].loaded != t;
    requires shadow: ShadowInv;
    terminates \true;
    assigns vcpu[t].guest, shadow[t].on;
    ensures ranges: Ranges;
    ensures shadow: ShadowInv;
    ensures unbound: vcpu[t].guest == NOBODY;
*/
static void unbind(uint64_t t)
{
	shadow_end(t);
	vcpu[t].guest = NOBODY;
}

void vcpu_bind(uint64_t t, uint32_t guest, uint64_t page, uint32_t mode)
{
	start(t, guest, page);
	hart[thread[t].hart].last[guest % NAME_SLOTS] = 0; /* an earlier guest of that slot may have run here */
	hart_fp_clear(t);
	if (mode == VCPU_SHADOW)
		shadow_new(t);
}

int vcpu_unbind_all(uint32_t guest)
{
	int status = SEPTUM_OK;
	/*@ loop invariant range: 0 <= t <= thread_top;
	    loop invariant ranges: Ranges;
	    loop invariant shadow: ShadowInv;
	    loop invariant homes: Homes{Pre,Here};
	    loop invariant currents: CurrentsSame{Pre,Here};
	    loop invariant unbound: status == SEPTUM_OK ==> \forall integer k; 0 <= k < t ==>
	      vcpu[k].guest != guest || guest == NOBODY;
	    loop assigns t, status, thread[0 .. THREADS-1], vcpu[0 .. THREADS-1], hart[0 .. HARTS-1],
	      shadow[0 .. THREADS-1];
	    loop variant thread_top - t;
	*/
	for (uint64_t t = 0; t < thread_top; t++) {
		uint64_t h = thread[t].hart;
		if (thread[t].state == THREAD_FREE || vcpu[t].guest != guest)
			continue;
		/* From now on the thread's VCPU_RUN finds this bit and comes to the lock. */
		pending_set(t, SEPTUM_BIT_UNBOUND);
		if (running_look(h) == t) {
			hart_send_ipi(h);
			status = SEPTUM_BUSY;
			continue;
		}
		if (thread[t].state == THREAD_WFI)
			thread_wake_guest(t);
		unload(t);
		unbind(t);
	}
	return status;
}

void vcpu_fence(uint64_t h, uint64_t t, uint64_t what, uint64_t va, uint64_t bytes, uint64_t asid)
{
	uint32_t remote = 0;
	/*@ loop invariant range: 0 <= k <= thread_top;
	    loop assigns k, remote;
	    loop variant thread_top - k;
	*/
	for (uint64_t k = 0; k < thread_top; k++)
		if (vcpu[k].guest == vcpu[t].guest && thread[k].hart != h)
			remote = 1;
	if (shadow[t].on) {
		if (what & VCPU_FENCE_VMA)
			shadow_drop_all(vcpu[t].guest);
		what &= VCPU_FENCE_I;
	} else if (!vcpu_load(h, t)) {
		return;
	}
	hart_fence_guest(vcpu[t].guest % NAME_SLOTS, what, va, bytes, asid, remote);
}
