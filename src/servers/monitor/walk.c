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

/* May this leaf be executed, and is its superpage aligned? Then *gpa is where va lies. */
static bool walk_leaf(uint64_t pte, uint32_t level, bool supervisor, uint64_t va, uint64_t *gpa)
{
    uint64_t span = UINT64_C(4096) << 9u * level;
    uint64_t base = (pte >> 10 & PPN_BITS) << 12;

    if ((pte & PTE_X) == 0 || (pte & PTE_A) == 0 || ((pte & PTE_U) != 0) == supervisor)
        return false;
    if ((pte & PTE_N) != 0) {
        if (level != 0)
            return false;
        span *= NAPOT_PAGES;
        base &= ~(span - 1);
    }
    if ((base & (span - 1)) != 0)
        return false;
    *gpa = base | (va & (span - 1));
    return true;
}

bool walk_execute(const struct memory *m, const struct vcpu_page *page, uint64_t va, uint64_t *gpa)
{
    uint32_t mode = (uint32_t)(page->vsatp >> 60);
    uint64_t table = (page->vsatp & PPN_BITS) << 12;
    uint32_t levels = mode - SATP_SV39 + 3u;
    uint64_t pte;

    if (mode == SATP_BARE) {
        *gpa = va;
        return true;
    }
    if (mode < SATP_SV39 || mode > SATP_SV57)
        return false;
    if ((uint64_t)((int64_t)(va << (52u - 9u * levels)) >> (52u - 9u * levels)) != va)
        return false;
    for (uint32_t level = levels; level-- > 0;) {
        const uint8_t *at = memory_at(m, table + (va >> (12u + 9u * level) & 511u) * 8u, sizeof pte);

        if (at == NULL)
            return false;
        memcpy(&pte, at, sizeof pte);
        if ((pte & PTE_V) == 0 || (pte & (PTE_R | PTE_W)) == PTE_W)
            return false;
        if ((pte & (PTE_R | PTE_X)) != 0)
            return walk_leaf(pte, level, page->supervisor != 0, va, gpa);
        table = (pte >> 10 & PPN_BITS) << 12;
    }
    return false;
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
