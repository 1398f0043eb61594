/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Eight bytes a step, by eight tables: guests' images are tens of megabytes, and boot waits for this. */
#include <lib/crc32.h>

#include <stdbool.h>

#define CRC_POLYNOMIAL 0xedb88320u

static uint32_t table[8][256];
static bool table_made;

static void table_make(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;

        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? CRC_POLYNOMIAL : 0);
        table[0][i] = crc;
    }
    for (uint32_t i = 0; i < 256; i++) {
        for (int k = 1; k < 8; k++)
            table[k][i] = (table[k - 1][i] >> 8) ^ table[0][table[k - 1][i] & 0xff];
    }
    table_made = true;
}

static uint32_t crc32_byte(uint32_t crc, uint8_t byte)
{
    return (crc >> 8) ^ table[0][(crc ^ byte) & 0xff];
}

uint32_t crc32_add(uint32_t crc, const void *data, size_t bytes)
{
    const uint8_t *at = data;

    if (!table_made)
        table_make();
    crc = ~crc;
    for (; bytes > 0 && (uintptr_t)at % sizeof(uint64_t) != 0; bytes--)
        crc = crc32_byte(crc, *at++);
    for (; bytes >= 8; bytes -= 8, at += 8) {
        uint64_t word;

        __builtin_memcpy(&word, __builtin_assume_aligned(at, sizeof word), sizeof word); /* a load, in the loader, too */
        word ^= crc;
        crc = table[7][word & 0xff] ^ table[6][(word >> 8) & 0xff] ^ table[5][(word >> 16) & 0xff] ^
              table[4][(word >> 24) & 0xff] ^ table[3][(word >> 32) & 0xff] ^ table[2][(word >> 40) & 0xff] ^
              table[1][(word >> 48) & 0xff] ^ table[0][word >> 56];
    }
    for (; bytes > 0; bytes--)
        crc = crc32_byte(crc, *at++);
    return ~crc;
}
