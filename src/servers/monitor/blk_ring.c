/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The server may write its half of the ring at any time, and may be hostile: what it says is read once and checked. What
 * it can spoil is the disk that it serves anyway.
 */
#include "blk_ring.h"

#include "ops.h"

#include <string.h>

/* Is the present stage of a request one flush? */
static bool ring_is_flush(const struct blk_request *r)
{
    return r->stage == BLK_FLUSHING || r->op == BLOCK_FLUSH;
}

static bool ring_has_part(const struct blk_request *r)
{
    return ring_is_flush(r) ? !r->flush_put : r->put < r->bytes;
}

static void ring_wait(struct blk *b, const struct blk_request *r)
{
    b->waiting[b->waiting_count++] = (uint8_t)(r - b->request);
}

static void ring_wait_no_more(struct blk *b, uint32_t request)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < b->waiting_count; i++) {
        if (b->waiting[i] != request)
            b->waiting[kept++] = b->waiting[i];
    }
    b->waiting_count = kept;
}

void blk_ring_forget(struct blk *b, uint32_t request)
{
    ring_wait_no_more(b, request);
    for (uint32_t i = 0; i < BLOCK_SLOTS; i++) {
        if (b->slot[i].request == request)
            b->slot[i].request = BLK_NONE;
    }
}

/* Hands a slot's request to the server, with its data. */
static void ring_send(struct virtio_device *d, uint32_t slot)
{
    struct blk *b = &d->model.blk;
    const struct blk_slot *s = &b->slot[slot];
    struct block_ring *ring = blk_ring(d);

    if (s->asked.op == BLOCK_WRITE)
        pieces_read(b->request[s->request].data, s->offset, ring->data[slot], s->asked.bytes);
    ring->request[b->asked % BLOCK_SLOTS] = s->asked;
    b->asked++;
}

/* Lets the server see what was sent. */
static void ring_show(struct virtio_device *d)
{
    __atomic_store_n(&blk_ring(d)->asked, d->model.blk.asked, __ATOMIC_RELEASE);
    ops_device(d->index);
}

/* A part of a request, for a slot that is free. */
static void ring_part(struct virtio_device *d, uint32_t slot, uint32_t request)
{
    struct blk_request *r = &d->model.blk.request[request];
    struct blk_slot *s = &d->model.blk.slot[slot];
    uint64_t bytes = r->bytes - r->put;

    *s = (struct blk_slot){.busy = true, .request = (uint8_t)request, .offset = r->put};
    if (ring_is_flush(r)) {
        s->asked = (struct block_request){.op = BLOCK_FLUSH, .slot = slot};
        r->flush_put = true;
    } else {
        if (bytes > BLOCK_SLOT_BYTES && (r->op == BLOCK_READ || r->op == BLOCK_WRITE))
            bytes = BLOCK_SLOT_BYTES;
        s->asked = (struct block_request){r->op, slot, r->first + r->put, bytes};
        r->put += bytes;
    }
    r->parts++;
    ring_send(d, slot);
}

void blk_ring_put(struct virtio_device *d)
{
    struct blk *b = &d->model.blk;
    bool sent = false;

    if (b->epoch == 0)
        return;
    for (uint32_t slot = 0; slot < BLOCK_SLOTS && b->waiting_count > 0; slot++) {
        uint32_t request = b->waiting[0];

        if (b->slot[slot].busy)
            continue;
        ring_part(d, slot, request);
        sent = true;
        if (!ring_has_part(&b->request[request]))
            ring_wait_no_more(b, request);
    }
    if (sent)
        ring_show(d);
}

/* All parts have been answered. Without FLUSH the driver takes what is written to be safe. [virtio 1.2 5.2.6.2] */
static void ring_done(struct virtio_device *d, struct blk_request *r)
{
    if (r->status == BLK_S_OK && r->op == BLOCK_WRITE && r->stage == BLK_PARTS && !virtio_has(d, BLK_F_FLUSH)) {
        r->stage = BLK_FLUSHING;
        ring_wait(&d->model.blk, r);
    } else {
        if (r->status == BLK_S_OK && r->op == BLOCK_READ)
            r->written = r->bytes;
        blk_finish(d, r, r->status);
    }
}

static void ring_answer(struct virtio_device *d, uint32_t slot, uint32_t status)
{
    struct blk *b = &d->model.blk;
    struct blk_slot *s = &b->slot[slot];
    struct blk_request *r;

    s->busy = false;
    if (s->request == BLK_NONE)
        return;
    r = &b->request[s->request];
    r->parts--;
    if (status != BLOCK_OK) {
        r->status = status == BLOCK_UNSUPPORTED ? BLK_S_UNSUPP : BLK_S_IOERR;
        ring_wait_no_more(b, s->request);
        r->put = r->bytes;
    } else if (s->asked.op == BLOCK_READ) {
        pieces_write(r->data, s->offset, blk_ring(d)->data[slot], s->asked.bytes);
    }
    if (r->parts == 0 && !ring_has_part(r))
        ring_done(d, r);
}

/* Answers to what nobody asked are passed over. */
static void ring_answers(struct virtio_device *d)
{
    struct blk *b = &d->model.blk;
    struct block_ring *ring = blk_ring(d);
    uint32_t served = __atomic_load_n(&ring->served, __ATOMIC_ACQUIRE);

    if (served - b->taken > BLOCK_SLOTS)
        b->silent = true; /* against the rules, or the server is starting again */
    if (b->silent || served == b->taken)
        return;
    for (; b->taken != served; b->taken++) {
        const struct block_answer *answer = &ring->answer[b->taken % BLOCK_SLOTS];
        uint32_t slot = __atomic_load_n(&answer->slot, __ATOMIC_RELAXED);

        if (slot < BLOCK_SLOTS && b->slot[slot].busy)
            ring_answer(d, slot, __atomic_load_n(&answer->status, __ATOMIC_RELAXED));
    }
    __atomic_store_n(&ring->taken, b->taken, __ATOMIC_RELEASE);
}

/* Puts all again that the server's predecessor had: it may have done some of it, but nobody heard. */
static void ring_repeat(struct virtio_device *d)
{
    struct blk *b = &d->model.blk;

    for (uint32_t i = 0; i < BLOCK_SLOTS; i++) {
        b->slot[i].busy = b->slot[i].busy && b->slot[i].request != BLK_NONE;
        if (b->slot[i].busy)
            ring_send(d, i);
    }
    ring_show(d);
}

/*
 * The server has started. It wrote its epoch before its state, so the state is read behind it. It takes nothing before
 * it sees its epoch with us, so both counters begin at 0.
 */
static bool ring_start(struct virtio_device *d)
{
    struct blk *b = &d->model.blk;
    struct block_ring *ring = blk_ring(d);
    uint32_t epoch = __atomic_load_n(&ring->epoch, __ATOMIC_ACQUIRE);
    uint64_t bytes;
    uint32_t flags;
    bool other;

    if (__atomic_load_n(&ring->state, __ATOMIC_ACQUIRE) != DEVICE_READY || epoch == b->epoch)
        return false;
    bytes = __atomic_load_n(&ring->bytes, __ATOMIC_RELAXED) & ~(uint64_t)(BLOCK_SECTOR - 1u);
    flags = __atomic_load_n(&ring->flags, __ATOMIC_RELAXED);
    other = bytes != b->disk_bytes || flags != b->server_flags;
    b->disk_bytes = bytes;
    b->server_flags = flags;
    b->epoch = epoch;
    b->asked = 0;
    b->taken = 0;
    b->silent = false;
    ring->asked = 0;
    ring->taken = 0;
    __atomic_store_n(&ring->epoch_seen, epoch, __ATOMIC_RELEASE);
    ring_repeat(d);
    return other;
}

bool blk_ring_news(struct virtio_device *d)
{
    bool other = ring_start(d);

    ring_answers(d);
    return other;
}
