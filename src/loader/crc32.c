/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "crc32.h"

#define POLYNOMIAL 0xedb88320u /* 0x04c11db7, lowest bit first */

uint32_t crc32_of(uint32_t start, const uint8_t *byte, uint64_t bytes)
{
    uint32_t nibble[16];
    for (uint32_t i = 0; i < 16; i++) {
        nibble[i] = i;
        for (int k = 0; k < 4; k++)
            nibble[i] = (nibble[i] >> 1) ^ ((nibble[i] & 1) != 0 ? POLYNOMIAL : 0);
    }
    uint32_t crc = ~start;
    for (uint64_t i = 0; i < bytes; i++) {
        crc ^= byte[i];
        crc = (crc >> 4) ^ nibble[crc & 15];
        crc = (crc >> 4) ^ nibble[crc & 15];
    }
    return ~crc;
}
