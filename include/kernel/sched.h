/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The choice of the next thread: highest priority, round robin within it, budgets per period. kernel_lock. */
#pragma once

#include <kernel/thread.h>

/* A thread became ready: its hart looks again if it should run there now. */
/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns \nothing;
*/
void sched_poke(uint64_t t);
/* Time has passed on hart h: charges its thread, refills budgets, ends waits that are over. */
/*@ requires ranges: Ranges && h < HARTS;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1], hart[h].since;
    ensures ranges: Ranges;
    ensures homes: Homes{Pre,Post};
    ensures charged: hart[h].current < THREADS ==> Charged{Pre,Post}(hart[h].current, (uint64_t)(now - \old(hart[h].since))) ||
      Filled{Pre,Post}(hart[h].current, now);
    ensures filled: \forall integer k; 0 <= k < THREADS && k != hart[h].current ==>
      BudgetSame{Pre,Post}(k) || Filled{Pre,Post}(k, now);
*/
void sched_tick(uint64_t h, uint64_t now);
/* Chooses hart h's next thread and arms the hart's timer; the thread, or NO_THREAD. */
/*@ requires ranges: Ranges && h < HARTS;
    terminates \true;
    assigns hart[h].cursor, hart[h].current, hart[h].alarm, thread[0 .. THREADS-1];
    ensures homes: Homes{Pre,Post};
    ensures ranges: Ranges;
    ensures next: \result <= THREADS && hart[h].current == \result;
    ensures ready: \result < THREADS ==> Eligible(h, \result);
    ensures highest: \result < THREADS ==> \forall integer t; 0 <= t < thread_top && Eligible(h, t) ==>
      thread[t].priority <= thread[\result].priority;
    ensures idle: \result == THREADS ==> \forall integer t; 0 <= t < thread_top ==> !Eligible(h, t);
    ensures budgets: \forall integer k; 0 <= k < THREADS ==> BudgetSame{Pre,Post}(k);
    ensures bounded: \result < THREADS && thread[\result].budget != 0 ==>
      hart[h].alarm <= (uint64_t)(now + thread[\result].left);
*/
uint64_t sched_next(uint64_t h, uint64_t now);
