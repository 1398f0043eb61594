/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A disk: requests of 4 KiB, each alone, and larger ones several at a time. */
#include "io.h"
#include "rt/rt.h"
#include "virtio.h"

#define FEATURE_FLUSH (UINT64_C(1) << 9) /* or each write would be made safe before it is answered */
#define SECTOR       512u
#define READ         0u
#define WRITE        1u
#define SMALL        4096u
#define LARGE        65536u
#define UNDER_WAY    8u
#define DESCRIPTORS  3u /* of a request: header, data, status */
#define DISK_BYTES   (UINT64_C(4) << 20)

static struct {
    struct {
        uint32_t type, reserved;
        uint64_t sector;
    } header;
    uint8_t status;
} request[UNDER_WAY];
static uint8_t data[UNDER_WAY][LARGE] __attribute__((aligned(4096)));
static struct queue queue[1];
static struct device disk;

static void put(uint32_t slot, uint32_t type, uint64_t offset, uint32_t bytes)
{
    const uint16_t head = (uint16_t)(DESCRIPTORS * slot);
    struct descriptor *d = &queue[0].descriptor[head];

    request[slot].header.type = type;
    request[slot].header.sector = offset / SECTOR;
    request[slot].status = 0xff;
    d[0] = (struct descriptor){(uint64_t)&request[slot].header, sizeof request[slot].header, DESCRIPTOR_NEXT,
                               (uint16_t)(head + 1)};
    d[1] = (struct descriptor){(uint64_t)data[slot], bytes,
                               (uint16_t)(DESCRIPTOR_NEXT | (type == READ ? DESCRIPTOR_WRITE : 0)), (uint16_t)(head + 2)};
    d[2] = (struct descriptor){(uint64_t)&request[slot].status, 1, DESCRIPTOR_WRITE, 0};
    queue_give(&queue[0], head);
}

/* The slot of a request that is over; UNDER_WAY: it failed. */
static uint32_t done(void)
{
    uint32_t bytes;
    uint16_t head;

    queue_wait(&queue[0], &head, &bytes);
    return request[head / DESCRIPTORS].status == 0 ? head / DESCRIPTORS : UNDER_WAY;
}

static bool one_by_one(const char *name, uint32_t type, uint64_t turns)
{
    mark();
    for (uint64_t i = 0; i < turns; i++) {
        put(0, type, i * SMALL % DISK_BYTES, SMALL);
        device_notify(&disk, 0);
        if (done() != 0)
            return false;
    }
    mark();
    row(name, turns);
    return true;
}

static void large(uint32_t slot, uint32_t type, uint64_t number)
{
    put(slot, type, number * LARGE % DISK_BYTES, LARGE);
    device_notify(&disk, 0);
}

static bool in_a_row(const char *name, uint32_t type, uint64_t turns)
{
    uint64_t begun;

    mark();
    for (begun = 0; begun < UNDER_WAY && begun < turns; begun++)
        large((uint32_t)begun, type, begun);
    for (uint64_t ended = 0; ended < turns; ended++) {
        const uint32_t slot = done();

        if (slot == UNDER_WAY)
            return false;
        if (begun < turns)
            large(slot, type, begun++);
    }
    mark();
    row(name, turns * (LARGE / SMALL));
    return true;
}

static bool disk_start(void)
{
    const bool there = device_start(&disk, VIRTIO_BLOCK, 0, queue, 1, FEATURE_FLUSH);

    if (!there)
        say("io: there is no disk\n");
    return there;
}

bool disk_measure(uint64_t turns)
{
    return disk_start() && one_by_one("warm", READ, 64) && one_by_one("block-read-4k", READ, turns) &&
           one_by_one("block-write-4k", WRITE, turns) && in_a_row("block-read-stream", READ, turns / 4) &&
           in_a_row("block-write-stream", WRITE, turns / 4);
}

bool disk_watch(void)
{
    if (!disk_start())
        return false;
    for (;;) {
        const uint64_t begin = now();
        bool good;

        put(0, READ, 0, SMALL);
        device_notify(&disk, 0);
        good = done() == 0;
        say("io read %s after %lu ms\n", good ? "good" : "failed", (now() - begin) * 1000 / TICKS_PER_SECOND);
        csr_clear("sie", 1u << IRQ_EXTERNAL); /* an answer that came at once left its interrupt: it would end the sleep */
        sleep_ticks(TICKS_PER_SECOND);
        csr_set("sie", 1u << IRQ_EXTERNAL);
    }
}
