/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/boot.h>
#include <kernel/call_thread.h>

/* Microseconds to ticks, rounded down; what does not fit is as good as for ever. */
/*@ terminates \true;
    assigns \nothing;
*/
static uint64_t ticks(uint64_t us) { return us >= UINT32_MAX ? UINT64_MAX / 2 : us * (boot.timebase / 1000) / 1000; }

int thread_create(uint64_t t, uint32_t d)
{
	uint64_t i = call_argument(t, 0);
	uint64_t h = call_argument(t, 2);
	uint64_t priority = call_argument(t, 3);
	int status = cap_check(d, i, CAP_DOMAIN, CAP_CONTROL);
	if (status == SEPTUM_OK)
		status = cap_empty(d, call_argument(t, 1));
	if (status != SEPTUM_OK)
		return status;
	uint32_t name = cap[d].slot[i].name;
	if (dom[name % NAME_SLOTS].kind != SEPTUM_SERVER || dom[name % NAME_SLOTS].root == NO_ROOT)
		return SEPTUM_BAD_STATE;
	if (h >= hart_count || hart[h].online == 0 || priority >= PRIORITIES)
		return SEPTUM_BAD_ARGUMENT;
	uint64_t k = thread_new(name, (uint32_t)h, (uint32_t)priority, thread_name(t));
	//@ assert guests: \forall integer n; 0 <= n < THREADS ==> vcpu[n].guest == \at(vcpu[n].guest, Pre);
	//@ assert shadow: ShadowInv;
	if (k == NO_THREAD)
		return SEPTUM_FULL;
	thread[k].budget = ticks(call_argument(t, 4));
	thread[k].period = ticks(call_argument(t, 5));
	thread[k].left = thread[k].budget;
	status = cap_put(d, call_argument(t, 1), CAP_THREAD, thread_name(k), 0);
	//@ assert born: status == SEPTUM_OK ==> CapBorn{Pre,Here}(d, d, Argument(t, 1));
	/*@ assert rest: \forall integer e, j; 0 <= e < DOMAINS && 0 <= j < CAPS && (e != d || j != Argument(t, 1)) ==>
	      cap[e].slot[j] == \at(cap[e].slot[j], Pre); */
	return status;
}

/*@ KERNEL_HOLDS(t < THREADS && k < THREADS);
    requires alive: thread[k].state != THREAD_FREE;
    terminates \true;
    assigns dom[0 .. DOMAINS-1], thread[k], context[k], vcpu[k];
    CALL_ENSURES;
    ensures allowed: \result == SEPTUM_OK ==> \old(Still(k)) && hart[thread[k].hart].current != k;
    ensures started: \result == SEPTUM_OK ==> thread[k].state == THREAD_READY && vcpu[k].inside == 0 &&
      context[k].pc == \old(Argument(t, 1)) && context[k].x[REG_SP] == \old(Argument(t, 2)) &&
      Argument(k, 0) == \old(Argument(t, 3)) && dom[thread[k].domain % NAME_SLOTS].sealed == 1;
    ensures rest: \result == SEPTUM_OK ==> WaitOnly{Pre,Post}(k) && OwesSame{Pre,Post}(k) &&
      \forall integer i; 0 <= i < 31 && i != REG_SP && i != REG_A0 ==> context[k].x[i] == \old(context[k].x[i]);
    ensures slots: SlotOnly{Pre,Post}(thread[k].domain % NAME_SLOTS);
    ensures refused: \result != SEPTUM_OK ==> ThreadsSame{Pre,Post} && SlotsSame{Pre,Post};
*/
static int thread_start(uint64_t t, uint64_t k)
{
	if (thread[k].state != THREAD_STOPPED && thread[k].state != THREAD_FAULTED)
		return SEPTUM_BAD_STATE;
	if (thread_on_hart(k))
		return SEPTUM_BUSY;
	if (!domain_live(thread[k].domain))
		return SEPTUM_DEAD;
	domain_seal(thread[k].domain);
	//@ assert live: \forall integer n; ShadowOn(n) ==> Live(vcpu[n].guest);
	/*@ assert stage: \forall integer at, n, q, e; ShadowOn(n) && CoveredAt{Pre}(at, vcpu[n].guest, q, e) ==>
	      CoveredAt(at, vcpu[n].guest, q, e); */
	//@ assert shadow: ShadowInv;
	vcpu[k].inside = 0;
	context[k].pc = call_argument(t, 1);
	context[k].x[REG_SP] = call_argument(t, 2);
	thread_wake(k, (int64_t)call_argument(t, 3));
	return SEPTUM_OK;
}

/*@ KERNEL_HOLDS(k < THREADS);
    requires alive: thread[k].state != THREAD_FREE;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1];
    CALL_ENSURES;
    ensures stopped: thread[k].state == THREAD_STOPPED && thread[k].caller == 0;
    ensures outlived: \forall integer j; 0 <= j < thread_top && j != k ==> Outlived{Pre,Post}(j, k, ThreadName{Pre}(k));
    ensures free: \forall integer j; 0 <= j < THREADS ==> !Calls(j, k);
    ensures result: \result == SEPTUM_OK || \result == SEPTUM_BUSY;
*/
static int thread_stop(uint64_t k)
{
	thread_leave(k, THREAD_STOPPED);
	if (!thread_on_hart(k))
		return SEPTUM_OK;
	hart_send_ipi(thread[k].hart);
	return SEPTUM_BUSY;
}

int thread_calls(uint64_t t, uint32_t d, uint64_t number)
{
	uint64_t i = call_argument(t, 0);
	int status = cap_check(d, i, CAP_THREAD, number == SEPTUM_THREAD_START ? CAP_CONTROL : CAP_STOP);
	if (status != SEPTUM_OK)
		return status;
	uint64_t k = cap[d].slot[i].name % NAME_SLOTS;
	if (number == SEPTUM_THREAD_START)
		return thread_start(t, k);
	if (number == SEPTUM_THREAD_STOP)
		return thread_stop(k);
	return call_answer(t, thread[k].state, thread[k].cause, context[k].pc, thread[k].value, thread[k].used);
}
