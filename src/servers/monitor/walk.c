/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "walk.h"

#include <string.h>

#define PTE_V       UINT64_C(0x01)
#define PTE_R       UINT64_C(0x02)
#define PTE_W       UINT64_C(0x04)
#define PTE_X       UINT64_C(0x08)
#define PTE_U       UINT64_C(0x10)
#define PTE_A       UINT64_C(0x40)
#define PTE_N       (UINT64_C(1) << 63)
#define PPN_BITS    ((UINT64_C(1) << 44) - 1)
#define SATP_BARE   0u
#define SATP_SV39   8u
#define SATP_SV57   10u
#define NAPOT_PAGES 16u /* the one size Svnapot has: 64 KiB */

/* The leaf's superpage or group of pages must be aligned; then w->gpa is where va lies. */
static enum walk_end walk_leaf(struct walk *w, uint64_t pte, uint32_t level, uint64_t va)
{
    uint64_t span = UINT64_C(4096) << 9u * level;
    uint64_t base = (pte >> 10 & PPN_BITS) << 12;

    if ((pte & PTE_N) != 0) {
        if (level != 0)
            return WALK_MISALIGNED;
        span *= NAPOT_PAGES;
        base &= ~(span - 1);
    }
    if ((base & (span - 1)) != 0)
        return WALK_MISALIGNED;
    w->gpa = base | (va & (span - 1));
    return WALK_LEAF;
}

static enum walk_end walk_levels(const struct memory *m, uint64_t table, uint64_t va, struct walk *w)
{
    for (uint32_t level = w->levels; level-- > 0;) {
        uint64_t place = table + (va >> (12u + 9u * level) & 511u) * 8u;
        const uint8_t *at = memory_at(m, place, sizeof w->entry[0]);
        uint64_t pte;

        w->gpa = place;
        if (at == NULL)
            return WALK_OUTSIDE;
        memcpy(&pte, at, sizeof pte);
        w->place[w->steps] = place;
        w->entry[w->steps++] = pte;
        if ((pte & PTE_V) == 0 || (pte & (PTE_R | PTE_W)) == PTE_W)
            return WALK_INVALID;
        if ((pte & (PTE_R | PTE_X)) != 0)
            return walk_leaf(w, pte, level, va);
        table = (pte >> 10 & PPN_BITS) << 12;
    }
    return WALK_NO_LEAF;
}

void walk_tables(const struct memory *m, const struct vcpu_page *page, uint64_t va, struct walk *w)
{
    uint32_t mode = (uint32_t)(page->vsatp >> 60);
    uint32_t unused;

    *w = (struct walk){.gpa = va, .end = WALK_OFF};
    if (mode == SATP_BARE)
        return;
    w->end = WALK_BAD_MODE;
    if (mode < SATP_SV39 || mode > SATP_SV57)
        return;
    w->levels = mode - SATP_SV39 + 3u;
    unused = 52u - 9u * w->levels;
    if ((uint64_t)((int64_t)(va << unused) >> unused) != va)
        w->end = WALK_NOT_CANONICAL;
    else
        w->end = walk_levels(m, (page->vsatp & PPN_BITS) << 12, va, w);
}

bool walk_execute(const struct memory *m, const struct vcpu_page *page, uint64_t va, uint64_t *gpa)
{
    struct walk w;
    uint64_t pte;

    walk_tables(m, page, va, &w);
    *gpa = w.gpa;
    if (w.end != WALK_LEAF)
        return w.end == WALK_OFF;
    pte = w.entry[w.steps - 1];
    return (pte & PTE_X) != 0 && (pte & PTE_A) != 0 && ((pte & PTE_U) != 0) != (page->supervisor != 0);
}

static bool walk_parcel(const struct memory *m, const struct vcpu_page *page, uint64_t va, uint32_t *parcel)
{
    uint64_t gpa;
    const uint8_t *at;
    uint16_t half;

    if ((va & 1) != 0 || !walk_execute(m, page, va, &gpa))
        return false;
    at = memory_at(m, gpa, sizeof half);
    if (at == NULL)
        return false;
    memcpy(&half, at, sizeof half);
    *parcel = half;
    return true;
}

bool walk_fetch(const struct memory *m, const struct vcpu_page *page, uint32_t *word)
{
    uint32_t low;
    uint32_t high = 0;

    if (!walk_parcel(m, page, page->pc, &low))
        return false;
    if ((low & 3u) == 3u && !walk_parcel(m, page, page->pc + 2u, &high))
        return false;
    *word = high << 16 | low;
    return true;
}
