/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Every value of an entry's low eight bits at each level, each reserved bit, and each bit that misaligns a
 * superpage. A row shows 18 accesses: load, store, fetch for S mode with neither SUM nor MXR, SUM, MXR, both, and for
 * U mode without and with MXR. '.' went; else the cause, as a hexadecimal digit; '!' behind it if stval was not the
 * address.
 */
#include "isa.h"

static const uint64_t settings[] = {
    SSTATUS_SUPERVISOR,
    SSTATUS_SUPERVISOR | SSTATUS_SUM,
    SSTATUS_SUPERVISOR | SSTATUS_MXR,
    SSTATUS_SUPERVISOR | SSTATUS_SUM | SSTATUS_MXR,
    SSTATUS_USER,
    SSTATUS_USER | SSTATUS_MXR,
};

static void access(struct probe *p, uint64_t setting, unsigned kind, uint64_t va)
{
    p->sstatus = setting;
    p->a[1] = va;
    if (kind == 2) {
        p->pc = va;
        probe_run(p);
    } else {
        probe_at(p, kind == 0 ? do_load : do_store);
    }
    if (p->scause == CAUSE_BREAK)
        say(".");
    else
        say("%lx%s", p->scause, p->stval == va ? "" : "!");
}

/* What every setting makes of va. The page there begins with an ebreak. */
static void accesses(uint64_t satp, uint64_t va)
{
    struct probe p = {.satp = satp, .fence = 1};

    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        say(" ");
        for (unsigned kind = 0; kind < 3; kind++) {
            p.a[0] = EBREAK;
            access(&p, settings[i], kind, va);
            p.fence = 0;
        }
    }
}

/* A space with a page reached through entries of each level; the page lies on a boundary of 2 MiB. */
struct target {
    struct space space;
    volatile uint32_t *page;
    uint64_t entry[3]; /* physical, without flags, for a leaf at that level */
    uint64_t next[3];  /* the same for a table */
    uint64_t va[3];
};

static struct target target_new(void)
{
    struct target t;
    struct table *deeper;

    space_reset();
    t.space = space_new();
    deeper = table_new();
    t.page = area_new();
    *t.page = EBREAK;
    __asm__ volatile("fence.i" ::: "memory");
    t.entry[0] = pte_of(t.page, 0);
    t.entry[1] = pte_of(t.page, 0);
    t.entry[2] = pte_of((void *)0x80000000, 0);
    t.next[0] = pte_of(deeper, 0);
    t.next[1] = pte_of(deeper, 0);
    t.next[2] = pte_of(t.space.middle, 0);
    deeper->pte[0] = pte_of(t.page, PTE_RWXAD);
    t.va[0] = TEST_VA;
    t.va[1] = TEST_VA + UINT64_C(0x200000);
    t.va[2] = TEST_VA + UINT64_C(0x40000000) + (uint64_t)t.page - 0x80000000u;
    return t;
}

static void put_entry(struct target *t, unsigned level, uint64_t pte)
{
    if (level == 0)
        t->space.low->pte[0] = pte;
    else if (level == 1)
        t->space.middle->pte[1] = pte;
    else
        t->space.top->pte[9] = pte;
}

/* A table at the top level has its own way down to the page, at the offset that the leaf would have. */
static void link_top(struct target *t)
{
    uint64_t at = t->va[2] / UINT64_C(0x200000) % PTES;

    t->space.middle->pte[at] = t->entry[1] | PTE_RWXAD;
}

static void flags_at(unsigned level)
{
    struct target t = target_new();

    link_top(&t);
    for (uint64_t flags = 0; flags < 256; flags++) {
        bool leaf = (flags & (PTE_R | PTE_W | PTE_X)) != 0;

        put_entry(&t, level, (leaf ? t.entry[level] : t.next[level]) | flags);
        row_begin("pte.level-%u.%02lx", level, flags);
        accesses(satp_of(t.space.top, 0), t.va[level]);
        row_end();
    }
}

/* Bits 8 and 9 are the program's own; 54 .. 63 are reserved, or of extensions that are not there. */
static void high_bits_at(unsigned level)
{
    struct target t = target_new();

    link_top(&t);
    for (unsigned bit = 8; bit < 64; bit = bit == 9 ? 54 : bit + 1)
        for (unsigned leaf = 0; leaf < 2; leaf++) {
            if (level == 0 && leaf == 0)
                continue;
            put_entry(&t, level, (leaf ? t.entry[level] | PTE_RWXAD : t.next[level] | PTE_V) | UINT64_C(1) << bit);
            row_begin("pte.level-%u.%s.bit-%u", level, leaf ? "leaf" : "table", bit);
            accesses(satp_of(t.space.top, 0), t.va[level]);
            row_end();
        }
}

static void misaligned_at(unsigned level)
{
    struct target t = target_new();

    for (unsigned bit = 0; bit < 9 * level; bit++) {
        put_entry(&t, level, t.entry[level] | PTE_RWXAD | UINT64_C(1) << (10 + bit));
        row_begin("pte.level-%u.misaligned.bit-%u", level, bit);
        accesses(satp_of(t.space.top, 0), t.va[level]);
        row_end();
    }
}

void group_pte(const void *tree)
{
    (void)tree;
    for (unsigned level = 0; level < 3; level++)
        flags_at(level);
    for (unsigned level = 0; level < 3; level++)
        high_bits_at(level);
    for (unsigned level = 1; level < 3; level++)
        misaligned_at(level);
}
