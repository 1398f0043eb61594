/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "blk_server.h"

#include "exits.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

void blk_server_start(struct blk_server *s, uint32_t device)
{
    struct block_ring *ring = world_ring(device);

    s->ring = ring;
    s->consumed = 0;
    ring->state = DEVICE_WAIT;
    ring->served = 0;
    ring->bytes = DISK_BYTES;
    ring->flags = BLOCK_FLAG_DISCARD | BLOCK_FLAG_ZEROES;
    memcpy(ring->id, "web-disk.img........", sizeof ring->id);
    ring->epoch++;
    ring->state = DEVICE_READY;
    blk_server_bell();
}

/* What a request says is in order: a monitor that puts anything else is broken. */
static void check(const struct block_request *r)
{
    if (r->slot >= BLOCK_SLOTS || r->offset % BLOCK_SECTOR != 0 || r->bytes % BLOCK_SECTOR != 0 ||
        r->offset > DISK_BYTES || r->bytes > DISK_BYTES - r->offset || r->op < BLOCK_READ || r->op > BLOCK_ZEROES ||
        (r->op <= BLOCK_WRITE && (r->bytes > BLOCK_SLOT_BYTES || r->bytes == 0)) ||
        (r->op == BLOCK_FLUSH && r->bytes != 0))
        abort();
}

static void carry_out(struct blk_server *s, const struct block_request *r)
{
    uint8_t *at = s->disk + r->offset;

    switch ((enum block_op)r->op) {
    case BLOCK_READ: memcpy(s->ring->data[r->slot], at, r->bytes); break;
    case BLOCK_WRITE: memcpy(at, s->ring->data[r->slot], r->bytes); break;
    case BLOCK_FLUSH: s->flushes++; break;
    case BLOCK_DISCARD: memset(at, 0xdd, r->bytes); break;
    case BLOCK_ZEROES: memset(at, 0, r->bytes); break;
    }
}

uint32_t blk_server_serve(struct blk_server *s, uint32_t most, int backwards)
{
    struct block_ring *ring = s->ring;
    uint32_t count = ring->epoch_seen == ring->epoch ? ring->asked - s->consumed : 0;

    if (count > BLOCK_SLOTS)
        abort();
    if (count > most)
        count = most;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t n = backwards ? s->consumed + count - 1 - i : s->consumed + i;
        struct block_request r = ring->request[n % BLOCK_SLOTS];

        check(&r);
        if (s->answer_with == 0)
            carry_out(s, &r);
        ring->answer[ring->served % BLOCK_SLOTS] = (struct block_answer){r.slot, s->answer_with};
        ring->served++;
        s->requests++;
    }
    s->consumed += count;
    if (count != 0)
        blk_server_bell();
    return count;
}

void blk_server_bell(void)
{
    if (exits_serve(&world.monitor.hart[0], EXIT_NOTIFIED, MONITOR_BIT_DEVICE) != SBI_RETURN)
        abort();
}
