/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* In the place of a device server, REACH_AS. Its first life ends at once: it reads the kernel's memory. */
#include "reach.h"

#include <lib/device_link.h>
#include <lib/device_server.h>
#include <lib/server.h>
#include <lib/sys.h>

#include <stdbool.h>

#define SECOND_US 1000000u
#define KERNEL_VA UINT64_C(0x6000000000) /* on harts with Sv48 */

/* Guests wait for a server to say something, but not for long: it says that nothing works. */
static void ring_close(uint32_t client)
{
    device_link_break(device_ring(client), device_link_page()->client[client].kind);
    sys_notify(DEVICE_CAP_CLIENT + client);
}

/* True: all rings that it will get are there. */
static bool links_look(void)
{
    bool all = true;

    for (uint32_t c = 0; c < DEVICE_CLIENTS && device_link_page()->client[c].kind != DEVICE_NONE; c++) {
        uint32_t wanted;
        const enum device_news news = device_link_news(device_link_page(), c, &wanted);

        if (news == DEVICE_TAKE)
            ring_close(c);
        if (news != DEVICE_SAME)
            device_link_seen(device_link_page(), c, wanted);
        all = all && wanted % 2 == 1;
    }
    return all;
}

_Noreturn void server_main(uint64_t starts)
{
    if (starts == 1)
        server_log("the kernel's first word is %lu\n", *(volatile const uint64_t *)(uintptr_t)KERNEL_VA);
    reach_begin(REACH_AS);
    for (;;) {
        if (links_look())
            reach_round(STEP);
        reach_pause(device_ticks(SECOND_US));
    }
}
