/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * In the entropy server's place: somebody who has its device write all of memory with what it takes for chance, which the
 * test chose, and read it for the table of its queue.
 */
#include "session.h"

#include <lib/device_server.h>
#include <lib/server.h>
#include <lib/sys.h>

#include <string.h>

#define OWN_AT 0x1000u /* behind the queue */

static struct virtqueue queue;

/* The device is to read the queue's table at `table` (0: where it should be), and to write a page at `to`. */
static bool told(uint64_t table, uint64_t to, bool rude)
{
    const struct virtqueue_piece piece = {to, PAGE, true};

    if (!session_begin(VIRTIO_TYPE_ENTROPY, rude) || !session_queue(&queue, 0, 0, table))
        return false;
    session_go(rude);
    virtqueue_put(&queue, 0, &piece, 1);
    virtqueue_kick(&queue);
    session_wait(&queue);
    return true;
}

bool attempt(uint64_t target, bool rude)
{
    bool good = told(0, target, rude);

    attack_ring();
    good = told(target, device_link_page()->dma + OWN_AT, rude) && good;
    attack_ring();
    return good;
}

/* What it may reach: so that a device that does nothing at all does not pass for one that is held back. */
static void own_memory(bool rude)
{
    static const uint8_t nothing[PAGE];
    const bool good = told(0, device_link_page()->dma + OWN_AT, rude);
    server_log("%sown memory: %s, %s\n", rude ? "rude: " : "", good ? "tried" : "no session",
               memcmp(own(OWN_AT), nothing, PAGE) == 0 ? "not written" : "written");
    memset(own(OWN_AT), 0, PAGE);
}

_Noreturn void server_main(uint64_t argument)
{
    (void)argument;
    session_attack(own_memory);
    server_log("done\n");
    for (;;)
        (void)sys_wait(SEPTUM_FOREVER);
}
