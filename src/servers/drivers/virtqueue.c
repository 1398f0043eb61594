/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "virtqueue.h"

#include "io.h"

#include <stddef.h>
#include <string.h>

#define DESC_NEXT  1u
#define DESC_WRITE 2u

enum virtio_fault virtqueue_start(struct virtqueue *q, const struct virtio *device, uint32_t number, uint32_t size,
                                  struct virtqueue_memory *memory, uint64_t address)
{
    const struct virtio_queue_place place = {
        .size = size,
        .desc = address + offsetof(struct virtqueue_memory, desc),
        .avail = address + offsetof(struct virtqueue_memory, avail),
        .used = address + offsetof(struct virtqueue_memory, used),
    };

    memset(q, 0, sizeof *q);
    memset(memory, 0, sizeof *memory);
    q->device = device;
    q->number = number;
    q->size = size;
    q->memory = memory;
    io_fence();
    return virtio_place(device, number, &place);
}

void virtqueue_put(struct virtqueue *q, uint32_t c, const struct virtqueue_piece *piece, uint32_t count)
{
    const uint32_t first = c * VIRTQUEUE_PIECES;

    q->under_way[c] = true;
    q->room[c] = 0;
    for (uint32_t i = 0; i < count; i++) {
        const bool last = i + 1 == count;

        q->memory->desc[first + i] = (struct virtqueue_desc){
            piece[i].address, piece[i].bytes, (uint16_t)((last ? 0 : DESC_NEXT) | (piece[i].writes ? DESC_WRITE : 0)),
            (uint16_t)(last ? 0 : first + i + 1)};
        q->room[c] += piece[i].writes ? piece[i].bytes : 0;
    }
    q->memory->avail.chain[q->put % q->size] = (uint16_t)first;
    q->put++;
}

void virtqueue_kick(const struct virtqueue *q)
{
    io_fence();
    __atomic_store_n(&q->memory->avail.index, q->put, __ATOMIC_RELEASE);
    q->device->transport->notify(q->device, q->number);
}

static enum virtqueue_news fail(struct virtqueue *q)
{
    q->broken = true;
    return VIRTQUEUE_BROKEN;
}

enum virtqueue_news virtqueue_take(struct virtqueue *q, uint32_t *chain, uint32_t *bytes)
{
    const uint16_t index = __atomic_load_n(&q->memory->used.index, __ATOMIC_ACQUIRE);
    const uint32_t slot = q->taken % q->size;
    uint32_t first;

    if (q->broken)
        return VIRTQUEUE_BROKEN;
    if (index == q->taken)
        return VIRTQUEUE_NONE;
    if ((uint16_t)(index - q->taken) > (uint16_t)(q->put - q->taken))
        return fail(q);
    io_fence();
    first = __atomic_load_n(&q->memory->used.done[slot].chain, __ATOMIC_RELAXED);
    *bytes = __atomic_load_n(&q->memory->used.done[slot].bytes, __ATOMIC_RELAXED);
    *chain = first / VIRTQUEUE_PIECES;
    if (first % VIRTQUEUE_PIECES != 0 || *chain >= VIRTQUEUE_CHAINS || !q->under_way[*chain] || *bytes > q->room[*chain])
        return fail(q);
    q->taken++;
    q->under_way[*chain] = false;
    return VIRTQUEUE_DONE;
}
