/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Memory, what reserves parts of it, and the initrd. */
#include "machine.h"
#include "tree.h"

#include <libfdt.h>

#define SUPERPAGE UINT64_C(0x200000)

static struct fault read_banks(struct machine *m, const void *tree)
{
    int node;
    fdt_for_each_subnode(node, tree, 0)
    {
        uint64_t base, bytes;
        if (!tree_says(tree, node, "device_type", "memory") || !tree_enabled(tree, node))
            continue;
        for (int i = 0; tree_reg(tree, node, i, &base, &bytes); i++)
            if (!ranges_add(&m->banks, round_up(base, FRAME_BYTES), round_down(base + bytes, FRAME_BYTES)))
                return (struct fault){LDR_MANY_RANGES, 0, 0};
    }
    return m->banks.count == 0 ? (struct fault){LDR_NO_MEMORY_NODE, 0, 0} : NO_FAULT;
}

/* Frame 0 is the first 2 MiB boundary in the lowest bank that has one. */
static struct fault choose_span(struct machine *m)
{
    uint64_t i = 0;
    while (i < m->banks.count && round_up(m->banks.r[i].first, SUPERPAGE) >= m->banks.r[i].end)
        i++;
    if (i == m->banks.count)
        return (struct fault){LDR_LITTLE_MEMORY, ranges_total(&m->banks), SUPERPAGE};
    m->ram_base = round_up(m->banks.r[i].first, SUPERPAGE);
    uint64_t frames = (m->banks.r[m->banks.count - 1].end - m->ram_base) / FRAME_BYTES;
    m->frame_count = frames < FRAMES ? frames : FRAMES;
    m->usable = m->banks;
    bool done = ranges_remove(&m->usable, 0, m->ram_base) &&
                ranges_remove(&m->usable, m->ram_base + m->frame_count * FRAME_BYTES, UINT64_MAX);
    /* The span ends with the last memory in it, not in a hole. */
    m->frame_count = (m->usable.r[m->usable.count - 1].end - m->ram_base) / FRAME_BYTES;
    return done ? NO_FAULT : (struct fault){LDR_MANY_RANGES, 0, 0};
}

static bool reserve(struct machine *m, uint64_t base, uint64_t bytes)
{
    return ranges_remove(&m->usable, round_down(base, FRAME_BYTES), round_up(base + bytes, FRAME_BYTES));
}

static bool remove_reserved_nodes(struct machine *m, const void *tree)
{
    int node, parent = fdt_path_offset(tree, "/reserved-memory");
    if (parent < 0)
        return true;
    fdt_for_each_subnode(node, tree, parent)
    {
        uint64_t base, bytes;
        for (int i = 0; tree_reg(tree, node, i, &base, &bytes); i++)
            if (!reserve(m, base, bytes))
                return false;
    }
    return true;
}

static bool remove_reservations(struct machine *m, const void *tree)
{
    int count = fdt_num_mem_rsv(tree);
    for (int i = 0; i < count; i++) {
        uint64_t base, bytes;
        if (fdt_get_mem_rsv(tree, i, &base, &bytes) < 0 || bytes > UINT64_MAX - base)
            continue;
        if (!reserve(m, base, bytes))
            return false;
    }
    return true;
}

/* Some loaders put the initrd among the memory reservations: it is ours all the same. */
static struct fault read_initrd(struct machine *m, const void *tree)
{
    int chosen = fdt_path_offset(tree, "/chosen");
    uint64_t first = 0, end = 0;
    bool there = chosen >= 0 && tree_number(tree, chosen, "linux,initrd-start", &first) &&
                 tree_number(tree, chosen, "linux,initrd-end", &end) && first < end;
    if (!there)
        return remove_reservations(m, tree) ? NO_FAULT : (struct fault){LDR_MANY_RANGES, 0, 0};
    uint64_t padded = round_up(end, FRAME_BYTES);
    if (first % FRAME_BYTES != 0)
        return (struct fault){LDR_BUNDLE_ALIGN, first, 0};
    if (end > padded || !ranges_hold(&m->usable, first, padded))
        return (struct fault){LDR_BUNDLE_PLACE, first, end};
    m->initrd_first = first;
    m->initrd_end = end;
    if (!remove_reservations(m, tree) || !ranges_add(&m->usable, first, padded))
        return (struct fault){LDR_MANY_RANGES, 0, 0};
    return NO_FAULT;
}

struct fault machine_memory(struct machine *m, const void *tree)
{
    struct fault f = read_banks(m, tree);
    if (f.error == LDR_OK)
        f = choose_span(m);
    if (f.error == LDR_OK && !remove_reserved_nodes(m, tree))
        f = (struct fault){LDR_MANY_RANGES, 0, 0};
    return f.error == LDR_OK ? read_initrd(m, tree) : f;
}
