/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The free frames of the manager, as a sorted list of runs. Guest memory is taken in runs of 2 MiB chunks from the
 * largest run, single frames from the smallest, so that the large ones stay whole.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define POOL_RUNS    512
#define CHUNK_FRAMES 512u /* 2 MiB */

struct frame_run {
    uint64_t first;
    uint64_t count;
};

struct frame_pool {
    uint32_t count;
    uint64_t free; /* frames in all runs */
    struct frame_run run[POOL_RUNS];
};

/* Takes one run into the pool; false: no room for one more run, or it overlaps what is free; nothing changed. */
bool pool_give(struct frame_pool *pool, uint64_t first, uint64_t count);

/* Takes `count` neighbouring frames whose first is a multiple of `align` (a power of two); false: there are none. */
bool pool_take(struct frame_pool *pool, uint64_t count, uint64_t align, uint64_t *first);

/* Takes up to `most` neighbouring aligned chunks of 2 MiB; count 0: there is none. Counts are in frames. */
struct frame_run pool_take_chunks(struct frame_pool *pool, uint64_t most);

/* How many aligned chunks of 2 MiB are free. */
uint64_t pool_chunks(const struct frame_pool *pool);
