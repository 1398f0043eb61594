/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The harts, in the tree's order, and what all of them can do. */
#include "isa.h"
#include "machine.h"
#include "tree.h"

#include <libfdt.h>
#include <string.h>

static const struct {
    const char *extension;
    uint64_t feature;
} feature_of[] = {
    {"h", BOOT_HAS_H},
    {"sstc", BOOT_HAS_SSTC},
    {"zicbom", BOOT_HAS_ZICBOM},
    {"zicboz", BOOT_HAS_ZICBOZ},
};

static bool has_sv48(const void *tree, int cpu)
{
    return tree_says(tree, cpu, "mmu-type", "riscv,sv48") || tree_says(tree, cpu, "mmu-type", "riscv,sv57");
}

static bool has_sv39(const void *tree, int cpu)
{
    return tree_says(tree, cpu, "mmu-type", "riscv,sv39") || has_sv48(tree, cpu);
}

/* Registers of VS mode that Smstateen alone closes, and that the kernel does not keep apart (spec/state.json). */
static const char *const closed_by_smstateen[] = {"ssaia", "sscsrind", "ssctr"};

/* Guests in VS mode could leave each other words there: on such a hart there is no hardware mode. */
static bool is_open(const char *isa)
{
    bool found = false;
    for (unsigned i = 0; i < sizeof closed_by_smstateen / sizeof *closed_by_smstateen; i++)
        found = found || isa_has(isa, closed_by_smstateen[i]);
    return found && !isa_has(isa, "smstateen");
}

static uint64_t features_of(const void *tree, int cpu, const char *isa)
{
    uint64_t features = has_sv48(tree, cpu) ? BOOT_HAS_SV48 : 0;
    for (unsigned i = 0; i < sizeof feature_of / sizeof *feature_of; i++)
        if (isa_has(isa, feature_of[i].extension))
            features |= feature_of[i].feature;
    return is_open(isa) ? features & ~(uint64_t)BOOT_HAS_H : features;
}

static uint64_t intc_of(const void *tree, int cpu)
{
    int node;
    fdt_for_each_subnode(node, tree, cpu)
    {
        if (tree_says(tree, node, "compatible", "riscv,cpu-intc"))
            return fdt_get_phandle(tree, node);
    }
    return 0;
}

#define HARTID_END 64 /* the kernel names several harts to the firmware by one word of bits */

/* A hart to keep: with room, or the boot hart in the last one's stead. */
static void keep(struct machine *m, const void *tree, int cpu, uint64_t id, bool boots)
{
    char isa[BOOT_ISA_BYTES];
    if (m->hart_count == HARTS) {
        m->harts_left_out++;
        if (!boots)
            return;
        m->hart_count--;
    }
    bool known = isa_read(tree, cpu, isa, sizeof isa);
    m->features &= known ? features_of(tree, cpu, isa) : 0;
    if (boots) {
        m->boot_hart = m->hart_count;
        memcpy(m->isa, isa, sizeof isa);
    }
    m->hartid[m->hart_count] = id;
    m->intc[m->hart_count] = intc_of(tree, cpu);
    m->hart_count++;
}

static bool has_hart(const struct machine *m, uint64_t id)
{
    for (uint64_t i = 0; i < m->hart_count; i++)
        if (m->hartid[i] == id)
            return true;
    return false;
}

struct fault machine_harts(struct machine *m, const void *tree, uint64_t boot_hartid)
{
    int cpu, cpus = fdt_path_offset(tree, "/cpus");
    if (cpus < 0)
        return (struct fault){LDR_NO_CPU, 0, 0};
    if (!tree_number(tree, cpus, "timebase-frequency", &m->timebase) || m->timebase == 0)
        return (struct fault){LDR_NO_TIMEBASE, 0, 0};
    m->features = UINT64_MAX;
    fdt_for_each_subnode(cpu, tree, cpus)
    {
        uint64_t id, bytes;
        if (!tree_says(tree, cpu, "device_type", "cpu") || !tree_enabled(tree, cpu) ||
            !tree_reg(tree, cpu, 0, &id, &bytes) || has_hart(m, id))
            continue;
        if (id >= HARTID_END)
            m->harts_left_out++;
        else if (has_sv39(tree, cpu))
            keep(m, tree, cpu, id, id == boot_hartid);
        else if (id == boot_hartid)
            return (struct fault){LDR_NO_MMU, id, 0};
    }
    if (m->hart_count == 0)
        return (struct fault){LDR_NO_CPU, 0, 0};
    if (!has_hart(m, boot_hartid))
        return (struct fault){LDR_BOOT_HART, boot_hartid, 0};
    if ((m->features & BOOT_HAS_SV48) != 0 && !hart_takes_sv48())
        m->features &= ~(uint64_t)BOOT_HAS_SV48;
    return (m->features & (BOOT_HAS_H | BOOT_HAS_SV48)) != 0 ? NO_FAULT : (struct fault){LDR_NO_MODE, 0, 0};
}
