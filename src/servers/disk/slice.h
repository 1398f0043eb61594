/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Guests' disks that are slices of the machine's. A client's request counts from its slice's first sector and was held
 * against the slice's size before the disk hears of it: that is all that keeps one guest's sectors from another. One thread
 * runs all of it, in rounds, and nothing waits within a round. Pure but for world_….
 */
#pragma once

#include "block/client.h"
#include "block/ring.h"
#include "drive.h"

#include <stddef.h>

#define SLICE_BATCH     4u /* requests that a client may put to the disk in one round */
#define SLICE_UNDER_WAY 8u /* and have under way, so that one client never takes all chains */

enum job_step {
    JOB_FREE,
    JOB_READY, /* its next piece is to be asked for */
    JOB_ASKED, /* the disk has it */
};

struct job {
    uint8_t step; /* enum job_step */
    uint32_t op;  /* enum block_op */
    uint64_t offset;
    uint64_t bytes;
    uint64_t done;
    uint64_t asked; /* bytes of the piece that is under way */
};

enum slice_state {
    SLICE_NONE,    /* no client */
    SLICE_OPEN,
    SLICE_CLOSED,  /* its ring is; the client is still there */
    SLICE_LEAVING, /* the client goes: what touches the ring is waited for */
};

struct slice {
    uint8_t state; /* enum slice_state */
    uint32_t number;
    char guest[BUNDLE_NAME_BYTES];
    uint64_t first; /* sector */
    uint64_t count;
    struct block_ring *ring;
    uint64_t ring_address; /* as the device has it */
    struct ring_place place;
    uint32_t flags;     /* BLOCK_FLAG_… */
    uint32_t wanted;    /* the odd value of the link that it serves */
    uint32_t under_way; /* its requests that the disk has */
    uint32_t batch;     /* those that it put in this round */
    uint32_t turn;      /* the job that is first in the next round */
    uint32_t ready;     /* bits of the jobs that are JOB_READY */
    uint32_t complaints;
    bool bell; /* the client is to be told */
    struct job job[BLOCK_SLOTS];
};

struct slices {
    struct drive *drive;
    struct device_link *link;
    const char *lack; /* why no slice can be served, as "the machine's disk LACK"; NULL: they can */
    uint32_t used;    /* clients from there on were never there */
    uint32_t first;   /* client of the next round */
    struct slice slice[DEVICE_CLIENTS];
};

/* What a round did. */
struct slices_round {
    bool moved;    /* there may be more to do at once */
    bool answered; /* the disk has answered something */
    bool failed;   /* it broke the rules */
};

void slices_start(struct slices *s, struct drive *drive, struct device_link *link, const char *lack);
void slices_links(struct slices *s); /* the link has news: rounds look at the clients that it tells of */
struct slices_round slices_round(struct slices *s);
