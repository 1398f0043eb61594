/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Calls of threads: messages, guests; the dispatch of the rest. */
#include <kernel/frame.h>
#include <kernel/ipc.h>
#include <kernel/vcpu_shadow.h>

uint64_t call_argument(uint64_t t, uint64_t i) { return context[t].x[REG_A0 + i]; }

int call_answer(uint64_t t, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	context[t].x[REG_A1] = a;
	context[t].x[REG_A2] = b;
	context[t].x[REG_A3] = c;
	context[t].x[REG_A4] = d;
	context[t].x[REG_A5] = e;
	return SEPTUM_OK;
}

/*@ requires slot: t < THREADS;
    terminates \true;
    assigns \nothing;
    ensures slot: \result < DOMAINS;
    ensures exact: \result == CallerSlot(t);
*/
static uint32_t domain_of(uint64_t t) { return thread[t].domain % NAME_SLOTS; }

/*@ KERNEL_HOLDS(t < THREADS);
    requires ready: thread[t].state == THREAD_READY && hart[thread[t].hart].current == t;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1];
    CALL_ENSURES;
    ensures may: \result == SEPTUM_OK ==> MayThread{Pre}(t, SEPTUM_CALL);
    ensures sent: \result == SEPTUM_OK ==> \let s = \old(Named(t, 0)) % NAME_SLOTS; s != t && thread[t].callee == s &&
      thread[t].badge == cap[CallerSlot(t)].slot[\old(Argument(t, 0))].badge &&
      \forall integer k; 0 <= k < THREADS && k != s && k != t ==> Untouched{Pre,Post}(k);
    ensures refused: \result != SEPTUM_OK ==> ThreadsSame{Pre,Post} && AnswerOnly{Pre,Post}(t);
*/
static int call_call(uint64_t t)
{
	uint32_t d = domain_of(t);
	uint64_t i = call_argument(t, 0);
	int status = cap_check(d, i, CAP_THREAD, CAP_CALL);
	if (status != SEPTUM_OK)
		return status;
	uint64_t s = cap[d].slot[i].name % NAME_SLOTS;
	if (s == t)
		return SEPTUM_BAD_ARGUMENT;
	if (thread[s].state == THREAD_STOPPED || thread[s].state == THREAD_FAULTED)
		return SEPTUM_DEAD;
	ipc_call(t, s, cap[d].slot[i].badge);
	return SEPTUM_OK;
}

/*@ KERNEL_HOLDS(t < THREADS);
    requires ready: thread[t].state == THREAD_READY && hart[thread[t].hart].current == t;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1], told[0 .. THREADS-1];
    CALL_ENSURES;
    ensures may: \result == SEPTUM_OK ==> Holding{Pre}(t, 0, CAP_THREAD, right);
    ensures others: \forall integer k; 0 <= k < THREADS && k != \old(Named(t, 0)) % NAME_SLOTS ==> Untouched{Pre,Post}(k);
    ensures bits: \result == SEPTUM_OK && right == CAP_NOTIFY ==> \let k = \old(Named(t, 0)) % NAME_SLOTS;
      ToldOnly{Pre,Post}(k) && told[k] == (\at(told[k], Pre) |
        \old(cap[CallerSlot(t)].slot[Argument(t, 0)].badge));
    ensures silent: \result != SEPTUM_OK || right != CAP_NOTIFY ==> \forall integer k; 0 <= k < THREADS ==>
      told[k] == \old(told[k]);
    ensures refused: \result != SEPTUM_OK ==> ThreadsSame{Pre,Post} && AnswerOnly{Pre,Post}(t);
*/
static int call_notify(uint64_t t, uint32_t right)
{
	uint32_t d = domain_of(t);
	uint64_t i = call_argument(t, 0);
	int status = cap_check(d, i, CAP_THREAD, right);
	if (status != SEPTUM_OK)
		return status;
	if (right == CAP_NOTIFY)
		ipc_notify(cap[d].slot[i].name % NAME_SLOTS, cap[d].slot[i].badge);
	else
		ipc_kick(cap[d].slot[i].name % NAME_SLOTS);
	return SEPTUM_OK;
}

/* Does this machine run guests in that mode? */
/*@ terminates \true;
    assigns \nothing;
    ensures known: \result == SEPTUM_OK ==> mode == 0 || mode == VCPU_SHADOW;
*/
static int mode_offered(uint64_t mode)
{
	if (mode > VCPU_SHADOW)
		return SEPTUM_BAD_ARGUMENT;
	return machine_features & (mode == VCPU_SHADOW ? BOOT_HAS_SV48 : BOOT_HAS_H) ? SEPTUM_OK : SEPTUM_BAD_STATE;
}

/* Frame p of that domain becomes a vCPU page. */
/*@ KERNEL_HOLDS(\true);
    terminates \true;
    assigns info[0 .. FRAMES-1];
    KERNEL_KEPT;
    ensures turned: \result == SEPTUM_OK ==> p < frame_count && info[p].owner == owner && info[p].kind == FRAME_VCPU;
    ensures rest: FrameOnly{Pre,Post}(p);
    ensures refused: \result != SEPTUM_OK ==> InfoSame{Pre,Post};
*/
static int page(uint32_t owner, uint64_t p)
{
	int status = frame_to_vcpu(owner, p);
	//@ assert apart: \forall integer k, f; ShadowOn(k) && InArena(k, f) && f == p ==> InfoSame{Pre,Here};
	//@ assert entries: \forall integer k, f, n; ShadowEntry(k, f, n) ==> ShadowEntry{Pre}(k, f, n);
	//@ assert maps: \forall integer k, f, n, q; ShadowMaps(k, f, n, q) ==> ShadowMaps{Pre}(k, f, n, q);
	//@ assert levels: \forall integer k, f, l; ShadowOn(k) && IsLevel{Pre}(k, f, l) ==> IsLevel(k, f, l);
	//@ assert only: \forall integer u; 0 <= u < FRAMES && u != p ==> InfoSameAt{Pre,Here}(u);
	//@ assert none: \forall integer j; Entry{Pre}(p, j) ==> InfoSame{Pre,Here};
	//@ assert own: \forall integer j; Entry{Pre}(p, j) ==> Entry(p, j) && info[p].kind == \at(info[p].kind, Pre);
	/*@ assert others: \forall integer u, j; u != p && Entry{Pre}(u, j) ==>
	      Entry(u, j) && info[u].kind == \at(info[u].kind, Pre); */
	//@ assert tables: \forall integer u, j; Entry{Pre}(u, j) ==> Entry(u, j) && info[u].kind == \at(info[u].kind, Pre);
	//@ assert covered: \forall integer at, g, q, e; CoveredAt{Pre}(at, g, q, e) ==> CoveredAt(at, g, q, e);
	/*@ assert placed: \forall integer u, j, q; Entry(u, j) && 0 <= q < frame_count && Covers(u, j, q) ==>
	      StageAt(info[u].owner, q) == Place(u, j); */
	//@ assert at: \forall integer at, g, q, e; 0 <= q < frame_count && CoveredAt(at, g, q, e) ==> StageAt(g, q) == at;
	//@ assert stage: \forall integer g, q, e; 0 <= q < frame_count && Staged{Pre}(g, q, e) ==> Staged(g, q, e);
	//@ assert range: \forall integer k, f, n, q; ShadowMaps{Pre}(k, f, n, q) ==> 0 <= q < frame_count;
	//@ assert staged: ShadowStaged;
	//@ assert sizes: ShadowSizes;
	//@ assert same: \forall integer k, f; ShadowOn(k) && InArena(k, f) ==> InfoSameAt{Pre,Here}(f);
	//@ assert arenas: ShadowArenas;
	//@ assert table_levels: ShadowLevels;
	//@ assert kernel: ShadowKernel;
	//@ assert pointers: ShadowPointers;
	//@ assert leaves: ShadowLeaves && ShadowEmpty;
	//@ assert tops: ShadowRoots && ShadowHighs;
	return status;
}

/*@ KERNEL_HOLDS(t < THREADS);
    requires ready: thread[t].state == THREAD_READY && hart[thread[t].hart].current == t;
    terminates \true;
    assigns info[0 .. FRAMES-1], dom[0 .. DOMAINS-1], vcpu[0 .. THREADS-1], hart[0 .. HARTS-1], SHADOW_STATE;
    CALL_ENSURES;
    ensures may: \result == SEPTUM_OK ==> MayThread{Pre}(t, SEPTUM_VCPU_BIND);
    ensures bound: \result == SEPTUM_OK ==> \let k = Named(t, 0) % NAME_SLOTS; \let g = Named(t, 1);
      Peers(thread[k].domain, g) && dom[g % NAME_SLOTS].kind == SEPTUM_GUEST && dom[g % NAME_SLOTS].sealed == 1 &&
      \old(vcpu[k].guest) == NOBODY && vcpu[k].guest == g && vcpu[k].page == Argument(t, 2) &&
      info[Argument(t, 2)].owner == thread[k].domain && info[Argument(t, 2)].kind == FRAME_VCPU;
    ensures rest: FrameOnly{Pre,Post}(Argument(t, 2)) && SlotOnly{Pre,Post}(Named(t, 1) % NAME_SLOTS);
    ensures refused: \result != SEPTUM_OK ==> InfoSame{Pre,Post} && SlotsSame{Pre,Post} && BindingsSame{Pre,Post};
*/
static int call_vcpu_bind(uint64_t t)
{
	uint32_t d = domain_of(t);
	uint64_t i = call_argument(t, 0);
	uint64_t j = call_argument(t, 1);
	uint64_t p = call_argument(t, 2);
	uint64_t mode = call_argument(t, 3);
	int status = cap_check(d, i, CAP_THREAD, CAP_CONTROL);
	if (status == SEPTUM_OK)
		status = cap_check(d, j, CAP_DOMAIN, CAP_CONTROL);
	if (status == SEPTUM_OK)
		status = mode_offered(mode);
	if (status != SEPTUM_OK)
		return status;
	uint64_t other = cap[d].slot[i].name % NAME_SLOTS;
	uint32_t guest = cap[d].slot[j].name;
	if (thread[other].state != THREAD_STOPPED || vcpu[other].guest != NOBODY ||
	    dom[guest % NAME_SLOTS].kind != SEPTUM_GUEST || dom[guest % NAME_SLOTS].root == NO_ROOT)
		return SEPTUM_BAD_STATE;
	if (!domain_peers(thread[other].domain, guest))
		return SEPTUM_DENIED;
	status = page(thread[other].domain, p);
	if (status != SEPTUM_OK)
		return status;
	/*@ ghost L: ; */
	domain_seal(guest);
	//@ assert live: \forall integer k; ShadowOn(k) ==> Live(vcpu[k].guest);
	/*@ assert stage: \forall integer at, k, q, e; ShadowOn(k) && CoveredAt{L}(at, vcpu[k].guest, q, e) ==>
	      CoveredAt(at, vcpu[k].guest, q, e); */
	//@ assert shadow: ShadowInv;
	vcpu_bind(other, guest, p, (uint16_t)mode);
	//@ assert bound: Ranges;
	return SEPTUM_OK;
}

/*@ KERNEL_HOLDS(t < THREADS);
    requires ready: thread[t].state == THREAD_READY && hart[thread[t].hart].current == t;
    terminates \true;
    assigns info[0 .. FRAMES-1], shadow[0 .. THREADS-1];
    CALL_ENSURES;
    ensures may: \result == SEPTUM_OK ==> MayThread{Pre}(t, SEPTUM_VCPU_ARENA);
    ensures joined: \result == SEPTUM_OK ==> \let k = Named(t, 0) % NAME_SLOTS;
      \old(info[Argument(t, 1)].owner) == vcpu[k].guest && \old(info[Argument(t, 1)].kind) == FRAME_DATA &&
      info[Argument(t, 1)].kind == FRAME_SHADOW;
    ensures rest: FrameOnly{Pre,Post}(Argument(t, 1));
    ensures refused: \result != SEPTUM_OK ==> InfoSame{Pre,Post};
*/
static int call_vcpu_arena(uint64_t t)
{
	uint32_t d = domain_of(t);
	uint64_t i = call_argument(t, 0);
	int status = cap_check(d, i, CAP_THREAD, CAP_CONTROL);
	if (status != SEPTUM_OK)
		return status;
	uint64_t other = cap[d].slot[i].name % NAME_SLOTS;
	if (thread[other].state != THREAD_STOPPED || vcpu[other].guest == NOBODY || shadow[other].on == 0)
		return SEPTUM_BAD_STATE;
	status = shadow_arena(other, call_argument(t, 1));
	//@ assert same: ThreadRanges && VcpuRanges && HartRanges && Counts && Loaded && FreeUnbound && Homed;
	//@ assert pages: BoundPages;
	//@ assert guests: BoundGuests;
	return status;
}

/*@ KERNEL_HOLDS(t < THREADS);
    requires ready: thread[t].state == THREAD_READY && hart[thread[t].hart].current == t;
    terminates \true;
    assigns vcpu[0 .. THREADS-1], hart[0 .. HARTS-1], selected[0 .. HARTS-1], SHADOW_STATE,
      ram[0 .. FRAMES-1], info[0 .. FRAMES-1];
    CALL_ENSURES;
    ensures bindings: BindingsSame{Pre,Post};
*/
static int call_vcpu_own(uint64_t t, uint64_t number)
{
	if (vcpu[t].guest == NOBODY)
		return SEPTUM_BAD_STATE;
	if (number == SEPTUM_VCPU_SAVE)
		vcpu_show_state(thread[t].hart, t);
	else
		vcpu_fence(thread[t].hart, t, call_argument(t, 0), call_argument(t, 1), call_argument(t, 2), call_argument(t, 3));
	return SEPTUM_OK;
}

void call_vcpu_run(uint64_t h, uint64_t t, uint64_t flags)
{
	if (vcpu[t].guest == NOBODY || flags > VCPU_RUN_FLAGS) {
		context[t].x[REG_A0] = (uint64_t)(int64_t)(flags > VCPU_RUN_FLAGS ? SEPTUM_BAD_ARGUMENT : SEPTUM_BAD_STATE);
		return;
	}
	vcpu[t].inside = 1;
	//@ assert inside: Ranges && ShadowInv;
	if (flags & VCPU_RUN_LOAD)
		vcpu_take_state(h, t, flags);
	//@ assert taken: Ranges && ShadowInv && CurrentsSame{Pre,Here} && vcpu[t].guest != NOBODY;
	if ((flags & (VCPU_RUN_TIMER | VCPU_RUN_FENCE)) != 0 && vcpu_load(h, t))
		vcpu_take_flags(h, t, flags);
}

/* Calls that may block set the caller's registers themselves when they end; the rest return a status at once. */
/*@ KERNEL_HOLDS(t < THREADS);
    requires ready: thread[t].state == THREAD_READY && hart[thread[t].hart].current == t;
    requires other: number != SEPTUM_CALL;
    CALL_KEPT;
    ensures may: \result == SEPTUM_OK ==> MayCall{Pre}(t, number);
    ensures authority: Authority{Pre,Post}(\old(CallerSlot(t)));
    ensures peers: PeersKept{Pre,Post}(t, number);
*/
static int dispatch(uint64_t t, uint64_t number)
{
	changes += number > SEPTUM_VCPU_KICK && number != SEPTUM_AUDIT_READ;
	switch (number) {
	case SEPTUM_NOTIFY: return call_notify(t, CAP_NOTIFY);
	case SEPTUM_VCPU_KICK: return call_notify(t, CAP_KICK);
	case SEPTUM_VCPU_BIND: return call_vcpu_bind(t);
	case SEPTUM_VCPU_ARENA: return call_vcpu_arena(t);
	case SEPTUM_VCPU_SAVE:
	case SEPTUM_VCPU_FENCE: return call_vcpu_own(t, number);
	default: break;
	}
	if (number >= SEPTUM_IRQ_BIND)
		return call_machine(t, number);
	if (number >= SEPTUM_FRAME_GIVE)
		return call_memory(t, number);
	return call_object(t, number);
}

void call_dispatch(uint64_t t)
{
	uint64_t number = context[t].x[REG_A7];
	if (number == SEPTUM_REPLY_WAIT) {
		ipc_reply_wait(t);
		return;
	}
	if (number == SEPTUM_CALL) {
		int status = call_call(t);
		if (status != SEPTUM_OK)
			context[t].x[REG_A0] = (uint64_t)(int64_t)status;
		return;
	}
	context[t].x[REG_A0] = (uint64_t)(int64_t)dispatch(t, number);
}
