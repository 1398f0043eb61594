/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Copies and fills a word at a time, whatever the alignment: picolibc's own go byte by byte, and rings and guests have
 * hundreds of mebibytes. Servers' memcpy and memset are these (src/servers/lib/libc.c).
 */
#pragma once

#include <stdint.h>

/* Each word of `from` is loaded once, and none of which a byte lies outside. */
void memory_copy(uint8_t *to, const uint8_t *from, uint64_t bytes);
void memory_fill(uint8_t *to, uint8_t byte, uint64_t bytes);
