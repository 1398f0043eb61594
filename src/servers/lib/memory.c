/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <lib/memory.h>

#include <stddef.h>

#define BLOCK_WORDS 8u
#define SHIFT_WORDS 8u
#define WORDS_WORTH 16u /* fewer bytes than that go one by one */

/* A word as the copy sees it, whatever type the memory has for others. */
typedef uint64_t word __attribute__((may_alias));

/* Or the compiler makes a call of the C library of a loop, which is how that library gets here. */
static void loop_stays(void)
{
    __asm__ volatile("" ::: "memory");
}

static uint64_t to_word(const void *at)
{
    return (0u - (uintptr_t)at) % sizeof(word);
}

static void bytes_copy(uint8_t *to, const uint8_t *from, uint64_t bytes)
{
    for (; bytes > 0; bytes--) {
        *to++ = *from++;
        loop_stays();
    }
}

/* Both are aligned. */
static void words_copy(word *to, const word *from, uint64_t words)
{
    for (; words >= BLOCK_WORDS; words -= BLOCK_WORDS, to += BLOCK_WORDS, from += BLOCK_WORDS) {
#pragma GCC unroll 8
        for (uint32_t i = 0; i < BLOCK_WORDS; i++)
            to[i] = from[i];
        loop_stays();
    }
    for (; words > 0; words--) {
        *to++ = *from++;
        loop_stays();
    }
}

/*
 * To a word's beginning, from within words: each is loaded once, and stored in two halves with its neighbour's. No word
 * is loaded of which a byte lies outside, so both ends are left to the caller. Returns how many bytes were copied.
 */
static uint64_t words_shift(word *to, const uint8_t *from, uint64_t bytes)
{
    const uint32_t high = 8u * (uint32_t)to_word(from);
    const uint32_t low = 64u - high;
    const word *f = (const word *)(const void *)(from + high / 8u);
    const uint64_t words = (bytes - high / 8u) / sizeof(word);
    uint64_t left = words;
    word half = 0;

    for (uint32_t i = 0; i < high / 8u; i++) /* the bytes that end the first word */
        half |= (word)from[i] << 8u * i;
    for (; left >= SHIFT_WORDS; left -= SHIFT_WORDS, to += SHIFT_WORDS, f += SHIFT_WORDS) {
#pragma GCC unroll 8
        for (uint32_t i = 0; i < SHIFT_WORDS; i++) {
            const word next = f[i];

            to[i] = half | next << high;
            half = next >> low;
        }
    }
    for (; left > 0; left--) {
        const word next = *f++;

        *to++ = half | next << high;
        half = next >> low;
    }
    return words * sizeof(word);
}

void memory_copy(uint8_t *to, const uint8_t *from, uint64_t bytes)
{
    if (bytes >= WORDS_WORTH) {
        const uint64_t head = to_word(to);
        uint64_t done;

        bytes_copy(to, from, head);
        to += head;
        from += head;
        bytes -= head;
        if (to_word(from) == 0) {
            done = bytes - bytes % sizeof(word);
            words_copy((word *)(void *)to, (const word *)(const void *)from, done / sizeof(word));
        } else {
            done = words_shift((word *)(void *)to, from, bytes);
        }
        to += done;
        from += done;
        bytes -= done;
    }
    bytes_copy(to, from, bytes);
}

static void bytes_fill(uint8_t *to, uint8_t byte, uint64_t bytes)
{
    for (; bytes > 0; bytes--) {
        *to++ = byte;
        loop_stays();
    }
}

void memory_fill(uint8_t *to, uint8_t byte, uint64_t bytes)
{
    const word all = byte * UINT64_C(0x0101010101010101);

    if (bytes >= WORDS_WORTH) {
        const uint64_t head = to_word(to);
        word *t = (word *)(void *)(to + head);

        bytes_fill(to, byte, head);
        bytes -= head;
        for (; bytes >= BLOCK_WORDS * sizeof(word); bytes -= BLOCK_WORDS * sizeof(word), t += BLOCK_WORDS) {
#pragma GCC unroll 8
            for (uint32_t i = 0; i < BLOCK_WORDS; i++)
                t[i] = all;
            loop_stays();
        }
        for (; bytes >= sizeof(word); bytes -= sizeof(word)) {
            *t++ = all;
            loop_stays();
        }
        to = (uint8_t *)t;
    }
    bytes_fill(to, byte, bytes);
}
