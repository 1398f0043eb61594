/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * virtio-blk. [virtio 1.2 5.2] A request of the guest becomes one or more parts, of at most BLOCK_SLOT_BYTES each, which
 * go to the block server by the slots of struct block_ring. The data is copied between guest memory and the slot.
 */
#pragma once

#include "queue.h"

#include <septum/device.h>

#define BLK_REQUESTS 16u /* under way at once; the guest's further ones wait in its queue */
#define BLK_PIECES   64u /* of a request: the queue's size */
#define BLK_NONE     0xffu
#define BLK_PATIENCE 30u /* seconds until a request that is not answered ends with an error */

enum blk_stage { BLK_FREE = 0, BLK_PARTS = 1, BLK_FLUSHING = 2 };

struct blk_request {
    uint32_t stage;  /* enum blk_stage */
    uint32_t op;     /* enum block_op */
    uint32_t status; /* of virtio: the worst so far */
    uint16_t id;     /* of the chain */
    uint16_t slots;
    uint32_t write_bytes; /* of the chain */
    uint32_t parts;       /* at the server */
    uint64_t first;       /* byte of the disk */
    uint64_t bytes;       /* READ, WRITE: of data; DISCARD, ZEROES: of the disk */
    uint64_t put;         /* of them, put to the server so far */
    uint64_t written;     /* to the chain, from its first writable byte on */
    bool flush_put;       /* BLK_FLUSHING, or FLUSH: put to the server */
    uint64_t since;
    uint8_t *status_at;
    uint32_t data_count;
    struct piece data[BLK_PIECES];
};

/* A slot of the ring. */
struct blk_slot {
    bool busy;       /* the server has it */
    uint8_t request; /* BLK_NONE: it is over already */
    uint64_t offset; /* of its data in that of the request */
    struct block_request asked;
};

struct blk {
    uint32_t epoch; /* of the server, that the ring is in; 0: none yet */
    uint32_t asked; /* as in the ring */
    uint32_t taken;
    bool silent; /* the server broke the rules: nothing more is taken until its next epoch */
    uint64_t disk_bytes;
    uint32_t server_flags; /* BLOCK_FLAG_… */
    uint32_t under_way; /* requests that are not free */
    uint32_t waiting_count;
    uint8_t waiting[BLK_REQUESTS]; /* requests with parts to put, the oldest first */
    struct blk_request request[BLK_REQUESTS];
    struct blk_slot slot[BLOCK_SLOTS];
};

struct virtio_device;
struct hart;

/* The features that it offers, its configuration and its queues: at the start, and when the driver resets it. */
void blk_offer(struct virtio_device *d);

/* No request of the driver is under way any more: the server may go on with some of them, but nobody hears of it. */
void blk_drop(struct virtio_device *d);

/* Is a part of a request that is under way in that page, in the monitor's view? */
bool blk_uses(const struct blk *b, const uint8_t *page);

/* Does all that can be done now, with the queue and with the ring. Under the device's lock. */
void blk_run(struct virtio_device *d, struct hart *h);
