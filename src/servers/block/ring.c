/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "ring.h"

#include <string.h>

void ring_open(struct block_ring *ring, struct ring_place *place, const struct ring_about *about)
{
    uint32_t epoch = __atomic_load_n(&ring->epoch, __ATOMIC_RELAXED) + 1;

    if (epoch == 0)
        epoch = 1;
    *place = (struct ring_place){0, 0, epoch, 0};
    __atomic_store_n(&ring->state, DEVICE_WAIT, __ATOMIC_SEQ_CST);
    __atomic_store_n(&ring->served, 0, __ATOMIC_SEQ_CST);
    ring->bytes = about->bytes;
    ring->flags = about->flags;
    memset(ring->id, 0, sizeof ring->id);
    for (uint32_t i = 0; i < sizeof ring->id && about->id[i] != '\0'; i++)
        ring->id[i] = about->id[i];
    __atomic_store_n(&ring->epoch, epoch, __ATOMIC_SEQ_CST);
    __atomic_store_n(&ring->state, DEVICE_READY, __ATOMIC_SEQ_CST);
}

void ring_break(struct block_ring *ring)
{
    __atomic_store_n(&ring->state, DEVICE_BROKEN, __ATOMIC_SEQ_CST);
}

static void request_read(const struct block_request *from, struct block_request *to)
{
    to->op = __atomic_load_n(&from->op, __ATOMIC_RELAXED);
    to->slot = __atomic_load_n(&from->slot, __ATOMIC_RELAXED);
    to->offset = __atomic_load_n(&from->offset, __ATOMIC_RELAXED);
    to->bytes = __atomic_load_n(&from->bytes, __ATOMIC_RELAXED);
}

enum ring_news ring_take(struct block_ring *ring, struct ring_place *place, struct block_request *request)
{
    uint32_t asked;

    if (__atomic_load_n(&ring->epoch_seen, __ATOMIC_ACQUIRE) != place->epoch)
        return RING_NOTHING;
    asked = __atomic_load_n(&ring->asked, __ATOMIC_ACQUIRE);
    if (asked == place->begun)
        return RING_NOTHING;
    if (asked - place->begun > BLOCK_SLOTS)
        return RING_BROKEN;
    request_read(&ring->request[place->begun % BLOCK_SLOTS], request);
    if (request->slot >= BLOCK_SLOTS || (place->busy >> request->slot & 1u) != 0)
        return RING_BROKEN;
    place->begun++;
    place->busy |= 1u << request->slot;
    return RING_REQUEST;
}

void ring_answer(struct block_ring *ring, struct ring_place *place, uint32_t slot, enum block_status status)
{
    struct block_answer *answer = &ring->answer[place->served % BLOCK_SLOTS];

    __atomic_store_n(&answer->slot, slot, __ATOMIC_RELAXED);
    __atomic_store_n(&answer->status, (uint32_t)status, __ATOMIC_RELAXED);
    place->busy &= ~(1u << slot);
    place->served++;
    __atomic_store_n(&ring->served, place->served, __ATOMIC_RELEASE);
}

void ring_count(uint64_t *counter, uint32_t op, uint64_t bytes, enum block_status status)
{
    if (status != BLOCK_OK) {
        counter[COUNT_ERRORS]++;
    } else if (op == BLOCK_READ) {
        counter[COUNT_READS]++;
        counter[COUNT_READ_BYTES] += bytes;
    } else if (op == BLOCK_FLUSH) {
        counter[COUNT_FLUSHES]++;
    } else {
        counter[COUNT_WRITES]++;
        counter[COUNT_WRITTEN_BYTES] += bytes;
    }
}

static bool lies_within(const struct block_request *r, uint64_t bytes)
{
    return r->offset % BLOCK_SECTOR == 0 && r->bytes % BLOCK_SECTOR == 0 && r->offset <= bytes &&
           r->bytes <= bytes - r->offset;
}

enum block_status ring_judge(const struct block_request *r, const struct ring_about *about)
{
    const bool read_only = (about->flags & BLOCK_FLAG_READ_ONLY) != 0;

    switch (r->op) {
    case BLOCK_READ:
        return lies_within(r, about->bytes) && r->bytes > 0 && r->bytes <= BLOCK_SLOT_BYTES ? BLOCK_OK : BLOCK_IO_ERROR;
    case BLOCK_WRITE:
        return !read_only && lies_within(r, about->bytes) && r->bytes > 0 && r->bytes <= BLOCK_SLOT_BYTES
                   ? BLOCK_OK
                   : BLOCK_IO_ERROR;
    case BLOCK_FLUSH:
        return BLOCK_OK;
    case BLOCK_DISCARD:
        return (about->flags & BLOCK_FLAG_DISCARD) == 0 ? BLOCK_UNSUPPORTED
               : lies_within(r, about->bytes)           ? BLOCK_OK
                                                        : BLOCK_IO_ERROR;
    case BLOCK_ZEROES:
        return (about->flags & BLOCK_FLAG_ZEROES) == 0 ? BLOCK_UNSUPPORTED
               : lies_within(r, about->bytes)          ? BLOCK_OK
                                                       : BLOCK_IO_ERROR;
    default:
        return BLOCK_UNSUPPORTED;
    }
}
