/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "source.h"

#include <string.h>

_Static_assert(sizeof(struct virtqueue_memory) <= SOURCE_BUFFER_AT - SOURCE_QUEUE_AT, "the queue has room");

enum virtio_fault source_start(struct source *s, const struct virtio *device, uint8_t *memory, uint64_t address,
                               const uint8_t *key)
{
    enum virtio_fault fault;

    memset(s, 0, sizeof *s);
    s->device = *device;
    s->memory = memory;
    s->address = address;
    s->seed.there = true; /* without a key of the machine's, what the device gives is all there is */
    if (key != NULL)
        memcpy(s->seed.key, key, sizeof s->seed.key);
    fault = virtio_begin(&s->device, VIRTIO_TYPE_ENTROPY, 0, 0);
    if (fault == VIRTIO_OK)
        fault = virtqueue_start(&s->queue, &s->device, 0, SOURCE_QUEUE,
                                (struct virtqueue_memory *)(void *)(memory + SOURCE_QUEUE_AT), address + SOURCE_QUEUE_AT);
    if (fault == VIRTIO_OK)
        virtio_go(&s->device);
    else
        (void)virtio_reset(&s->device);
    return fault;
}

static void ask(struct source *s)
{
    const struct virtqueue_piece piece = {s->address + SOURCE_BUFFER_AT, SOURCE_BYTES, true};

    virtqueue_put(&s->queue, 0, &piece, 1);
    virtqueue_kick(&s->queue);
    s->asked = true;
}

/* A device that answers without giving anything is none. */
static enum virtqueue_news answer(struct source *s)
{
    uint32_t chain, bytes;
    const enum virtqueue_news news = virtqueue_take(&s->queue, &chain, &bytes);

    if (news != VIRTQUEUE_DONE)
        return news;
    s->asked = false;
    s->at = 0;
    s->bytes = bytes;
    return bytes == 0 ? VIRTQUEUE_BROKEN : VIRTQUEUE_DONE;
}

/* The device may write the buffer at any time: what it holds is read once, and used as it was then. */
static void collect(struct source *s)
{
    volatile uint8_t *fresh = s->memory + SOURCE_BUFFER_AT;

    for (; s->mixed < SOURCE_BLOCK && s->at < s->bytes; s->at++) {
        s->seed.key[s->mixed++] ^= fresh[s->at];
        fresh[s->at] = 0;
    }
}

enum virtqueue_news source_take(struct source *s, uint8_t *to)
{
    enum virtqueue_news news = VIRTQUEUE_NONE;

    if (s->asked)
        news = answer(s);
    if (news == VIRTQUEUE_BROKEN || s->asked)
        return news;
    collect(s);
    if (s->mixed < SOURCE_BLOCK) {
        ask(s);
        return VIRTQUEUE_NONE;
    }
    s->mixed = 0;
    (void)seed_take(&s->seed, to);
    return VIRTQUEUE_DONE;
}
