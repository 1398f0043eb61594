/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "copy.h"

#include <septum/device.h>

#define SLICE_FRAMES 256

_Static_assert(SELF_VA_STAGING + (uint64_t)STAGING_BYTES * BUNDLE_GUESTS <= SELF_VA_FETCH_RING &&
                   SELF_VA_FETCH_RING + BLOCK_RING_FRAMES * FRAME_BYTES <= SELF_VA_COPY &&
                   SELF_VA_COPY + COPY_BYTES_MOST * BUNDLE_GUESTS <= SELF_VA_BUNDLE,
               "each has its own addresses");

static struct copy copy_at[BUNDLE_GUESTS];

struct copy *copy_new(void)
{
    for (uint32_t i = 0; i < BUNDLE_GUESTS; i++) {
        if (!copy_at[i].taken) {
            copy_at[i] = (struct copy){.taken = true};
            return &copy_at[i];
        }
    }
    return NULL;
}

static uint64_t copy_va(const struct copy *copy)
{
    return SELF_VA_COPY + COPY_BYTES_MOST * (uint64_t)(copy - copy_at);
}

uint8_t *copy_bytes(const struct copy *copy)
{
    return (uint8_t *)(uintptr_t)copy_va(copy);
}

const struct bundle *copy_bundle(const struct copy *copy)
{
    return (const struct bundle *)(uintptr_t)copy_va(copy);
}

/* Its tables are the manager's, and stay for the next one there. */
bool copy_grow(struct copy *copy, uint64_t bytes)
{
    const struct place self = {CAP_SELF, &self_estate};
    uint64_t frame;

    while (copy->frames * FRAME_BYTES < bytes) {
        if (!estate_take(&copy->estate, 1, 1, &frame) ||
            !place_map(&self, copy_va(copy) + copy->frames * FRAME_BYTES, frame, 0, MAP_READ | MAP_WRITE))
            return false;
        copy->frames++;
    }
    return true;
}

bool copy_drop(struct copy *copy)
{
    for (uint32_t i = 0; i < SLICE_FRAMES && copy->estate.count > 0; i++) {
        struct frame_run *last = &copy->estate.run[copy->estate.count - 1];
        const uint64_t frame = last->first + --last->count;

        sys_space_unmap(CAP_SELF, frame); /* one that could not be mapped is there without */
        pool_give(&pool, frame, 1);
        if (last->count == 0)
            copy->estate.count--;
    }
    copy->taken = copy->estate.count > 0;
    return !copy->taken;
}
