/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Atomic instructions on translated pages: results, and the faults of pages that lack a right or an alignment. */
#include "isa.h"

#define LR 2u
#define SC 3u

static const struct {
    const char *name;
    uint32_t code;
} operations[] = {{"add", 0x00}, {"swap", 0x01}, {"lr", LR},    {"sc", SC},     {"xor", 0x04},  {"or", 0x08},
                  {"and", 0x0c}, {"min", 0x10},  {"max", 0x14}, {"minu", 0x18}, {"maxu", 0x1c}};
#define OPERATIONS (sizeof operations / sizeof operations[0])

/* op rd = a0, rs1 = a1, rs2 = a2 */
static uint32_t word_of(uint32_t code, uint32_t width)
{
    return code << 27 | (code == LR ? 0 : 12u << 20) | 11u << 15 | width << 12 | 10u << 7 | 0x2fu;
}

static struct space space;
static struct table *page;

static struct probe run(uint32_t word, unsigned user, uint64_t offset, uint64_t operand)
{
    struct probe p = {.sstatus = user ? SSTATUS_USER : SSTATUS_SUPERVISOR, .satp = satp_of(space.top, 0), .fence = 1,
                      .a = {0x77, TEST_VA + offset, operand}};

    probe_words(&p, &word, 1);
    return p;
}

static void map(uint64_t flags)
{
    space_reset();
    space = space_new();
    page = page_new();
    space.low->pte[0] = pte_of(page, flags);
}

static void results(void)
{
    static const uint64_t before[] = {UINT64_C(0x8000000180000001), UINT64_C(0x00000000ffffffff)};
    static const uint64_t operand[] = {UINT64_C(0x7fffffff7fffffff), UINT64_C(0xffffffff00000002)};

    for (unsigned user = 0; user < 2; user++)
        for (size_t i = 0; i < OPERATIONS; i++)
            for (uint32_t width = 2; width < 4; width++) {
                if (operations[i].code == SC)
                    continue;
                map(PTE_RWXAD | (user ? PTE_U : 0));
                row_begin("atomic.%s.%s.%u", user ? "user" : "supervisor", operations[i].name, 8u << width);
                for (unsigned k = 0; k < 4; k++) {
                    struct probe p;

                    page->pte[1] = before[k % 2];
                    p = run(word_of(operations[i].code, width), user, 8, operand[k / 2]);
                    row_hex(p.scause);
                    row_hex(p.a[0]);
                    row_hex(page->pte[1]);
                }
                row_end();
            }
}

/* Every right a page can lack. A store-conditional without reservation may fail before it looks: not tried here. */
static void faults(void)
{
    static const uint64_t flags[] = {0,
                                     PTE_V | PTE_R | PTE_A | PTE_D,
                                     PTE_V | PTE_X | PTE_A | PTE_D,
                                     PTE_RWXAD & ~PTE_D,
                                     PTE_RWXAD & ~PTE_A,
                                     PTE_RWXAD | PTE_U};

    for (size_t f = 0; f < sizeof flags / sizeof flags[0]; f++)
        for (size_t i = 0; i < OPERATIONS; i++) {
            if (operations[i].code == SC)
                continue;
            map(flags[f]);
            row_begin("atomic.fault.%02lx.%s", flags[f], operations[i].name);
            for (unsigned user = 0; user < 2; user++) {
                struct probe p = run(word_of(operations[i].code, 3), user, 16, 1);

                row_hex(p.scause);
                row_hex(p.scause == CAUSE_BREAK ? 0 : p.stval);
            }
            row_end();
        }
}

static void misaligned(void)
{
    for (size_t i = 0; i < OPERATIONS; i++)
        for (uint32_t width = 2; width < 4; width++) {
            map(PTE_RWXAD);
            row_begin("atomic.misaligned.%s.%u", operations[i].name, 8u << width);
            for (uint64_t offset = 1; offset < 8; offset += 3) {
                struct probe p = run(word_of(operations[i].code, width), 0, offset, 1);

                row_hex(p.scause);
                row_hex(p.scause == CAUSE_BREAK ? 0 : p.stval);
            }
            row_end();
        }
}

/* A pair in a loop succeeds at last; a store-conditional to another page, or on a read-only one, does not. */
static void pairs(void)
{
    /* 1: lr.d a0, (a1); addi a2, a0, 1; sc.d a3, a2, (a1); bnez a3, 1b */
    static const uint32_t loop[] = {0x1005b52f, 0x00150613, 0x18c5b6af, 0xfe069ae3};
    static const uint32_t elsewhere[] = {0x1005b52f, 0x18c736af}; /* sc.d a3, a2, (a4) */
    struct probe p;

    map(PTE_RWXAD);
    space.low->pte[1] = pte_of(page_new(), PTE_RWXAD);
    space.low->pte[2] = pte_of(page, PTE_V | PTE_R | PTE_A);
    page->pte[0] = 41;
    p = (struct probe){.sstatus = SSTATUS_SUPERVISOR, .satp = satp_of(space.top, 0), .fence = 1, .a = {0, TEST_VA}};
    probe_words(&p, loop, 4);
    row("atomic.pair", 4, p.scause, p.a[0], p.a[3], page->pte[0]);
    p = (struct probe){.sstatus = SSTATUS_SUPERVISOR, .satp = satp_of(space.top, 0), .a = {0, TEST_VA, 9}};
    p.a[4] = TEST_VA + PAGE;
    probe_words(&p, elsewhere, 2);
    row("atomic.elsewhere", 2, p.scause, (uint64_t)(p.a[3] != 0));
    p = (struct probe){.sstatus = SSTATUS_SUPERVISOR, .satp = satp_of(space.top, 0), .a = {0, TEST_VA + 2 * PAGE}};
    probe_words(&p, loop, 4);
    row("atomic.read-only", 3, p.scause, p.stval, page->pte[0]);
}

void group_atomic(const void *tree)
{
    (void)tree;
    results();
    faults();
    misaligned();
    pairs();
}
