/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "pool.h"

#include <string.h>

static uint64_t align_up(uint64_t x, uint64_t align)
{
    return (x + align - 1) & ~(align - 1);
}

static void run_remove(struct frame_pool *pool, uint32_t at)
{
    pool->count--;
    memmove(&pool->run[at], &pool->run[at + 1], (pool->count - at) * sizeof pool->run[0]);
}

static void run_insert(struct frame_pool *pool, uint32_t at, uint64_t first, uint64_t count)
{
    memmove(&pool->run[at + 1], &pool->run[at], (pool->count - at) * sizeof pool->run[0]);
    pool->run[at] = (struct frame_run){first, count};
    pool->count++;
}

bool pool_give(struct frame_pool *pool, uint64_t first, uint64_t count)
{
    uint32_t at = 0;
    bool joins_left;
    bool joins_right;

    if (count == 0)
        return true;
    while (at < pool->count && pool->run[at].first < first)
        at++;
    if (at > 0 && pool->run[at - 1].first + pool->run[at - 1].count > first)
        return false;
    if (at < pool->count && first + count > pool->run[at].first)
        return false;
    joins_left = at > 0 && pool->run[at - 1].first + pool->run[at - 1].count == first;
    joins_right = at < pool->count && first + count == pool->run[at].first;
    if (!joins_left && !joins_right && pool->count == POOL_RUNS)
        return false;
    pool->free += count;
    if (joins_left && joins_right) {
        pool->run[at - 1].count += count + pool->run[at].count;
        run_remove(pool, at);
    } else if (joins_left) {
        pool->run[at - 1].count += count;
    } else if (joins_right) {
        pool->run[at].first = first;
        pool->run[at].count += count;
    } else {
        run_insert(pool, at, first, count);
    }
    return true;
}

/* Cuts [first, first + count) out of run `at`, which holds it. */
static bool run_cut(struct frame_pool *pool, uint32_t at, uint64_t first, uint64_t count)
{
    struct frame_run *run = &pool->run[at];
    uint64_t before = first - run->first;
    uint64_t after = run->count - before - count;

    if (before > 0 && after > 0 && pool->count == POOL_RUNS)
        return false;
    pool->free -= count;
    if (before > 0 && after > 0) {
        run->count = before;
        run_insert(pool, at + 1, first + count, after);
    } else if (before > 0) {
        run->count = before;
    } else if (after > 0) {
        *run = (struct frame_run){first + count, after};
    } else {
        run_remove(pool, at);
    }
    return true;
}

bool pool_take(struct frame_pool *pool, uint64_t count, uint64_t align, uint64_t *first)
{
    uint32_t best = POOL_RUNS;

    for (uint32_t i = 0; i < pool->count; i++) {
        const struct frame_run *run = &pool->run[i];
        uint64_t skip = align_up(run->first, align) - run->first;

        if (run->count < count || run->count - count < skip)
            continue;
        if (best == POOL_RUNS || run->count < pool->run[best].count)
            best = i;
    }
    if (best == POOL_RUNS)
        return false;
    *first = align_up(pool->run[best].first, align);
    return run_cut(pool, best, *first, count);
}

static uint64_t chunks_in(const struct frame_run *run)
{
    uint64_t skip = align_up(run->first, CHUNK_FRAMES) - run->first;

    return run->count > skip ? (run->count - skip) / CHUNK_FRAMES : 0;
}

struct frame_run pool_take_chunks(struct frame_pool *pool, uint64_t most)
{
    uint32_t best = 0;
    struct frame_run taken = {0, 0};
    uint64_t chunks;

    for (uint32_t i = 1; i < pool->count; i++) {
        if (chunks_in(&pool->run[i]) > chunks_in(&pool->run[best]))
            best = i;
    }
    if (pool->count == 0)
        return taken;
    chunks = chunks_in(&pool->run[best]);
    if (chunks > most)
        chunks = most;
    if (chunks == 0)
        return taken;
    taken.first = align_up(pool->run[best].first, CHUNK_FRAMES);
    taken.count = chunks * CHUNK_FRAMES;
    if (!run_cut(pool, best, taken.first, taken.count))
        taken.count = 0;
    return taken;
}

uint64_t pool_chunks(const struct frame_pool *pool)
{
    uint64_t chunks = 0;

    for (uint32_t i = 0; i < pool->count; i++)
        chunks += chunks_in(&pool->run[i]);
    return chunks;
}
