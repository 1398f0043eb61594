/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "table.h"

#include <septum/abi.h>
#include <string.h>

#define PTE_PPN_SHIFT 10
#define LEAF          (PTE_V | PTE_R | PTE_W | PTE_X)

static uint64_t leaf_bytes(int level)
{
    return (uint64_t)FRAME_BYTES << (9 * level);
}

static uint64_t *entry_of(uint64_t table, uint64_t va, int level)
{
    uint64_t *word = memory_at(table);
    return &word[va >> (12 + 9 * level) & (FRAME_WORDS - 1)];
}

uint64_t table_pointer(uint64_t pa)
{
    return pa / FRAME_BYTES << PTE_PPN_SHIFT | PTE_V;
}

static bool new_table(struct table_builder *t, uint64_t *entry)
{
    uint64_t pa;
    if (!ranges_find(t->supply, FRAME_BYTES, FRAME_BYTES, &pa) || !ranges_remove(t->supply, pa, pa + FRAME_BYTES) ||
        !ranges_remove(t->also, pa, pa + FRAME_BYTES))
        return false;
    memset(memory_at(pa), 0, FRAME_BYTES);
    *entry = table_pointer(pa);
    return true;
}

static bool set_leaf(struct table_builder *t, uint64_t va, uint64_t pa, uint64_t rights, int level)
{
    uint64_t table = t->root;
    for (int at = 2; at > level; at--) {
        uint64_t *entry = entry_of(table, va, at);
        if (*entry == 0 && !new_table(t, entry))
            return false;
        if ((*entry & LEAF) != PTE_V)
            return false;
        table = (*entry >> PTE_PPN_SHIFT) * FRAME_BYTES;
    }
    uint64_t *leaf = entry_of(table, va, level);
    if (*leaf != 0)
        return false;
    *leaf = pa / FRAME_BYTES << PTE_PPN_SHIFT | rights | PTE_V | PTE_G | PTE_A | PTE_D;
    return true;
}

bool table_map(struct table_builder *t, uint64_t va, uint64_t pa, uint64_t bytes, uint64_t rights, enum leaf_level most)
{
    while (bytes > 0) {
        int level = (int)most;
        while (level > 0 && ((va | pa) % leaf_bytes(level) != 0 || bytes < leaf_bytes(level)))
            level--;
        if (!set_leaf(t, va, pa, rights, level))
            return false;
        va += leaf_bytes(level);
        pa += leaf_bytes(level);
        bytes -= leaf_bytes(level);
    }
    return true;
}
