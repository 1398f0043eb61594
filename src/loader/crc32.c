/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "crc32.h"

#define POLYNOMIAL 0xedb88320u /* 0x04c11db7, lowest bit first */

uint32_t crc32_of(uint32_t start, const uint8_t *byte, uint64_t bytes)
{
    uint32_t table[256];
    for (uint32_t i = 0; i < 256; i++) {
        table[i] = i;
        for (int k = 0; k < 8; k++)
            table[i] = (table[i] >> 1) ^ ((table[i] & 1) != 0 ? POLYNOMIAL : 0);
    }
    uint32_t crc = ~start;
    for (uint64_t i = 0; i < bytes; i++)
        crc = (crc >> 8) ^ table[(crc ^ byte[i]) & 255];
    return ~crc;
}
