/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Messages (call, reply and wait) and notifications. A thread is its own endpoint. kernel_lock. */
#pragma once

#include <kernel/thread.h>

/* Thread c calls thread s with its a1 .. a4; it waits until s replies. */
/*@ requires ranges: Ranges && c < THREADS && s < THREADS && c != s;
    requires alive: thread[c].state != THREAD_FREE;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures homes: Homes{Pre,Post};
    ensures others: \forall integer k; 0 <= k < THREADS && k != c && k != s ==> Untouched{Pre,Post}(k);
    ensures caller: WaitOnly{Pre,Post}(c) && OwesSame{Pre,Post}(c) && RegistersSame{Pre,Post}(c) &&
      thread[c].callee == s && thread[c].badge == badge && thread[c].deadline == \old(thread[c].deadline);
    ensures queued: \old(thread[s].state) != THREAD_WAIT || \old(thread[s].caller) != 0 ==>
      thread[c].state == THREAD_CALLING && Untouched{Pre,Post}(s);
    ensures delivered: \old(thread[s].state) == THREAD_WAIT && \old(thread[s].caller) == 0 ==>
      thread[c].state == THREAD_CALLED && Woken{Pre,Post}(s) && thread[s].caller == ThreadName(c) &&
      MessageOnly{Pre,Post}(s) && context[s].x[REG_A0] == SEPTUM_OK && context[s].x[REG_A1] == badge &&
      \forall integer i; 0 <= i < 4 ==> context[s].x[REG_A2 + i] == \old(context[c].x[REG_A1 + i]);
*/
void ipc_call(uint64_t c, uint64_t s, uint64_t badge);
/* Thread s answers its caller if flags say so, then waits for a message, a notification or the deadline. */
/*@ requires ranges: Ranges && s < THREADS;
    requires alive: thread[s].state != THREAD_FREE;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures homes: Homes{Pre,Post};
    ensures others: \forall integer k; 0 <= k < THREADS && k != s ==>
      Untouched{Pre,Post}(k) || Answered{Pre,Post}(k, s) || Heard{Pre,Post}(k, s);
    ensures own: WaitOnly{Pre,Post}(s) && MessageOnly{Pre,Post}(s) &&
      (thread[s].state == THREAD_WAIT || thread[s].state == THREAD_READY);
*/
void ipc_reply_wait(uint64_t s);
/* Sets bits at thread t: ends its REPLY_WAIT or VCPU_RUN. */
/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1], told[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures homes: Homes{Pre,Post};
    ensures others: \forall integer k; 0 <= k < THREADS && k != t ==> Untouched{Pre,Post}(k);
    ensures bits: ToldOnly{Pre,Post}(t) && told[t] == (\old(told[t]) | bits);
    ensures told: \old(thread[t].state) == THREAD_WAIT ==> Woken{Pre,Post}(t) && OwesSame{Pre,Post}(t) &&
      context[t].x[REG_A0] == SEPTUM_NOTIFIED && context[t].pc == \old(context[t].pc) &&
      \forall integer i; 0 <= i < 31 && i != REG_A0 && i != REG_A1 ==> context[t].x[i] == \old(context[t].x[i]);
    ensures kicked: \old(thread[t].state) != THREAD_WAIT ==> RegistersSame{Pre,Post}(t) &&
      (\old(thread[t].state) == THREAD_WFI ? Woken{Pre,Post}(t) && OwesSame{Pre,Post}(t) : ThreadSame{Pre,Post}(t));
*/
void ipc_notify(uint64_t t, uint64_t bits);
/* Thread t's guest takes its `inject` word now. */
/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns thread[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures homes: Homes{Pre,Post};
    ensures others: \forall integer k; 0 <= k < THREADS && k != t ==> ThreadSame{Pre,Post}(k);
    ensures kicked: \old(thread[t].state) == THREAD_WFI ?
      Woken{Pre,Post}(t) && OwesSame{Pre,Post}(t) : ThreadSame{Pre,Post}(t);
*/
void ipc_kick(uint64_t t);
