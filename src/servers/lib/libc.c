/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What the compiler calls, and programs do, in the place of the C library's own. */
#include <lib/memory.h>

#include <string.h>

__attribute__((used)) void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
    memory_copy(to, from, bytes);
    return to;
}

__attribute__((used)) void *memset(void *to, int byte, size_t bytes)
{
    memory_fill(to, (uint8_t)byte, bytes);
    return to;
}
