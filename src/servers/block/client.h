/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* How a server of block rings reaches its clients: client.c, or a test's world. */
#pragma once

#include <septum/device.h>

#include <stddef.h>
#include <stdint.h>

struct block_ring *world_ring(uint32_t client);
void world_bell(uint32_t client);
void world_release(uint32_t client); /* its ring is not touched any more */
void world_say(const char *line, size_t bytes); /* ended by \n */
