/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Calls on domains and capabilities; the dispatch of those on objects. */
#include <kernel/call_thread.h>
#include <kernel/domain.h>
#include <kernel/vcpu.h>

/*@ KERNEL_HOLDS(t < THREADS && d < DOMAINS && d == thread[t].domain % NAME_SLOTS);
    requires alive: thread[t].state != THREAD_FREE;
    terminates \true;
    assigns dom[0 .. DOMAINS-1], peer[0 .. DOMAINS-1], cap[0 .. DOMAINS-1];
    CALL_ENSURES;
    ensures may: \result == SEPTUM_OK ==> MayObject{Pre}(t, SEPTUM_DOMAIN_CREATE);
    ensures created: \result == SEPTUM_OK ==> \let name = Named(t, 1);
      CapIs(d, Argument(t, 1), CAP_DOMAIN, CAP_RIGHTS, name, 0) && Live(name) && !Live{Pre}(name) &&
      dom[name % NAME_SLOTS].kind == Argument(t, 0) && dom[name % NAME_SLOTS].root == NO_ROOT &&
      SlotOnly{Pre,Post}(name % NAME_SLOTS);
    ensures endowed: \result == SEPTUM_OK ==> \let s = Named(t, 1) % NAME_SLOTS; d != s &&
      CapIs(s, CAP_SELF, CAP_DOMAIN, CAP_MEMORY, Named(t, 1), 0) &&
      \forall integer j; 0 <= j < CAPS && j != CAP_SELF ==> CapEmpty(s, j);
    ensures authority: Authority{Pre,Post}(d);
    ensures peers: PeersKept{Pre,Post}(t, SEPTUM_DOMAIN_CREATE);
    ensures refused: \result != SEPTUM_OK ==> ObjectsSame{Pre,Post};
*/
static int domain_create(uint64_t t, uint32_t d)
{
	uint64_t kind = call_argument(t, 0);
	uint64_t i = call_argument(t, 1);
	int status = cap_check(d, BOOT_CAP_SYSTEM, CAP_SYSTEM, 0);
	if (status == SEPTUM_OK)
		status = cap_empty(d, i);
	if (status != SEPTUM_OK)
		return status;
	if (kind != SEPTUM_SERVER && kind != SEPTUM_GUEST)
		return SEPTUM_BAD_ARGUMENT;
	uint32_t name = domain_new((uint32_t)kind);
	//@ assert live: \forall integer k; ShadowOn(k) ==> Live(vcpu[k].guest);
	/*@ assert stage: \forall integer at, k, q, e; ShadowOn(k) && CoveredAt{Pre}(at, vcpu[k].guest, q, e) ==>
	      CoveredAt(at, vcpu[k].guest, q, e); */
	//@ assert shadow: ShadowInv;
	if (name == NOBODY)
		return SEPTUM_FULL;
	//@ assert apart: name % NAME_SLOTS != d;
	cap_clear(name % NAME_SLOTS);
	cap_put(name % NAME_SLOTS, CAP_SELF, CAP_DOMAIN, name, 0);
	cap[name % NAME_SLOTS].slot[CAP_SELF].rights = CAP_MEMORY;
	//@ assert self: CapIs(name % NAME_SLOTS, CAP_SELF, CAP_DOMAIN, CAP_MEMORY, name, 0);
	//@ assert empty: \forall integer j; 0 <= j < CAPS && j != CAP_SELF ==> CapEmpty(name % NAME_SLOTS, j);
	/*@ assert rest: \forall integer e, j; 0 <= e < DOMAINS && 0 <= j < CAPS && e != name % NAME_SLOTS ==>
	      cap[e].slot[j] == \at(cap[e].slot[j], Pre); */
	//@ assert born: CapBorn{Pre,Here}(d, name % NAME_SLOTS, CAP_SELF);
	//@ assert gone: \forall integer j; 0 <= j < CAPS && j != CAP_SELF ==> CapGone{Pre,Here}(d, name % NAME_SLOTS, j);
	status = cap_put(d, i, CAP_DOMAIN, name, 0);
	//@ assert given: status == SEPTUM_OK ==> CapBorn{Pre,Here}(d, d, i);
	//@ assert born_still: CapBorn{Pre,Here}(d, name % NAME_SLOTS, CAP_SELF);
	//@ assert gone_still: \forall integer j; 0 <= j < CAPS && j != CAP_SELF ==> CapGone{Pre,Here}(d, name % NAME_SLOTS, j);
	/*@ assert rest_still: \forall integer e, j; 0 <= e < DOMAINS && 0 <= j < CAPS && e != name % NAME_SLOTS &&
	      (status != SEPTUM_OK || e != d || j != i) ==> cap[e].slot[j] == \at(cap[e].slot[j], Pre); */
	//@ assert within: Authority{Pre,Here}(d);
	return status;
}

/* Stops the domain's threads; BUSY while one is on a hart. */
/*@ requires ranges: Ranges;
    requires shadow: ShadowInv;
    requires caught: Caught;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1], vcpu[0 .. THREADS-1], hart[0 .. HARTS-1],
      shadow[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures caught: Caught;
    ensures shadow: ShadowInv;
    ensures currents: CurrentsSame{Pre,Post};
    ensures homes: Homes{Pre,Post};
    ensures ended: \result == SEPTUM_OK ==> \forall integer k; 0 <= k < thread_top ==>
      thread[k].state == THREAD_FREE || thread[k].domain != name;
    ensures result: \result == SEPTUM_OK || \result == SEPTUM_BUSY;
*/
static int end_threads(uint32_t name)
{
	int status = SEPTUM_OK;
	/*@ loop invariant range: 0 <= k <= thread_top;
	    loop invariant shadow: ShadowInv;
	    loop invariant caught: Caught;
	    loop invariant ranges: Ranges;
	    loop invariant currents: CurrentsSame{Pre,Here};
	    loop invariant homes: Homes{Pre,Here};
	    loop invariant result: status == SEPTUM_OK || status == SEPTUM_BUSY;
	    loop invariant ended: status == SEPTUM_OK ==> \forall integer j; 0 <= j < k ==>
	      thread[j].state == THREAD_FREE || thread[j].domain != name;
	    loop assigns k, status, thread[0 .. THREADS-1], context[0 .. THREADS-1], vcpu[0 .. THREADS-1],
	      hart[0 .. HARTS-1],
	      shadow[0 .. THREADS-1];
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
			shadow_end(k);
			thread_end(k);
			//@ assert gone: thread[k].state == THREAD_FREE;
		}
		//@ assert this: status == SEPTUM_OK ==> thread[k].state == THREAD_FREE || thread[k].domain != name;
		//@ assert before: status == SEPTUM_OK ==> \forall integer j; 0 <= j < k ==> thread[j].state == THREAD_FREE || thread[j].domain != name;
	}
	return status;
}

/*@ KERNEL_HOLDS(t < THREADS && d < DOMAINS && d == thread[t].domain % NAME_SLOTS);
    terminates \true;
    assigns dom[0 .. DOMAINS-1], cap[0 .. DOMAINS-1], stale[0 .. DOMAINS-1], device_owner[0 .. DEVICES-1],
      device_context[0 .. DEVICES-1], loose, thread[0 .. THREADS-1], context[0 .. THREADS-1],
      vcpu[0 .. THREADS-1], hart[0 .. HARTS-1], selected[0 .. HARTS-1], shadow[0 .. THREADS-1],
      told[0 .. THREADS-1];
    CALL_ENSURES;
    ensures may: \result == SEPTUM_OK ==> MayObject{Pre}(t, SEPTUM_DOMAIN_DESTROY);
    ensures ended: \result == SEPTUM_OK ==> \let s = \old(Named(t, 0)) % NAME_SLOTS; !Live(\old(Named(t, 0))) &&
      SlotOnly{Pre,Post}(s) && (\forall integer i; 0 <= i < CAPS ==> CapEmpty(s, i)) &&
      \forall integer e, i; 0 <= e < DOMAINS && 0 <= i < CAPS && e != s ==> cap[e].slot[i] == \old(cap[e].slot[i]);
    ensures authority: Authority{Pre,Post}(d);
    ensures kept: \result != SEPTUM_OK ==> CapsSame{Pre,Post} && SlotsSame{Pre,Post};
    ensures refused: \result != SEPTUM_OK && \result != SEPTUM_BUSY ==> ThreadsSame{Pre,Post};
*/
static int domain_destroy(uint64_t t, uint32_t d)
{
	uint64_t i = call_argument(t, 0);
	int status = cap_check(d, i, CAP_DOMAIN, CAP_STOP);
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
	/*@ ghost L: ; */
	domain_end(name);
	//@ assert live: \forall integer k; ShadowOn(k) ==> Live(vcpu[k].guest);
	/*@ assert stage: \forall integer at, k, q, e; ShadowOn(k) && CoveredAt{L}(at, vcpu[k].guest, q, e) ==>
	      CoveredAt(at, vcpu[k].guest, q, e); */
	//@ assert mapped: \forall integer k, f, n, q; ShadowMaps(k, f, n, q) ==> Staged{L}(vcpu[k].guest, q, ram[f].word[n]);
	//@ assert staged: ShadowStaged;
	//@ assert sizes: ShadowSizes;
	//@ assert shadow: ShadowInv;
	//@ assert homed: Homed;
	//@ assert bound: BoundPages && BoundGuests;
	cap_clear(name % NAME_SLOTS);
	return SEPTUM_OK;
}

/*@ KERNEL_HOLDS(t < THREADS && d < DOMAINS && d == thread[t].domain % NAME_SLOTS);
    terminates \true;
    assigns peer[0 .. DOMAINS-1];
    CALL_ENSURES;
    ensures may: \result == SEPTUM_OK ==> MayObject{Pre}(t, SEPTUM_DOMAIN_PEER);
    ensures joined: \result == SEPTUM_OK ==> Peers(Named(t, 0), Named(t, 1)) && Peers(Named(t, 1), Named(t, 0));
    ensures peers: PeersKept{Pre,Post}(t, SEPTUM_DOMAIN_PEER);
    ensures refused: \result != SEPTUM_OK ==> PeersSame{Pre,Post};
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

/*@ KERNEL_HOLDS(t < THREADS && d < DOMAINS && d == thread[t].domain % NAME_SLOTS);
    terminates \true;
    assigns cap[0 .. DOMAINS-1];
    CALL_ENSURES;
    ensures may: \result == SEPTUM_OK ==> MayObject{Pre}(t, SEPTUM_CAP_GRANT);
    ensures granted: \result == SEPTUM_OK ==> \let e = \old(Named(t, 0)) % NAME_SLOTS;
      CapIs(e, Argument(t, 1), \old(cap[d].slot[Argument(t, 2)].type), Argument(t, 3) % (CAP_RIGHTS + 1),
        \old(Named(t, 2)), Argument(t, 4)) &&
      CapOnly{Pre,Post}(e, Argument(t, 1));
    ensures authority: Authority{Pre,Post}(d);
    ensures refused: \result != SEPTUM_OK ==> CapsSame{Pre,Post};
*/
static int grant(uint64_t t, uint32_t d)
{
	uint64_t i = call_argument(t, 0);
	int status = cap_check(d, i, CAP_DOMAIN, CAP_CONTROL);
	if (status != SEPTUM_OK)
		return status;
	return cap_grant(d, call_argument(t, 2), cap[d].slot[i].name % NAME_SLOTS, call_argument(t, 1), call_argument(t, 3), call_argument(t, 4));
}

int call_object(uint64_t t, uint64_t number)
{
	uint32_t d = thread[t].domain % NAME_SLOTS;
	switch (number) {
	case SEPTUM_DOMAIN_CREATE: return domain_create(t, d);
	case SEPTUM_DOMAIN_DESTROY: return domain_destroy(t, d);
	case SEPTUM_DOMAIN_PEER: return peer_call(t, d);
	case SEPTUM_CAP_GRANT: return grant(t, d);
	case SEPTUM_CAP_DROP: cap_drop(d, call_argument(t, 0)); return SEPTUM_OK;
	case SEPTUM_THREAD_CREATE: return thread_create(t, d);
	case SEPTUM_THREAD_START:
	case SEPTUM_THREAD_STOP:
	case SEPTUM_THREAD_INFO: return thread_calls(t, d, number);
	default: return SEPTUM_BAD_CALL;
	}
}
