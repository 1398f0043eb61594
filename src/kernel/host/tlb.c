/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The hardware's side of translation: a walk of all of a root's lower part, written from [priv 10.3, 10.4, 15.5] and
 * sharing nothing with the kernel's own; and a TLB that holds whatever it may.
 */
#include <assert.h>
#include <string.h>

#include "host.h"

static struct host_walk tlb[DOMAINS];
static struct host_walk now;

enum { PTE_V = 1, PTE_R = 2, PTE_W = 4, PTE_X = 8, PTE_U = 16, PTE_G = 32, PTE_A = 64, PTE_D = 128 };

static void fault(struct host_walk *walk, const char *wrong)
{
    if (walk->wrong == NULL)
        walk->wrong = wrong;
}

static uint64_t entry_page(uint64_t entry) { return entry >> 10 & ((UINT64_C(1) << 44) - 1); }

static void note(struct host_walk *walk, uint64_t va, uint64_t entry, uint64_t at, uint32_t level)
{
    assert(walk->count < HOST_ENTRIES);
    walk->entry[walk->count++] = (struct host_entry){va, entry, at, level};
}

static const char *leaf_fault(uint64_t entry, uint32_t level)
{
    if (level > 1)
        return "a leaf of 1 GiB";
    if (entry_page(entry) % (level == 1 ? 512 : 1) != 0)
        return "a misaligned superpage";
    if ((entry & PTE_W) && !(entry & PTE_R))
        return "a reserved combination of rights";
    if (!(entry & PTE_U))
        return "a leaf without U in a user half";
    if (entry & PTE_G)
        return "a global leaf";
    if (!(entry & PTE_A) || !(entry & PTE_D))
        return "a leaf without A or D";
    return NULL;
}

static void walk_table(uint64_t table, uint64_t va, uint32_t level, struct host_walk *walk)
{
    uint64_t entries = level == 2 ? ROOT_SLOTS : FRAME_WORDS;
    uint64_t bytes = UINT64_C(4096) << 9 * level;

    for (uint64_t i = 0; i < entries; i++) {
        uint64_t entry = ram[table].word[i];
        uint64_t frame = entry_page(entry) - ram_base_pfn;

        if (!(entry & PTE_V))
            continue;
        note(walk, va + i * bytes, entry, table * FRAME_WORDS + i, level);
        if (entry >> 54 != 0)
            fault(walk, "reserved bits above the page number");
        if (entry & (PTE_R | PTE_W | PTE_X)) {
            const char *wrong = leaf_fault(entry, level);

            if (wrong != NULL)
                fault(walk, wrong);
        } else if (level == 0 || frame >= frame_count) {
            fault(walk, "a pointer in a last table or out of memory");
        } else {
            if (entry % 1024 != PTE_V)
                fault(walk, "a pointer with more flags than V");
            walk_table(frame, va + i * bytes, level - 1, walk);
        }
    }
}

void host_walk_root(uint64_t root, struct host_walk *walk)
{
    walk->count = 0;
    walk->wrong = NULL;
    walk_table(root, 0, 2, walk);
}

void host_tlb_reset(void)
{
    for (uint32_t slot = 0; slot < DOMAINS; slot++)
        tlb[slot].count = 0;
}

void host_tlb_fence(uint32_t slot) { tlb[slot].count = 0; }

void host_tlb_fill(void)
{
    for (uint32_t slot = 0; slot < DOMAINS; slot++)
        if (dom[slot].kind != 0 && dom[slot].root < frame_count)
            host_walk_root(dom[slot].root, &tlb[slot]);
}

/* A walk meets an entry before those of the table below it. */
static int before(const struct host_entry *a, const struct host_entry *b)
{
    return a->va != b->va ? a->va < b->va : a->level > b->level;
}

int host_tlb_stale(uint32_t slot)
{
    uint32_t k = 0;

    now.count = 0;
    if (dom[slot].kind != 0 && dom[slot].root < frame_count)
        host_walk_root(dom[slot].root, &now);
    for (uint32_t i = 0; i < tlb[slot].count; i++) {
        const struct host_entry *held = &tlb[slot].entry[i];

        while (k < now.count && before(&now.entry[k], held))
            k++;
        if (k == now.count || before(held, &now.entry[k]) || now.entry[k].entry != held->entry)
            return 1;
    }
    return 0;
}
