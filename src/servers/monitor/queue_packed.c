/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Packed virtqueues. [virtio 1.2 2.8] */
#include "queue_layout.h"

#define BYTES_AT        8u /* in a descriptor */
#define ID_AT           12u
#define FLAGS_AT        14u
#define FLAG_AVAILABLE  0x0080u
#define FLAG_USED       0x8000u
#define EVENT_FLAGS_AT  2u
#define EVENT_LAP       0x8000u
#define EVENT_FLAGS(e)  ((e) >> 16 & 3u)
#define EVENT_ENABLE    0u
#define EVENT_DISABLE   1u
#define EVENT_AT_PLACE  2u

bool packed_enable(struct queue *q, const struct memory *m)
{
    if ((q->descriptors % DESCRIPTOR_BYTES | q->driver % EVENT_AREA | q->device % EVENT_AREA) != 0)
        return false;
    q->descriptor_area = memory_at(m, q->descriptors, q->size * DESCRIPTOR_BYTES);
    q->driver_area = memory_at(m, q->driver, EVENT_AREA);
    q->device_area = memory_at(m, q->device, EVENT_AREA);
    return q->descriptor_area != NULL && q->driver_area != NULL && q->device_area != NULL;
}

static void packed_advance(const struct queue *q, struct cursor *c, uint32_t slots)
{
    uint32_t at = c->at + slots;

    if (at >= q->size) {
        at -= q->size;
        c->lap = !c->lap;
    }
    c->at = (uint16_t)at;
}

/* The available bit is this lap's, the used bit is not. */
static bool packed_is_available(const struct queue *q, uint16_t flags)
{
    return ((flags & FLAG_AVAILABLE) != 0) == q->next.lap && ((flags & FLAG_USED) != 0) != q->next.lap;
}

/* A table of descriptors, all of it parts of the buffer; in its descriptors only the length and the direction count. */
static bool packed_walk_table(const struct queue *q, const struct memory *m, struct descriptor d, struct chain *c)
{
    const uint8_t *table = memory_at(m, d.gpa, d.bytes);
    uint32_t entries = d.bytes / DESCRIPTOR_BYTES;

    if (!q->indirect || table == NULL || entries == 0 || entries > q->size || d.bytes % DESCRIPTOR_BYTES != 0)
        return false;
    for (uint32_t i = 0; i < entries; i++) {
        struct descriptor part = descriptor_read(table + i * DESCRIPTOR_BYTES);

        if (!chain_add(c, m, part.gpa, part.bytes, (part.high & DESCRIPTOR_WRITE) != 0))
            return false;
    }
    return true;
}

/* The chain that begins in the next slot. The guest made its first descriptor available last. */
static bool packed_walk(const struct queue *q, const struct memory *m, struct chain *c)
{
    struct cursor at = q->next;

    for (uint32_t slots = 1; slots <= q->size; slots++) {
        struct descriptor d = descriptor_read(q->descriptor_area + at.at * DESCRIPTOR_BYTES);
        bool more = (d.high & DESCRIPTOR_NEXT) != 0;

        if ((d.high & DESCRIPTOR_INDIRECT) != 0) {
            if (more || slots != 1 || !packed_walk_table(q, m, d, c))
                return false;
        } else if (!chain_add(c, m, d.gpa, d.bytes, (d.high & DESCRIPTOR_WRITE) != 0)) {
            return false;
        }
        if (!more) {
            c->id = d.low;
            c->slots = (uint16_t)slots;
            return true;
        }
        packed_advance(q, &at, 1);
    }
    return false;
}

enum queue_taken packed_take(struct queue *q, const struct memory *m, struct chain *c)
{
    uint16_t flags = guest_load16_acquire(q->descriptor_area + q->next.at * DESCRIPTOR_BYTES + FLAGS_AT);

    if (!packed_is_available(q, flags))
        return QUEUE_EMPTY;
    chain_begin(c, 0);
    if (!packed_walk(q, m, c))
        return QUEUE_BAD;
    packed_advance(q, &q->next, c->slots);
    return QUEUE_TAKEN;
}

bool packed_has(const struct queue *q)
{
    return packed_is_available(q, guest_load16(q->descriptor_area + q->next.at * DESCRIPTOR_BYTES + FLAGS_AT));
}

/* The flags make an entry valid. Those of the first that is not published yet wait: the guest sees all of them, or none. */
void packed_put(struct queue *q, uint16_t id, uint16_t slots, uint32_t bytes)
{
    uint8_t *entry = q->descriptor_area + q->used.at * DESCRIPTOR_BYTES;
    uint16_t flags = q->used.lap ? FLAG_AVAILABLE | FLAG_USED : 0;

    if (bytes != 0)
        flags |= DESCRIPTOR_WRITE;
    guest_store32(entry + BYTES_AT, bytes);
    guest_store16(entry + ID_AT, id);
    if (q->unpublished == 0)
        q->first_flags = flags;
    else
        guest_store16_release(entry + FLAGS_AT, flags);
    packed_advance(q, &q->used, slots);
    q->unpublished += slots;
}

/* A place counted over two laps, the first of which has its bit set. */
static uint32_t packed_place(const struct queue *q, uint32_t at, bool lap)
{
    return at + (lap ? 0 : q->size);
}

/* Does the driver want to hear of any of the slots from q->shown on that were used now? */
static bool packed_wants(const struct queue *q, uint32_t event)
{
    uint32_t at = event & (EVENT_LAP - 1u);
    uint32_t place = packed_place(q, at, (event & EVENT_LAP) != 0);
    uint32_t from = packed_place(q, q->shown.at, q->shown.lap);

    if (EVENT_FLAGS(event) == EVENT_DISABLE)
        return false;
    if (EVENT_FLAGS(event) != EVENT_AT_PLACE || !q->event_index || at >= q->size)
        return true;
    return (place + 2 * q->size - from) % (2 * q->size) < q->unpublished;
}

bool packed_publish(struct queue *q)
{
    bool wants;

    guest_store16_release(q->descriptor_area + q->shown.at * DESCRIPTOR_BYTES + FLAGS_AT, q->first_flags);
    guest_fence();
    wants = packed_wants(q, guest_load32(q->driver_area));
    q->shown = q->used;
    q->unpublished = 0;
    return wants;
}

void packed_listen(struct queue *q, bool listen)
{
    if (listen && q->event_index) {
        guest_store16(q->device_area, (uint16_t)(q->next.at | (q->next.lap ? EVENT_LAP : 0)));
        guest_store16_release(q->device_area + EVENT_FLAGS_AT, EVENT_AT_PLACE);
    } else {
        guest_store16(q->device_area + EVENT_FLAGS_AT, (uint16_t)(listen ? EVENT_ENABLE : EVENT_DISABLE));
    }
}
