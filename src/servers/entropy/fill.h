/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The clients' rings (struct entropy_ring), which are kept full. The other side is a monitor that somebody may speak
 * through: its one word is read once and checked, the server's own counter is kept outside, and what breaks the rules
 * closes that ring and no other. Blocks go round robin, so that a client that empties its ring leaves the others theirs.
 */
#pragma once

#include "source.h"

#include <septum/device.h>

struct fill_client {
    struct entropy_ring *ring; /* NULL: it has none, or it was closed */
    uint32_t head;
    uint64_t *given; /* bytes, for the operator */
};

struct fill {
    struct source *source;
    uint32_t next; /* who gets the next block */
    struct fill_client client[DEVICE_CLIENTS];
};

/* What a round did. Bits count clients. */
struct fill_round {
    uint64_t bells;  /* there is something new in their rings */
    uint64_t broken; /* closed in this round */
    bool failed;     /* the device breaks the rules: the source gives nothing any more */
};

/* The client's ring is there. What an earlier life of the server left in it stays, if it can be right. */
void fill_take(struct fill *fill, uint32_t client, struct entropy_ring *ring, uint64_t *given);
void fill_leave(struct fill *fill, uint32_t client); /* touches its ring no more */

/* Blocks until all rings are full or the source has none. */
struct fill_round fill_serve(struct fill *fill);
