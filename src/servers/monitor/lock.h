/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A lock between the threads of one monitor. They run on different harts or take turns on one, so who waits sleeps a
 * moment: the holder may have to run on this very hart.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct hart;

struct lock {
    uint64_t taken; /* a whole register: the hart need not extend it */
};

/* The slow half of lock_take. */
void lock_wait(struct lock *l, struct hart *h);

/* True: taken; false: another thread has it. */
static inline bool lock_try(struct lock *l)
{
    return __builtin_expect(__atomic_exchange_n(&l->taken, UINT64_C(1), __ATOMIC_ACQUIRE) == 0, 1);
}

static inline void lock_take(struct lock *l, struct hart *h)
{
    if (!lock_try(l))
        lock_wait(l, h);
}

static inline void lock_drop(struct lock *l)
{
    __atomic_store_n(&l->taken, UINT64_C(0), __ATOMIC_RELEASE);
}
