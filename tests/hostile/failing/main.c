/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* In the block server's place: one that tells of a disk, and ends by a fault at the first request of it, in every life. */
#include <block/ring.h>

#include <lib/device_link.h>
#include <lib/device_server.h>
#include <lib/server.h>
#include <lib/sys.h>

#define DISK_BYTES 0x100000u

static void client_serve(uint32_t client, struct ring_place *place, bool *open)
{
    static const struct ring_about about = {DISK_BYTES, 0, "failing"};
    struct block_request request;
    uint32_t wanted;

    if (device_link_news(device_link_page(), client, &wanted) == DEVICE_TAKE) {
        ring_open(device_ring(client), place, &about);
        sys_notify(DEVICE_CAP_CLIENT + client);
        *open = true;
    }
    device_link_seen(device_link_page(), client, wanted);
    if (*open && ring_take(device_ring(client), place, &request) == RING_REQUEST)
        server_panic("request %u\n", request.op);
}

_Noreturn void server_main(uint64_t argument)
{
    struct ring_place place = {0, 0, 0, 0};
    bool open = false;

    if ((argument & DEVICE_GIVEN_UP) != 0)
        device_server_given_up();
    for (;;) {
        client_serve(0, &place, &open);
        (void)sys_wait(SEPTUM_FOREVER);
    }
}
