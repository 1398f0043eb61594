/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Threads, their register contexts and vCPUs, and what each hart is doing.
 *
 * Locks: kernel_lock guards every field but those marked `own`, which only the hart of the thread touches while the
 * thread is its current one.
 */
#pragma once

#include <kernel/hart.h>

#define NO_THREAD THREADS
#define GENERATIONS 67108862u /* a slot that has used up its names stays empty: (2^32 - 1) / NAME_SLOTS - 1 */

struct thread {
	uint32_t generation;
	uint32_t state;    /* enum septum_thread_state */
	uint32_t domain;   /* name */
	uint64_t hart;     /* where it runs, for life */
	uint32_t priority; /* 0 .. PRIORITIES-1 */
	uint32_t keeper;   /* name of the thread that made it: told of its faults */
	uint32_t caller;   /* name of the thread whose message it has not answered, or 0 */
	uint64_t callee;   /* slot of the thread it calls, while CALLING or CALLED */
	uint64_t badge;    /* of its call */
	uint64_t deadline; /* of its wait, or of its guest's wfi */
	uint64_t budget, period; /* ticks of each period, 0: no limit; ticks of a period */
	uint64_t left;     /* of the budget in this period */
	uint64_t refill;   /* when the next period begins */
	uint64_t slice;    /* ticks before the round robin moves on from it */
	uint64_t used;     /* ticks it has run */
	uint64_t cause, value; /* of its fault */
};

/* General registers as the entry saves them: the same layout as the head of struct vcpu_page. */
struct context {
	uint64_t pc;
	uint64_t x[31]; /* x1 .. x31 */
};

/* Indices into context.x: register n stands at n - 1. */
enum { REG_SP = 1, REG_A0 = 9, REG_A1 = 10, REG_A2 = 11, REG_A3 = 12, REG_A4 = 13, REG_A5 = 14, REG_A7 = 16 };

/* 128 bytes: its address is a shift away. */
struct vcpu {
	uint64_t page;       /* frame of the vCPU page */
	uint64_t sstatus;    /* own: SPP and FS for the guest's next entry */
	uint64_t senvcfg, scounteren; /* own: the guest's, while a server runs */
	uint64_t deadline;   /* own: harts without Sstc */
	uint32_t guest;      /* name of the guest domain, or NOBODY */
	uint16_t inside;     /* own: 1 while the thread is in VCPU_RUN */
	uint16_t mode;       /* as VCPU_BIND set it: 0 or VCPU_SHADOW */
	uint64_t csr[VS_CSRS]; /* own: while another vCPU is loaded on the hart */
};

struct hart {
	uint64_t current; /* thread, or NO_THREAD while idle */
	uint64_t loaded;  /* own: thread whose VS state and hgatp the hart holds, or NO_THREAD */
	uint64_t fp;      /* own: thread whose guest's F registers the hart holds, or NO_THREAD */
	uint32_t space;   /* domain slot that satp names, DOMAINS: none */
	uint32_t online;
	uint64_t cursor;  /* of the round robin */
	uint64_t since;   /* when the current thread began to run */
	uint64_t alarm;   /* own: what the hart's timer is set to */
	uint32_t last[DOMAINS]; /* per VMID: name of the thread whose vCPU ran here last, or 0 */
} __attribute__((aligned(512))); /* its address, too, is a shift away */

extern struct thread thread[THREADS];
extern struct context context[THREADS];
extern struct vcpu vcpu[THREADS];
extern struct hart hart[HARTS];
extern uint64_t thread_top;    /* slots from here on were never used */
extern uint32_t hart_count;
extern uint64_t machine_features; /* BOOT_HAS_… */

#include "../../spec/model/thread.acsl"

/* Is this the name of a thread that has not ended? */
/*@ terminates \true;
    assigns \nothing;
    ensures live: \result != 0 <==> ThreadLive(name);
*/
int thread_live(uint32_t name);
/* The name of the thread in slot t. */
/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns \nothing;
    ensures name: \result == ThreadName(t);
*/
uint32_t thread_name(uint64_t t);
/* A new, stopped thread of a server domain; its slot, or NO_THREAD if all are taken. */
/*@ requires ranges: Ranges && h < HARTS && priority < PRIORITIES;
    requires server: Live(domain) && dom[domain % NAME_SLOTS].kind == SEPTUM_SERVER;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1], vcpu[0 .. THREADS-1], thread_top;
    ensures ranges: Ranges;
    ensures slot: \result <= THREADS;
    ensures count: thread_top >= \old(thread_top);
    ensures new: \result < THREADS ==> thread[\result].state == THREAD_STOPPED &&
      thread[\result].domain == domain && thread[\result].hart == h &&
      thread[\result].priority == priority && vcpu[\result].guest == NOBODY &&
      \old(thread[\result].state) == THREAD_FREE;
    ensures named: \result < THREADS ==> thread[\result].generation == \old(thread[\result].generation) + 1 &&
      thread[\result].keeper == keeper && thread[\result].caller == 0 && thread[\result].deadline == UINT64_MAX &&
      thread[\result].budget == 0 && vcpu[\result].inside == 0;
    ensures clear: \result < THREADS ==> context[\result].pc == 0 &&
      \forall integer i; 0 <= i < 31 ==> context[\result].x[i] == 0;
    ensures others: \forall integer k; 0 <= k < THREADS && k != \result ==>
      thread[k] == \old(thread[k]) && vcpu[k].guest == \old(vcpu[k].guest) && RegistersSame{Pre,Post}(k);
*/
uint64_t thread_new(uint32_t domain, uint64_t h, uint32_t priority, uint32_t keeper);
/* Thread t goes on no more: whoever calls it gets SEPTUM_DEAD, who owed it an answer owes none, nor does t. */
/*@ requires ranges: Ranges && t < THREADS;
    requires state: state == THREAD_STOPPED || state == THREAD_FAULTED || state == THREAD_FREE;
    requires alive: thread[t].state != THREAD_FREE || state == THREAD_FREE;
    requires unbound: state == THREAD_FREE ==> vcpu[t].guest == NOBODY;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures homes: Homes{Pre,Post};
    ensures state: thread[t].state == state;
    ensures owes: thread[t].caller == 0;
    ensures free: \forall integer k; 0 <= k < THREADS ==> !Calls(k, t);
    ensures outlived: \forall integer k; 0 <= k < thread_top && k != t ==> Outlived{Pre,Post}(k, t, ThreadName{Pre}(t));
    ensures rest: \forall integer k; thread_top <= k < THREADS && k != t ==> Untouched{Pre,Post}(k);
    ensures own: WaitOnly{Pre,Post}(t) && RegistersSame{Pre,Post}(t);
*/
void thread_leave(uint64_t t, uint32_t state);
/* Ends a thread: whoever waits for it gets SEPTUM_DEAD. It is on no hart. */
/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1], vcpu[0 .. THREADS-1], hart[0 .. HARTS-1];
    ensures ranges: Ranges;
    ensures homes: Homes{Pre,Post};
    ensures others: \forall integer k; 0 <= k < THREADS && k != t ==> vcpu[k] == \old(vcpu[k]);
    ensures currents: \forall integer h; 0 <= h < HARTS ==> hart[h].current == \old(hart[h].current);
    ensures ended: thread[t].state == THREAD_FREE && vcpu[t].guest == NOBODY;
    ensures unloaded: \forall integer h; 0 <= h < HARTS ==> hart[h].loaded != t;
*/
void thread_end(uint64_t t);
/* The vCPU of thread t is in no guest: what its hart still holds of it is forgotten. What is left of the guest in the F
 * registers goes with it: another one may be bound to this thread. */
/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns hart[thread[t].hart].loaded, hart[thread[t].hart].fp;
    ensures ranges: Ranges;
    ensures currents: CurrentsSame{Pre,Post};
    ensures unloaded: \forall integer h; 0 <= h < HARTS ==> hart[h].loaded != t;
    ensures fp: hart[thread[t].hart].fp != t;
*/
void thread_forget(uint64_t t);
/* Is the thread on a hart just now? */
/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns \nothing;
    ensures on: \result != 0 <==> hart[thread[t].hart].current == t;
*/
int thread_on_hart(uint64_t t);
/* What a thread's wait or call returns: the status, and it is ready. */
/*@ requires ranges: Ranges && t < THREADS;
    requires alive: thread[t].state != THREAD_FREE;
    terminates \true;
    assigns thread[t].state, thread[t].deadline, context[t].x[REG_A0];
    ensures ranges: Ranges;
    ensures ready: thread[t].state == THREAD_READY && thread[t].deadline == UINT64_MAX;
    ensures status: context[t].x[REG_A0] == (uint64_t)status;
*/
void thread_wake(uint64_t t, int64_t status);
/* The same for a thread whose guest waits in wfi: the guest goes on. */
/*@ requires ranges: Ranges && t < THREADS;
    requires alive: thread[t].state != THREAD_FREE;
    terminates \true;
    assigns thread[t].state, thread[t].deadline;
    ensures ranges: Ranges;
    ensures ready: thread[t].state == THREAD_READY && thread[t].deadline == UINT64_MAX;
*/
void thread_wake_guest(uint64_t t);
/* A fault of the thread's own: it stops, its keeper is told. */
/*@ requires ranges: Ranges && t < THREADS;
    requires alive: thread[t].state != THREAD_FREE;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1], told[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures outlived: \let keeper = \old(thread[t].keeper); \forall integer k; 0 <= k < thread_top && k != t &&
      (k != keeper % NAME_SLOTS || !ThreadLive{Pre}(keeper)) ==> Outlived{Pre,Post}(k, t, ThreadName{Pre}(t));
    ensures cause: thread[t].cause == cause && thread[t].value == value;
*/
void thread_fault(uint64_t t, uint64_t cause, uint64_t value);
