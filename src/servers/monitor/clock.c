/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "clock.h"

#define SECOND_NS UINT64_C(1000000000)

/* Seconds apart from their rest: neither product overflows. */
uint64_t clock_ns(const struct clock *c, uint64_t time)
{
    const uint64_t ticks = time - c->time;

    return c->ns + ticks / c->timebase * SECOND_NS + ticks % c->timebase * SECOND_NS / c->timebase;
}

uint64_t clock_ticks(const struct clock *c, uint64_t ns)
{
    const uint64_t seconds = ns / SECOND_NS;
    const uint64_t rest = (ns % SECOND_NS * c->timebase + SECOND_NS - 1) / SECOND_NS;

    return seconds > (CLOCK_NEVER - rest) / c->timebase ? CLOCK_NEVER : seconds * c->timebase + rest;
}
