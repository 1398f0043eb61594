/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Random but repeatable: entries of four address spaces change, each change with a fence that covers it, and between
 * them come accesses in every state, CSR accesses and interrupts. A row is a digest of what was seen in a stretch; with
 * the boot argument detail=n, stretch n is said step by step. seed=n makes other steps.
 */
#include "isa.h"

#define SPACES    4
#define PAGES     6
#define SLOTS     4 /* entries of the lowest table that are used, and of the middle one */
#define STRETCHES 160
#define STEPS     96

static struct space spaces[SPACES];
static struct table *lows[SPACES]; /* a second lowest table of each space */
static struct table *pages[PAGES];
static void *areas[2];
static uint64_t seed, digest;
static bool detail;

static uint64_t pick(uint64_t below)
{
    return random_next(&seed) % below;
}

static void note(const char *what, uint64_t value)
{
    digest = (digest ^ value) * UINT64_C(0x100000001b3);
    if (detail)
        say("  %s %lx\n", what, value);
}

/* Mostly entries that can be used; G would promise what these spaces do not keep. */
static uint64_t flags_of(bool leaf)
{
    uint64_t flags;

    if (pick(8) == 0)
        return random_next(&seed) & 0xdf;
    if (!leaf)
        return PTE_V;
    if (pick(2) == 0)
        return PTE_RWXAD | (random_next(&seed) & PTE_U);
    flags = PTE_V | PTE_A | (random_next(&seed) & (PTE_D | PTE_U | PTE_W | PTE_X | PTE_R));
    return flags & PTE_W ? flags | PTE_R : flags;
}

static uint64_t va_of(uint64_t middle, uint64_t low)
{
    return TEST_VA + middle * UINT64_C(0x200000) + low * PAGE;
}

/* A form of sfence.vma that covers a change: that of a table's entry wants all addresses. */
static uint64_t form_of(bool leaf)
{
    uint64_t form = leaf && pick(3) != 0 ? 2 + pick(2) : pick(2);

    note("fence", form);
    return form;
}

/* For a change at va in space n. */
static void fence(uint64_t n, uint64_t va, uint64_t form)
{
    uint64_t asid = n + 1;

    if (form == 0)
        __asm__ volatile("sfence.vma" ::: "memory");
    else if (form == 1)
        __asm__ volatile("sfence.vma zero, %0" ::"r"(asid) : "memory");
    else if (form == 2)
        __asm__ volatile("sfence.vma %0, zero" ::"r"(va) : "memory");
    else
        __asm__ volatile("sfence.vma %0, %1" ::"r"(va), "r"(asid) : "memory");
}

static void change_leaf(void)
{
    uint64_t n = pick(SPACES), slot = pick(SLOTS), second = pick(2), flags = flags_of(true), form;
    struct table *low = second ? lows[n] : spaces[n].low;

    low->pte[slot] = pte_of(pages[pick(PAGES)], flags);
    note("leaf", n << 16 | second << 12 | slot << 8 | flags);
    form = form_of(true);
    /* The table may stand behind several entries of the middle one. */
    for (uint64_t middle = 0; middle < SLOTS; middle++)
        fence(n, va_of(middle, slot), form);
}

static void change_middle(void)
{
    uint64_t n = pick(SPACES), slot = pick(SLOTS), kind = pick(3), flags = flags_of(kind == 2);
    const void *target = kind == 0 ? (void *)spaces[n].low : kind == 1 ? (void *)lows[n] : areas[pick(2)];

    if (kind == 2 && (flags & (PTE_R | PTE_W | PTE_X)) == 0)
        flags |= PTE_R;
    if (kind != 2)
        flags &= ~(uint64_t)(PTE_R | PTE_W | PTE_X);
    spaces[n].middle->pte[slot] = pte_of(target, flags);
    note("middle", n << 16 | kind << 12 | slot << 8 | flags);
    fence(n, 0, form_of(false));
}

static void access(void)
{
    static const uint64_t states[] = {SSTATUS_SUPERVISOR, SSTATUS_SUPERVISOR | SSTATUS_SUM,
                                      SSTATUS_SUPERVISOR | SSTATUS_MXR, SSTATUS_USER, SSTATUS_USER | SSTATUS_MXR};
    uint64_t n = pick(SPACES), kind = pick(5), place = pick(3) * 8 + 8;
    struct probe p = {.sstatus = states[pick(5)], .satp = satp_of(spaces[n].top, n + 1), .a = {random_next(&seed), 0}};

    p.a[1] = va_of(pick(SLOTS), pick(SLOTS));
    note("access", n << 48 | kind << 40 | p.a[1] << 8 | (p.sstatus >> 8 & 0xff));
    if (kind == 0) {
        p.pc = p.a[1];
        probe_run(&p);
    } else {
        p.a[1] += kind == 4 ? PAGE - 4 : place; /* the last one reaches into the next page */
        probe_at(&p, kind == 1 ? do_store : do_load);
    }
    note("cause", p.scause);
    note("value", p.scause == CAUSE_BREAK ? p.a[0] * (kind > 1) : p.stval);
}

/* Registers in which every machine keeps the same bits. */
static void csr(void)
{
    static const struct {
        uint32_t number;
        uint64_t mask;
    } rows[] = {{0x140, UINT64_MAX}, {0x141, ~UINT64_C(1)}, {0x142, UINT64_MAX}, {0x143, UINT64_MAX},
                {0x100, 0xc6120},    {0x104, 0x222},        {0x14d, UINT64_MAX}, {0x105, ~UINT64_C(3)}};
    uint64_t which = pick(8), form = 1 + pick(3);
    uint32_t number = rows[which].number << 20;
    /* csrrw a4, csr, zero; form a0, csr, a1; form a3, csr, a2; csrr a5, csr; csrw csr, a4 */
    const uint32_t words[] = {number | 0x1773, number | 0x58573 | (uint32_t)form << 12, number | 0x606f3 | (uint32_t)form << 12,
                              number | 0x27f3, number | 0x71073};
    struct probe p = {.sstatus = SSTATUS_SUPERVISOR, .satp = home_satp};

    p.a[1] = random_next(&seed) & rows[which].mask;
    p.a[2] = random_next(&seed) & rows[which].mask;
    probe_words(&p, words, 5);
    note("csr", which << 8 | form);
    note("old", p.a[0]);
    note("then", p.a[3]);
    note("last", p.a[5]);
}

/* The external interrupt stays out: QEMU does not take it in its order. */
static void interrupt(void)
{
    static const uint32_t nop[] = {NOP};
    uint64_t state = pick(4), pending = pick(4), enabled = pick(4);
    struct probe p = {.satp = home_satp};

    p.sstatus = (state & 1 ? SSTATUS_SPP : 0) | (state & 2 ? SSTATUS_SPIE : 0);
    csr_write("sie", (enabled & 1) << IRQ_SOFTWARE | enabled >> 1 << IRQ_TIMER);
    csr_write("stimecmp", pending & 2 ? 0 : UINT64_MAX);
    if (pending & 1)
        csr_set("sip", 1u << IRQ_SOFTWARE);
    probe_words(&p, nop, 1);
    csr_write("sie", 0);
    csr_write("stimecmp", UINT64_MAX);
    csr_clear("sip", 1u << IRQ_SOFTWARE);
    note("interrupt", state << 16 | pending << 8 | enabled);
    note("cause", p.scause);
    note("sepc", p.sepc - p.pc);
    note("sstatus", p.sstatus);
}

static void make(void)
{
    space_reset();
    for (unsigned i = 0; i < SPACES; i++) {
        spaces[i] = space_new();
        lows[i] = table_new();
    }
    for (unsigned i = 0; i < PAGES; i++)
        pages[i] = page_new();
    for (unsigned i = 0; i < 2; i++)
        areas[i] = area_new();
    for (unsigned i = 0; i < PAGES; i++)
        for (unsigned k = 0; k < PTES; k++)
            pages[i]->pte[k] = k ? (uint64_t)i << 32 | k : EBREAK;
    for (unsigned i = 0; i < 2; i++)
        for (unsigned k = 0; k < SLOTS * PTES; k++)
            ((volatile uint64_t *)areas[i])[k] = k % PTES ? (uint64_t)(i + 16) << 32 | k : EBREAK;
    __asm__ volatile("fence.i\n sfence.vma" ::: "memory");
}

void group_random(const void *tree)
{
    const char *number = tree_argument(tree, "detail"), *other = tree_argument(tree, "seed");

    seed = UINT64_C(0x243f6a8885a308d3) ^ (other ? number_of(other) : 0);
    make();
    for (unsigned stretch = 0; stretch < STRETCHES; stretch++) {
        detail = number != NULL && number_of(number) == stretch;
        digest = UINT64_C(0xcbf29ce484222325);
        for (unsigned step = 0; step < STEPS; step++) {
            uint64_t what = pick(16);

            if (what < 3)
                change_leaf();
            else if (what < 4)
                change_middle();
            else if (what < 13)
                access();
            else if (what < 15)
                csr();
            else
                interrupt();
        }
        row_begin("random.%u", stretch);
        row_hex(digest);
        row_end();
    }
}
