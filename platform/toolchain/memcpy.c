/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* For the kernel that clang makes (COMPILER=clang); the one that gcc makes needs none. */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t bytes);

void *memcpy(void *to, const void *from, size_t bytes)
{
	uint8_t *at = to;
	const uint8_t *byte = from;
	for (size_t i = 0; i < bytes; i++)
		at[i] = byte[i];
	return to;
}
