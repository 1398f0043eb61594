/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* One CPU changes the tables that the other's accesses go by; storms of fences; guests that never leave their faults. */
#include "hostile.h"

#define V     1u
#define R     2u
#define W     4u
#define RX    10u
#define RWX   14u
#define U     16u
#define AD    192u
#define RET   UINT64_C(0x0000806700008067)
#define PLACE (UINT64_C(200) << 30 | UINT64_C(5) << 21 | UINT64_C(6) << 12)
#define LARGE 0x400000 /* of the memory, unused: a page of 2 MiB */
#define HOST  UINT64_C(0x80800000)
#define TAG   UINT64_C(0x7a60)
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static uint64_t root[2][512] __attribute__((aligned(4096)));
static uint64_t middle[2][512] __attribute__((aligned(4096)));
static uint64_t low[2][512] __attribute__((aligned(4096)));
static uint64_t pages[2][512] __attribute__((aligned(4096)));
static const void *the_tree;
static volatile uint64_t second_done, seconds_failures, seconds_rounds;
static uint64_t end;
static bool fences;

static uint64_t entry(uint64_t address, uint64_t bits)
{
    return address >> 12 << 10 | bits;
}

static uint64_t satp_of_cpu(unsigned who)
{
    for (uint64_t i = 0; i < 4; i++)
        root[who][i] = entry(i << 30, V | RWX | AD);
    root[who][PLACE >> 30] = entry((uint64_t)middle[who], V);
    middle[who][5] = entry((uint64_t)low[who], V);
    low[who][6] = entry((uint64_t)pages[who], V | RWX | AD);
    return UINT64_C(8) << 60 | (uint64_t)root[who] >> 12;
}

static bool is_over(void)
{
    return now() >= end;
}

static void start_other(uint64_t hart)
{
    end = now() + argument(the_tree, "ms", 2000) * (TICKS_PER_SECOND / 1000);
    check(sbi(SBI_HSM, 0, hart == 0 ? 1 : 0, (uint64_t)start_second, SECOND_OF_FLIP, 0, 0).error == 0, "start other",
          0);
}

static void wait_for_other(void)
{
    uint64_t limit = now() + 10 * TICKS_PER_SECOND;

    while (!second_done && now() < limit)
        sleep_ticks(10000);
    check(second_done && seconds_failures == 0, "the other", seconds_failures);
    check(seconds_rounds > 10, "the other ran", seconds_rounds);
}

/* The other CPU: on each level right and wrong entries by turns, as fast as it can. */
static void flip(void)
{
    uint64_t large = tree_memory(the_tree).base + LARGE;
    const uint64_t tops[] = {
        entry((uint64_t)middle[0], V), 0, entry((uint64_t)root[0], V), entry(0x90000000, V), entry(0x10000000, V),
    };
    const uint64_t middles[] = {
        entry((uint64_t)low[0], V), entry(large, V | RWX | AD), 0, entry((uint64_t)middle[0], V),
        entry(0x0c000000, V), entry(large, V | R | AD), entry(0xa0000000, V), entry(large + PAGE, V | RWX | AD),
    };
    const uint64_t lows[] = {
        entry((uint64_t)pages[0], V | RWX | AD), entry((uint64_t)pages[1], V | RWX | AD), 0,
        entry((uint64_t)pages[0], V | RX | AD), entry((uint64_t)pages[1], V | RWX | U | AD),
        entry((uint64_t)pages[1], V | RWX | AD) | UINT64_C(1) << 60, entry((uint64_t)pages[0], V | W | AD),
    };
    bool out = argument(the_tree, "out", 0) != 0;

    while (!is_over()) {
        uint64_t n = random();

        *(volatile uint64_t *)&low[0][6] = lows[n % COUNT(lows)];
        if (out && n >> 8 & 1)
            *(volatile uint64_t *)&low[0][6] = entry(HOST + (n >> 32) % 0x7000 * PAGE, V | RWX | AD);
        if (n >> 16 & 1)
            *(volatile uint64_t *)&middle[0][5] = middles[(n >> 17 & 7) > 3 ? n >> 60 & 7 : n >> 17 & 1];
        if (out && (n >> 20 & 15) == 0)
            *(volatile uint64_t *)&middle[0][5] = entry((HOST | n >> 32 << 21) & 0xbfe00000, V | RWX | AD);
        if ((n >> 24 & 3) == 0)
            *(volatile uint64_t *)&root[0][PLACE >> 30] = tops[(n >> 26 & 3) == 0 ? (n >> 32) % COUNT(tops) : 0];
        seconds_rounds++;
    }
}

static void fence_somehow(uint64_t n)
{
    uint64_t va = n & 1u << 8 ? PLACE : random(), asid = n & 1u << 9 ? 0 : random();

    if (n % 4 == 0)
        __asm__ volatile("sfence.vma" ::: "memory");
    else if (n % 4 == 1)
        __asm__ volatile("sfence.vma %0, zero" ::"r"(va) : "memory");
    else if (n % 4 == 2)
        __asm__ volatile("sfence.vma zero, %0" ::"r"(asid) : "memory");
    else
        __asm__ volatile("sfence.vma %0, %1" ::"r"(va), "r"(asid) : "memory");
}

/* Each access goes to one of the guest's three pages, or to its own handler. */
void case_flip(uint64_t hart, const void *tree)
{
    static const char *const ops[] = {"read", "write", "exec", "amo", "lr"};
    static const uint64_t places[] = {0, 8, 16, 24, 0};
    uint64_t *const large = (uint64_t *)(tree_memory(tree).base + LARGE + 6 * PAGE), went = 0, faults = 0;

    if (time_is_up(tree))
        return;
    the_tree = tree;
    large[0] = pages[0][0] = pages[1][0] = TAG;
    large[2] = pages[0][2] = pages[1][2] = RET;
    csr_write("satp", satp_of_cpu(0));
    __asm__ volatile("sfence.vma\nfence.i" ::: "memory");
    say("probe 0x%lx\n", PLACE);
    start_other(hart);
    while (!is_over()) {
        uint64_t n = random(), op = n % COUNT(ops), value;

        if ((n >> 8 & 7) == 0)
            fence_somehow(n >> 16);
        expect();
        value = access_by(ops[op], PLACE + places[op]);
        if (!expected()) {
            went++;
            check(places[op] != 0 || value == TAG, "SURVIVED", value);
        } else {
            faults++;
            check(trap.scause == 1 || trap.scause == 5 || trap.scause == 7 || trap.scause == 12 || trap.scause == 13 ||
                      trap.scause == 15,
                  "cause", trap.scause);
            check(trap.stval == PLACE + places[op], "stval", trap.stval);
        }
    }
    csr_write("satp", 0);
    __asm__ volatile("sfence.vma" ::: "memory");
    wait_for_other();
    check(went > 10 && faults > 10, "both came", went);
    say("went %lu, faults %lu\n", went, faults);
}

/* What a fence of one's own names is gone after it, whatever the other CPU fences meanwhile. */
static uint64_t fence_storm(unsigned who, volatile uint64_t *rounds)
{
    uint64_t failures = 0;

    csr_write("satp", satp_of_cpu(who));
    __asm__ volatile("sfence.vma" ::: "memory");
    while (!is_over()) {
        uint64_t n = random(), which = n >> 10 & 1;

        fence_somehow(n);
        if ((n >> 12 & 15) == 0)
            sbi(SBI_RFENCE, n >> 16 & 1 ? 1 : 2, 3, 0, n >> 17 & 1 ? PLACE : random(), random() >> (n >> 56), 0);
        low[who][6] = entry((uint64_t)pages[which], V | RWX | AD);
        __asm__ volatile("sfence.vma %0, zero" ::"r"(PLACE) : "memory");
        failures += read64(PLACE) != TAG + which;
        (*rounds)++;
    }
    csr_write("satp", 0);
    __asm__ volatile("sfence.vma" ::: "memory");
    return failures;
}

void second_of_flip(void)
{
    if (fences)
        seconds_failures = fence_storm(1, &seconds_rounds);
    else
        flip();
    second_done = 1;
}

void case_fence(uint64_t hart, const void *tree)
{
    static volatile uint64_t rounds;
    uint64_t failures;

    the_tree = tree;
    fences = true;
    pages[0][0] = TAG;
    pages[1][0] = TAG + 1;
    start_other(hart);
    failures = fence_storm(0, &rounds);
    check(failures == 0, "stale behind a fence", failures);
    check(rounds > 10, "rounds", rounds);
    wait_for_other();
    say("rounds %lu %lu\n", rounds, seconds_rounds);
}

/* A trap vector that cannot be fetched, for a reason that is the guest's own: it traps without end. */
void case_faults(uint64_t hart, const void *tree)
{
    uint64_t vector = argument(tree, "vector", PLACE), table = argument(tree, "table", 0);

    (void)hart;
    csr_write("satp", satp_of_cpu(0));
    if (table != 0)
        root[0][PLACE >> 30] = entry(table, V);
    else
        low[0][6] = 0;
    __asm__ volatile("sfence.vma" ::: "memory");
    say("probe 0x%lx\n", vector);
    csr_write("stvec", vector);
    __asm__ volatile("unimp");
    say("SURVIVED\n");
}
