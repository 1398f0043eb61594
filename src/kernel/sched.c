/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/boot.h>
#include <kernel/sched.h>

#define SLICES_PER_SECOND 100

void sched_poke(uint32_t t)
{
	uint32_t h = thread[t].hart;
	uint32_t current = hart[h].current;
	if (h == hart_self())
		return; /* this hart chooses before it leaves the kernel */
	if (current == NO_THREAD || thread[current].priority < thread[t].priority)
		hart_send_ipi(h);
}

static int throttled(uint32_t t) { return thread[t].budget != 0 && thread[t].left == 0; }

static void charge(uint32_t t, uint64_t ticks)
{
	thread[t].used += ticks;
	thread[t].left = thread[t].left > ticks ? thread[t].left - ticks : 0;
}

static void refill(uint32_t t, uint64_t now)
{
	if (thread[t].budget == 0 || now < thread[t].refill)
		return;
	thread[t].left = thread[t].budget;
	thread[t].refill = now + thread[t].period;
}

static void end_wait(uint32_t t)
{
	if (thread[t].state == THREAD_WAIT)
		thread_wake(t, SEPTUM_TIMEOUT);
	else if (thread[t].state == THREAD_WFI)
		thread_wake_guest(t);
}

void sched_tick(uint32_t h, uint64_t now)
{
	uint32_t current = hart[h].current;
	if (current != NO_THREAD)
		charge(current, now - hart[h].since);
	hart[h].since = now;
	for (uint32_t t = 0; t < thread_top; t++) {
		if (thread[t].hart != h)
			continue;
		refill(t, now);
		if (thread[t].deadline <= now)
			end_wait(t);
	}
}

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* When the hart must look again for thread t, which does not run. */
static uint64_t due(uint32_t t)
{
	if (thread[t].state == THREAD_READY && throttled(t))
		return thread[t].refill;
	return thread[t].deadline;
}

/* When it must for thread t, which runs next: its budget, its guest's timer. */
static uint64_t due_running(uint32_t t, uint64_t now)
{
	uint64_t end = thread[t].budget != 0 ? now + thread[t].left : UINT64_MAX;
	return vcpu[t].inside ? least(end, vcpu[t].deadline) : end;
}

/* The first of the highest priority, from the cursor on. */
static uint32_t pick(uint32_t h)
{
	uint32_t best = NO_THREAD;
	for (uint32_t k = 0; k < thread_top; k++) {
		uint32_t t = hart[h].cursor + k;
		if (t >= thread_top)
			t -= thread_top;
		if (thread[t].hart != h || thread[t].state != THREAD_READY || throttled(t))
			continue;
		if (best == NO_THREAD || thread[t].priority > thread[best].priority)
			best = t;
	}
	return best;
}

/* When the hart's timer must fire if `next` runs: also when its slice ends and another one waits at its priority. */
static uint64_t alarm(uint32_t h, uint32_t next, uint64_t now)
{
	uint64_t when = next != NO_THREAD ? due_running(next, now) : UINT64_MAX;
	for (uint32_t t = 0; t < thread_top; t++) {
		if (thread[t].hart != h || t == next)
			continue;
		when = least(when, due(t));
		if (next != NO_THREAD && thread[t].state == THREAD_READY && !throttled(t) &&
		    thread[t].priority == thread[next].priority)
			when = least(when, hart[h].slice);
	}
	return when;
}

uint32_t sched_next(uint32_t h, uint64_t now)
{
	uint32_t current = hart[h].current;
	if (current != NO_THREAD && now >= hart[h].slice)
		hart[h].cursor = current + 1 < thread_top ? current + 1 : 0;
	uint32_t next = pick(h);
	if (next != NO_THREAD && (next != current || now >= hart[h].slice)) {
		hart[h].cursor = next;
		hart[h].slice = now + boot.timebase / SLICES_PER_SECOND;
	}
	hart[h].current = next;
	hart_set_timer(alarm(h, next, now));
	return next;
}
