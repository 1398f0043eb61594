/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What the device tree says about the machine. */
#pragma once

#include <septum/proto.h>

#include <stdbool.h>

#include "error.h"
#include "range.h"

struct machine {
    struct ranges banks;  /* all memory, whole frames */
    struct ranges usable; /* the part that nothing reserves, from ram_base on, at most FRAMES frames */
    uint64_t ram_base;
    uint64_t frame_count;
    uint64_t initrd_first; /* as the tree says; equal to initrd_end: none */
    uint64_t initrd_end;
    uint64_t timebase;
    uint64_t features;
    uint64_t hart_count;
    uint64_t harts_left_out;
    uint64_t boot_hart; /* index */
    uint64_t hartid[HARTS];
    uint64_t intc[HARTS]; /* phandle of the hart's own interrupt controller */
    uint64_t plic_context[HARTS];
    uint64_t plic_base;
    uint64_t plic_bytes;
    uint64_t plic_sources;
    uint64_t iommu; /* physical address of its registers, a page; 0: none */
    uint64_t window_count;
    uint64_t windows_left_out;
    struct boot_window window[WINDOWS];
    char isa[BOOT_ISA_BYTES];
    bool seeded; /* the tree has an rng-seed of at least SEED_BYTES */
    uint8_t seed[SEED_BYTES];
};

/* Does the hart that runs take Sv48, whatever the tree says? The target tries satp, a test says it. */
bool hart_takes_sv48(void);

/* Reads all of it from a tree that lies in room bytes. boot_hartid: the hart that runs now. */
struct fault machine_read(struct machine *m, const void *tree, uint64_t room, uint64_t boot_hartid);

/* The parts, in this order; each checks what it takes (machine_memory.c, _harts.c, _devices.c). */
struct fault machine_memory(struct machine *m, const void *tree);
struct fault machine_harts(struct machine *m, const void *tree, uint64_t boot_hartid);
struct fault machine_devices(struct machine *m, const void *tree);

/* The nodes that matter to a PCI host; negative: there is none. */
struct pci_nodes {
    int host;
    int plic;
    int iommu;
};

/* Of machine_devices: the virtio functions of the PCI host, as include/septum/bootinfo.h has them (machine_pci.c). */
void machine_pci(struct machine *m, const void *tree, const struct pci_nodes *nodes);

/* True if the page holds nothing else that we know: neither memory, nor the PLIC, nor the IOMMU, nor another window. */
bool machine_page_is_free(const struct machine *m, uint64_t base);

/* True if the number is an interrupt, and no window's yet: it has one owner. */
bool machine_interrupt_is_free(const struct machine *m, uint32_t irq);
