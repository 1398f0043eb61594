/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A virtio driver of a guest, written from the specification alone [virtio 1.2 2.6 to 2.8, 4.2]: it shares no line and no
 * constant with the monitor. It knows the guest's memory and the registers, nothing else.
 */
#ifndef MONITOR_DRIVER_H
#define MONITOR_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#define DRIVER_INDIRECT (UINT64_C(1) << 28)
#define DRIVER_EVENT    (UINT64_C(1) << 29)
#define DRIVER_VERSION  (UINT64_C(1) << 32)
#define DRIVER_PACKED   (UINT64_C(1) << 34)

#define DRIVER_QUEUE_MOST 256u

struct driver_queue {
    uint32_t size;
    uint64_t descriptors; /* guest-physical */
    uint64_t driver;
    uint64_t device;
    uint64_t tables; /* of indirect descriptors, one for each id */
    uint16_t next;   /* split: avail idx; packed: slot */
    uint16_t told;   /* `next` as it was at the last kick */
    uint16_t used;   /* split: used idx; packed: slot */
    bool lap;        /* packed: of next, and of used */
    bool used_lap;
    uint32_t added; /* packed: slots since the last kick */
    uint32_t slots;  /* packed: that are free */
    uint16_t free_count;
    uint16_t free[DRIVER_QUEUE_MOST];  /* descriptors (split), ids (packed) */
    uint16_t count[DRIVER_QUEUE_MOST]; /* of descriptors, by id */
    uint16_t last_slot;                /* where the chain that was added last begins: for those that spoil it */
};

struct driver {
    uint64_t base; /* of its registers */
    uint64_t features;
    bool indirect; /* it uses tables */
    struct driver_queue queue[2];
};

/* A part of a buffer. */
struct driver_piece {
    uint64_t gpa;
    uint32_t bytes;
    bool writable;
};

uint32_t driver_read(const struct driver *d, uint32_t offset);
void driver_write(const struct driver *d, uint32_t offset, uint32_t value);

/* Reset, features (of those that are offered), FEATURES_OK, queues of that size, DRIVER_OK. Returns the status. */
uint32_t driver_begin(struct driver *d, uint32_t device, uint64_t features, uint32_t queues, uint32_t size);

/* Sets up one queue. */
void driver_queue(struct driver *d, uint32_t index, uint32_t size);

/* Makes a buffer available; returns its id, or -1 if the ring is full. */
int driver_add(struct driver *d, uint32_t index, const struct driver_piece *piece, uint32_t count);

/* Notifies, if the device wants it. Returns whether it did. */
bool driver_kick(struct driver *d, uint32_t index);

/* The next used buffer. False: there is none. */
bool driver_used(struct driver *d, uint32_t index, uint32_t *id, uint32_t *bytes);

/* Whether the driver wants an interrupt for the next used buffer. */
void driver_want(struct driver *d, uint32_t index, bool want);

/* The guest's memory, and where a piece of it is. */
uint8_t *driver_memory(uint64_t gpa);

#endif
