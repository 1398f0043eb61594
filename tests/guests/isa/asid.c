/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Address spaces under several ASIDs, switched without a fence; global pages; an ASID that is used again. */
#include "isa.h"

#define SPACES 12

static struct space spaces[SPACES];
static struct table *pages[SPACES];

static uint64_t load_in(uint64_t satp, unsigned user, uint64_t va)
{
    struct probe p = {.sstatus = user ? SSTATUS_USER : SSTATUS_SUPERVISOR, .satp = satp, .a = {0, va}};

    probe_at(&p, do_load);
    return p.scause == CAUSE_BREAK ? p.a[0] : p.scause << 56 | p.stval;
}

static void fence_all(void)
{
    __asm__ volatile("sfence.vma" ::: "memory");
}

/* Space i maps the test address to a page that says i. */
static void make(unsigned count, uint64_t flags)
{
    space_reset();
    for (unsigned i = 0; i < count; i++) {
        spaces[i] = space_new();
        pages[i] = page_new();
        pages[i]->pte[0] = 0x100 + i;
        spaces[i].low->pte[0] = pte_of(pages[i], flags);
    }
    fence_all();
}

/* Each space under its own ASID, several times round, in both privileges: never another's page. */
static void rounds(void)
{
    for (unsigned user = 0; user < 2; user++) {
        make(SPACES, PTE_RWXAD | (user ? PTE_U : 0));
        for (unsigned round = 0; round < 3; round++) {
            row_begin("asid.round.%s.%u", user ? "user" : "supervisor", round);
            for (unsigned i = 0; i < SPACES; i++)
                row_hex(load_in(satp_of(spaces[i].top, i + 1), user, TEST_VA));
            row_end();
        }
    }
}

/* The same address is S mode's in one space and U mode's in the other. */
static void mixed(void)
{
    make(2, PTE_RWXAD);
    spaces[1].low->pte[0] |= PTE_U;
    fence_all();
    row_begin("asid.mixed");
    for (unsigned i = 0; i < 8; i++)
        row_hex(load_in(satp_of(spaces[i % 2].top, 1 + i % 2), i / 2 % 2, TEST_VA));
    row_end();
}

/* One ASID, two roots: behind a fence for that ASID the new root counts. */
static void again(void)
{
    uint64_t asid = 7;

    make(2, PTE_RWXAD);
    row_begin("asid.again");
    row_hex(load_in(satp_of(spaces[0].top, asid), 0, TEST_VA));
    __asm__ volatile("sfence.vma zero, %0" ::"r"(asid) : "memory");
    row_hex(load_in(satp_of(spaces[1].top, asid), 0, TEST_VA));
    fence_all();
    row_hex(load_in(satp_of(spaces[0].top, asid), 0, TEST_VA));
    row_end();
}

/* A fence for one ASID: what the other ASID's space says afterwards must still be right, old or not. */
static void other(void)
{
    uint64_t one = 1;

    make(2, PTE_RWXAD);
    row_begin("asid.other");
    for (unsigned i = 0; i < 4; i++) {
        row_hex(load_in(satp_of(spaces[i % 2].top, 1 + i % 2), 0, TEST_VA));
        if (i == 1)
            __asm__ volatile("sfence.vma zero, %0" ::"r"(one) : "memory");
    }
    row_end();
}

/* A global page, the same in all spaces: changed, and fenced by its address for all ASIDs. */
static void global(void)
{
    make(3, PTE_RWXAD | PTE_G);
    for (unsigned i = 0; i < 3; i++)
        spaces[i].low->pte[0] = pte_of(pages[0], PTE_RWXAD | PTE_G);
    fence_all();
    row_begin("asid.global");
    for (unsigned i = 0; i < 3; i++)
        row_hex(load_in(satp_of(spaces[i].top, i + 1), 0, TEST_VA));
    for (unsigned i = 0; i < 3; i++)
        spaces[i].low->pte[0] = pte_of(pages[1], PTE_RWXAD | PTE_G);
    __asm__ volatile("sfence.vma %0, zero" ::"r"(TEST_VA) : "memory");
    for (unsigned i = 0; i < 3; i++)
        row_hex(load_in(satp_of(spaces[i].top, i + 1), 0, TEST_VA));
    row_end();
}

/*
 * The upper half, where a kernel has its global pages: one that is global, and so the same in all spaces, one of each
 * space's own, and one of user mode in the last space alone.
 */
static void high(void)
{
    make(3, PTE_RWXAD);
    for (unsigned i = 0; i < 3; i++) {
        spaces[i].top->pte[256] = pte_of(spaces[i].middle, PTE_V);
        spaces[i].low->pte[1] = pte_of(pages[0], PTE_RWXAD | PTE_G);
        spaces[i].low->pte[2] = pte_of(pages[i], PTE_RWXAD);
        spaces[i].low->pte[3] = i == 2 ? pte_of(pages[1], PTE_RWXAD | PTE_U) : 0;
    }
    fence_all();
    for (unsigned page = 1; page < 4; page++) {
        row_begin("asid.high.%u", page);
        for (unsigned i = 0; i < 12; i++)
            row_hex(load_in(satp_of(spaces[i % 3].top, i % 3 + 1), i / 6, HIGH_VA + page * PAGE));
        row_end();
    }
}

/* A global page of spaces that were fenced away: what they shared must not come back when the page has changed. */
static void high_forgotten(void)
{
    uint64_t va = HIGH_VA + PAGE;

    make(2, PTE_RWXAD);
    row_begin("asid.high.forgotten");
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 2; i++) {
            spaces[i].top->pte[256] = pte_of(spaces[i].middle, PTE_V);
            spaces[i].low->pte[1] = pte_of(pages[round], PTE_RWXAD | PTE_G);
        }
        if (round == 0)
            fence_all();
        else
            __asm__ volatile("sfence.vma %0, zero" ::"r"(va) : "memory");
        for (uint64_t i = 0; i < 2; i++)
            row_hex(load_in(satp_of(spaces[i].top, i + 1), 0, va));
        for (uint64_t asid = 1; asid < 3; asid++)
            __asm__ volatile("sfence.vma zero, %0" ::"r"(asid) : "memory");
    }
    row_end();
}

/* ASID 0 is one like the others; Bare between two spaces forgets nothing it should keep apart. */
static void with_bare(void)
{
    make(2, PTE_RWXAD);
    row_begin("asid.bare");
    for (unsigned i = 0; i < 4; i++) {
        struct probe p = {.sstatus = SSTATUS_SUPERVISOR, .a = {0, (uint64_t)pages[i % 2]}, .pc = (uint64_t)do_load};

        row_hex(load_in(satp_of(spaces[i % 2].top, i % 2), 0, TEST_VA));
        probe_run(&p);
        row_hex(p.a[0]);
    }
    row_end();
}

void group_asid(const void *tree)
{
    (void)tree;
    rounds();
    mixed();
    again();
    other();
    global();
    high();
    high_forgotten();
    with_bare();
}
