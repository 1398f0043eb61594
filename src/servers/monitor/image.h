/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What a kernel file asks for: where its pieces go and where it starts. Nothing of the file is believed unchecked. */
#pragma once

#include "memory.h"

#include <stdbool.h>

#define IMAGE_PIECES 16u
#define IMAGE_OFFSET UINT64_C(0x200000) /* of an Image or a raw binary in memory */

/* All of it lies in guest memory, and file_offset + file_bytes within the file. */
struct image_piece {
    uint64_t gpa;
    uint64_t memory_bytes;
    uint64_t file_offset;
    uint64_t file_bytes; /* at most memory_bytes; the rest is zero */
};

struct image {
    uint64_t entry;
    uint64_t end; /* the guest-physical address behind the last piece */
    uint32_t count;
    struct image_piece piece[IMAGE_PIECES];
};

/*
 * Plans the load of a kernel of that kind (enum bundle_file_kind) from the first head_bytes of its file_bytes.
 * Returns NULL, or why it cannot be loaded.
 */
const char *image_plan(uint32_t kind, const uint8_t *head, uint64_t head_bytes, uint64_t file_bytes,
                       const struct memory *m, struct image *image);
