/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The net server: takes the rings that the manager tells it of, and runs the switch between them. */
#include <lib/device_link.h>
#include <lib/device_server.h>
#include <lib/server.h>
#include <lib/sys.h>

#include "switch.h"

#define AGAIN_US 1000u /* how soon a frame that waits for room is looked at again, if its receiver rings no bell */

static struct net_switch net_switch;

/* Who the client is, whether it is there or not. */
static void client_know(uint32_t client)
{
    const struct device_client *c = &device_link_page()->client[client];
    const struct bundle_net net = c->about.net;

    switch_know(&net_switch, client, &net, c->kind == DEVICE_UPLINK);
}

/* It may be another than had the number before. */
static void ring_take(uint32_t client, uint32_t epoch)
{
    client_know(client);
    switch_take(&net_switch, client, device_ring(client), epoch, device_link_page()->counter[client]);
    sys_notify(DEVICE_CAP_CLIENT + client);
}

static void ring_leave(uint32_t client)
{
    switch_leave(&net_switch, client);
    sys_cap_drop(DEVICE_CAP_CLIENT + client);
}

/* Numbers are given from the lowest on: behind the first that nobody ever had there is none. */
static void clients_count(void)
{
    while (net_switch.ports < DEVICE_CLIENTS && device_link_page()->client[net_switch.ports].kind != DEVICE_NONE)
        client_know(net_switch.ports++);
}

static void links_serve(uint32_t epoch)
{
    clients_count();
    for (uint32_t i = 0; i < net_switch.ports; i++) {
        uint32_t wanted;

        switch (device_link_news(device_link_page(), i, &wanted)) {
        case DEVICE_SAME:
            continue;
        case DEVICE_TAKE:
            ring_take(i, epoch);
            break;
        case DEVICE_LEAVE:
            ring_leave(i);
            break;
        }
        device_link_seen(device_link_page(), i, wanted);
    }
}

static void bells_ring(uint64_t bells)
{
    for (uint64_t client = 0; bells != 0; client++, bells >>= 1) {
        if ((bells & 1) != 0)
            sys_notify(DEVICE_CAP_CLIENT + client);
    }
}

static void broken_tell(uint64_t broken)
{
    for (; broken != 0; broken &= broken - 1) {
        const uint32_t client = (uint32_t)__builtin_ctzll(broken);

        const struct device_client *c = &device_link_page()->client[client];

        if (c->kind == DEVICE_UPLINK)
            server_log("the uplink broke the rules of its ring: it is cut off until this server starts again\n");
        else
            server_log("guest '%.*s' broke the rules of its ring: its network device is cut off until it starts again\n",
                       BUNDLE_NAME_BYTES, c->name);
    }
}

_Noreturn void server_main(uint64_t starts)
{
    if ((starts & DEVICE_GIVEN_UP) != 0)
        device_server_given_up();
    net_switch.patience = device_ticks(SWITCH_PATIENCE_US);
    for (;;) {
        struct switch_round round;

        links_serve((uint32_t)starts);
        round = switch_serve(&net_switch, sys_time());
        bells_ring(round.bells);
        broken_tell(round.broken);
        if (round.waits && !round.more)
            (void)sys_wait(sys_time() + device_ticks(AGAIN_US));
        else if (!round.more && !switch_has_work(&net_switch))
            (void)sys_wait(SEPTUM_FOREVER);
    }
}
