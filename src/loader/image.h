/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The kernel image that follows the loader. */
#pragma once

#include <septum/header.h>

#include "error.h"

/* Reads and checks the header of kernel.bin. */
struct fault image_read(const uint8_t *file, uint64_t bytes, struct kernel_header *h);

/* Bytes in memory. */
uint64_t image_bytes(const struct kernel_header *h);
