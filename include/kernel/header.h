/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The first bytes of the kernel image: what the loader must know to place it. */
#ifndef KERNEL_HEADER_H
#define KERNEL_HEADER_H

#include <stdint.h>

#define KERNEL_MAGIC UINT64_C(0x314b4d5554504553) /* "SEPTUMK1" */

/* The kernel's virtual memory, all within 2 GiB of the text (-mcmodel=medany). */
#define KERNEL_VA UINT64_C(0xffffffe000000000)
#define KERNEL_VA_INFO (KERNEL_VA + UINT64_C(0x01000000))
#define KERNEL_VA_PLIC (KERNEL_VA + UINT64_C(0x20000000))
#define KERNEL_VA_RAM (KERNEL_VA + UINT64_C(0x40000000))
#define KERNEL_PLIC_BYTES UINT64_C(0x04000000)

/* Sizes are multiples of 4 KiB; the parts follow each other in this order. Offsets count from the first byte. */
struct kernel_header {
    uint64_t magic;
    uint64_t va;    /* KERNEL_VA */
    uint64_t entry; /* offset, in the text, a multiple of 4 */
    uint64_t text_bytes;
    uint64_t rodata_bytes;
    uint64_t data_bytes;
    uint64_t bss_bytes; /* not in the file */
    uint64_t boot;      /* offset of `boot`, a struct bootinfo, in data or bss */
    uint64_t root;      /* offset of the kernel's root table, a page in data or bss */
};

#endif
