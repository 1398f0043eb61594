/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <lib/device_server.h>

#include <lib/device_link.h>
#include <lib/server.h>
#include <lib/sys.h>

uint64_t device_ticks(uint64_t microseconds)
{
    return device_link_page()->timebase * microseconds / 1000000;
}

static void client_given_up(uint32_t client)
{
    uint32_t wanted;
    const enum device_news news = device_link_news(device_link_page(), client, &wanted);

    if (news == DEVICE_SAME)
        return;
    if (news == DEVICE_TAKE) {
        device_link_break(device_ring(client), device_link_page()->client[client].kind);
        sys_notify(DEVICE_CAP_CLIENT + client);
    } else {
        sys_cap_drop(DEVICE_CAP_CLIENT + client);
    }
    device_link_seen(device_link_page(), client, wanted);
}

_Noreturn void device_server_given_up(void)
{
    for (;;) {
        for (uint32_t client = 0; client < DEVICE_CLIENTS; client++)
            client_given_up(client);
        (void)sys_wait(SEPTUM_FOREVER);
    }
}

void server_put(const char *text, size_t bytes)
{
    device_link_log(device_link_page(), text, bytes);
    sys_notify(DEVICE_CAP_MANAGER);
}
