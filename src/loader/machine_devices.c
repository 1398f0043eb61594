/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The PLIC, the IOMMU and the devices whose registers fill pages that a server may drive. */
#include "machine.h"
#include "tree.h"

#include <libfdt.h>
#include <string.h>

#define PLIC_ALIGN          UINT64_C(0x200000)
#define PLIC_MOST           UINT64_C(0x4000000)
#define PLIC_MOST_SOURCES   1023
#define SUPERVISOR_EXTERNAL 9

#define NODES_MOST          64

enum sort { PLIC_SIFIVE, PLIC_OTHER, IOMMU, UART, RTC, VIRTIO, PCI, SORTS };
static const char *const compatible[SORTS] = {"sifive,plic-1.0.0",   "riscv,plic0", "riscv,iommu",          "ns16550a",
                                              "google,goldfish-rtc", "virtio,mmio", "pci-host-ecam-generic"};

/* The nodes of each sort in the tree's order: found in one walk, which takes longer than all the rest together. */
struct nodes {
    unsigned count[SORTS];
    int node[SORTS][NODES_MOST];
};

static void find_nodes(struct machine *m, struct nodes *found, const void *tree)
{
    memset(found->count, 0, sizeof found->count);
    for (int node = fdt_next_node(tree, -1, NULL); node >= 0; node = fdt_next_node(tree, node, NULL)) {
        int bytes;
        const char *list = fdt_getprop(tree, node, "compatible", &bytes);
        for (unsigned s = 0; list != NULL && s < SORTS; s++) {
            if (!fdt_stringlist_contains(list, bytes, compatible[s]))
                continue;
            if (found->count[s] < NODES_MOST)
                found->node[s][found->count[s]++] = node;
            else
                m->windows_left_out++;
        }
    }
}

static int first_of(const struct nodes *found, enum sort s)
{
    return found->count[s] != 0 ? found->node[s][0] : -1;
}

/* Entry i of interrupts-extended is context i: { phandle of the hart's controller, its interrupt } [plic, 4.2]. */
static bool find_context(const struct machine *m, const void *tree, int plic, uint64_t hart, uint64_t *context)
{
    uint32_t phandle, interrupt;
    for (int i = 0; tree_cell(tree, plic, "interrupts-extended", 2 * i + 1, &interrupt); i++) {
        bool there = tree_cell(tree, plic, "interrupts-extended", 2 * i, &phandle);
        if (there && interrupt == SUPERVISOR_EXTERNAL && phandle != 0 && phandle == m->intc[hart]) {
            *context = (uint64_t)i;
            return true;
        }
    }
    return false;
}

static int plic_of(const struct nodes *found)
{
    return first_of(found, found->count[PLIC_SIFIVE] != 0 ? PLIC_SIFIVE : PLIC_OTHER);
}

static struct fault read_plic(struct machine *m, const void *tree, int plic)
{
    if (plic < 0 || !tree_enabled(tree, plic) || !tree_device(tree, plic, &m->plic_base, &m->plic_bytes))
        return (struct fault){LDR_NO_PLIC, 0, 0};
    if (m->plic_bytes > PLIC_MOST)
        m->plic_bytes = PLIC_MOST;
    m->plic_bytes = round_up(m->plic_bytes, FRAME_BYTES);
    bool sources = tree_number(tree, plic, "riscv,ndev", &m->plic_sources);
    if (!sources || m->plic_sources == 0 || m->plic_sources > PLIC_MOST_SOURCES || m->plic_bytes == 0 ||
        m->plic_base % PLIC_ALIGN != 0 || m->plic_base > (UINT64_C(1) << 56) - PLIC_MOST ||
        ranges_touch(&m->banks, m->plic_base, m->plic_base + m->plic_bytes))
        return (struct fault){LDR_PLIC_PLACE, m->plic_base, 0};
    for (uint64_t i = 0; i < m->hart_count; i++)
        if (!find_context(m, tree, plic, i, &m->plic_context[i]))
            return (struct fault){LDR_PLIC_CONTEXT, m->hartid[i], 0};
    return NO_FAULT;
}

bool machine_page_is_free(const struct machine *m, uint64_t base)
{
    if (ranges_touch(&m->banks, base, base + FRAME_BYTES))
        return false;
    if (base >= m->plic_base && base < m->plic_base + m->plic_bytes)
        return false;
    if (m->iommu != 0 && base == m->iommu)
        return false;
    for (uint64_t i = 0; i < m->window_count; i++)
        if (m->window[i].base == base)
            return false;
    return true;
}

/* The first IOMMU of the tree, if its registers are where they can be. */
static void read_iommu(struct machine *m, const void *tree, int node)
{
    uint64_t base, bytes;
    m->iommu = 0;
    if (node < 0 || !tree_enabled(tree, node) || !tree_device(tree, node, &base, &bytes))
        return;
    if (base % FRAME_BYTES == 0 && base >> 56 == 0 && bytes >= FRAME_BYTES && machine_page_is_free(m, base))
        m->iommu = base;
}

bool machine_interrupt_is_free(const struct machine *m, uint32_t irq)
{
    if (irq == 0 || irq >= IRQS || irq > m->plic_sources)
        return false;
    for (uint64_t i = 0; i < m->window_count; i++)
        if (m->window[i].irq == irq)
            return false;
    return true;
}

static uint64_t interrupt_of(const struct machine *m, const void *tree, int node)
{
    uint32_t irq = 0;
    return tree_cell(tree, node, "interrupts", 0, &irq) && machine_interrupt_is_free(m, irq) ? irq : 0;
}

/* Windows of one sort stand in the order of their addresses, whatever the tree's order is. */
static void insert_window(struct machine *m, uint64_t from, const struct boot_window *w)
{
    uint64_t i = m->window_count++;
    for (; i > from && m->window[i - 1].base > w->base; i--)
        m->window[i] = m->window[i - 1];
    m->window[i] = *w;
}

static void read_windows(struct machine *m, const void *tree, const struct nodes *found, enum sort s)
{
    uint64_t from = m->window_count;
    for (unsigned i = 0; i < found->count[s]; i++) {
        int node = found->node[s][i];
        struct boot_window w = {0, 0, ""};
        uint64_t bytes;
        if (!tree_enabled(tree, node) || !tree_device(tree, node, &w.base, &bytes))
            continue;
        if (w.base % FRAME_BYTES != 0 || w.base >> 56 != 0 || bytes > FRAME_BYTES || !machine_page_is_free(m, w.base))
            continue;
        if (m->window_count == WINDOWS) {
            m->windows_left_out++;
            continue;
        }
        w.irq = interrupt_of(m, tree, node);
        strncpy(w.compatible, compatible[s], sizeof w.compatible - 1);
        insert_window(m, from, &w);
    }
}

struct fault machine_devices(struct machine *m, const void *tree)
{
    struct nodes found;
    find_nodes(m, &found, tree);
    struct fault f = read_plic(m, tree, plic_of(&found));
    if (f.error != LDR_OK)
        return f;
    read_iommu(m, tree, first_of(&found, IOMMU));
    read_windows(m, tree, &found, UART);
    read_windows(m, tree, &found, RTC);
    read_windows(m, tree, &found, VIRTIO);
    machine_pci(m, tree, &(struct pci_nodes){first_of(&found, PCI), plic_of(&found), first_of(&found, IOMMU)});
    return NO_FAULT;
}
