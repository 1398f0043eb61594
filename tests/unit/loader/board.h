/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A machine for the loader on the build host: its memory, its device tree, a bundle, a kernel image. */
#ifndef LOADER_BOARD_H
#define LOADER_BOARD_H

#include "load.h"
#include "machine.h"

#include <septum/bundle.h>
#include <septum/header.h>
#include <stdbool.h>

#define BOARD_BASE         UINT64_C(0x80000000)
#define BOARD_BYTES        UINT64_C(0x04000000) /* 64 MiB */
#define BOARD_INITRD       UINT64_C(0x82000000)
#define BOARD_LOADER       UINT64_C(0x80200000)
#define BOARD_LOADER_BYTES UINT64_C(0x60000)
#define BOARD_TREE         UINT64_C(0x83e00000)

extern char said[4096];        /* what the loader printed */
extern bool board_takes_sv48; /* the hart that boots has it, whatever the tree says */

/* The IOMMU, as the loader leaves it. */
#define BOARD_IOMMU UINT64_C(0x3010000)
struct board_register {
    uint64_t before, after; /* what is read at first, and at the second look after a write */
    unsigned looks;
};
struct board_iommu {
    uint64_t capabilities, ddtp, cqb, fqb;
    uint32_t fctl, fctl_fixed, cqt, fqh;
    struct board_register directory, commands, faults;
    bool silent;          /* what takes time never ends */
    bool queues_on_first; /* they were, when ddtp was written last */
};
extern struct board_iommu board_iommu;
void board_iommu_reset(void);

/* The configuration space of its PCI bus: what stands in each slot, as its first word has it; 0: nothing. */
#define BOARD_PCI       UINT64_C(0x30000000)
#define BOARD_PCI_SLOTS 32u
extern uint32_t board_pci_id[BOARD_PCI_SLOTS];
extern uint32_t board_pci_pin[BOARD_PCI_SLOTS];

/* Clears the memory (to a pattern: nothing may count on zeros), and what was said. */
void board_reset(void);

/* The compiled tree tests/unit/loader/NAME.dts, from the folder TREES, in a buffer of exactly its size. */
void *board_tree(const char *name, uint64_t *bytes);

/* Reads the tree as the machine's, hart boot_hartid booting. */
struct fault board_machine(struct machine *m, const char *name, uint64_t boot_hartid);

/* Puts an ELF of three segments at file, and returns its bytes. */
uint64_t board_elf(uint8_t *file);

/* Puts a good bundle with that ELF at byte, and returns its bytes; board_seal computes its sums again. */
uint64_t board_bundle(uint8_t *byte);
void board_seal(uint8_t *byte);

/* A kernel image of text 8 KiB, rodata 4 KiB, data 4 KiB in the file, bss 40 KiB. */
#define BOARD_KERNEL_BYTES 0x4000
void board_kernel(uint8_t *byte);

/* The walk of the tables at satp; false: not mapped. */
bool board_walk(uint64_t satp, uint64_t va, uint64_t *pa, uint64_t *bits);

#endif
