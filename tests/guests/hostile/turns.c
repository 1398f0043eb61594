/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* State across a switch: guests that run by turns on one hart, each looking for a trace of the other. */
#include "hostile.h"

#define ASID       UINT64_C(7)
#define TURNS      UINT64_C(2000000)
#define OTHER_GIB  UINT64_C(200)
#define OTHER_PAGE (OTHER_GIB << 30)

static void check_csrs(uint64_t seed)
{
    check(csr_read("sscratch") == seed + 40, "sscratch", csr_read("sscratch"));
    check(csr_read("sepc") == ((seed + 44) & ~UINT64_C(3)), "sepc", csr_read("sepc"));
    check(csr_read("stval") == seed + 48, "stval", csr_read("stval"));
}

void case_registers(uint64_t hart, const void *tree)
{
    static uint64_t x[32], f[32];
    uint64_t seed = argument(tree, "seed", 0x1111) << 32 | 0x100000, rounds = 0;

    (void)hart;
    csr_set("sstatus", SSTATUS_FS);
    while (!time_is_up(tree)) {
        csr_write("sscratch", seed + 40);
        csr_write("sepc", (seed + 44) & ~UINT64_C(3));
        csr_write("stval", seed + 48);
        hold_registers(seed, TURNS, x, f);
        check_csrs(seed);
        for (unsigned i = 1; i < 30; i++)
            check(x[i] == seed + i, "x register", x[i]);
        for (unsigned i = 0; i < 32; i++)
            check(f[i] == seed + i, "f register", f[i]);
        seed += 0x10000;
        rounds++;
        csr_write("sscratch", 0);
    }
    say("rounds %lu\n", rounds);
}

/* Both guests know this word by the same address, and leave the same value in it. */
static volatile uint64_t reserved_word;

void case_reserve(uint64_t hart, const void *tree)
{
    (void)hart;
    while (!time_is_up(tree))
        load_reserved(&reserved_word, 1000);
}

void case_store_conditional(uint64_t hart, const void *tree)
{
    uint64_t tries = 0;

    (void)hart;
    store_conditional(&reserved_word);
    while (!time_is_up(tree)) {
        for (unsigned i = 0; i < 1000; i++)
            check(store_conditional(&reserved_word) != 0, "store on another's reservation", tries);
        tries += 1000;
    }
    say("tries %lu\n", tries);
}

/* The same address and ASID, another page on each of two CPUs. */
static uint64_t tables[2][3][512] __attribute__((aligned(4096)));
static volatile uint64_t pages[2][512] __attribute__((aligned(4096)));
static const void *the_tree;
static volatile uint64_t seconds_failures, seconds_rounds, second_done;

static uint64_t own_satp(unsigned who)
{
    uint64_t *root = tables[who][0], *middle = tables[who][1], *leaf = tables[who][2];

    for (uint64_t i = 0; i < 4; i++)
        root[i] = i << 28 | 0xcf;
    root[OTHER_GIB] = (uint64_t)middle >> 12 << 10 | 1;
    middle[0] = (uint64_t)leaf >> 12 << 10 | 1;
    leaf[0] = (uint64_t)pages[who] >> 12 << 10 | 0xcf;
    return UINT64_C(8) << 60 | ASID << 44 | (uint64_t)root >> 12;
}

static uint64_t look(unsigned who, const void *tree, volatile uint64_t *rounds)
{
    uint64_t failures = 0;

    pages[who][0] = 0xa0 + who;
    csr_write("satp", own_satp(who));
    __asm__ volatile("sfence.vma" ::: "memory");
    while (!time_is_up(tree)) {
        for (unsigned i = 0; i < 100000; i++)
            if (read64(OTHER_PAGE) != 0xa0 + who)
                failures++;
        (*rounds)++;
    }
    csr_write("satp", 0);
    __asm__ volatile("sfence.vma" ::: "memory");
    return failures;
}

void second_of_asid(void)
{
    seconds_failures = look(1, the_tree, &seconds_rounds);
    second_done = 1;
}

void case_asid(uint64_t hart, const void *tree)
{
    static volatile uint64_t rounds;
    uint64_t failures, limit;

    the_tree = tree;
    check(sbi(SBI_HSM, 0, hart == 0 ? 1 : 0, (uint64_t)start_second, SECOND_OF_ASID, 0, 0).error == 0, "start other",
          0);
    failures = look(0, tree, &rounds);
    limit = now() + 10 * TICKS_PER_SECOND;
    while (!second_done && now() < limit)
        sleep_ticks(10000);
    check(failures == 0, "stale entry on the first", failures);
    check(second_done && seconds_failures == 0, "stale entry on the second", seconds_failures);
    check(rounds > 1 && seconds_rounds > 1, "both ran", seconds_rounds);
    say("rounds %lu %lu\n", rounds, seconds_rounds);
}
