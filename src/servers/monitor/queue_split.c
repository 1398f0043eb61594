/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Split virtqueues. [virtio 1.2 2.7] */
#include "queue_layout.h"

#define RING_FLAGS    0u /* of both rings */
#define RING_INDEX    2u
#define RING_FIRST    4u
#define ENTRY_BYTES   2u /* of the available ring */
#define USED_BYTES    8u /* an entry of the used ring */
#define NO_INTERRUPT  1u /* flags of the available ring */
#define NO_NOTIFY     1u /* flags of the used ring */
#define EVENT_BYTES   2u
#define DRIVER_ALIGN  2u
#define DEVICE_ALIGN  4u

uint32_t split_driver_bytes(const struct queue *q)
{
    return RING_FIRST + q->size * ENTRY_BYTES + EVENT_BYTES;
}

uint32_t split_device_bytes(const struct queue *q)
{
    return RING_FIRST + q->size * USED_BYTES + EVENT_BYTES;
}

bool split_enable(struct queue *q, const struct memory *m)
{
    if ((q->size & (q->size - 1)) != 0)
        return false;
    if ((q->descriptors % DESCRIPTOR_BYTES | q->driver % DRIVER_ALIGN | q->device % DEVICE_ALIGN) != 0)
        return false;
    q->descriptor_area = memory_at(m, q->descriptors, q->size * DESCRIPTOR_BYTES);
    q->driver_area = memory_at(m, q->driver, split_driver_bytes(q));
    q->device_area = memory_at(m, q->device, split_device_bytes(q));
    return q->descriptor_area != NULL && q->driver_area != NULL && q->device_area != NULL;
}

/*
 * Follows a chain from the head: through the ring's own table, and at its end perhaps through one other. Every
 * descriptor counts, so that a loop comes to an end.
 */
static bool split_walk(const struct queue *q, const struct memory *m, uint16_t head, struct chain *c)
{
    const uint8_t *table = q->descriptor_area;
    uint32_t entries = q->size;
    uint32_t at = head;
    bool indirect = false;

    for (uint32_t left = q->size; left > 0 && at < entries; left--) {
        struct descriptor d = descriptor_read(table + at * DESCRIPTOR_BYTES);

        if ((d.low & DESCRIPTOR_INDIRECT) != 0) {
            table = memory_at(m, d.gpa, d.bytes);
            entries = d.bytes / DESCRIPTOR_BYTES;
            if (indirect || !q->indirect || (d.low & DESCRIPTOR_NEXT) != 0 || table == NULL ||
                d.bytes % DESCRIPTOR_BYTES != 0)
                return false;
            indirect = true;
            at = 0;
            left++; /* it holds no part of the buffer */
            continue;
        }
        if (!chain_add(c, m, d.gpa, d.bytes, (d.low & DESCRIPTOR_WRITE) != 0))
            return false;
        if ((d.low & DESCRIPTOR_NEXT) == 0)
            return true;
        at = d.high;
    }
    return false;
}

enum queue_taken split_take(struct queue *q, const struct memory *m, struct chain *c)
{
    uint16_t pending = (uint16_t)(guest_load16_acquire(q->driver_area + RING_INDEX) - q->next.at);
    uint16_t head;

    if (pending == 0)
        return QUEUE_EMPTY;
    if (pending > q->size)
        return QUEUE_BAD;
    head = guest_load16(q->driver_area + RING_FIRST + (q->next.at & (q->size - 1)) * ENTRY_BYTES);
    chain_begin(c, head);
    if (!split_walk(q, m, head, c))
        return QUEUE_BAD;
    q->next.at++;
    return QUEUE_TAKEN;
}

bool split_has(const struct queue *q)
{
    return guest_load16(q->driver_area + RING_INDEX) != q->next.at;
}

void split_put(struct queue *q, uint16_t id, uint32_t bytes)
{
    uint8_t *entry = q->device_area + RING_FIRST + (q->used.at & (q->size - 1)) * USED_BYTES;

    guest_store32(entry, id);
    guest_store32(entry + sizeof(uint32_t), bytes);
    q->used.at++;
    q->unpublished++;
}

bool split_publish(struct queue *q)
{
    uint16_t old = q->shown.at;
    uint16_t news = (uint16_t)(q->used.at - old);
    uint16_t event;

    guest_store16_release(q->device_area + RING_INDEX, q->used.at);
    guest_fence();
    q->shown = q->used;
    q->unpublished = 0;
    if (!q->event_index)
        return (guest_load16(q->driver_area + RING_FLAGS) & NO_INTERRUPT) == 0;
    event = guest_load16(q->driver_area + RING_FIRST + q->size * ENTRY_BYTES);
    return (uint16_t)(event - old) < news;
}

void split_listen(struct queue *q, bool listen)
{
    if (!q->event_index)
        guest_store16(q->device_area + RING_FLAGS, (uint16_t)(listen ? 0 : NO_NOTIFY));
    else if (listen)
        guest_store16(q->device_area + RING_FIRST + q->size * USED_BYTES, q->next.at);
}
