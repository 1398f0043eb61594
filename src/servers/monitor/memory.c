/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "memory.h"

#include <string.h>

#define BLOCK_WORDS 8u
#define BLOCK_BYTES (8u * BLOCK_WORDS)

/* A block as the copy sees it, whatever type the memory has for others. */
typedef uint64_t word __attribute__((may_alias));

static int memory_is_aligned(const void *at)
{
    return (uintptr_t)at % sizeof(word) == 0;
}

void memory_copy(uint8_t *to, const uint8_t *from, uint64_t bytes)
{
    if (memory_is_aligned(to) && memory_is_aligned(from)) {
        for (; bytes >= BLOCK_BYTES; bytes -= BLOCK_BYTES) {
            word *t = (word *)(void *)to;
            const word *f = (const word *)(const void *)from;

            for (uint32_t i = 0; i < BLOCK_WORDS; i++)
                t[i] = f[i];
            to += BLOCK_BYTES;
            from += BLOCK_BYTES;
            __asm__ volatile("" ::: "memory");
        }
    }
    memcpy(to, from, (size_t)bytes);
}

void memory_clear(uint8_t *to, uint64_t bytes)
{
    if (memory_is_aligned(to)) {
        for (; bytes >= BLOCK_BYTES; bytes -= BLOCK_BYTES) {
            word *t = (word *)(void *)to;

            for (uint32_t i = 0; i < BLOCK_WORDS; i++)
                t[i] = 0;
            to += BLOCK_BYTES;
            __asm__ volatile("" ::: "memory");
        }
    }
    memset(to, 0, (size_t)bytes);
}
