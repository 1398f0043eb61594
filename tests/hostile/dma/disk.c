/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * In the disk server's place: somebody who has the machine's disk read and write all of memory. It writes a target with
 * the disk's first page, a mark that the test chose, and reads it as the data of a write to the disk, each to a page of its
 * own there, at which the test looks.
 */
#include "session.h"

#include <lib/device_server.h>
#include <lib/server.h>
#include <lib/sys.h>

#include <string.h>

#define HEAD_AT 0xf00u  /* in the memory for DMA, behind the queue */
#define OWN_AT  0x1000u /* a page to reach */
#define SECTORS (PAGE / BLOCK_SECTOR)

struct head {
    uint32_t type; /* 0: the disk is read, 1: written [virtio 1.2 5.2.6] */
    uint32_t reserved;
    uint64_t sector;
    uint8_t status;
};

static struct virtqueue queue;
static uint64_t place = 1; /* page of the disk for the next target */

static bool told(uint32_t type, uint64_t page, uint64_t target, bool rude)
{
    const uint64_t at = device_link_page()->dma + HEAD_AT;
    const struct virtqueue_piece piece[] = {{at, 16, false}, {target, PAGE, type == 0}, {at + 16, 1, true}};
    const struct head head = {.type = type, .sector = page * SECTORS};

    if (!session_begin(VIRTIO_TYPE_BLOCK, rude) || !session_queue(&queue, 0, 0, 0))
        return false;
    memcpy(own(HEAD_AT), &head, sizeof head);
    session_go(rude);
    virtqueue_put(&queue, 0, piece, 3);
    virtqueue_kick(&queue);
    session_wait(&queue);
    return true;
}

bool attempt(uint64_t target, bool rude)
{
    bool good = told(1, place++, target, rude);

    attack_ring();
    good = told(0, 0, target, rude) && good;
    attack_ring();
    return good;
}

/* What it may reach: so that a device that does nothing at all does not pass for one that is held back. */
static void own_memory(bool rude)
{
    static uint8_t pattern = 0xa5; /* another one each time */
    const uint64_t at = device_link_page()->dma + OWN_AT;
    bool good;

    memset(own(OWN_AT), pattern, PAGE);
    good = told(1, place++, at, rude) && told(0, 0, at, rude);
    server_log("%sown memory: %s, read to %lu, %s\n", rude ? "rude: " : "", good ? "tried" : "no session", place - 1,
               own(OWN_AT)[0] == pattern && own(OWN_AT)[1] == pattern ? "not written" : "written");
    memset(own(OWN_AT), 0, PAGE);
    pattern++;
}

_Noreturn void server_main(uint64_t argument)
{
    (void)argument;
    session_attack(own_memory);
    server_log("done, %lu pages\n", place);
    for (;;)
        (void)sys_wait(SEPTUM_FOREVER);
}
