/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* In the console's place. It pauses between rounds: it runs before all others of its hart, and nothing limits its time. */
#include "reach.h"

#include <lib/link.h>
#include <lib/server.h>

#include <stdbool.h>

void server_put(const char *text, size_t bytes)
{
    (void)text;
    (void)bytes;
}

static bool rings_are_there(const struct console_link *link)
{
    bool all = true;

    for (uint32_t i = 0; i < link->guest_count; i++)
        all = all && __atomic_load_n(&link->wanted[i], __ATOMIC_ACQUIRE) % 2 == 1;
    return all;
}

_Noreturn void server_main(uint64_t argument)
{
    const struct console_link *link = (const struct console_link *)(uintptr_t)CONSOLE_VA_LINK;

    (void)argument;
    reach_begin("console");
    for (;;) {
        reach_pause(link->timebase);
        if (rings_are_there(link))
            reach_round(STEP);
    }
}
