/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Where the bytes come from: the machine's virtio-rng [virtio 1.2 5.4], and the seed that the manager gave. Each block
 * that is given out has as many fresh bytes of the device's in it as it is long, mixed into a key that neither the device
 * nor any client knows: a device that is no good leaves bytes that nobody can guess, as long as the machine's seed was.
 */
#pragma once

#include "drivers/virtqueue.h"

#include <lib/seed.h>

#define SOURCE_BLOCK SEED_BYTES
#define SOURCE_QUEUE 8u    /* entries: QEMU's device takes no more */
#define SOURCE_BYTES 1024u /* that the device is asked for at a time */

/* Where things lie in the memory that the device reaches (DEVICE_VA_DMA), in bytes. */
#define SOURCE_QUEUE_AT  0u
#define SOURCE_BUFFER_AT 0x1000u

struct source {
    struct virtio device;
    struct virtqueue queue;
    struct seed seed;
    uint8_t *memory;
    uint64_t address; /* of `memory`, for the device */
    bool asked;
    uint32_t at;    /* of the bytes that the device gave, the first that is not used */
    uint32_t bytes; /* how many it gave */
    uint32_t mixed; /* into the key, since the last block */
};

/* Starts the device; `key` is the machine's seed, or NULL: there is none. On failure it is reset. */
enum virtio_fault source_start(struct source *s, const struct virtio *device, uint8_t *memory, uint64_t address,
                               const uint8_t *key);

/* VIRTQUEUE_DONE: SOURCE_BLOCK bytes are written. Else the device has been asked for more, if it can be. */
enum virtqueue_news source_take(struct source *s, uint8_t *to);
