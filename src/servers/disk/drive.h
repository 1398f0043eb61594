/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The machine's disk, a virtio-blk [virtio 1.2 5.2]. A request is one chain: a head of the server's, the data, which the
 * device moves from or to a client's ring, and a byte of status. What the device writes of these is read once. Pure.
 */
#pragma once

#include "drivers/virtqueue.h"

/* Where things lie in the memory that the device reaches (DEVICE_VA_DMA), in bytes. */
#define DRIVE_QUEUE_AT 0u
#define DRIVE_HEADS_AT 0x1000u /* of each chain */

struct drive_ask {
    uint32_t op;      /* enum block_op */
    uint64_t sector;  /* of the whole disk; FLUSH: 0 */
    uint32_t sectors; /* READ, WRITE: of one slot at most; DISCARD, ZEROES: drive_most(); FLUSH: 0 */
    uint64_t data;    /* READ, WRITE: where the device finds them */
    uint32_t owner;   /* whose it is: comes back with the answer */
};

struct drive_request {
    uint32_t owner;
    uint32_t bytes; /* that the device is to write at least, where it says that all is well */
};

struct drive {
    struct virtio device;
    struct virtqueue queue;
    uint8_t *memory;
    uint64_t address; /* of `memory`, for the device */
    uint64_t sectors;
    uint32_t flags; /* BLOCK_FLAG_…: it can only be read, it serves DISCARD, ZEROES */
    bool caches;    /* it has a cache, which FLUSH empties */
    uint32_t discard_most; /* sectors */
    uint32_t zeroes_most;
    uint32_t free; /* bit c: chain c has no request */
    bool put;      /* requests that the device has not been told of */
    struct drive_request request[VIRTQUEUE_CHAINS];
};

/* Starts the device. On failure it is reset, and *why says what is wrong, as "the machine's disk *why". */
bool drive_start(struct drive *d, const struct virtio *device, uint8_t *memory, uint64_t address, const char **why);

/* The most sectors of one such request. */
uint32_t drive_most(const struct drive *d, uint32_t op);

static inline bool drive_has_room(const struct drive *d)
{
    return d->free != 0;
}

/* Some answer is due. */
static inline bool drive_is_asked(const struct drive *d)
{
    return ~d->free != 0;
}

/* There is room. The device sees what was put at drive_kick. */
void drive_put(struct drive *d, const struct drive_ask *ask);
void drive_kick(struct drive *d);

/* VIRTQUEUE_DONE: *owner's request is over; the device touches its data no more. *status: enum block_status. */
enum virtqueue_news drive_take(struct drive *d, uint32_t *owner, uint32_t *status);
