/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What can go wrong before the kernel runs, and how it is told. */
#pragma once

#include <stdint.h>

enum loader_error {
    LDR_OK = 0,
    LDR_BAD_TREE, /* a = libfdt's error number */
    LDR_BIG_TREE, /* a = its bytes, b = the most that is taken */
    LDR_NO_MEMORY_NODE,
    LDR_MANY_RANGES,
    LDR_NO_CPU,
    LDR_BOOT_HART, /* a = hart */
    LDR_NO_TIMEBASE,
    LDR_NO_MODE,
    LDR_NO_MMU, /* a = hart */
    LDR_NO_PLIC,
    LDR_PLIC_PLACE,    /* a = base */
    LDR_PLIC_CONTEXT,  /* a = hart */
    LDR_LITTLE_MEMORY, /* a = bytes there, b = bytes needed */
    LDR_KERNEL_IMAGE,  /* a = which check */
    LDR_NO_BUNDLE,
    LDR_BUNDLE_PLACE, /* a = first byte, b = last byte + 1 */
    LDR_BUNDLE_ALIGN, /* a = first byte */
    LDR_BUNDLE_MAGIC,
    LDR_BUNDLE_VERSION, /* a = its, b = ours */
    LDR_BUNDLE_CUT,     /* a = bytes there, b = bytes it should have */
    LDR_BUNDLE_CRC,     /* a = computed, b = stored */
    LDR_BUNDLE_COUNTS,  /* a = files, b = guests */
    LDR_BUNDLE_FILE,    /* a = index of the file */
    LDR_NO_MANAGER,
    LDR_MANAGER_CRC,       /* a = computed, b = stored */
    LDR_ELF_HEADER,        /* a = which check */
    LDR_ELF_SEGMENT,       /* a = index of the program header, b = which check */
    LDR_ELF_MANY_SEGMENTS, /* a = the most that is taken */
    LDR_ELF_ENTRY,         /* a = entry */
    LDR_ERRORS
};

struct fault {
    enum loader_error error;
    uint64_t a;
    uint64_t b;
};

#define NO_FAULT ((struct fault){LDR_OK, 0, 0})

/* Says the error in two lines: what is wrong, with its identifier LDR-nn, and how to mend it. */
void fault_say(struct fault f);
