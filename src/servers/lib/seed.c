/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <lib/seed.h>

#include <string.h>

#define WORDS  16u
#define ROUNDS 20u

static uint32_t rotate(uint32_t x, uint32_t bits)
{
    return x << bits | x >> (32u - bits);
}

static void quarter(uint32_t *s, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    s[a] += s[b];
    s[d] = rotate(s[d] ^ s[a], 16);
    s[c] += s[d];
    s[b] = rotate(s[b] ^ s[c], 12);
    s[a] += s[b];
    s[d] = rotate(s[d] ^ s[a], 8);
    s[c] += s[d];
    s[b] = rotate(s[b] ^ s[c], 7);
}

/* A column round and a diagonal round at a time. [RFC 8439 §2.3] */
static void rounds(uint32_t *s)
{
    for (uint32_t i = 0; i < ROUNDS; i += 2) {
        for (uint32_t n = 0; n < 4; n++)
            quarter(s, n, 4 + n, 8 + n, 12 + n);
        for (uint32_t n = 0; n < 4; n++)
            quarter(s, n, 4 + (n + 1) % 4, 8 + (n + 2) % 4, 12 + (n + 3) % 4);
    }
}

/* The block of that key with counter and nonce zero: each key makes one block only. */
static void block(const uint8_t *key, uint8_t *to)
{
    static const uint8_t name[] = "expand 32-byte k";
    uint32_t first[WORDS] = {0};
    uint32_t s[WORDS];

    for (uint32_t i = 0; i < 4; i++)
        first[i] = name[4 * i] | (uint32_t)name[4 * i + 1] << 8 | (uint32_t)name[4 * i + 2] << 16 |
                   (uint32_t)name[4 * i + 3] << 24;
    for (uint32_t i = 0; i < 8; i++)
        first[4 + i] = key[4 * i] | (uint32_t)key[4 * i + 1] << 8 | (uint32_t)key[4 * i + 2] << 16 |
                       (uint32_t)key[4 * i + 3] << 24;
    memcpy(s, first, sizeof s);
    rounds(s);
    for (uint32_t i = 0; i < 4 * WORDS; i++)
        to[i] = (uint8_t)((s[i / 4] + first[i / 4]) >> 8 * (i % 4));
}

bool seed_take(struct seed *seed, uint8_t *to)
{
    uint8_t bytes[4 * WORDS];

    _Static_assert(sizeof bytes == 2 * SEED_BYTES, "a block is a new key and what is given out");
    if (!seed->there)
        return false;
    block(seed->key, bytes);
    memcpy(seed->key, bytes, SEED_BYTES);
    memcpy(to, bytes + SEED_BYTES, SEED_BYTES);
    return true;
}
