/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "virtio_rng.h"

#include "monitor.h"
#include "ops.h"

#define RNG_QUEUE 16u

static struct entropy_ring *rng_ring(const struct virtio_device *d)
{
    return (struct entropy_ring *)(void *)d->ring;
}

void rng_offer(struct virtio_device *d)
{
    d->queue[0].most = RNG_QUEUE;
}

/* How many bytes there are. A server that breaks the rules loses what is there. */
static uint32_t rng_bytes(struct entropy_ring *ring)
{
    uint32_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);

    if (__atomic_load_n(&ring->state, __ATOMIC_RELAXED) != DEVICE_READY)
        return 0;
    if (head - ring->tail > ENTROPY_BYTES)
        __atomic_store_n(&ring->tail, head, __ATOMIC_RELEASE);
    return head - ring->tail;
}

/* Gives the driver what it has room for; no byte is given twice. */
static uint32_t rng_fill(struct entropy_ring *ring, const struct chain *c, uint32_t bytes)
{
    uint32_t done = 0;

    if (bytes > c->write_bytes)
        bytes = (uint32_t)c->write_bytes;
    while (done < bytes) {
        uint32_t at = (ring->tail + done) % ENTROPY_BYTES;
        uint32_t part = bytes - done < ENTROPY_BYTES - at ? bytes - done : ENTROPY_BYTES - at;

        pieces_write(c->piece + c->reads, done, ring->bytes + at, part);
        done += part;
    }
    __atomic_store_n(&ring->tail, ring->tail + done, __ATOMIC_RELEASE);
    return done;
}

void rng_run(struct virtio_device *d, struct hart *h)
{
    struct entropy_ring *ring = rng_ring(d);
    struct queue *q = &d->queue[0];
    enum queue_taken taken = QUEUE_EMPTY;
    uint32_t given = 0;

    if (!virtio_is_live(d))
        return;
    for (uint32_t count = 0; count < RNG_QUEUE && rng_bytes(ring) != 0; count++) {
        uint32_t bytes;

        taken = queue_take(q, &h->monitor->memory, &d->chain);
        if (taken != QUEUE_TAKEN)
            break;
        bytes = rng_fill(ring, &d->chain, rng_bytes(ring));
        given += bytes;
        queue_put(q, d->chain.id, d->chain.slots, bytes);
    }
    if (taken == QUEUE_BAD)
        virtio_fail(d);
    if (given != 0)
        ops_device(d->index);
    if (!virtio_is_live(d))
        return;
    virtio_publish(d, q);
    queue_listen(q, rng_bytes(ring) != 0);
    if (rng_bytes(ring) != 0 && queue_has(q))
        d->again = true;
}
