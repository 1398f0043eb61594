/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A vCPU's state as its monitor sees it: bound, taken in, written out, given up. */
#include <kernel/vcpu_shadow.h>
#include <kernel/virtual.h>
#include <riscv/csr.h>

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

void vcpu_take_state(uint64_t h, uint64_t t, uint64_t flags)
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
	if ((flags & VCPU_RUN_CLEAR) == 0)
		return;
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
    requires ranges: Ranges && thread[t].state != THREAD_FREE && vcpu[t].guest == NOBODY;
    requires page: page < frame_count && page < FRAMES && info[page].kind == FRAME_VCPU &&
      info[page].owner == thread[t].domain;
    requires guest: guest != NOBODY && Live(guest) && dom[guest % NAME_SLOTS].kind == SEPTUM_GUEST;
    terminates \true;
    assigns vcpu[t];
    ensures ranges: Ranges;
    ensures shadow: ShadowInv;
    ensures bound: vcpu[t].guest == guest && vcpu[t].page == page;
*/
static void start(uint64_t t, uint32_t guest, uint64_t page, uint16_t mode)
{
	vcpu[t] = (struct vcpu){.guest = guest, .page = page, .mode = mode, .sstatus = SSTATUS_UXL64, .deadline = UINT64_MAX};
	vcpu[t].csr[VSTIMECMP] = UINT64_MAX;
}

/*@ requires inv: Inv;
    requires ranges: Ranges && t < THREADS;
    requires unloaded: \forall integer h; 0 <= h < HARTS ==> hart[h].loaded != t;
    requires shadow: ShadowInv;
    requires caught: Caught;
    terminates \true;
    assigns vcpu[t].guest, shadow[t].on;
    ensures ranges: Ranges;
    ensures caught: Caught;
    ensures shadow: ShadowInv;
    ensures unbound: vcpu[t].guest == NOBODY;
*/
static void unbind(uint64_t t)
{
	shadow_end(t);
	vcpu[t].guest = NOBODY;
}

void vcpu_bind(uint64_t t, uint32_t guest, uint64_t page, uint16_t mode)
{
	start(t, guest, page, mode);
	hart[thread[t].hart].last[guest % NAME_SLOTS] = 0; /* an earlier guest of that slot may have run here */
	hart_fp_clear(t);
	if (mode == VCPU_SHADOW)
		shadow_new(t);
}

/* The same for the vCPU of thread t if it is of that guest: BUSY if it is still in a hart. */
/*@ requires inv: Inv;
    requires ranges: Ranges && t < thread_top;
    requires shadow: ShadowInv;
    requires caught: Caught;
    terminates \true;
    assigns thread[t].state, thread[t].deadline, vcpu[t].guest, shadow[t].on, hart[thread[t].hart].loaded,
      hart[thread[t].hart].fp, told[t];
    ensures ranges: Ranges;
    ensures caught: Caught;
    ensures shadow: ShadowInv;
    ensures homes: Homes{Pre,Post};
    ensures currents: CurrentsSame{Pre,Post};
    ensures unbound: \result == SEPTUM_OK ==> vcpu[t].guest != guest || guest == NOBODY;
*/
static int unbind_from(uint64_t t, uint32_t guest)
{
	uint64_t h = thread[t].hart;

	if (thread[t].state == THREAD_FREE || vcpu[t].guest != guest)
		return SEPTUM_OK;
	/* From now on the thread's VCPU_RUN finds this bit and comes to the lock. */
	pending_set(t, SEPTUM_BIT_UNBOUND);
	if (running_look(h) == t) {
		hart_send_ipi(h);
		return SEPTUM_BUSY;
	}
	if (thread[t].state == THREAD_WFI)
		thread_wake_guest(t);
	thread_forget(t);
	unbind(t);
	return SEPTUM_OK;
}

int vcpu_unbind_all(uint32_t guest)
{
	int status = SEPTUM_OK;
	/*@ loop invariant range: 0 <= t <= thread_top;
	    loop invariant ranges: Ranges;
	    loop invariant shadow: ShadowInv;
	    loop invariant caught: Caught;
	    loop invariant homes: Homes{Pre,Here};
	    loop invariant currents: CurrentsSame{Pre,Here};
	    loop invariant result: status == SEPTUM_OK || status == SEPTUM_BUSY;
	    loop invariant unbound: status == SEPTUM_OK ==> \forall integer k; 0 <= k < t ==>
	      vcpu[k].guest != guest || guest == NOBODY;
	    loop assigns t, status, thread[0 .. THREADS-1], vcpu[0 .. THREADS-1], hart[0 .. HARTS-1],
	      shadow[0 .. THREADS-1], told[0 .. THREADS-1];
	    loop variant thread_top - t;
	*/
	for (uint64_t t = 0; t < thread_top; t++)
		if (unbind_from(t, guest) != SEPTUM_OK)
			status = SEPTUM_BUSY;
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
			shadow_fence_all(vcpu[t].guest, va, bytes, asid);
		what &= VCPU_FENCE_I;
	} else if (!vcpu_load(h, t)) {
		return;
	}
	hart_fence_guest(vcpu[t].guest % NAME_SLOTS, what, va, bytes, asid, remote);
}
