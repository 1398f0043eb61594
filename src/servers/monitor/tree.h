/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The guest's device tree, like that of QEMU's virt. */
#pragma once

#include <septum/proto.h>

#define TREE_BYTES 32768u

struct tree {
    const struct monitor_start *start;
    uint32_t cpus;
    uint64_t memory_first;
    uint64_t memory_bytes;
    uint64_t initrd_first; /* initrd_first == initrd_end: none */
    uint64_t initrd_end;
    const uint8_t *seed; /* SEED_BYTES for rng-seed; NULL: none */
};

/* Writes it to the buffer; returns its size, or 0 if it does not fit. */
uint32_t tree_write(const struct tree *tree, void *buffer, uint32_t bytes);
