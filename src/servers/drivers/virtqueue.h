/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The driver's side of a split virtqueue [virtio 1.2 2.7], in one frame of our memory that the device reaches. Chains
 * have fixed descriptors: chain c has those from VIRTQUEUE_PIECES * c on, so that there is nothing to allocate and
 * nothing to follow. What the device writes is read once and checked: a device that breaks the rules is told of, and
 * its queue taken from no more.
 */
#pragma once

#include "virtio.h"

#define VIRTQUEUE_SIZE   128u /* entries, at most */
#define VIRTQUEUE_PIECES 4u /* of a chain, at most */
#define VIRTQUEUE_CHAINS (VIRTQUEUE_SIZE / VIRTQUEUE_PIECES)

struct virtqueue_desc {
    uint64_t address;
    uint32_t bytes;
    uint16_t flags;
    uint16_t next;
};

struct virtqueue_memory {
    struct virtqueue_desc desc[VIRTQUEUE_SIZE];
    struct {
        uint16_t flags;
        uint16_t index;
        uint16_t chain[VIRTQUEUE_SIZE];
        uint16_t event;
    } avail;
    uint8_t pad[250];
    struct {
        uint16_t flags;
        uint16_t index;
        struct {
            uint32_t chain;
            uint32_t bytes;
        } done[VIRTQUEUE_SIZE];
        uint16_t event;
        uint16_t pad;
    } used;
};

_Static_assert(sizeof(struct virtqueue_memory) <= 4096, "a queue is one frame");

struct virtqueue_piece {
    uint64_t address; /* as the device addresses it */
    uint32_t bytes;
    bool writes; /* the device writes it; such pieces stand behind all others */
};

struct virtqueue {
    const struct virtio *device;
    uint32_t number;
    uint32_t size; /* entries; of chains there are those that lie within */
    struct virtqueue_memory *memory;
    uint16_t put;                    /* chains ever put */
    uint16_t taken;                  /* chains ever taken */
    bool broken;                     /* the device broke the rules */
    bool under_way[VIRTQUEUE_CHAINS];
    uint32_t room[VIRTQUEUE_CHAINS]; /* bytes that the device may write of that chain */
};

/* What there is to take, of a queue or of a driver above it. */
enum virtqueue_news {
    VIRTQUEUE_NONE,
    VIRTQUEUE_DONE,
    VIRTQUEUE_BROKEN, /* the device breaks the rules */
};

/* Places a queue of so many entries, a power of 2; `memory` is zeroed, `address` is how the device addresses it. */
enum virtio_fault virtqueue_start(struct virtqueue *q, const struct virtio *device, uint32_t number, uint32_t size,
                                  struct virtqueue_memory *memory, uint64_t address);

/* Chain c, which is not under way, with 1 .. VIRTQUEUE_PIECES pieces of at least one byte. Seen at virtqueue_kick. */
void virtqueue_put(struct virtqueue *q, uint32_t c, const struct virtqueue_piece *piece, uint32_t count);
void virtqueue_kick(const struct virtqueue *q);

/* VIRTQUEUE_DONE: the device is done with *chain and has written *bytes of it. */
enum virtqueue_news virtqueue_take(struct virtqueue *q, uint32_t *chain, uint32_t *bytes);
