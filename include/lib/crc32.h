/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* CRC-32 as in IEEE 802.3 and zlib. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Goes on from `crc` (0 at first) over the bytes. */
uint32_t crc32_add(uint32_t crc, const void *data, size_t bytes);
