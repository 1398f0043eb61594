/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * In the block server's place: somebody who has its device read and write all of memory. The device reads a target as the
 * data of a write to the file `leak`, each to a place of its own there, and writes it with the data of the file `mark`.
 * Whether it did is seen from outside: in memory, and in the file. QEMU's device answers either way.
 */
#include "attack.h"

#include <drivers/p9.h>

#include <lib/device_server.h>
#include <lib/server.h>
#include <lib/sys.h>

#include <string.h>

#define ANSWER_US  2000000u
#define LOOK_US    200u
#define BUFFER_AT  0x1000u /* in the memory for DMA, behind the queue */
#define OWN_AT     0x100000u
#define ROOT       0u /* fids */
#define LEAK       1u
#define MARK       2u

static struct virtio device;
static struct p9 p9;
static uint64_t place; /* in `leak`, of the next target */
static uint32_t begun; /* sessions: a device that is at fault is started again */
static uint32_t patience_us = ANSWER_US;

static uint8_t *own(uint32_t at)
{
    return (uint8_t *)(uintptr_t)(DEVICE_VA_DMA + at);
}

static bool ask(struct p9_ask *question, uint64_t data)
{
    const uint64_t end = sys_time() + device_ticks(patience_us);
    struct p9_reply reply;
    uint64_t owner;
    enum virtqueue_news news;

    p9_put(&p9, question, data, 0);
    p9_kick(&p9);
    while ((news = p9_take(&p9, &reply, &owner)) == VIRTQUEUE_NONE) {
        if (sys_time() >= end || (device.transport->status(&device) & VIRTIO_STATUS_NEEDS_RESET) != 0)
            return false;
        (void)sys_wait(sys_time() + device_ticks(LOOK_US));
    }
    return news == VIRTQUEUE_DONE && reply.type == question->type;
}

static bool file_open(uint32_t fid, const char *name)
{
    struct p9_ask walk = {.type = P9_WALK, .fid = ROOT, .new_fid = fid, .name = name, .name_bytes = (uint32_t)strlen(name)};
    struct p9_ask open = {.type = P9_LOPEN, .fid = fid, .flags = P9_OPEN_BOTH};

    return ask(&walk, 0) && ask(&open, 0);
}

/* Rude: no feature is agreed on, not even that DMA goes through the IOMMU. */
static bool session_begin(bool rude)
{
    struct p9_ask version = {.type = P9_VERSION, .bytes = P9_MESSAGE_MOST};
    struct p9_ask attach = {.type = P9_ATTACH, .fid = ROOT};
    const enum virtio_fault fault = rude ? virtio_reset(&device) : virtio_begin(&device, VIRTIO_TYPE_9P, 0, 0);

    begun++;
    if (fault != VIRTIO_OK || virtqueue_start(&p9.queue, &device, 0, VIRTQUEUE_SIZE, (struct virtqueue_memory *)(void *)own(0),
                                              device_link_page()->dma) != VIRTIO_OK)
        return false;
    if (rude)
        device.transport->set_status(&device, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_DRIVER_OK);
    else
        virtio_go(&device);
    p9_start(&p9, own(BUFFER_AT), device_link_page()->dma + BUFFER_AT);
    return ask(&version, 0) && ask(&attach, 0) && file_open(LEAK, "leak") && file_open(MARK, "mark");
}

/* The device reads a page of the target, then writes one there. */
bool attempt(uint64_t target, bool rude)
{
    struct p9_ask read = {.type = P9_WRITE, .fid = LEAK, .offset = place, .bytes = PAGE};
    struct p9_ask write = {.type = P9_READ, .fid = MARK, .bytes = PAGE};
    bool good;

    place += PAGE;
    good = ask(&read, target) || session_begin(rude);
    attack_ring();
    good = good && (ask(&write, target) || session_begin(rude));
    attack_ring();
    return good;
}

/* What it may reach: so that a device that does nothing at all does not pass for one that is held back. */
static void own_memory(bool rude, uint8_t pattern)
{
    bool good;

    memset(own(OWN_AT), pattern, PAGE);
    patience_us = OWN_US;
    good = session_begin(rude) && attempt(device_link_page()->dma + OWN_AT, rude);
    patience_us = ANSWER_US;
    server_log("%sown memory: %s, read to %lu of leak, %s\n", rude ? "rude: " : "", good ? "tried" : "no session",
               place - PAGE, own(OWN_AT)[0] == pattern ? "not written" : "written");
    memset(own(OWN_AT), 0, PAGE);
}

_Noreturn void server_main(uint64_t argument)
{
    uint32_t tries, all;
    uint64_t from;

    (void)argument;
    device = virtio_of(&device_link_page()->function[0]);
    attack_wait();
    own_memory(false, 0xa5);
    from = place;
    tries = attack_registers(&all);
    server_log("registers: %u of %u tried, read from %lu of leak on\n", tries, all, from);
    from = place;
    tries = attack_memory(STEP, false, &all);
    server_log("memory: %u of %u tried, read from %lu of leak on\n", tries, all, from);
    own_memory(true, 0xa6);
    from = place;
    tries = attack_memory(RUDE_STEP, true, &all);
    server_log("rude memory: %u of %u tried, read from %lu of leak on\n", tries, all, from);
    own_memory(false, 0xa7);
    server_log("done, %u sessions\n", begun);
    for (;;)
        (void)sys_wait(SEPTUM_FOREVER);
}
