/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A static RISC-V ELF64 program: what must be loaded where. */
#pragma once

#include <septum/bootinfo.h>

#include "error.h"

#define PROGRAM_SEGMENTS (BOOT_SEGMENTS - 2) /* the boot information and the stack have one each */

struct program_segment {
    uint64_t va; /* first page */
    uint64_t frames;
    uint64_t skip;   /* bytes of zero before the file's */
    uint64_t offset; /* in the file */
    uint64_t file_bytes;
    uint64_t rights; /* MAP_... */
};

struct program {
    uint64_t entry;
    uint64_t count;
    struct program_segment segment[PROGRAM_SEGMENTS];
};

struct fault program_read(const uint8_t *file, uint64_t bytes, struct program *p);
