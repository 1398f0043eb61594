/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * What the loader tells the kernel, and the kernel shows to the manager (one frame, mapped read-only).
 * The kernel believes none of it before boot_check() has passed (src/kernel/boot.c). Frames count from ram_base.
 */
#pragma once

#include <septum/abi.h>

#define BOOTINFO_MAGIC 0x31544f4f42504553u /* "SEPBOOT1" */
#define BOOT_REGIONS 32
#define BOOT_SEGMENTS 8
#define BOOT_ISA_BYTES 512

#define BOOT_HAS_H 1
#define BOOT_HAS_SSTC 2
#define BOOT_HAS_SV48 4
#define BOOT_HAS_ZICBOM 8
#define BOOT_HAS_ZICBOZ 16

struct boot_region { /* frames that nobody uses; sorted, disjoint */
	uint64_t first;
	uint64_t count;
};

struct boot_segment { /* a piece of the manager, loaded by the loader */
	uint64_t va;
	uint64_t first; /* first frame */
	uint64_t count;
	uint64_t rights; /* MAP_… */
};

struct boot_window { /* a device page that a server may drive */
	uint64_t base; /* physical address, a multiple of 4096 */
	uint64_t irq;  /* 0: none */
	char compatible[32];
};

/*
 * A function of the PCI host's first bus that is a virtio device: BOOT_PCI_WINDOWS windows in a row. The first is its page
 * of the configuration space, whose address tells the device number (base / 4096 % DEVICES); the others, the first of
 * which has its interrupt, are pages for its registers. What lies behind them, up to BOOT_PCI_BYTES from the first of them
 * on, is no window of anybody's. Where there is an IOMMU, it is in front of the function.
 */
#define BOOT_PCI_CONFIG "pci,config"
#define BOOT_PCI_MEMORY "pci,memory"
#define BOOT_PCI_PAGES 4u
#define BOOT_PCI_WINDOWS (1u + BOOT_PCI_PAGES)
#define BOOT_PCI_BYTES 0x10000u

struct bootinfo {
	uint64_t magic;
	uint64_t version;       /* SEPTUM_ABI_VERSION */
	uint64_t ram_base;      /* physical address of frame 0, a multiple of 2 MiB */
	uint64_t frame_count;   /* frames spanned, at most FRAMES */
	uint64_t kernel_pa;     /* physical address of the kernel's first byte */
	uint64_t kernel_root;   /* satp of the kernel's own tables */
	uint64_t timebase;      /* Hz of `time` */
	uint64_t features;      /* BOOT_HAS_… of every hart; kernel and servers run in Sv48 if it is among them */
	uint64_t hart_count;
	uint64_t boot_hart;     /* index into hartid */
	uint64_t hartid[HARTS];
	uint64_t plic_context[HARTS]; /* the S-mode context of each hart */
	uint64_t plic_sources;  /* highest interrupt number */
	uint64_t region_count;
	struct boot_region region[BOOT_REGIONS]; /* free memory: becomes the manager's */
	uint64_t bundle_first;  /* frames of the boot bundle: the manager's, too; not part of a region */
	uint64_t bundle_count;
	uint64_t bundle_bytes;
	uint64_t segment_count;
	struct boot_segment segment[BOOT_SEGMENTS]; /* not part of a region */
	uint64_t manager_entry;
	uint64_t manager_stack; /* initial sp, top of the last segment */
	uint64_t window_count;
	struct boot_window window[WINDOWS];
	char isa[BOOT_ISA_BYTES]; /* the device tree's riscv,isa of the boot hart, for the guests' trees */
	uint64_t iommu; /* physical address of the registers of the IOMMU, which the loader has switched on; 0: none */
};

/* Which rule the boot information breaks: the kernel prints the number, in hexadecimal, and turns the machine off. */
enum boot_fault {
	BOOT_OK = 0,
	BOOT_BAD_MAGIC = 1,
	BOOT_BAD_VERSION = 2,
	BOOT_BAD_RAM = 3,       /* base not on 2 MiB or too high, or no or too many frames */
	BOOT_BAD_KERNEL = 4,    /* the kernel is not within ram, or its root is no satp of Sv48 or Sv39, as the features say */
	BOOT_BAD_HARTS = 5,
	BOOT_BAD_TIMEBASE = 6,
	BOOT_BAD_COUNT = 7,     /* more regions, segments or windows than there is room for */
	BOOT_BAD_RANGE = 8,     /* a region, the bundle or a segment is not within ram, or holds the kernel's first frame */
	BOOT_BAD_OVERLAP = 9,   /* two of them share a frame */
	BOOT_BAD_ORDER = 10,    /* the regions are not sorted, or the first is too small for the manager's tables */
	BOOT_BAD_BUNDLE = 11,   /* more bytes than frames */
	BOOT_BAD_SEGMENT = 12,  /* address, size or rights of a segment */
	BOOT_BAD_MANAGER = 13,  /* entry or stack out of range */
	BOOT_BAD_WINDOW = 14,   /* not a page, within ram, twice, the IOMMU's, or its interrupt out of range */
	BOOT_BAD_CONTEXT = 15,  /* a hart's context of the PLIC is beyond what its registers have room for */
	BOOT_BAD_IOMMU = 16,    /* its registers are no page, or lie within ram */
	BOOT_NO_SPACE = 99,     /* the manager's segments could not be mapped */
};

/* Where region[0] stands in struct bootinfo, in 64-bit words: the kernel takes the manager's tables from the front of
 * that region, and corrects `first` and `count` in the copy that the manager sees at BOOT_VA_INFO. */
#define BOOT_WORD_REGION 28

/* Slots of the manager's capability table at start. */
#define BOOT_CAP_SELF CAP_SELF /* own domain, CAP_MEMORY and CAP_CONTROL */
#define BOOT_CAP_SYSTEM 1
#define BOOT_CAP_THREAD 2      /* its own thread, all rights */
#define BOOT_CAP_AUDIT 3       /* CAP_AUDIT */
#define BOOT_CAP_WINDOW 8      /* .. + window_count - 1 */
#define BOOT_CAP_IRQ (BOOT_CAP_WINDOW + WINDOWS) /* .. + window_count - 1: the window's interrupt, none if irq is 0 */
#define BOOT_CAP_FREE (BOOT_CAP_IRQ + WINDOWS)   /* first slot that is empty */

/* Where the manager finds things in its address space. */
#define BOOT_VA_INFO 0x1000u   /* struct bootinfo, read-only */
#define BOOT_VA_END 0x40000000u /* its segments end below it */
#define BOOT_TABLES_MIN 16      /* frames that the first region must have, for its tables */
