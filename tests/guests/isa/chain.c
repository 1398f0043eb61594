/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Privileged instructions one behind the other, at the end of a page, on pages that may only be run, and such that
 * change what the next one is; each register as source and target. What a monitor that emulates them could get wrong.
 */
#include "isa.h"

#define CSRR(csr, rd)       ((uint32_t)(csr) << 20 | 2u << 12 | (uint32_t)(rd) << 7 | 0x73u)
#define CSRW(csr, rs1)      ((uint32_t)(csr) << 20 | (uint32_t)(rs1) << 15 | 1u << 12 | 0x73u)
#define CSRRW(csr, rd, rs1) (CSRW(csr, rs1) | (uint32_t)(rd) << 7)
#define CSRS(csr, rs1)      ((uint32_t)(csr) << 20 | (uint32_t)(rs1) << 15 | 2u << 12 | 0x73u)
#define CSRC(csr, rs1)      ((uint32_t)(csr) << 20 | (uint32_t)(rs1) << 15 | 3u << 12 | 0x73u)
#define MOVE(rd, rs1)       ((uint32_t)(rs1) << 15 | (uint32_t)(rd) << 7 | 0x13u)
#define LOAD_BYTE(rd, rs1)  ((uint32_t)(rs1) << 15 | 4u << 12 | (uint32_t)(rd) << 7 | 3u)
#define STORE_BYTE(rs2, rs1) ((uint32_t)(rs2) << 20 | (uint32_t)(rs1) << 15 | 0x23u)
#define LI(rd, n)           ((uint32_t)(n) << 20 | (uint32_t)(rd) << 7 | 0x13u)
#define SRET                0x10200073u
#define FENCE_ALL           0x12000073u
#define WFI                 0x10500073u
#define SSCRATCH            0x140u
#define SATP                0x180u
#define SSTATUS             0x100u
#define SEPC                0x141u
#define A0                  10u
#define A1                  11u
#define A2                  12u
#define A3                  13u
#define A4                  14u
#define UART                UINT64_C(0x10000000)
#define SCRATCH             7u

static struct probe start(const uint32_t *word, size_t count, uint64_t a1, uint64_t a2)
{
    struct probe p = {.sstatus = SSTATUS_SUPERVISOR, .satp = home_satp, .a = {0, a1, a2}};

    probe_words(&p, word, count);
    return p;
}

static void row_result(const struct probe *p)
{
    row_hex(p->scause);
    row_hex(p->stval);
    row_hex(p->sepc);
    row_hex(p->sstatus);
    row_hex(p->a[0]);
    row_hex(p->a[2]);
}

/* sscratch is the probe's own way back, so what is written goes out again before the end. */
static void registers(void)
{
    row_begin("chain.register.csr");
    for (uint32_t n = 0; n < 32; n++) {
        /* csrrw a3, sscratch, zero; mv xn, a1; csrw sscratch, xn; csrrw xn, sscratch, a3; mv a0, xn */
        const uint32_t words[] = {CSRRW(SSCRATCH, A3, 0), MOVE(n, A1), CSRW(SSCRATCH, n), CSRRW(SSCRATCH, n, A3), MOVE(A0, n)};
        struct probe p;

        if (n == A3)
            continue;
        p = start(words, 5, 0x5500 + n, 0);
        row_hex(p.scause == CAUSE_BREAK ? p.a[0] : p.scause);
    }
    row_end();
    row_begin("chain.register.device");
    for (uint32_t n = 1; n < 32; n++) {
        /* mv xn, a2; sb xn, (a1); li xn, 0; lbu xn, (a1); mv a0, xn */
        const uint32_t words[] = {MOVE(n, A2), STORE_BYTE(n, A1), LI(n, 0), LOAD_BYTE(n, A1), MOVE(A0, n)};
        struct probe p;

        if (n == A1)
            continue;
        p = start(words, 5, UART + SCRATCH, 0x80 + n);
        row_hex(p.scause == CAUSE_BREAK ? p.a[0] : p.scause);
    }
    row_end();
    row_begin("chain.register.base");
    for (uint32_t n = 1; n < 32; n++) {
        const uint32_t words[] = {MOVE(n, A1), STORE_BYTE(0, n), LOAD_BYTE(n, n), MOVE(A0, n)};
        struct probe p = start(words, 4, UART + SCRATCH, 0);

        row_hex(p.scause == CAUSE_BREAK ? p.a[0] : p.scause);
    }
    row_end();
}

static void sequences(void)
{
    static const uint32_t many[] = {
        CSRRW(SSCRATCH, A3, A1), CSRS(SSCRATCH, A2), CSRR(SSCRATCH, A0), CSRC(SSCRATCH, A1), CSRR(SSCRATCH, A2),
        FENCE_ALL, CSRR(SSTATUS, A4), CSRS(SSTATUS, 0), CSRC(SSTATUS, 0), CSRR(SSCRATCH, A1), CSRW(SSCRATCH, A3),
        CSRR(SATP, A4), CSRW(SATP, A4), FENCE_ALL, CSRR(SEPC, A4), CSRW(SEPC, A4)};
    static const uint32_t broken[] = {CSRR(SSTATUS, A0), CSRR(0x300, A2), CSRR(SSTATUS, A2)};
    static const uint32_t mixed[] = {CSRR(SSTATUS, A4), NOP, CSRR(SSTATUS, A0), MOVE(A2, A0), FENCE_ALL, NOP, CSRR(0x5c0, A0)};
    static const uint32_t loop[] = {CSRRW(SSCRATCH, A3, A1), CSRR(SSCRATCH, A0), CSRW(SSCRATCH, A3),
                                    0xfff60613 /* addi a2, a2, -1 */, 0xfe0618e3 /* bnez a2, -16 */};
    struct probe p = start(many, sizeof many / 4, 0x5a5a, 0x0ff0);

    row_begin("chain.many");
    row_result(&p);
    row_hex(p.a[1]);
    row_end();
    p = start(broken, 3, 0, 0x77);
    row_begin("chain.broken");
    row_result(&p);
    row_end();
    p = start(mixed, 7, 0, 0);
    row_begin("chain.mixed");
    row_result(&p);
    row_end();
    p = start(loop, 5, 0x1234, 500);
    row_begin("chain.loop");
    row_result(&p);
    row_end();
}

/* sret upon sret: to S mode and again, then to user mode; each target holds the next one. */
static void returns(void)
{
    static const uint32_t words[] = {
        CSRW(SEPC, A1), CSRS(SSTATUS, A2), SRET, NOP,               /* to + 16 */
        CSRR(SSTATUS, A0), CSRW(SEPC, A3), CSRC(SSTATUS, A2), SRET, /* to user mode */
    };
    static uint32_t code[9] __attribute__((aligned(256)));
    struct probe p = {.sstatus = SSTATUS_SUPERVISOR, .satp = home_satp};

    for (unsigned i = 0; i < 8; i++)
        ((volatile uint32_t *)code)[i] = words[i];
    ((volatile uint32_t *)code)[8] = EBREAK;
    __asm__ volatile("fence.i" ::: "memory");
    p.a[1] = (uint64_t)&code[4];
    p.a[2] = SSTATUS_SPP;
    p.a[3] = user_alias(&code[8]);
    probe_at(&p, code);
    row_begin("chain.return");
    row_result(&p);
    row_end();
}

/* Instructions of four bytes across two pages that are not neighbours; pages of every right. */
static void page_ends(void)
{
    static const uint32_t cases[] = {CSRR(SSTATUS, A0), FENCE_ALL, LOAD_BYTE(A0, A1), STORE_BYTE(A2, A1), CSRR(0x300, A0)};
    static const uint64_t rights[] = {PTE_RWXAD, PTE_V | PTE_X | PTE_A | PTE_D, PTE_V | PTE_R | PTE_X | PTE_A};

    for (size_t r = 0; r < 3; r++)
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
            for (unsigned there = 0; there < 2; there++) {
                struct probe p = {.sstatus = SSTATUS_SUPERVISOR, .fence = 1, .a = {0, UART + SCRATCH, 0x42}};
                struct space s;
                volatile uint16_t *one, *two;

                space_reset();
                s = space_new();
                one = (volatile uint16_t *)page_new();
                (void)page_new();
                two = (volatile uint16_t *)page_new();
                one[2047] = (uint16_t)cases[i];
                two[0] = (uint16_t)(cases[i] >> 16);
                two[1] = (uint16_t)EBREAK;
                two[2] = (uint16_t)(EBREAK >> 16);
                __asm__ volatile("fence.i" ::: "memory");
                s.low->pte[0] = pte_of(one, rights[r]);
                s.low->pte[1] = there ? pte_of(two, rights[r]) : 0;
                p.satp = satp_of(s.top, 0);
                p.pc = TEST_VA + 0xffe;
                write8(UART + SCRATCH, 0x24);
                probe_run(&p);
                row_begin("chain.page-end.%02lx.%lu.%s", rights[r], i, there ? "there" : "absent");
                row_result(&p);
                row_end();
            }
}

/* Privileged instructions up to the end of a page; the next page, which was read, can be executed or not. */
static void falls(void)
{
    static const uint32_t end[] = {LOAD_BYTE(A4, A1), CSRR(SSTATUS, A0), CSRR(SEPC, A3), CSRR(SSTATUS, A4)};
    static const uint64_t rights[] = {PTE_RWXAD, PTE_RWXAD & ~PTE_X, PTE_RWXAD | PTE_U, PTE_V | PTE_R | PTE_A | PTE_D};

    for (size_t r = 0; r < sizeof rights / sizeof rights[0]; r++) {
        struct probe p = {.sstatus = SSTATUS_SUPERVISOR | SSTATUS_SUM, .fence = 1, .a = {0, TEST_VA + PAGE, 0x77}};
        struct space s;
        volatile uint32_t *one, *two;

        space_reset();
        s = space_new();
        one = (volatile uint32_t *)page_new();
        two = (volatile uint32_t *)page_new();
        for (unsigned i = 0; i < 4; i++)
            one[1020 + i] = end[i];
        two[0] = CSRR(SSTATUS, A2);
        two[1] = EBREAK;
        __asm__ volatile("fence.i" ::: "memory");
        s.low->pte[0] = pte_of(one, PTE_RWXAD);
        s.low->pte[1] = pte_of(two, rights[r]);
        p.satp = satp_of(s.top, 0);
        p.pc = TEST_VA + 0xff0;
        probe_run(&p);
        row_begin("chain.fall.%02lx", rights[r]);
        row_result(&p);
        row_end();
    }
}

/* satp is written by code that the new space has something else for: that is what runs next. */
static void other_space(void)
{
    struct space s[2];
    struct probe p = {.sstatus = SSTATUS_SUPERVISOR, .fence = 1};

    space_reset();
    for (uint32_t i = 0; i < 2; i++) {
        volatile uint32_t *code = (volatile uint32_t *)page_new();

        s[i] = space_new();
        code[0] = CSRW(SATP, A1);
        code[1] = LI(A0, 0x11 * (i + 1));
        code[2] = CSRR(SSTATUS, A2);
        code[3] = EBREAK;
        s[i].low->pte[0] = pte_of(code, PTE_RWXAD);
    }
    __asm__ volatile("fence.i" ::: "memory");
    row_begin("chain.other-space");
    for (unsigned i = 0; i < 4; i++) {
        p.sstatus = SSTATUS_SUPERVISOR;
        p.satp = satp_of(s[i % 2].top, 1 + i % 2);
        p.a[1] = satp_of(s[1 - i % 2].top, 2 - i % 2);
        p.pc = TEST_VA;
        probe_run(&p);
        p.fence = 0;
        row_hex(p.scause);
        row_hex(p.a[0]);
        row_hex(p.a[2]);
    }
    row_end();
    s[1].low->pte[0] = 0;
    p.fence = 1;
    p.sstatus = SSTATUS_SUPERVISOR;
    p.satp = satp_of(s[0].top, 1);
    p.a[1] = satp_of(s[1].top, 2);
    p.pc = TEST_VA;
    probe_run(&p);
    row_begin("chain.other-space.absent");
    row_result(&p);
    row_end();
}

/* SUM and MXR set and cleared between loads of the same page. */
static void toggles(void)
{
    static const uint32_t sum[] = {CSRS(SSTATUS, A2), LOAD_BYTE(A0, A1), CSRC(SSTATUS, A2), LOAD_BYTE(A4, A1)};
    static const uint64_t flags[] = {PTE_RWXAD | PTE_U, PTE_V | PTE_X | PTE_A | PTE_D};
    static const uint64_t bit[] = {SSTATUS_SUM, SSTATUS_MXR};

    for (unsigned i = 0; i < 2; i++) {
        struct probe p = {.sstatus = SSTATUS_SUPERVISOR, .fence = 1, .a = {0, TEST_VA, bit[i]}};
        struct space s;
        struct table *page;

        space_reset();
        s = space_new();
        page = page_new();
        page->pte[0] = 0x66;
        s.low->pte[0] = pte_of(page, flags[i]);
        p.satp = satp_of(s.top, 0);
        probe_words(&p, sum, 4);
        row_begin("chain.toggle.%s", i ? "mxr" : "sum");
        row_result(&p);
        row_end();
    }
}

/* scounteren says whether user mode may read the time. */
static void counters(void)
{
    static const uint32_t time[] = {CSRR(0xc01, A0)};
    uint64_t before = csr_read("scounteren");

    for (unsigned enabled = 0; enabled < 2; enabled++) {
        struct probe p = {.sstatus = SSTATUS_USER, .satp = home_satp};

        csr_write("scounteren", enabled ? 2 : 0);
        probe_words(&p, time, 1);
        row_begin("chain.time.user.%s", enabled ? "enabled" : "disabled");
        row_hex(p.scause);
        row_hex(p.stval);
        p.sstatus = SSTATUS_SUPERVISOR;
        probe_words(&p, time, 1);
        row_hex(p.scause);
        row_end();
    }
    csr_write("scounteren", before);
}

void group_chain(const void *tree)
{
    (void)tree;
    registers();
    sequences();
    returns();
    page_ends();
    falls();
    other_space();
    toggles();
    counters();
}
