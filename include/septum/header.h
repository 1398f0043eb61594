/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The first bytes of the kernel image: what the loader must know to place it. */
#pragma once

#include <stdint.h>

#define KERNEL_MAGIC UINT64_C(0x334b4d5554504553) /* "SEPTUMK3" */

/* Where the image's first byte is mapped. The image runs at either: no word in it is an address (src/kernel/build.mk
 * proves it by linking it twice). Both have the same place in a table of level 2, so one such table serves both; in
 * Sv48 it hangs below entry 0 of the top page. */
#define KERNEL_VA_SV39 UINT64_C(0xffffffe000000000)
#define KERNEL_VA_SV48 UINT64_C(0x0000006000000000)

/* The rest of the kernel's virtual memory, from the first byte on: all within 2 GiB of the text (-mcmodel=medany). */
#define KERNEL_INFO UINT64_C(0x01000000)
#define KERNEL_PLIC UINT64_C(0x20000000)
#define KERNEL_RAM UINT64_C(0x40000000)
#define KERNEL_PLIC_BYTES UINT64_C(0x04000000)
#define KERNEL_IOMMU (KERNEL_PLIC + KERNEL_PLIC_BYTES) /* one page, where there is an IOMMU */

/* Sizes are multiples of 4 KiB; the parts follow each other in this order. Offsets count from the first byte. */
struct kernel_header {
    uint64_t magic;
    uint64_t info;  /* KERNEL_INFO, KERNEL_PLIC, KERNEL_RAM: what the image was linked for */
    uint64_t plic;
    uint64_t ram;
    uint64_t entry; /* offset, in the text, a multiple of 4 */
    uint64_t text_bytes;
    uint64_t rodata_bytes;
    uint64_t data_bytes;
    uint64_t bss_bytes; /* not in the file */
    uint64_t boot;      /* offset of `boot`, a struct bootinfo, in data or bss */
    uint64_t root;      /* offset of the kernel's table of level 2, a page in data or bss */
    uint64_t top;       /* offset of the kernel's table of level 3, a page in data or bss */
    uint64_t contexts;  /* offset of the device contexts, DEVICES of them from a page's begin on, in data or bss */
    uint64_t iommu;     /* offset of a struct iommu_pages, in data or bss */
};
