/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A server's ELF file: static, at fixed page-aligned addresses, no segment both writable and executable. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_SEGMENTS 4

struct elf_segment {
    uint64_t va;         /* a multiple of 4096 */
    uint64_t pages;      /* 4 KiB pages it fills, at least one */
    uint64_t offset;     /* of its bytes in the file */
    uint64_t file_bytes; /* the rest of its pages is zero */
    uint64_t rights;     /* MAP_… */
};

struct elf_image {
    uint64_t entry;
    uint32_t segment_count;
    struct elf_segment segment[ELF_SEGMENTS]; /* by rising address, disjoint */
};

/* Reads the file into *image. On false, *why says what is wrong. */
bool elf_read(const void *data, uint64_t bytes, struct elf_image *image, char *why, size_t why_bytes);
