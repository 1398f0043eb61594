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

/*
 * To a word's beginning, from within words: each is loaded once, and stored in two halves with its neighbour's. No word
 * is loaded of which a byte lies outside, so both ends are left to the caller. Returns how many bytes were copied.
 */
static uint64_t memory_shift(uint8_t *to, const uint8_t *from, uint64_t bytes)
{
    uint32_t low = 8u * (uint32_t)((uintptr_t)from % sizeof(word));
    uint32_t high = 64u - low;
    const word *f = (const word *)(const void *)(from + high / 8u);
    word *t = (word *)(void *)to;
    uint64_t done = 0;
    word left = 0;

    memcpy(&left, from, high / 8u); /* the bytes that end the first word */
    for (; bytes - done >= high / 8u + sizeof(word); done += sizeof(word)) {
        word next = *f++;

        *t++ = left | next << high;
        left = next >> low;
    }
    return done;
}

void memory_copy(uint8_t *to, const uint8_t *from, uint64_t bytes)
{
    uint64_t head = (0u - (uintptr_t)to) % sizeof(word);

    if (bytes >= BLOCK_BYTES && head != 0) {
        memcpy(to, from, (size_t)head);
        to += head;
        from += head;
        bytes -= head;
    }
    if (bytes >= BLOCK_BYTES && !memory_is_aligned(from)) {
        uint64_t done = memory_shift(to, from, bytes);

        to += done;
        from += done;
        bytes -= done;
    }
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
