/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The kernel's calls: capabilities are resolved here, the work is done elsewhere. kernel_lock. */
#ifndef KERNEL_CALL_H
#define KERNEL_CALL_H

#include <kernel/thread.h>

/* Serves the call that thread t, current on its hart, made by ecall; pc already stands behind it. */
void call_dispatch(uint64_t t);
/* VCPU_RUN where the fast path will not do: thread t is inside afterwards, or has its status. */
void call_vcpu_run(uint64_t h, uint64_t t, uint64_t flags);
/* The groups of calls; d is the caller's domain slot, a its arguments (a0 .. a5). */
int call_memory(uint64_t t, uint64_t number);
int call_object(uint64_t t, uint64_t number);
int call_machine(uint64_t t, uint64_t number);

#endif
