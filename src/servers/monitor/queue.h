/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The device's side of a virtqueue, split or packed. [virtio 1.2 2.6 to 2.8] The guest writes all of it at any time, on
 * any of its harts: each word is read once, checked, and then used. What breaks the rules makes the queue say QUEUE_BAD;
 * nothing outside the guest's memory is ever touched.
 */
#pragma once

#include "memory.h"

#include <stdbool.h>

#define QUEUE_MOST 256u /* the largest size, and so the longest chain */

/* A part of a buffer, in the monitor's view of guest memory. */
struct piece {
    uint8_t *at;
    uint32_t bytes; /* not 0 */
};

/* A buffer that the guest made available: first the pieces that the device reads, then those that it writes. */
struct chain {
    uint16_t id;    /* by which it is given back */
    uint16_t slots; /* of the ring that it takes */
    uint32_t count;
    uint32_t reads; /* of the pieces: the first so many */
    uint64_t read_bytes;
    uint64_t write_bytes; /* together below 2^32 */
    struct piece piece[QUEUE_MOST];
};

/* A place in the ring. Split: counts for ever. Packed: a slot, and the lap's bit. */
struct cursor {
    uint16_t at;
    bool lap;
};

struct queue {
    uint32_t most; /* the largest size; 0: there is no such queue */
    /* As the driver sets it up, while it is not ready. */
    uint32_t size;
    uint64_t descriptors; /* guest-physical, like the two below */
    uint64_t driver;      /* split: the available ring; packed: the driver's event suppression */
    uint64_t device;      /* split: the used ring; packed: the device's event suppression */
    bool ready;
    /* From here on valid while it is ready. */
    bool packed;
    bool event_index;
    bool indirect;
    uint8_t *descriptor_area;
    uint8_t *driver_area;
    uint8_t *device_area;
    struct cursor next;   /* what is taken next */
    struct cursor used;   /* where the next used entry goes */
    struct cursor shown;  /* the used entries before this one were published */
    uint32_t unpublished; /* entries (split) or slots (packed) between the two */
    uint16_t first_flags; /* packed: of the first of them, which makes it valid */
};

enum queue_taken {
    QUEUE_EMPTY = 0,
    QUEUE_TAKEN = 1,
    QUEUE_BAD = 2, /* the guest broke the rules: the queue can only be reset */
};

/* As after a device reset; `most` stays. */
void queue_reset(struct queue *q);

/*
 * The driver says that it is ready, with these features negotiated. False: its size or its areas are no good, and it
 * is not.
 */
bool queue_enable(struct queue *q, const struct memory *m, uint64_t features);

/* The next available chain. To give it back unused, restore q->next; chains are then read anew. */
enum queue_taken queue_take(struct queue *q, const struct memory *m, struct chain *c);

/* Is there another one, as it seems? */
bool queue_has(const struct queue *q);

/*
 * A chain is used, and this many bytes of it are written, from its first writable one on. The driver sees this and all
 * that was put before at queue_publish, at once; that says whether it wants an interrupt.
 */
void queue_put(struct queue *q, uint16_t id, uint16_t slots, uint32_t bytes);
bool queue_publish(struct queue *q);

/* Asks the driver to notify, or not to, when it makes more chains available. Look with queue_has afterwards. */
void queue_listen(struct queue *q, bool listen);

/* Is a part of the queue itself in that page, in the monitor's view? */
bool queue_uses(const struct queue *q, const uint8_t *page);

/* Is a part of the piece? */
static inline bool piece_is_in(const uint8_t *at, uint64_t bytes, const uint8_t *page)
{
    return at < page + FRAME_BYTES && page < at + bytes;
}

/* Copies bytes of pieces, from offset on, which are there. */
void pieces_read(const struct piece *piece, uint64_t offset, uint8_t *to, uint64_t bytes);
void pieces_write(const struct piece *piece, uint64_t offset, const uint8_t *from, uint64_t bytes);

/* Copies bytes of one list, from offset on, to the beginning of another. */
void pieces_copy(const struct piece *to, const struct piece *from, uint64_t offset, uint64_t bytes);

/* The pieces of those bytes of a list, all there; returns how many there are, at most `count` of the list. */
uint32_t pieces_cut(const struct piece *piece, uint64_t offset, uint64_t bytes, struct piece *to);
