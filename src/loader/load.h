/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* From what the machine has to a kernel that can be entered: places, copies, tables, boot information. */
#pragma once

#include <stdbool.h>

#include "machine.h"

struct load_input {
    uint64_t loader_first; /* memory in use until the kernel runs */
    uint64_t loader_end;
    uint64_t tree_first; /* the firmware's copy of the device tree */
    uint64_t tree_end;
    const uint8_t *kernel; /* kernel.bin */
    uint64_t kernel_bytes;
    const char *verdict; /* what is to be said of it */
};

struct load_result {
    uint64_t satp;
    uint64_t entry; /* virtual */
    uint64_t bundle_bytes;
    uint64_t free_bytes;
    bool iommu; /* the machine's IOMMU is on */
};

struct fault load(const struct machine *m, const struct load_input *in, struct load_result *out);
