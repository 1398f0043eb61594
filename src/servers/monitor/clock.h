/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The machine's wall clock, told by `time` from one reading of it on. Nanoseconds since 1970, or since the machine's
 * start where it has no clock. */
#pragma once

#include <stdint.h>

#define CLOCK_NEVER UINT64_MAX

struct clock {
    uint64_t timebase; /* Hz of `time`; not 0 */
    uint64_t ns;       /* what the wall clock said */
    uint64_t time;     /* when `time` said this */
};

/* The wall clock at that value of `time`, which is not before the reading. */
uint64_t clock_ns(const struct clock *c, uint64_t time);

/* How many ticks of `time` that many nanoseconds last, rounded up; CLOCK_NEVER: more than can be counted. */
uint64_t clock_ticks(const struct clock *c, uint64_t ns);
