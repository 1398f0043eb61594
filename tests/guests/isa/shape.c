/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Shapes of tables: addresses that are not canonical, tables that map themselves, many tables, Bare mode, mixtures. */
#include "isa.h"

static const char *const who[] = {"supervisor", "user"};

/* Load, store and fetch at va in that privilege; each as cause and stval. */
static void three(struct probe *p, unsigned user, uint64_t va)
{
    for (unsigned kind = 0; kind < 3; kind++) {
        p->sstatus = user ? SSTATUS_USER : SSTATUS_SUPERVISOR;
        p->a[0] = EBREAK;
        p->a[1] = va;
        if (kind == 2) {
            p->pc = va;
            probe_run(p);
        } else {
            probe_at(p, kind == 0 ? do_load : do_store);
        }
        row_hex(p->scause);
        row_hex(p->scause == CAUSE_BREAK ? 0 : p->stval);
        p->fence = 0;
    }
}

/* The page is at TEST_VA and, for the upper half, at HIGH_VA; any one bit from 38 on makes an address wrong. */
static void not_canonical(void)
{
    static const uint64_t whole[] = {
        UINT64_C(0x0000006000000000), UINT64_C(0x0000004000000000), UINT64_C(0x0000007ffffffff8),
        UINT64_C(0x0000008000000000), UINT64_C(0x0000800000000000), UINT64_C(0xffff800000000000),
        UINT64_C(0xffffff8000000000), UINT64_C(0xffffffbffffff000), UINT64_C(0x8000000000000000),
    };
    struct space s;
    struct table *page;
    struct probe p = {.fence = 1};

    space_reset();
    s = space_new();
    page = page_new();
    s.top->pte[256] = pte_of(s.middle, PTE_V);
    for (unsigned user = 0; user < 2; user++) {
        s.low->pte[0] = pte_of(page, PTE_RWXAD | (user ? PTE_U : 0));
        p.satp = satp_of(s.top, 0);
        page->pte[0] = EBREAK;
        __asm__ volatile("fence.i" ::: "memory");
        for (unsigned bit = 37; bit < 64; bit++) {
            p.fence = 1;
            row_begin("shape.canonical.%s.bit-%u", who[user], bit);
            three(&p, user, TEST_VA ^ UINT64_C(1) << bit);
            three(&p, user, HIGH_VA ^ UINT64_C(1) << bit);
            row_end();
        }
        row_begin("shape.canonical.%s.right", who[user]);
        three(&p, user, TEST_VA);
        three(&p, user, HIGH_VA);
        row_end();
        for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
            row_begin("shape.canonical.%s.%lx", who[user], whole[i]);
            three(&p, user, whole[i]);
            row_end();
        }
    }
}

/* A load across the end of the lower half, and one across the top of the address space. */
static void ends(void)
{
    static const uint64_t at[] = {UINT64_C(0x3ffffffffc), UINT64_C(0x3ffffffff8), UINT64_C(0xffffffbffffffffc),
                                  UINT64_C(0xfffffffffffffff8), UINT64_C(0xfffffffffffffffc)};
    struct space s;
    struct table *page;
    struct probe p = {.fence = 1};

    space_reset();
    s = space_new();
    page = page_new();
    page->pte[511] = UINT64_C(0x1122334455667788);
    s.top->pte[0] = 0;
    s.top->pte[255] = s.top->pte[511] = pte_of(s.middle, PTE_V);
    s.middle->pte[511] = pte_of(s.low, PTE_V);
    s.low->pte[511] = pte_of(page, PTE_RWXAD);
    p.satp = satp_of(s.top, 0);
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        row_begin("shape.end.%lx", at[i]);
        p.sstatus = SSTATUS_SUPERVISOR;
        p.a[1] = at[i];
        probe_at(&p, do_load);
        row_hex(p.scause);
        row_hex(p.scause == CAUSE_BREAK ? p.a[0] : p.stval);
        row_end();
    }
}

/* Entries that lead back to their own table: then an entry of the top table is a leaf of 4 KiB or 2 MiB. */
static void self_reference(void)
{
    struct space s;
    struct table *page;
    struct probe p = {.fence = 1};
    uint64_t va = UINT64_C(20) << 30;

    space_reset();
    s = space_new();
    page = page_new();
    page->pte[0] = EBREAK;
    __asm__ volatile("fence.i" ::: "memory");
    s.top->pte[20] = pte_of(s.top, PTE_V);
    s.top->pte[21] = pte_of(page, PTE_RWXAD);
    p.satp = satp_of(s.top, 0);
    row_begin("shape.self.leaf-of-top");
    three(&p, 0, va | UINT64_C(20) << 21 | UINT64_C(21) << 12);
    row_end();
    row_begin("shape.self.misaligned");
    three(&p, 0, UINT64_C(21) << 30);
    three(&p, 0, va | UINT64_C(21) << 21);
    row_end();
    row_begin("shape.self.only-tables");
    three(&p, 0, va | UINT64_C(20) << 21 | UINT64_C(20) << 12);
    row_end();
}

/* A table that maps itself, changed through that mapping: what is written is what the next walk reads. */
static void own_window(void)
{
    struct space s;
    struct table *page, *other;
    struct probe p = {.fence = 1, .sstatus = SSTATUS_SUPERVISOR};

    space_reset();
    s = space_new();
    page = page_new();
    other = page_new();
    page->pte[0] = 0x1111;
    other->pte[0] = 0x2222;
    s.low->pte[0] = pte_of(s.low, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D);
    s.low->pte[1] = pte_of(page, PTE_RWXAD);
    p.satp = satp_of(s.top, 0);
    row_begin("shape.window");
    for (unsigned i = 0; i < 4; i++) {
        p.sstatus = SSTATUS_SUPERVISOR;
        p.a[1] = TEST_VA + PAGE;
        probe_at(&p, do_load);
        row_hex(p.scause);
        row_hex(p.a[0]);
        p.sstatus = SSTATUS_SUPERVISOR;
        p.a[0] = i == 2 ? 0 : pte_of(i % 2 ? page : other, PTE_RWXAD);
        p.a[1] = TEST_VA + 8;
        probe_at(&p, do_store);
        row_hex(p.scause);
    }
    row_end();
}

/* More tables than a small cache of translations has room for: one word each, twice round. */
static void many_tables(void)
{
    struct space s;
    struct table *low;
    struct probe p = {.fence = 1};
    uint64_t good = 0, sum = 0;

    space_reset();
    s = space_new();
    low = table_new();
    low->pte[3] = pte_of(s.low, PTE_V | PTE_R | PTE_A);
    s.low->pte[5] = 7;
    for (unsigned i = 16; i < 20; i++) {
        struct table *middle = table_new();

        s.top->pte[i] = pte_of(middle, PTE_V);
        for (unsigned j = 0; j < PTES; j++)
            middle->pte[j] = pte_of(low, PTE_V);
    }
    p.satp = satp_of(s.top, 0);
    for (unsigned i = 0; i < 2 * 4 * PTES; i++) {
        p.sstatus = SSTATUS_SUPERVISOR;
        p.a[1] = (UINT64_C(16) << 30) + (i % (4 * PTES)) * UINT64_C(0x200000) + 3 * PAGE + 5 * 8;
        probe_at(&p, do_load);
        p.fence = 0;
        good += p.scause == CAUSE_BREAK;
        sum += p.a[0];
    }
    row("shape.many", 2, good, sum);
}

/* Bare: addresses are physical, U mode may use all of memory, SUM and MXR mean nothing. */
static void bare(void)
{
    static volatile uint64_t word;
    static const uint64_t settings[] = {SSTATUS_SUPERVISOR, SSTATUS_SUPERVISOR | SSTATUS_SUM | SSTATUS_MXR,
                                        SSTATUS_USER, SSTATUS_USER | SSTATUS_MXR};

    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        struct probe p = {.sstatus = settings[i], .a = {0x4321 + i, (uint64_t)&word}};

        row_begin("shape.bare.%lx", settings[i]);
        p.pc = (uint64_t)do_store;
        probe_run(&p);
        row_hex(p.scause);
        row_hex(word);
        p.sstatus = settings[i];
        p.pc = (uint64_t)do_load;
        probe_run(&p);
        row_hex(p.scause);
        row_hex(p.a[0]);
        row_hex(p.sepc - (uint64_t)do_load);
        row_end();
    }
}

void group_shape(const void *tree)
{
    (void)tree;
    not_canonical();
    ends();
    self_reference();
    own_window();
    many_tables();
    bare();
}
