/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Calls on threads. kernel_lock. */
#pragma once

#include <kernel/call.h>

/* THREAD_CREATE of thread t, whose domain is in slot d. */
/*@ KERNEL_HOLDS(t < THREADS && d < DOMAINS && d == thread[t].domain % NAME_SLOTS);
    CALL_KEPT;
    ensures may: \result == SEPTUM_OK ==> MayObject{Pre}(t, SEPTUM_THREAD_CREATE);
*/
int thread_create(uint64_t t, uint32_t d);
/* THREAD_START, THREAD_STOP, THREAD_INFO. */
/*@ KERNEL_HOLDS(t < THREADS && d < DOMAINS && d == thread[t].domain % NAME_SLOTS);
    CALL_KEPT;
    ensures may: \result == SEPTUM_OK ==>
      Holding{Pre}(t, 0, CAP_THREAD, number == SEPTUM_THREAD_START ? CAP_CONTROL : CAP_STOP);
*/
int thread_calls(uint64_t t, uint32_t d, uint64_t number);
