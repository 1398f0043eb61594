/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/ipc.h>
#include <kernel/sched.h>

/* The message of c, which calls s, reaches s, which waits: a1 = badge, a2 .. a5 = message. */
/*@ requires ranges: Ranges && c < THREADS && s < THREADS && c != s;
    requires alive: thread[c].state != THREAD_FREE && thread[s].state != THREAD_FREE;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures homes: Homes{Pre,Post};
    ensures others: \forall integer k; 0 <= k < THREADS && k != c && k != s ==> Untouched{Pre,Post}(k);
    ensures caller: WaitOnly{Pre,Post}(c) && OwesSame{Pre,Post}(c) && RegistersSame{Pre,Post}(c) &&
      thread[c].callee == \old(thread[c].callee) && thread[c].badge == \old(thread[c].badge) &&
      thread[c].deadline == \old(thread[c].deadline) && thread[c].state == THREAD_CALLED;
    ensures delivered: Woken{Pre,Post}(s) && thread[s].caller == ThreadName(c) && MessageOnly{Pre,Post}(s) &&
      context[s].x[REG_A0] == SEPTUM_OK && context[s].x[REG_A1] == \old(thread[c].badge) &&
      \forall integer i; 0 <= i < 4 ==> context[s].x[REG_A2 + i] == \old(context[c].x[REG_A1 + i]);
*/
static void deliver(uint64_t c, uint64_t s)
{
	/*@ loop invariant range: 0 <= i <= 4;
	    loop invariant copied: \forall integer j; 0 <= j < i ==> context[s].x[REG_A2 + j] == \at(context[c].x[REG_A1 + j], Pre);
	    loop invariant rest: MessageOnly{Pre,Here}(s);
	    loop invariant others: \forall integer k; 0 <= k < THREADS && k != s ==> RegistersSame{Pre,Here}(k);
	    loop assigns i, context[0 .. THREADS-1];
	    loop variant 4 - i;
	*/
	for (uint64_t i = 0; i < 4; i++)
		context[s].x[REG_A2 + i] = context[c].x[REG_A1 + i];
	context[s].x[REG_A1] = thread[c].badge;
	thread[s].caller = thread_name(c);
	thread[c].state = THREAD_CALLED;
	thread_wake(s, SEPTUM_OK);
}

void ipc_call(uint64_t c, uint64_t s, uint64_t badge)
{
	thread[c].state = THREAD_CALLING;
	thread[c].callee = s;
	thread[c].badge = badge;
	if (thread[s].state == THREAD_WAIT && thread[s].caller == 0)
		deliver(c, s);
}

/* The caller of s, if it still waits, gets s's a0 .. a3. */
/*@ requires ranges: Ranges && s < THREADS;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures homes: Homes{Pre,Post};
    ensures state: \old(thread[s].state) != THREAD_CALLED ==> thread[s].state == \old(thread[s].state);
    ensures others: \forall integer k; 0 <= k < THREADS && k != s ==> Untouched{Pre,Post}(k) || Answered{Pre,Post}(k, s);
    ensures own: WaitOnly{Pre,Post}(s) && (\old(thread[s].state) != THREAD_CALLED ==> RegistersSame{Pre,Post}(s)) &&
      thread[s].caller == 0 && MessageOnly{Pre,Post}(s);
*/
static void reply(uint64_t s)
{
	uint32_t name = thread[s].caller;
	uint64_t c = name % NAME_SLOTS;
	thread[s].caller = 0;
	if (name == 0 || !thread_live(name) || thread[c].state != THREAD_CALLED || thread[c].callee != s)
		return;
	/*@ loop invariant range: 0 <= i <= 4;
	    loop invariant copied: c != s ==> \forall integer j; 0 <= j < i ==>
	      context[c].x[REG_A1 + j] == \at(context[s].x[REG_A0 + j], Pre);
	    loop invariant rest: MessageOnly{Pre,Here}(c);
	    loop invariant last: context[c].x[REG_A5] == \at(context[c].x[REG_A5], LoopEntry);
	    loop invariant others: \forall integer k; 0 <= k < THREADS && k != c ==> RegistersSame{Pre,Here}(k);
	    loop assigns i, context[0 .. THREADS-1];
	    loop variant 4 - i;
	*/
	for (uint64_t i = 0; i < 4; i++)
		context[c].x[REG_A1 + i] = context[s].x[REG_A0 + i];
	thread_wake(c, SEPTUM_OK);
}

/* Who calls s, the next after the one served last; NO_THREAD if nobody does. */
/*@ requires ranges: Ranges && s < THREADS;
    terminates \true;
    assigns \nothing;
    ensures range: \result <= THREADS;
    ensures calls: \result < THREADS ==> thread[\result].state == THREAD_CALLING &&
      thread[\result].callee == s;
*/
static uint64_t next_caller(uint64_t s)
{
	/*@ loop invariant range: 1 <= k <= THREADS + 1;
	    loop assigns k;
	    loop variant THREADS + 1 - k;
	*/
	for (uint64_t k = 1; k <= THREADS; k++) {
		uint64_t c = (thread[s].callee + k) % THREADS;
		if (thread[c].state == THREAD_CALLING && thread[c].callee == s)
			return c;
	}
	return NO_THREAD;
}

void ipc_reply_wait(uint64_t s)
{
	uint64_t deadline = context[s].x[REG_A4];
	if (context[s].x[REG_A5] % 2 == SEPTUM_REPLY)
		reply(s);
	thread[s].state = THREAD_WAIT;
	thread[s].deadline = deadline;
	if (pending_look(s) != 0) {
		context[s].x[REG_A1] = pending_take(s);
		thread_wake(s, SEPTUM_NOTIFIED);
		return;
	}
	/* A server that owes an answer takes no further message: it has one caller at a time. */
	uint64_t c = thread[s].caller == 0 ? next_caller(s) : NO_THREAD;
	if (c != NO_THREAD) {
		thread[s].callee = c;
		deliver(c, s);
	} else if (deadline <= hart_time()) {
		thread_wake(s, SEPTUM_TIMEOUT);
	}
}

void ipc_notify(uint64_t t, uint64_t bits)
{
	pending_set(t, bits);
	if (thread[t].state == THREAD_WAIT) {
		context[t].x[REG_A1] = pending_take(t);
		thread_wake(t, SEPTUM_NOTIFIED);
	} else {
		ipc_kick(t);
	}
}

void ipc_kick(uint64_t t)
{
	if (thread[t].state == THREAD_WFI)
		thread_wake_guest(t);
	else if (running_look(thread[t].hart) == t)
		hart_send_ipi(thread[t].hart);
}
