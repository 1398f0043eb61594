/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The guest's memory as the monitor sees it. Every address that comes from the guest goes through memory_at. */
#pragma once

#include <lib/memory.h>
#include <septum/abi.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEMORY_NO_FRAME UINT32_MAX

struct memory {
    uint8_t *base;  /* where the monitor sees the first byte */
    uint64_t first; /* its guest-physical address */
    uint64_t bytes;
    const uint32_t *frame; /* of each page, or MEMORY_NO_FRAME; NULL: all pages are there (pages.h) */
};

/* Are the pages of those bytes there? */
static inline bool memory_has(const struct memory *m, uint64_t offset, uint64_t bytes)
{
    for (uint64_t page = offset / FRAME_BYTES; page * FRAME_BYTES < offset + bytes; page++) {
        if (m->frame[page] == MEMORY_NO_FRAME)
            return false;
    }
    return true;
}

/* The monitor's view of bytes from gpa on, or NULL if any of them lies outside, or in a page that the guest gave up. */
static inline uint8_t *memory_at(const struct memory *m, uint64_t gpa, uint64_t bytes)
{
    if (gpa < m->first || bytes > m->bytes || gpa - m->first > m->bytes - bytes)
        return NULL;
    if (__builtin_expect(m->frame != NULL, 0) && !memory_has(m, gpa - m->first, bytes))
        return NULL;
    return m->base + (gpa - m->first);
}
