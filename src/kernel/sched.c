/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/boot.h>
#include <kernel/sched.h>

#define SLICES_PER_SECOND 100

void sched_poke(uint64_t t)
{
	uint64_t h = thread[t].hart;
	uint64_t current = hart[h].current;
	if (h == hart_self())
		return; /* this hart chooses before it leaves the kernel */
	if (current == NO_THREAD || thread[current].priority <= thread[t].priority)
		hart_send_ipi(h);
}

/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns \nothing;
    ensures spent: \result != 0 <==> (thread[t].budget != 0 && thread[t].left == 0);
*/
static int throttled(uint64_t t) { return thread[t].budget != 0 && thread[t].left == 0; }

/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns thread[t].used, thread[t].left, thread[t].slice;
    ensures ranges: Ranges;
    ensures charged: Charged{Pre,Post}(t, ticks);
*/
static void charge(uint64_t t, uint64_t ticks)
{
	thread[t].used += ticks;
	thread[t].left = thread[t].left > ticks ? thread[t].left - ticks : 0;
	thread[t].slice = thread[t].slice > ticks ? thread[t].slice - ticks : 0;
}

/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns thread[t].left, thread[t].refill;
    ensures ranges: Ranges;
    ensures filled: BudgetSame{Pre,Post}(t) || Filled{Pre,Post}(t, now);
*/
static void refill(uint64_t t, uint64_t now)
{
	if (thread[t].budget == 0 || now < thread[t].refill)
		return;
	thread[t].left = thread[t].budget;
	thread[t].refill = now + thread[t].period;
}

/* The wait of thread t is over: its time has come. */
/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns thread[t].state, thread[t].deadline, context[t].x[REG_A0];
    ensures ranges: Ranges;
    ensures same: \old(thread[t].state) != THREAD_WAIT && \old(thread[t].state) != THREAD_WFI ==>
      thread[t].state == \old(thread[t].state);
*/
static void end_wait(uint64_t t)
{
	if (thread[t].state == THREAD_WAIT)
		thread_wake(t, SEPTUM_TIMEOUT);
	else if (thread[t].state == THREAD_WFI)
		thread_wake_guest(t);
	else
		thread[t].deadline = UINT64_MAX; /* of a wait that something else has ended: else the timer fires for ever */
}

void sched_tick(uint64_t h, uint64_t now)
{
	uint64_t current = hart[h].current;
	if (current != NO_THREAD)
		charge(current, now - hart[h].since);
	hart[h].since = now;
	/*@ loop invariant range: 0 <= t <= thread_top;
	    loop invariant ranges: Ranges;
	    loop invariant homes: Homes{Pre,Here};
	    loop invariant ahead: \forall integer k; t <= k < THREADS ==> BudgetSame{LoopEntry,Here}(k);
	    loop invariant behind: \forall integer k; 0 <= k < t ==>
	      BudgetSame{LoopEntry,Here}(k) || Filled{LoopEntry,Here}(k, now);
	    loop assigns t, thread[0 .. THREADS-1], context[0 .. THREADS-1];
	    loop variant thread_top - t;
	*/
	for (uint64_t t = 0; t < thread_top; t++) {
		if (thread[t].hart != h)
			continue;
		refill(t, now);
		if (thread[t].deadline <= now)
			end_wait(t);
	}
}

/*@ terminates \true;
    assigns \nothing;
    ensures least: \result <= a && \result <= b && (\result == a || \result == b);
*/
static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* When the hart must look again for thread t, which does not run. */
/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns \nothing;
*/
static uint64_t due(uint64_t t)
{
	return thread[t].state == THREAD_READY && throttled(t) ? thread[t].refill : thread[t].deadline;
}

/* When it must for thread t, which runs next: its budget, its guest's timer. */
/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns \nothing;
    ensures budget: thread[t].budget != 0 ==> \result <= (uint64_t)(now + thread[t].left);
*/
static uint64_t due_running(uint64_t t, uint64_t now)
{
	return least(thread[t].budget != 0 ? now + thread[t].left : UINT64_MAX, vcpu[t].deadline);
}

/* Of `best` and the threads between, the first of the highest priority. */
/*@ requires ranges: Ranges && h < HARTS && from <= thread_top && to <= thread_top;
    requires so_far: best <= THREADS && (best < THREADS ==> best < thread_top && Eligible(h, best));
    terminates \true;
    assigns \nothing;
    ensures range: \result <= THREADS && (\result < THREADS ==> \result < thread_top);
    ensures kept: best < THREADS ==> \result < THREADS &&
      thread[best].priority <= thread[\result].priority;
    ensures eligible: \result < THREADS ==> Eligible(h, \result);
    ensures highest: \result < THREADS ==> \forall integer t; from <= t < to && Eligible(h, t) ==>
      thread[t].priority <= thread[\result].priority;
    ensures none: \result == THREADS ==> \forall integer t; from <= t < to ==> !Eligible(h, t);
*/
static uint64_t pick_between(uint64_t h, uint64_t from, uint64_t to, uint64_t best)
{
	/*@ loop invariant range: from <= t && (from <= to ==> t <= to);
	    loop invariant best: best <= THREADS && (best < THREADS ==> best < thread_top && Eligible(h, best));
	    loop invariant kept: \at(best, Pre) < THREADS ==> best < THREADS &&
	      thread[\at(best, Pre)].priority <= thread[best].priority;
	    loop invariant highest: best < THREADS ==> \forall integer j; from <= j < t && Eligible(h, j) ==>
	      thread[j].priority <= thread[best].priority;
	    loop invariant none: best == THREADS ==> \forall integer j; from <= j < t ==> !Eligible(h, j);
	    loop assigns t, best;
	    loop variant to - t;
	*/
	for (uint64_t t = from; t < to; t++) {
		if (thread[t].hart != h || thread[t].state != THREAD_READY || throttled(t))
			continue;
		if (best == NO_THREAD || thread[t].priority > thread[best].priority)
			best = t;
	}
	return best;
}

/* The first of the highest priority, from the cursor on. */
/*@ requires ranges: Ranges && h < HARTS;
    terminates \true;
    assigns \nothing;
    ensures range: \result <= THREADS;
    ensures ready: \result < THREADS ==> Eligible(h, \result);
    ensures highest: \result < THREADS ==> \forall integer t; 0 <= t < thread_top && Eligible(h, t) ==>
      thread[t].priority <= thread[\result].priority;
    ensures idle: \result == THREADS ==> \forall integer t; 0 <= t < thread_top ==> !Eligible(h, t);
*/
static uint64_t pick(uint64_t h)
{
	uint64_t middle = hart[h].cursor < thread_top ? hart[h].cursor : thread_top;
	return pick_between(h, 0, middle, pick_between(h, middle, thread_top, NO_THREAD));
}

/* When the hart's timer must fire if `next` runs: also when its slice ends and another one waits at its priority. */
/*@ requires ranges: Ranges && h < HARTS && next <= THREADS;
    terminates \true;
    assigns \nothing;
    ensures budget: next < THREADS && thread[next].budget != 0 ==> \result <= (uint64_t)(now + thread[next].left);
*/
static uint64_t alarm(uint64_t h, uint64_t next, uint64_t now)
{
	uint64_t when = next != NO_THREAD ? due_running(next, now) : UINT64_MAX;
	/*@ loop invariant range: 0 <= t <= thread_top;
	    loop invariant sooner: when <= \at(when, LoopEntry);
	    loop assigns t, when;
	    loop variant thread_top - t;
	*/
	for (uint64_t t = 0; t < thread_top; t++) {
		if (thread[t].hart != h || t == next)
			continue;
		when = least(when, due(t));
		if (next != NO_THREAD && thread[t].state == THREAD_READY && !throttled(t) &&
		    thread[t].priority == thread[next].priority)
			when = least(when, now + thread[next].slice);
	}
	return when;
}

uint64_t sched_next(uint64_t h, uint64_t now)
{
	uint64_t current = hart[h].current;
	/* A preemption moves nothing: the slice is the thread's own, and its rest is still to come. */
	if (current != NO_THREAD && thread[current].slice == 0)
		hart[h].cursor = current + 1 < thread_top ? current + 1 : 0;
	uint64_t next = pick(h);
	if (next != NO_THREAD && thread[next].slice == 0)
		thread[next].slice = boot.timebase / SLICES_PER_SECOND;
	hart[h].current = next;
	hart[h].alarm = alarm(h, next, now);
	hart_set_timer(hart[h].alarm);
	return next;
}
