/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Which virtio functions stand on the first bus of a PCI host with an ECAM, and pages for their registers. The loader
 * reads the configuration space only: the pci server writes it.
 */
#include "iommu.h"
#include "machine.h"
#include "tree.h"

#include <libfdt.h>
#include <string.h>

#define BUS_BYTES    UINT64_C(0x100000) /* of configuration space, for one bus */
#define SLOTS        32
#define SLOT_BYTES   UINT64_C(0x8000)
#define REG_ID       0x00 /* vendor, device [pci 3.0, 6.1] */
#define REG_PIN      0x3c /* line, pin, … */
#define VENDOR       0x1af4u
#define MODERN_FIRST 0x1040u /* + virtio device id [virtio 1.2 4.1.2] */
#define MODERN_COUNT 0x40u
#define RANGE_CELLS  7 /* address in PCI (3), here (2), bytes (2) */
#define RANGE_KIND   0x03000000u
#define RANGE_32     0x02000000u
#define MAP_CELLS    6 /* of interrupt-map: address (3), pin, controller, its interrupt */
#define BEHIND_CELLS 4 /* of iommu-map: first requester, IOMMU, first device, how many */

struct host {
    uint64_t config; /* of bus 0 */
    uint64_t memory; /* addresses that devices may answer at, the same for them and for harts */
    uint64_t memory_end;
    uint32_t plic; /* phandle */
};

static bool read_cells(const void *tree, int node, const char *property, int first, uint32_t *cell, int count)
{
    for (int i = 0; i < count; i++)
        if (!tree_cell(tree, node, property, first + i, &cell[i]))
            return false;
    return true;
}

static uint64_t wide(const uint32_t *cell)
{
    return (uint64_t)cell[0] << 32 | cell[1];
}

/* The first range of plain 32-bit memory, if both sides call it the same. */
static bool find_memory(const void *tree, int node, struct host *h)
{
    uint32_t c[RANGE_CELLS];
    for (int i = 0; read_cells(tree, node, "ranges", i * RANGE_CELLS, c, RANGE_CELLS); i++) {
        if ((c[0] & RANGE_KIND) != RANGE_32 || wide(c + 1) != wide(c + 3))
            continue;
        h->memory = wide(c + 3);
        h->memory_end = h->memory + wide(c + 5);
        return h->memory % BOOT_PCI_BYTES == 0 && h->memory < h->memory_end && h->memory_end <= UINT64_C(1) << 32;
    }
    return false;
}

/* Does the IOMMU know the functions of bus 0 by their own numbers? */
static bool is_behind(const void *tree, int host, int iommu)
{
    const uint32_t phandle = fdt_get_phandle(tree, iommu);
    uint32_t c[BEHIND_CELLS];
    for (int i = 0; phandle != 0 && read_cells(tree, host, "iommu-map", i * BEHIND_CELLS, c, BEHIND_CELLS); i++)
        if (c[0] == 0 && c[1] == phandle && c[2] == 0 && c[3] >= DEVICES)
            return true;
    return false;
}

static bool read_host(const struct machine *m, const void *tree, const struct pci_nodes *nodes, struct host *h)
{
    uint64_t bytes, cells;
    if (nodes->host < 0 || !tree_enabled(tree, nodes->host) || !tree_device(tree, nodes->host, &h->config, &bytes))
        return false;
    h->plic = fdt_get_phandle(tree, nodes->plic);
    return h->config % BUS_BYTES == 0 && bytes >= BUS_BYTES && h->config < UINT64_C(1) << 55 && h->plic != 0 &&
           tree_number(tree, nodes->plic, "#address-cells", &cells) && cells == 0 &&
           tree_number(tree, nodes->plic, "#interrupt-cells", &cells) && cells == 1 && find_memory(tree, nodes->host, h) &&
           (m->iommu == 0 || is_behind(tree, nodes->host, nodes->iommu));
}

/* The PLIC's interrupt for that pin of a slot; 0: none. */
static uint32_t interrupt_at(const void *tree, int node, const struct host *h, uint32_t slot, uint32_t pin)
{
    uint32_t mask[4], c[MAP_CELLS];
    if (!read_cells(tree, node, "interrupt-map-mask", 0, mask, 4))
        return 0;
    for (int i = 0; read_cells(tree, node, "interrupt-map", i * MAP_CELLS, c, MAP_CELLS); i++)
        if (c[0] == (slot << 11 & mask[0]) && c[3] == (pin & mask[3]) && c[4] == h->plic)
            return c[5];
    return 0;
}

static void add_window(struct machine *m, uint64_t base, uint64_t irq, const char *compatible)
{
    struct boot_window *w = &m->window[m->window_count++];
    *w = (struct boot_window){base, irq, ""};
    strncpy(w->compatible, compatible, sizeof w->compatible - 1);
}

static bool pages_are_free(const struct machine *m, uint64_t config, uint64_t memory)
{
    for (uint64_t at = 0; at < BOOT_PCI_BYTES; at += FRAME_BYTES)
        if (!machine_page_is_free(m, memory + at) || config == memory + at)
            return false;
    return machine_page_is_free(m, config);
}

/* The function takes the next addresses; false: there are none, or no windows, or its interrupt is another's. */
static bool add_function(struct machine *m, struct host *h, uint64_t config, uint32_t irq)
{
    const uint64_t memory = h->memory;
    if (m->window_count + BOOT_PCI_WINDOWS > WINDOWS || h->memory_end - memory < BOOT_PCI_BYTES ||
        !machine_interrupt_is_free(m, irq) || !pages_are_free(m, config, memory))
        return false;
    add_window(m, config, 0, BOOT_PCI_CONFIG);
    for (uint64_t i = 0; i < BOOT_PCI_PAGES; i++)
        add_window(m, memory + i * FRAME_BYTES, i == 0 ? irq : 0, BOOT_PCI_MEMORY);
    h->memory += BOOT_PCI_BYTES;
    return true;
}

void machine_pci(struct machine *m, const void *tree, const struct pci_nodes *nodes)
{
    struct host h;
    if (!read_host(m, tree, nodes, &h))
        return;
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        const uint64_t config = h.config + slot * SLOT_BYTES;
        const uint32_t id = (uint32_t)device_read(config + REG_ID, 4);
        if (id % 0x10000 != VENDOR || id / 0x10000 - MODERN_FIRST >= MODERN_COUNT)
            continue;
        const uint32_t pin = (uint32_t)device_read(config + REG_PIN, 4) / 256 % 256;
        if (!add_function(m, &h, config, interrupt_at(tree, nodes->host, &h, slot, pin)))
            m->windows_left_out++;
    }
}
