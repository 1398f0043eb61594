/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A virtio device of any type as its specification has it, with registers as variables and our own pointers as its
 * addresses: for drivers on the build host. Written from the specification, not from the driver.
 */
#ifndef VIRTIO_DEVICE_H
#define VIRTIO_DEVICE_H

#include "drivers/virtio.h"

#define QUEUES 3u
#define PIECES 4u
#define CONFIG_BYTES 64u

struct fake_piece {
    uint8_t *at;
    uint32_t bytes;
    bool writes; /* the device writes it */
};

struct fake_chain {
    uint32_t head;
    uint32_t count;
    struct fake_piece piece[PIECES];
};

struct fake_device {
    uint32_t type, status;
    uint64_t offered, agreed;
    uint32_t queues; /* so many there are, */
    uint32_t most[QUEUES]; /* of so many entries */
    struct virtio_queue_place place[QUEUES];
    uint32_t notified[QUEUES];
    uint16_t taken[QUEUES], done[QUEUES];
    uint32_t resets;
    uint8_t config[CONFIG_BYTES]; /* its own fields */
};

extern struct fake_device device;
extern const struct virtio fake_virtio;

void device_begin(uint32_t type, uint64_t offered, uint32_t queues);

/* The next chain that the driver has made available and that was not taken; false: there is none. */
bool device_take(uint32_t queue, struct fake_chain *chain);

/* The chain is used: so many bytes of it are written. */
void device_done(uint32_t queue, const struct fake_chain *chain, uint32_t bytes);

/* An entry of the used ring as it should not be. */
void device_lie(uint32_t queue, uint32_t head, uint32_t bytes);

#endif
