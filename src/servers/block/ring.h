/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The server's side of a block ring (septum/device.h), of the block and of the disk server. The other side is a monitor
 * that somebody may speak through: each of its words is read once, checked, and then used; what breaks the rules closes
 * that ring and no other.
 */
#pragma once

#include <septum/device.h>

#include <stdbool.h>

struct ring_place {
    uint32_t begun;  /* requests taken in this epoch */
    uint32_t served; /* answers put in it */
    uint32_t epoch;
    uint32_t busy; /* bit i: slot i has a request that is not answered */
};

struct ring_about { /* what the client is told of its disk */
    uint64_t bytes;
    uint32_t flags; /* BLOCK_FLAG_… */
    const char *id; /* at most sizeof(struct block_ring).id bytes of it are taken */
};

/* What the server counts of a client, as its link says (septum/device.h). */
enum block_counter { COUNT_READS, COUNT_READ_BYTES, COUNT_WRITES, COUNT_WRITTEN_BYTES, COUNT_FLUSHES, COUNT_ERRORS };

enum ring_news { RING_NOTHING, RING_REQUEST, RING_BROKEN };

/* A new epoch begins: the client puts what was under way again. */
void ring_open(struct block_ring *ring, struct ring_place *place, const struct ring_about *about);
/* The disk cannot be used (any more): the client answers its guest with errors. */
void ring_break(struct block_ring *ring);

/* The next request, in a slot that was not busy; *request is a copy. RING_BROKEN: a counter or a slot cannot be right. */
enum ring_news ring_take(struct block_ring *ring, struct ring_place *place, struct block_request *request);
void ring_answer(struct block_ring *ring, struct ring_place *place, uint32_t slot, enum block_status status);

/* A request is over: it counts, in the client's counters. */
void ring_count(uint64_t *counter, uint32_t op, uint64_t bytes, enum block_status status);

/* BLOCK_OK: the request can be done on such a disk; else what to answer. */
enum block_status ring_judge(const struct block_request *request, const struct ring_about *about);
