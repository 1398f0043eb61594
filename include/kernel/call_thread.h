/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Calls on threads. kernel_lock. */
#pragma once

#include <kernel/call.h>

/* THREAD_CREATE of thread t, whose domain is in slot d. */
/*@ KERNEL_HOLDS(t < THREADS && d < DOMAINS && d == thread[t].domain % NAME_SLOTS);
    requires alive: thread[t].state != THREAD_FREE;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1], vcpu[0 .. THREADS-1], thread_top, cap[0 .. DOMAINS-1];
    CALL_ENSURES;
    ensures may: \result == SEPTUM_OK ==> MayObject{Pre}(t, SEPTUM_THREAD_CREATE);
    ensures named: \result == SEPTUM_OK ==> \let i = \old(Argument(t, 1)); \let name = cap[d].slot[i].name;
      i < CAPS && CapIs(d, i, CAP_THREAD, CAP_RIGHTS, name, 0) && ThreadLive(name) && !ThreadLive{Pre}(name) &&
      thread[name % NAME_SLOTS].domain == \old(Named(t, 0)) && thread[name % NAME_SLOTS].state == THREAD_STOPPED;
    ensures others: CapOnly{Pre,Post}(d, \old(Argument(t, 1)));
    ensures authority: Authority{Pre,Post}(d);
    ensures refused: \result != SEPTUM_OK ==> CapsSame{Pre,Post} && ThreadsSame{Pre,Post};
*/
int thread_create(uint64_t t, uint32_t d);
/* THREAD_START, THREAD_STOP, THREAD_INFO. */
/*@ KERNEL_HOLDS(t < THREADS && d < DOMAINS && d == thread[t].domain % NAME_SLOTS);
    terminates \true;
    assigns dom[0 .. DOMAINS-1], thread[0 .. THREADS-1], context[0 .. THREADS-1], vcpu[0 .. THREADS-1];
    CALL_ENSURES;
    ensures refused: \result != SEPTUM_OK && \result != SEPTUM_BUSY ==>
      ThreadsSame{Pre,Post} && SlotsSame{Pre,Post};
    ensures others: \result == SEPTUM_OK && number == SEPTUM_THREAD_START ==>
      \forall integer k; 0 <= k < THREADS && k != Named{Pre}(t, 0) % NAME_SLOTS ==> Untouched{Pre,Post}(k);
    ensures outlived: \result == SEPTUM_OK && number == SEPTUM_THREAD_STOP ==> \let s = Named{Pre}(t, 0) % NAME_SLOTS;
      \forall integer k; 0 <= k < thread_top && k != s ==> Outlived{Pre,Post}(k, s, ThreadName{Pre}(s));
    ensures info: \result == SEPTUM_OK && number != SEPTUM_THREAD_START && number != SEPTUM_THREAD_STOP ==>
      \let k = Named{Pre}(t, 0) % NAME_SLOTS; ThreadsSame{Pre,Post} && AnswerOnly{Pre,Post}(t) &&
      context[t].x[REG_A1] == thread[k].state && context[t].x[REG_A2] == thread[k].cause &&
      context[t].x[REG_A3] == context[k].pc && context[t].x[REG_A4] == thread[k].value &&
      context[t].x[REG_A5] == thread[k].used;
    ensures may: \result == SEPTUM_OK ==>
      Holding{Pre}(t, 0, CAP_THREAD, number == SEPTUM_THREAD_START ? CAP_CONTROL : CAP_STOP);
*/
int thread_calls(uint64_t t, uint32_t d, uint64_t number);
