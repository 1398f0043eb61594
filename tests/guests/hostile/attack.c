/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Page tables as no honest guest builds them. What an access must lead to is worked out from the tables by the
 * privileged specification [priv §10.3.2], apart from whoever translates: hardware, or the kernel in shadow mode.
 */
#include "hostile.h"

#define V        1u
#define R        2u
#define W        4u
#define X        8u
#define U        16u
#define A        64u
#define D        128u
#define MXR      0x80000u
#define RETURNS  UINT64_C(0x0000806700008067) /* ret, twice */
#define TABLES   6
#define PAGES    4
#define LOW_GIB  64
#define HIGH_GIB 320
#define SPARE    UINT64_C(200)

enum kind { LOAD, STORE, FETCH };
static const struct {
    const char *name;
    enum kind kind;
} ops[] = {{"read", LOAD}, {"write", STORE}, {"exec", FETCH}, {"amo", STORE}, {"lr", LOAD}, {"float", LOAD}};
#define OPS (sizeof ops / sizeof ops[0])

static const uint64_t page_fault[] = {13, 15, 12}, access_fault[] = {5, 7, 1};
static const uint64_t devices[] = {0x10000000, 0x0c000000, 0x0c200000, 0x0c201000, 0x02000000, 0x100000, 0x1000};

static uint64_t roots[2][512] __attribute__((aligned(4096)));
static uint64_t tables[TABLES][512] __attribute__((aligned(4096)));
static uint64_t pages[PAGES][512] __attribute__((aligned(4096)));
static struct range memory;

static uint64_t entry(uint64_t address, uint64_t bits)
{
    return address >> 12 << 10 | bits;
}

static bool is_own(uint64_t address)
{
    return address - memory.base < memory.bytes;
}

static bool is_in(uint64_t address, const void *page)
{
    return address >> 12 == (uint64_t)page >> 12;
}

/* The lowest 4 GiB map themselves: the program runs there. */
static void begin(const void *tree)
{
    memory = tree_memory(tree);
    for (unsigned r = 0; r < 2; r++)
        for (uint64_t i = 0; i < 512; i++)
            roots[r][i] = i < 4 ? entry(i << 30, V | R | W | X | A | D) : 0;
}

static void use(const void *root, uint64_t asid)
{
    csr_write("satp", UINT64_C(8) << 60 | asid << 44 | (uint64_t)root >> 12);
}

static void fence(void)
{
    __asm__ volatile("sfence.vma" ::: "memory");
}

static bool is_allowed(uint64_t e, enum kind kind, uint64_t status)
{
    if (!(e & A) || ((e & U) && (kind == FETCH || !(status & SSTATUS_SUM))))
        return false;
    if (kind == FETCH)
        return e & X;
    return kind == STORE ? (e & (W | D)) == (W | D) : e & R || (e & X && status & MXR);
}

/* The cause of the fault, or 0 and where the access goes. */
static uint64_t walk(uint64_t va, enum kind kind, uint64_t status, uint64_t *to)
{
    uint64_t table = (uint64_t)roots[0];

    for (int level = 2; level >= 0; level--) {
        uint64_t bytes = PAGE << 9 * level, e;

        if (!is_own(table))
            return access_fault[kind];
        e = read64(table + (va >> (12 + 9 * level) & 511) * 8);
        if (!(e & V) || (e & (R | W)) == W || e >> 54)
            return page_fault[kind];
        table = e >> 10 << 12;
        if (e & (R | W | X)) {
            *to = table | (va & (bytes - 1));
            return (table & (bytes - 1)) == 0 && is_allowed(e, kind, status) ? 0 : page_fault[kind];
        }
        if (e & (U | A | D))
            break;
    }
    return page_fault[kind];
}

/* An entry that leads astray: into its own tables, into others' memory, to devices, nowhere. */
static uint64_t stray_entry(void)
{
    uint64_t rights = random() % 256 | (random() % 4 ? V | R | A | D : V), n = random();

    switch (n % 12) {
    case 0:
        return 0;
    case 1:
        return entry((uint64_t)roots[0], V);
    case 2:
        return entry((uint64_t)pages[n >> 8 & 3], rights);
    case 3:
        return entry((uint64_t)tables[(n >> 8) % TABLES], rights);
    case 4:
        return entry(memory.base + memory.bytes + (n >> 8) % (UINT64_C(1) << 30), V);
    case 5:
        return entry(devices[(n >> 8) % (sizeof devices / sizeof devices[0])], V);
    case 6:
        return n >> 20 << 10 | (random() % 2 ? V : rights);
    case 7:
        return entry(memory.base + (n >> 8) % 4 * 0x200000, rights);
    case 8:
        return entry((uint64_t)pages[n >> 8 & 3], rights) | UINT64_C(1) << (54 + (n >> 16) % 10);
    default:
        return entry((uint64_t)tables[(n >> 8) % TABLES], V | (n >> 16 & 15 ? 0 : rights & (U | A | D)));
    }
}

/*
 * An access whose outcome is known; false where it would leave the guest's memory or spoil the test. On one hart QEMU
 * makes a load and a store of an atomic instruction: then that load, too, must not leave the memory.
 */
static bool is_safe(uint64_t va, uint64_t cause, enum kind kind, uint64_t status, uint64_t to)
{
    if (cause != 0)
        return kind != STORE || walk(va, LOAD, status, &to) != 0 || is_own(to);
    return kind == LOAD ? is_own(to) : is_in(to, pages[kind == FETCH ? 0 : 1]);
}

static void expect_outcome(size_t op, uint64_t va, uint64_t cause, uint64_t to)
{
    uint64_t before = cause == 0 ? read64(to) : 0, value;

    expect();
    value = access_by(ops[op].name, va);
    if (expected())
        check(cause == trap.scause && trap.stval == va, "fault", va << 8 | trap.scause);
    else if (cause != 0)
        check(false, "no fault", va << 8 | cause);
    else if (ops[op].kind == LOAD)
        check(value == before, "value", va);
    else if (ops[op].kind == STORE)
        check(read64(to) != before, "stored", va);
}

/* Random strays on the way to an address, thousands of times: each access ends as the tables say. */
void case_strays(uint64_t hart, const void *tree)
{
    uint64_t turns = argument(tree, "turns", 6000), counts[3] = {0};

    (void)hart;
    begin(tree);
    for (unsigned i = 0; i < PAGES * 512; i++)
        pages[i / 512][i % 512] = i / 512 == 1 ? i : RETURNS;
    __asm__ volatile("fence.i" ::: "memory");
    use(roots[0], 0);
    for (uint64_t turn = 0; turn < turns; turn++) {
        uint64_t n = random(), top = (n & 1 ? LOW_GIB : HIGH_GIB) + (n >> 1 & 3), to = 0, cause;
        uint64_t va = top << 30 | (n >> 8 & 3) << 21 | (n >> 16 & 3) << 12 | (n >> 20 & 0xff8);
        uint64_t status = (n >> 40 & 1 ? SSTATUS_SUM : 0) | (n >> 41 & 1 ? MXR : 0);
        size_t op = (n >> 48) % OPS;

        va = (uint64_t)((int64_t)(va << 25) >> 25);
        roots[0][top] = n >> 32 & 7 ? entry((uint64_t)tables[n >> 36 & 1], V) : stray_entry();
        tables[n >> 36 & 1][va >> 21 & 511] = stray_entry();
        tables[random() % TABLES][va >> 12 & 511] = stray_entry();
        csr_clear("sstatus", SSTATUS_SUM | MXR);
        csr_set("sstatus", status);
        fence();
        pages[1][va / 8 % 512] = turn << 8; /* neither what is stored nor odd */
        cause = walk(va, ops[op].kind, status, &to);
        if (!is_safe(va, cause, ops[op].kind, status, to))
            continue;
        counts[cause == 0 ? 0 : cause < 8 ? 1 : 2]++;
        expect_outcome(op, va, cause, to);
    }
    csr_write("satp", 0);
    fence();
    csr_clear("sstatus", SSTATUS_SUM | MXR);
    say("went %lu, access faults %lu, page faults %lu\n", counts[0], counts[1], counts[2]);
    check(counts[0] > turns / 50 && counts[1] > turns / 50 && counts[2] > turns / 50, "all three came", counts[1]);
}

/* Addresses that Sv39 does not have; the kernel and its map of all memory stand at some of them in shadow mode. */
void case_kernel(uint64_t hart, const void *tree)
{
    static const uint64_t base = UINT64_C(0x6000000000);
    uint64_t turns = argument(tree, "turns", 6000);

    (void)hart;
    begin(tree);
    for (unsigned i = 4; i < 512; i++)
        roots[0][i] = entry((uint64_t)i << 30, V | R | W | X | A | D);
    use(roots[0], 0);
    csr_set("sstatus", SSTATUS_SUM | MXR);
    for (uint64_t turn = 0; turn < turns; turn++) {
        uint64_t n = random(), va = random() & ~UINT64_C(7);
        size_t op = n % OPS;

        if (n >> 8 & 3)
            va = base + (n >> 8 & 1 ? va % (UINT64_C(1) << 37) : va % (UINT64_C(1) << 31));
        if ((int64_t)(va << 25) >> 25 == (int64_t)va)
            continue;
        if (n >> 16 & 1)
            __asm__ volatile("sfence.vma %0, zero" ::"r"(va) : "memory");
        expect_outcome(op, va, page_fault[ops[op].kind], 0);
    }
    csr_write("satp", 0);
    fence();
    csr_clear("sstatus", SSTATUS_SUM | MXR);
}

/* A leaf of 1 GiB that goes on behind the memory: the guest's own is there, and nothing else. */
void case_span(uint64_t hart, const void *tree)
{
    uint64_t beyond;

    (void)hart;
    begin(tree);
    beyond = memory.base + memory.bytes + random() % 0x1000 * PAGE;
    roots[0][SPARE] = entry(memory.base, V | R | W | X | A | D);
    use(roots[0], 0);
    fence();
    for (uint64_t a = memory.base; a < memory.base + memory.bytes; a += PAGE)
        check(read64(SPARE << 30 | (a & 0x3fffffff)) == read64(a), "own page through the leaf", a);
    attack(tree_argument(tree, "op"), SPARE << 30 | (beyond & 0x3fffffff));
}

/* A page of a range a life, through a leaf of any level. */
void case_maps(uint64_t hart, const void *tree)
{
    uint64_t base = argument(tree, "base", 0), bytes = argument(tree, "bytes", PAGE);
    uint64_t to = (base + random() % (bytes / PAGE) * PAGE) & UINT64_C(0xfffffffffff000), n = random();
    uint64_t level = n % 3, leaf = entry(to & ~((PAGE << 9 * level) - 1), V | R | W | X | A | D);

    (void)hart;
    if (time_is_up(tree))
        return;
    begin(tree);
    roots[0][SPARE] = level == 2 ? leaf : entry((uint64_t)tables[0], V);
    tables[0][to >> 21 & 511] = level == 1 ? leaf : entry((uint64_t)tables[1], V);
    tables[1][to >> 12 & 511] = leaf;
    use(roots[0], 0);
    fence();
    attack(ops[n >> 8 & 3].name, SPARE << 30 | (to & 0x3fffffff) | (n >> 16 & 0xff8));
}

/*
 * Tens of thousands of address spaces without a fence between them, of pages that each want tables of their own: more
 * than any cache of translations holds. Even ASIDs see the pages in order, odd ones in reverse.
 */
void case_spaces(uint64_t hart, const void *tree)
{
    uint64_t turns = argument(tree, "turns", 4000), free, n, k;
    struct range range[FREE_RANGES];

    (void)hart;
    for (n = free_memory(tree, range); n > 1 && range[n - 1].bytes < 512 * PAGE; n--) {
    }
    free = range[n - 1].base;
    begin(tree);
    for (k = 0; k < 512; k++) {
        write64(free + k * PAGE, k);
        for (uint64_t r = 0; r < 2; r++) {
            tables[2 * r][k] = entry((uint64_t)tables[2 * r + 1], V);
            tables[2 * r + 1][k] = entry(free + (r ? 511 - k : k) * PAGE, V | R | W | A | D);
            if (k >= LOW_GIB)
                roots[r][k] = entry((uint64_t)tables[2 * r], V);
        }
    }
    for (uint64_t turn = 0; turn < turns; turn++) {
        uint64_t asid = random() % 65536;

        use(roots[asid % 2], asid);
        for (unsigned i = 0; i < 4; i++) {
            n = random();
            k = n % 512;
            n = (uint64_t)((int64_t)((LOW_GIB + (n >> 16) % (512 - LOW_GIB)) << 55) >> 25) | (n >> 32 & 511) << 21;
            check(read64(n | k << 12) == (asid % 2 ? 511 - k : k), "page of a space", asid);
            write64((n | k << 12) + 8, turn << 8 | i);
            check(read64(free + (asid % 2 ? 511 - k : k) * PAGE + 8) == (turn << 8 | i), "stored in the page", asid);
        }
    }
    csr_write("satp", 0);
    fence();
}
