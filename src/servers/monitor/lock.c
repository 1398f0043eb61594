/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "lock.h"

#include "monitor.h"
#include "ops.h"

#define LOCK_SLEEPS_PER_SECOND 20000u

void lock_wait(struct lock *l, struct hart *h)
{
    uint64_t ticks = h->monitor->start->timebase / LOCK_SLEEPS_PER_SECOND + 1;

    while (!lock_try(l))
        h->bits |= ops_wait(ops_time() + ticks);
}
