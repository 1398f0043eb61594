/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* In the place of every monitor, so that each guest's is somebody else's; the guests never begin. */
#include "reach.h"

#include <lib/server.h>
#include <septum/proto.h>

void server_put(const char *text, size_t bytes)
{
    (void)text;
    (void)bytes;
}

_Noreturn void server_main(uint64_t index)
{
    const struct monitor_start *start = (const struct monitor_start *)(uintptr_t)MONITOR_VA_START;

    (void)index;
    reach_begin(start->guest.name);
    for (;;) {
        reach_pause(2 * start->timebase);
        reach_round(STEP);
    }
}
