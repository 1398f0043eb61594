/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A hart that walks ahead as far as the privileged specification lets it [priv 10.2.1, 10.3.2]: whatever the present
 * shadow root leads to, leaves and pointers, it holds at once, before and after each fence, until a fence names it.
 */
#include <assert.h>
#include <stddef.h>

#include "host.h"
#include "state.h"

#define HELD 65536

enum { PTE_V = 1, PTE_RWX = 14 };

static struct host_held held[HELD];
static uint32_t held_count;
static int on;

void host_shadow_tlb_start(void)
{
    held_count = 0;
    on = 1;
}

void host_shadow_tlb_reset(void) { on = 0; }

static int is_leaf(uint64_t entry) { return (entry & PTE_RWX) != 0; }
static uint64_t span(uint32_t level) { return UINT64_C(4096) << 9 * level; }

static void hold(uint64_t asid, uint64_t va, uint32_t level, uint64_t entry)
{
    for (uint32_t i = 0; i < held_count; i++) {
        if (held[i].asid == asid && held[i].va == va && held[i].level == level && held[i].entry == entry)
            return;
    }
    assert(held_count < HELD);
    held[held_count++] = (struct host_held){asid, va, entry, level};
}

/* The kernel's half of a low table is no guest's. */
static void hold_table(uint64_t asid, uint64_t table, uint32_t level, uint64_t va)
{
    const uint64_t entries = level == 2 && va == 0 ? ROOT_SLOTS : FRAME_WORDS;

    for (uint64_t i = 0; i < entries; i++) {
        const uint64_t entry = ram[table].word[i];
        /* The upper half of Sv48's addresses goes on from the top: the guest's is its last entry. */
        const uint64_t at = level == 3 && i == 511 ? UINT64_C(0xffffff8000000000) : va + i * span(level);

        if (!(entry & PTE_V))
            continue;
        hold(asid, at, level, entry);
        if (!is_leaf(entry))
            hold_table(asid, (entry >> 10) - ram_base_pfn, level - 1, at);
    }
}

static void walk_ahead(void)
{
    const struct host_hart *h = &host_hart[host_self];

    if (h->shadow != NO_FRAME)
        hold_table(h->asid, h->shadow, 3, 0);
}

void host_shadow_tlb_enter(void)
{
    if (on)
        walk_ahead();
}

/* A fence of an address is one of leaves only [priv 10.2.1]. */
static int fence_names(const struct host_held *e, uint64_t va, uint64_t asid, uint64_t which)
{
    if (which == 1)
        return is_leaf(e->entry) && va - e->va < span(e->level);
    return which == 0 || e->asid == asid;
}

void host_shadow_tlb_fence(uint64_t va, uint64_t asid, uint64_t which)
{
    uint32_t kept = 0;

    if (!on)
        return;
    walk_ahead();
    for (uint32_t i = 0; i < held_count; i++) {
        if (!fence_names(&held[i], va, asid, which))
            held[kept++] = held[i];
    }
    held_count = kept;
    walk_ahead();
}

/* What the tables of that root have for va at that level; 0: nothing. */
static uint64_t table_entry(uint64_t root, uint64_t va, uint32_t level)
{
    uint64_t table = root;

    for (uint32_t k = 3;; k--) {
        const uint64_t entry = ram[table].word[va / span(k) % FRAME_WORDS];

        if (k == level)
            return entry;
        if (!(entry & PTE_V) || is_leaf(entry))
            return 0;
        table = (entry >> 10) - ram_base_pfn;
    }
}

const struct host_held *host_shadow_tlb_wrong(uint64_t t)
{
    walk_ahead();
    for (uint32_t i = 0; i < held_count; i++) {
        const uint64_t r = held[i].asid - SHADOW_ASID(t, 0);

        if (r < SHADOW_ROOTS && shadow[t].root[r] != NO_FRAME &&
            table_entry(shadow[t].root[r], held[i].va, held[i].level) != held[i].entry)
            return &held[i];
    }
    return NULL;
}
