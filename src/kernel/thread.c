/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/domain.h>
#include <kernel/ipc.h>
#include <kernel/sched.h>

struct thread thread[THREADS];
struct context context[THREADS];
struct vcpu vcpu[THREADS];
struct hart hart[HARTS];
uint64_t thread_top;
uint32_t hart_count;
uint64_t machine_features;

uint32_t thread_name(uint64_t t) { return thread[t].generation * NAME_SLOTS + (uint32_t)t; }

int thread_live(uint32_t name)
{
	uint64_t t = name % NAME_SLOTS;
	return thread[t].state != THREAD_FREE && thread[t].generation == name / NAME_SLOTS;
}

/*@ requires slot: t < THREADS;
    terminates \true;
    assigns vcpu[t].guest, vcpu[t].inside, vcpu[t].deadline;
    ensures unbound: vcpu[t].guest == NOBODY && vcpu[t].inside == 0;
*/
static void vcpu_clear(uint64_t t)
{
	vcpu[t].guest = NOBODY;
	vcpu[t].inside = 0;
	vcpu[t].deadline = UINT64_MAX;
}

/* A slot with a name left, or NO_THREAD. */
/*@ requires ranges: Ranges;
    terminates \true;
    assigns \nothing;
    ensures free: \result < THREADS ==> thread[\result].state == THREAD_FREE &&
      thread[\result].generation < GENERATIONS;
    ensures range: \result <= THREADS;
*/
static uint64_t free_slot(void)
{
	/*@ loop invariant range: 0 <= t <= THREADS;
	    loop assigns t;
	    loop variant THREADS - t;
	*/
	for (uint64_t t = 0; t < THREADS; t++)
		if (thread[t].state == THREAD_FREE && thread[t].generation < GENERATIONS)
			return t;
	return NO_THREAD;
}

uint64_t thread_new(uint32_t domain, uint64_t h, uint32_t priority, uint32_t keeper)
{
	uint64_t t = free_slot();
	if (t == NO_THREAD)
		return NO_THREAD;
	uint32_t generation = thread[t].generation + 1;
	thread[t] = (struct thread){.generation = generation, .state = THREAD_STOPPED, .domain = domain, .hart = h,
	                            .priority = priority, .keeper = keeper, .deadline = UINT64_MAX};
	context[t] = (struct context){.pc = 0};
	vcpu_clear(t);
	pending_take(t);
	if (t >= thread_top)
		thread_top = t + 1;
	return t;
}

int thread_on_hart(uint64_t t) { return hart[thread[t].hart].current == t; }

void thread_wake(uint64_t t, int64_t status)
{
	context[t].x[REG_A0] = (uint64_t)status;
	thread_wake_guest(t);
}

void thread_wake_guest(uint64_t t)
{
	thread[t].state = THREAD_READY;
	thread[t].deadline = UINT64_MAX;
	sched_poke(t);
}

void thread_forget(uint64_t t)
{
	uint64_t h = thread[t].hart;
	if (hart[h].loaded == t)
		hart[h].loaded = NO_THREAD;
	if (hart[h].fp == t)
		hart[h].fp = NO_THREAD;
}

/* Thread k learns that thread t, of that name, does not go on. */
/*@ requires ranges: Ranges && k < THREADS && t < THREADS;
    terminates \true;
    assigns thread[k].state, thread[k].deadline, thread[k].caller, context[k].x[REG_A0];
    ensures ranges: Ranges;
    ensures still: \old(Still(k)) ==> thread[k].state == \old(thread[k].state);
    ensures state: thread[k].state == \old(thread[k].state) || thread[k].state == THREAD_READY;
    ensures free: !Calls(k, t);
    ensures owed: thread[k].caller == \old(thread[k].caller) || thread[k].caller == 0;
    ensures outlived: Outlived{Pre,Post}(k, t, name);
    ensures others: \forall integer j; 0 <= j < THREADS && j != k ==> Untouched{Pre,Post}(j);
*/
static void outlive(uint64_t k, uint64_t t, uint32_t name)
{
	int owes = thread[k].caller == name;
	if (owes)
		thread[k].caller = 0;
	if (thread[k].state == THREAD_WAIT ? owes :
	    thread[k].callee == t && (thread[k].state == THREAD_CALLING || thread[k].state == THREAD_CALLED))
		thread_wake(k, SEPTUM_DEAD);
}

void thread_leave(uint64_t t, uint32_t state)
{
	thread[t].state = state;
	thread[t].caller = 0;
	/*@ loop invariant range: 0 <= k <= thread_top;
	    loop invariant ranges: Ranges;
	    loop invariant state: thread[t].state == state && thread[t].caller == 0;
	    loop invariant free: \forall integer j; 0 <= j < k ==> !Calls(j, t);
	    loop invariant homes: Homes{Pre,Here};
	    loop invariant outlived: \forall integer j; 0 <= j < k && j != t ==> Outlived{Pre,Here}(j, t, ThreadName{Pre}(t));
	    loop invariant rest: \forall integer j; k <= j < THREADS && j != t ==> Untouched{Pre,Here}(j);
	    loop invariant own: WaitOnly{Pre,Here}(t) && RegistersSame{Pre,Here}(t);
	    loop assigns k, thread[0 .. THREADS-1], context[0 .. THREADS-1];
	    loop variant thread_top - k;
	*/
	for (uint64_t k = 0; k < thread_top; k++)
		outlive(k, t, thread_name(t));
}

void thread_end(uint64_t t)
{
	thread_forget(t);
	vcpu_clear(t);
	thread_leave(t, THREAD_FREE);
}

void thread_fault(uint64_t t, uint64_t cause, uint64_t value)
{
	thread_leave(t, THREAD_FAULTED);
	thread[t].cause = cause;
	thread[t].value = value;
	if (thread_live(thread[t].keeper))
		ipc_notify(thread[t].keeper % NAME_SLOTS, SEPTUM_BIT_FAULT);
}
