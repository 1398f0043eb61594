/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The guest's memory as the monitor sees it. Every address that comes from the guest goes through memory_at. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct memory {
    uint8_t *base;  /* where the monitor sees the first byte */
    uint64_t first; /* its guest-physical address */
    uint64_t bytes;
};

/* The monitor's view of bytes from gpa on, or NULL if any of them lies outside. */
static inline uint8_t *memory_at(const struct memory *m, uint64_t gpa, uint64_t bytes)
{
    if (gpa < m->first || bytes > m->bytes || gpa - m->first > m->bytes - bytes)
        return NULL;
    return m->base + (gpa - m->first);
}

/*
 * Copies, clears: a word at a time, because the C library's own go byte by byte where not all is aligned, and a guest has
 * hundreds of mebibytes. The barriers keep the compiler from calling the library for it after all.
 */
void memory_copy(uint8_t *to, const uint8_t *from, uint64_t bytes);
void memory_clear(uint8_t *to, uint64_t bytes);
