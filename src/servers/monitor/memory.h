/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The guest's memory as the monitor sees it. Every address that comes from the guest goes through memory_at. */
#pragma once

#include <lib/memory.h>

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
