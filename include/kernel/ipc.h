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
*/
void ipc_call(uint64_t c, uint64_t s, uint64_t badge);
/* Thread s answers its caller if flags say so, then waits for a message, a notification or the deadline. */
/*@ requires ranges: Ranges && s < THREADS;
    requires alive: thread[s].state != THREAD_FREE;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures homes: Homes{Pre,Post};
*/
void ipc_reply_wait(uint64_t s);
/* Sets bits at thread t: ends its REPLY_WAIT or VCPU_RUN. */
/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures homes: Homes{Pre,Post};
*/
void ipc_notify(uint64_t t, uint64_t bits);
/* Thread t's guest takes its `inject` word now. */
/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns thread[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures homes: Homes{Pre,Post};
*/
void ipc_kick(uint64_t t);
