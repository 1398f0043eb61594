/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "plic.h"
#include "suite.h"

#define ENABLE(context)    (0x2000u + 0x80u * (context))
#define THRESHOLD(context) (0x200000u + 0x1000u * (context))
#define CLAIM(context)     (THRESHOLD(context) + 4u)

static struct plic p;

static int begin(void **state)
{
    (void)state;
    plic_reset(&p, 2);
    plic_write(&p, 4 * 10, 3);
    plic_write(&p, 4 * 11, 3);
    plic_write(&p, 4 * 40, 5);
    plic_write(&p, ENABLE(1), 1u << 10 | 1u << 11 | 1u);
    plic_write(&p, ENABLE(1) + 4, 1u << 8);
    return 0;
}

static void registers_read_back(void **state)
{
    (void)state;
    assert_int_equal(plic_read(&p, 40), 3);
    plic_write(&p, 40, 0xff);
    assert_int_equal(plic_read(&p, 40), 7);
    plic_write(&p, 0, 7); /* there is no source 0 */
    assert_int_equal(plic_read(&p, 0), 0);
    assert_int_equal(plic_read(&p, ENABLE(1)), 0xc00);
    plic_write(&p, THRESHOLD(3), 2);
    assert_int_equal(plic_read(&p, THRESHOLD(3)), 2);
    plic_write(&p, THRESHOLD(4), 2); /* of a hart that is not there */
    assert_int_equal(plic_read(&p, THRESHOLD(4)), 0);
    plic_write(&p, ENABLE(4), 2);
    assert_int_equal(plic_read(&p, ENABLE(4)), 0);
}

static void claim_and_complete(void **state)
{
    (void)state;
    plic_level(&p, 10, true);
    assert_int_equal(p.lines, 1);
    assert_int_equal(plic_read(&p, 0x1000), 1u << 10);
    assert_int_equal(plic_read(&p, CLAIM(1)), 10);
    assert_int_equal(p.lines, 0);
    assert_int_equal(plic_read(&p, CLAIM(1)), 0);
    plic_write(&p, CLAIM(1), 10); /* the level is still high */
    assert_int_equal(p.lines, 1);
    assert_int_equal(plic_read(&p, CLAIM(1)), 10);
    plic_level(&p, 10, false);
    plic_write(&p, CLAIM(1), 10);
    assert_int_equal(p.lines, 0);
}

static void priority_and_ties(void **state)
{
    (void)state;
    plic_level(&p, 11, true);
    plic_level(&p, 10, true);
    plic_level(&p, 40, true);
    assert_int_equal(plic_read(&p, CLAIM(1)), 40);
    assert_int_equal(plic_read(&p, CLAIM(1)), 10);
    assert_int_equal(plic_read(&p, CLAIM(1)), 11);
}

static void threshold_masks_the_line_only(void **state)
{
    (void)state;
    plic_write(&p, THRESHOLD(1), 3);
    plic_level(&p, 10, true);
    assert_int_equal(p.lines, 0);
    plic_level(&p, 40, true);
    assert_int_equal(p.lines, 1);
    plic_write(&p, THRESHOLD(1), 7);
    assert_int_equal(p.lines, 0);
    assert_int_equal(plic_read(&p, CLAIM(1)), 40);
}

static void completion_needs_the_enable(void **state)
{
    (void)state;
    plic_level(&p, 10, true);
    assert_int_equal(plic_read(&p, CLAIM(1)), 10);
    plic_write(&p, CLAIM(3), 10); /* not enabled there */
    assert_int_equal(p.lines, 0);
    plic_write(&p, CLAIM(1), 96);
    plic_write(&p, CLAIM(1), UINT32_MAX);
    assert_int_equal(p.lines, 0);
    plic_write(&p, CLAIM(1), 10);
    assert_int_equal(p.lines, 1);
}

static void machine_contexts_drive_nothing(void **state)
{
    (void)state;
    plic_write(&p, ENABLE(1), 0);
    plic_write(&p, ENABLE(0), 1u << 10);
    plic_write(&p, ENABLE(3), 1u << 10);
    plic_level(&p, 10, true);
    assert_int_equal(p.lines, 2);
}

static void sources_out_of_range_are_ignored(void **state)
{
    struct plic before = p;

    (void)state;
    plic_level(&p, 0, true);
    plic_level(&p, PLIC_SOURCES, true);
    plic_level(&p, UINT32_MAX, true);
    assert_memory_equal(&p, &before, sizeof p);
    assert_int_equal(plic_read(&p, 4 * PLIC_SOURCES), 0);
    assert_int_equal(plic_read(&p, 0x1000 + 4 * PLIC_WORDS), 0);
    assert_int_equal(plic_read(&p, (uint32_t)PLIC_BYTES - 4), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(registers_read_back, begin),
    cmocka_unit_test_setup(claim_and_complete, begin),
    cmocka_unit_test_setup(priority_and_ties, begin),
    cmocka_unit_test_setup(threshold_masks_the_line_only, begin),
    cmocka_unit_test_setup(completion_needs_the_enable, begin),
    cmocka_unit_test_setup(machine_contexts_drive_nothing, begin),
    cmocka_unit_test_setup(sources_out_of_range_are_ignored, begin),
};
SUITE_MAIN("monitor-plic", tests)
