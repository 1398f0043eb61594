/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "fill.h"

#include <stddef.h>

_Static_assert((ENTROPY_BYTES & (ENTROPY_BYTES - 1)) == 0, "counters wrap where the ring does");

void fill_take(struct fill *fill, uint32_t client, struct entropy_ring *ring, uint64_t *given)
{
    struct fill_client *c = &fill->client[client];
    const uint32_t tail = __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);

    *c = (struct fill_client){ring, __atomic_load_n(&ring->head, __ATOMIC_RELAXED), given};
    if (c->head - tail > ENTROPY_BYTES)
        c->head = tail;
    __atomic_store_n(&ring->head, c->head, __ATOMIC_RELEASE);
    __atomic_store_n(&ring->state, (uint32_t)DEVICE_READY, __ATOMIC_RELEASE);
}

void fill_leave(struct fill *fill, uint32_t client)
{
    fill->client[client].ring = NULL;
}

/* A client whose tail cannot be right is closed. */
static bool has_room(struct fill *fill, uint32_t client, struct fill_round *round)
{
    struct fill_client *c = &fill->client[client];
    uint32_t used;

    if (c->ring == NULL)
        return false;
    used = c->head - __atomic_load_n(&c->ring->tail, __ATOMIC_ACQUIRE);
    if (used <= ENTROPY_BYTES)
        return ENTROPY_BYTES - used >= SOURCE_BLOCK;
    __atomic_store_n(&c->ring->state, (uint32_t)DEVICE_BROKEN, __ATOMIC_RELEASE);
    c->ring = NULL;
    round->broken |= UINT64_C(1) << client;
    return false;
}

static void put(struct fill_client *c, const uint8_t *block)
{
    for (uint32_t i = 0; i < SOURCE_BLOCK; i++)
        c->ring->bytes[(c->head + i) % ENTROPY_BYTES] = block[i];
    c->head += SOURCE_BLOCK;
    *c->given += SOURCE_BLOCK;
    __atomic_store_n(&c->ring->head, c->head, __ATOMIC_RELEASE);
}

/* The next client with room, round robin; DEVICE_CLIENTS: there is none. */
static uint32_t choose(struct fill *fill, struct fill_round *round)
{
    for (uint32_t i = 0; i < DEVICE_CLIENTS; i++) {
        const uint32_t client = (fill->next + i) % DEVICE_CLIENTS;

        if (has_room(fill, client, round))
            return client;
    }
    return DEVICE_CLIENTS;
}

struct fill_round fill_serve(struct fill *fill)
{
    struct fill_round round = {0, 0, false};
    uint8_t block[SOURCE_BLOCK];
    enum virtqueue_news news = VIRTQUEUE_DONE;

    while (news == VIRTQUEUE_DONE) {
        const uint32_t client = choose(fill, &round);

        if (client == DEVICE_CLIENTS)
            break;
        news = source_take(fill->source, block);
        if (news != VIRTQUEUE_DONE)
            break;
        put(&fill->client[client], block);
        round.bells |= UINT64_C(1) << client;
        fill->next = (client + 1) % DEVICE_CLIENTS;
    }
    round.failed = news == VIRTQUEUE_BROKEN;
    return round;
}
