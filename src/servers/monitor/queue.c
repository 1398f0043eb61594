/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "queue_layout.h"
#include "virtio.h"

void queue_reset(struct queue *q)
{
    *q = (struct queue){.most = q->most};
}

bool queue_enable(struct queue *q, const struct memory *m, uint64_t features)
{
    q->packed = (features & VIRTIO_F_RING_PACKED) != 0;
    q->event_index = (features & VIRTIO_F_EVENT_IDX) != 0;
    q->indirect = (features & VIRTIO_F_INDIRECT_DESC) != 0;
    q->next = (struct cursor){0, true};
    q->used = q->next;
    q->shown = q->next;
    q->unpublished = 0;
    q->ready = q->size != 0 && q->size <= q->most && (q->packed ? packed_enable(q, m) : split_enable(q, m));
    return q->ready;
}

enum queue_taken queue_take(struct queue *q, const struct memory *m, struct chain *c)
{
    if (!q->ready)
        return QUEUE_EMPTY;
    return q->packed ? packed_take(q, m, c) : split_take(q, m, c);
}

bool queue_has(const struct queue *q)
{
    return q->ready && (q->packed ? packed_has(q) : split_has(q));
}

void queue_put(struct queue *q, uint16_t id, uint16_t slots, uint32_t bytes)
{
    if (q->packed)
        packed_put(q, id, slots, bytes);
    else
        split_put(q, id, bytes);
}

bool queue_publish(struct queue *q)
{
    if (q->unpublished == 0)
        return false;
    return q->packed ? packed_publish(q) : split_publish(q);
}

void queue_listen(struct queue *q, bool listen)
{
    if (!q->ready)
        return;
    if (q->packed)
        packed_listen(q, listen);
    else
        split_listen(q, listen);
    guest_fence();
}

bool queue_uses(const struct queue *q, const uint8_t *page)
{
    const uint64_t descriptors = (uint64_t)q->size * DESCRIPTOR_BYTES;
    const uint64_t driver = q->packed ? EVENT_AREA : split_driver_bytes(q);
    const uint64_t device = q->packed ? EVENT_AREA : split_device_bytes(q);

    return q->ready && (piece_is_in(q->descriptor_area, descriptors, page) ||
                        piece_is_in(q->driver_area, driver, page) || piece_is_in(q->device_area, device, page));
}

bool chain_add(struct chain *c, const struct memory *m, uint64_t gpa, uint32_t bytes, bool writable)
{
    uint8_t *at = memory_at(m, gpa, bytes);

    if (at == NULL || (!writable && c->reads != c->count) || c->read_bytes + c->write_bytes + bytes > UINT32_MAX)
        return false;
    if (bytes == 0)
        return true;
    if (c->count == QUEUE_MOST)
        return false;
    c->piece[c->count++] = (struct piece){at, bytes};
    if (writable) {
        c->write_bytes += bytes;
    } else {
        c->reads++;
        c->read_bytes += bytes;
    }
    return true;
}

/* Lets *piece be the one that holds the offset; returns where in it. */
static uint32_t pieces_find(const struct piece **piece, uint64_t offset)
{
    while (offset >= (*piece)->bytes) {
        offset -= (*piece)->bytes;
        (*piece)++;
    }
    return (uint32_t)offset;
}

uint32_t pieces_cut(const struct piece *piece, uint64_t offset, uint64_t bytes, struct piece *to)
{
    uint32_t count = 0;
    uint32_t at;

    if (bytes == 0)
        return 0;
    at = pieces_find(&piece, offset);
    for (; bytes > 0; piece++, at = 0) {
        uint32_t part = piece->bytes - at;

        if (part > bytes)
            part = (uint32_t)bytes;
        to[count++] = (struct piece){piece->at + at, part};
        bytes -= part;
    }
    return count;
}

void pieces_read(const struct piece *piece, uint64_t offset, uint8_t *to, uint64_t bytes)
{
    uint32_t at;

    if (bytes == 0)
        return;
    at = pieces_find(&piece, offset);
    for (; bytes > 0; piece++, at = 0) {
        uint32_t part = piece->bytes - at;

        if (part > bytes)
            part = (uint32_t)bytes;
        memory_copy(to, piece->at + at, part);
        to += part;
        bytes -= part;
    }
    __asm__ volatile("" ::: "memory"); /* what is decided on is the copy */
}

void pieces_write(const struct piece *piece, uint64_t offset, const uint8_t *from, uint64_t bytes)
{
    uint32_t at;

    if (bytes == 0)
        return;
    at = pieces_find(&piece, offset);
    for (; bytes > 0; piece++, at = 0) {
        uint32_t part = piece->bytes - at;

        if (part > bytes)
            part = (uint32_t)bytes;
        memory_copy(piece->at + at, from, part);
        from += part;
        bytes -= part;
    }
}

void pieces_copy(const struct piece *to, const struct piece *from, uint64_t offset, uint64_t bytes)
{
    uint32_t there = 0;
    uint32_t here;

    if (bytes == 0)
        return;
    here = pieces_find(&from, offset);
    while (bytes > 0) {
        uint32_t part = to->bytes - there < from->bytes - here ? to->bytes - there : from->bytes - here;

        if (part > bytes)
            part = (uint32_t)bytes;
        memory_copy(to->at + there, from->at + here, part);
        bytes -= part;
        there += part;
        here += part;
        if (there == to->bytes) {
            to++;
            there = 0;
        }
        if (here == from->bytes) {
            from++;
            here = 0;
        }
    }
}
