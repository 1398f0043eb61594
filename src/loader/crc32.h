/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#pragma once

#include <stdint.h>

/* CRC-32 of IEEE 802.3, as in zlib. start: 0, or the CRC of what stands before. */
uint32_t crc32_of(uint32_t start, const uint8_t *byte, uint64_t bytes);
