/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "suite.h"
#include "walk.h"
#include "world.h"

#define RAM   GUEST_RAM_BASE
#define LEAF  0x4bu /* V R X A */
#define USER  0x10u
#define TABLE 0x01u
#define SV39  (UINT64_C(8) << 60)
#define SV48  (UINT64_C(9) << 60)

static struct vcpu_page *page;

static int begin(void **state)
{
    (void)state;
    world_make(1);
    page = world.page[0];
    page->supervisor = 1;
    return 0;
}

static int end(void **state)
{
    (void)state;
    world_drop();
    return 0;
}

static void entry(uint64_t table, uint64_t index, uint64_t gpa, uint64_t bits)
{
    uint64_t pte = (gpa >> 12) << 10 | bits;

    memcpy(world.memory + table - RAM + 8 * index, &pte, sizeof pte);
}

static void reaches(uint64_t va, uint64_t expected)
{
    uint64_t gpa = 0;

    assert_true(walk_execute(&world.monitor.memory, page, va, &gpa));
    assert_int_equal(gpa, expected);
}

static void faults(uint64_t va)
{
    uint64_t gpa;

    assert_false(walk_execute(&world.monitor.memory, page, va, &gpa));
}

static void bare(void **state)
{
    (void)state;
    reaches(0x1234, 0x1234);
}

static void three_levels(void **state)
{
    (void)state;
    page->vsatp = SV39 | (RAM + 0x1000) >> 12;
    entry(RAM + 0x1000, 1, RAM + 0x2000, TABLE);
    entry(RAM + 0x2000, 2, RAM + 0x3000, TABLE);
    entry(RAM + 0x3000, 3, RAM + 0x5000, LEAF);
    reaches(0x40403abc, RAM + 0x5abc);
    faults(0x40404000);
    faults(0x40403000 | UINT64_C(1) << 39); /* not canonical */
    entry(RAM + 0x1000, 511, RAM + 0x2000, TABLE);
    reaches(0xffffffffc0403abc, RAM + 0x5abc);
    page->vsatp = SV48 | (RAM + 0x8000) >> 12;
    entry(RAM + 0x8000, 7, RAM + 0x1000, TABLE);
    reaches((UINT64_C(7) << 39) + 0x40403abc, RAM + 0x5abc);
    page->vsatp = UINT64_C(7) << 60;
    faults(0x40403abc);
}

static void superpages(void **state)
{
    (void)state;
    page->vsatp = SV39 | (RAM + 0x1000) >> 12;
    entry(RAM + 0x1000, 0, RAM, LEAF);
    reaches(0x12345678, RAM + 0x12345678);
    entry(RAM + 0x1000, 0, RAM + 0x1000, LEAF); /* not aligned */
    faults(0x12345678);
    entry(RAM + 0x1000, 0, RAM + 0x2000, TABLE);
    entry(RAM + 0x2000, 1, RAM + 0x200000, LEAF);
    reaches(0x3fffff, RAM + 0x3fffff);
}

static void rights(void **state)
{
    static const uint64_t bad[] = {0x4a, 0x43, 0x0b, 0x45, 0x05}; /* no V, X, A; W without R */

    (void)state;
    page->vsatp = SV39 | (RAM + 0x1000) >> 12;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        entry(RAM + 0x1000, 0, RAM, bad[i]);
        faults(0);
    }
    entry(RAM + 0x1000, 0, RAM, LEAF | USER);
    faults(0);
    page->supervisor = 0;
    reaches(0, RAM);
    entry(RAM + 0x1000, 0, RAM, LEAF);
    faults(0);
}

static void tables_outside_memory(void **state)
{
    (void)state;
    page->vsatp = SV39 | 5;
    faults(0);
    page->vsatp = SV39 | (RAM + WORLD_MEMORY) >> 12;
    faults(0);
    page->vsatp = SV39 | (RAM + 0x1000) >> 12;
    entry(RAM + 0x1000, 0, 0x1000, TABLE);
    faults(0);
    entry(RAM + 0x1000, 0, RAM + 0x1000, TABLE); /* a table of itself ends in no leaf */
    faults(0);
}

static void contiguous_pages(void **state)
{
    (void)state;
    page->vsatp = SV39 | (RAM + 0x1000) >> 12;
    entry(RAM + 0x1000, 0, RAM + 0x2000, TABLE);
    entry(RAM + 0x2000, 0, RAM + 0x3000, TABLE);
    entry(RAM + 0x3000, 5, RAM + 0x18000, LEAF | UINT64_C(1) << 63);
    reaches(0x5123, RAM + 0x15123);
}

static void instruction_across_pages(void **state)
{
    uint32_t word = 0;

    (void)state;
    page->vsatp = SV39 | (RAM + 0x1000) >> 12;
    entry(RAM + 0x1000, 0, RAM + 0x2000, TABLE);
    entry(RAM + 0x2000, 0, RAM + 0x3000, TABLE);
    entry(RAM + 0x3000, 0, RAM + 0x7000, LEAF);
    entry(RAM + 0x3000, 1, RAM + 0x5000, LEAF);
    memcpy(world.memory + 0x7ffe, "\x03\xc5", 2);
    memcpy(world.memory + 0x5000, "\x05\x00", 2);
    page->pc = 0xffe;
    assert_true(walk_fetch(&world.monitor.memory, page, &word));
    assert_int_equal(word, 0x0005c503);
    entry(RAM + 0x3000, 1, RAM + 0x5000, 0);
    assert_false(walk_fetch(&world.monitor.memory, page, &word));
    memcpy(world.memory + 0x7ffe, "\x88\x41", 2); /* compressed: the next page does not matter */
    assert_true(walk_fetch(&world.monitor.memory, page, &word));
    assert_int_equal(word, 0x4188);
    page->pc = 0xfff;
    assert_false(walk_fetch(&world.monitor.memory, page, &word));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
static const struct CMUnitTest tests[] = {
    TEST(bare),
    TEST(three_levels),
    TEST(superpages),
    TEST(rights),
    TEST(tables_outside_memory),
    TEST(contiguous_pages),
    TEST(instruction_across_pages),
};
SUITE_MAIN("monitor-walk", tests)
