/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "suite.h"

#include "manager/pool.h"

#include <string.h>

static struct frame_pool pool;

static int fresh(void **state)
{
    (void)state;
    memset(&pool, 0, sizeof pool);
    return 0;
}

static void joins_neighbours(void **state)
{
    (void)state;
    assert_true(pool_give(&pool, 100, 10));
    assert_true(pool_give(&pool, 120, 10));
    assert_int_equal(pool.count, 2);
    assert_true(pool_give(&pool, 110, 10));
    assert_int_equal(pool.count, 1);
    assert_int_equal(pool.run[0].first, 100);
    assert_int_equal(pool.run[0].count, 30);
    assert_true(pool_give(&pool, 90, 10));
    assert_true(pool_give(&pool, 130, 1));
    assert_int_equal(pool.count, 1);
    assert_int_equal(pool.free, 41);
}

static void refuses_what_is_free_already(void **state)
{
    (void)state;
    assert_true(pool_give(&pool, 100, 10));
    assert_false(pool_give(&pool, 109, 1));
    assert_false(pool_give(&pool, 95, 6));
    assert_false(pool_give(&pool, 90, 100));
    assert_int_equal(pool.free, 10);
    assert_int_equal(pool.count, 1);
}

static void refuses_one_run_too_many(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < POOL_RUNS; i++)
        assert_true(pool_give(&pool, 10 * i, 5));
    assert_false(pool_give(&pool, 10 * POOL_RUNS, 5));
    assert_true(pool_give(&pool, 10 * POOL_RUNS - 5, 5));
    assert_int_equal(pool.free, 5 * POOL_RUNS + 5);
}

static void singles_come_from_the_smallest_run(void **state)
{
    uint64_t first;

    (void)state;
    assert_true(pool_give(&pool, 0, 1024));
    assert_true(pool_give(&pool, 2000, 3));
    assert_true(pool_take(&pool, 1, 1, &first));
    assert_int_equal(first, 2000);
    assert_true(pool_take(&pool, 4, 4, &first));
    assert_int_equal(first, 0);
    assert_int_equal(pool.free, 1024 + 3 - 5);
}

static void alignment_is_kept(void **state)
{
    uint64_t first;

    (void)state;
    assert_true(pool_give(&pool, 5, 6));
    assert_true(pool_take(&pool, 3, 4, &first));
    assert_int_equal(first, 8);
    assert_int_equal(pool.count, 1);
    assert_false(pool_take(&pool, 1, 4, &first));
    assert_false(pool_take(&pool, 4, 1, &first));
    assert_true(pool_take(&pool, 3, 1, &first));
    assert_int_equal(first, 5);
    assert_int_equal(pool.count, 0);
    assert_int_equal(pool.free, 0);
}

static void chunks_are_aligned_and_from_the_largest(void **state)
{
    struct frame_run run;

    (void)state;
    assert_true(pool_give(&pool, 1, 1023));
    assert_true(pool_give(&pool, 5000, 3000));
    assert_int_equal(pool_chunks(&pool), 1 + 5);
    run = pool_take_chunks(&pool, 2);
    assert_int_equal(run.first, 5120);
    assert_int_equal(run.count, 1024);
    run = pool_take_chunks(&pool, 100);
    assert_int_equal(run.first, 6144);
    assert_int_equal(run.count, 3 * 512);
    run = pool_take_chunks(&pool, 100);
    assert_int_equal(run.first, 512);
    assert_int_equal(pool_take_chunks(&pool, 1).count, 0);
    assert_int_equal(pool_chunks(&pool), 0);
}

static void nothing_comes_out_of_an_empty_pool(void **state)
{
    uint64_t first;

    (void)state;
    assert_false(pool_take(&pool, 1, 1, &first));
    assert_int_equal(pool_take_chunks(&pool, 1).count, 0);
    assert_int_equal(pool_chunks(&pool), 0);
}

#define SPAN 8192u
static uint8_t held[SPAN]; /* the model: 1 = taken out */

static void mark(uint64_t first, uint64_t count, uint8_t from, uint8_t to)
{
    for (uint64_t i = first; i < first + count; i++) {
        assert_int_equal(held[i], from);
        held[i] = to;
    }
}

/* Long random use against a map of frames: no frame is ever handed out twice, none is lost. */
static void agrees_with_a_map(void **state)
{
    struct frame_run taken[64] = {{0, 0}};
    uint32_t seed = 1;
    uint64_t out = 0;

    (void)state;
    memset(held, 0, sizeof held);
    assert_true(pool_give(&pool, 0, SPAN));
    for (int step = 0; step < 20000; step++) {
        struct frame_run *slot;

        seed = seed * 1664525u + 1013904223u;
        slot = &taken[(seed >> 8) % 64];
        if (slot->count > 0) {
            mark(slot->first, slot->count, 1, 0);
            assert_true(pool_give(&pool, slot->first, slot->count));
            out -= slot->count;
            slot->count = 0;
        } else if ((seed >> 20) % 4 == 0) {
            *slot = pool_take_chunks(&pool, 1 + (seed >> 24) % 3);
            assert_int_equal(slot->first % 512, 0);
        } else {
            slot->count = 1 + (seed >> 16) % 40;
            if (!pool_take(&pool, slot->count, UINT64_C(1) << ((seed >> 28) % 4), &slot->first))
                slot->count = 0;
        }
        mark(slot->first, slot->count, 0, 1);
        out += slot->count;
        assert_int_equal(pool.free, SPAN - out);
    }
}

int pool_tests(int *count)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(joins_neighbours, fresh),
        cmocka_unit_test_setup(refuses_what_is_free_already, fresh),
        cmocka_unit_test_setup(refuses_one_run_too_many, fresh),
        cmocka_unit_test_setup(singles_come_from_the_smallest_run, fresh),
        cmocka_unit_test_setup(alignment_is_kept, fresh),
        cmocka_unit_test_setup(chunks_are_aligned_and_from_the_largest, fresh),
        cmocka_unit_test_setup(nothing_comes_out_of_an_empty_pool, fresh),
        cmocka_unit_test_setup(agrees_with_a_map, fresh),
    };

    *count += (int)(sizeof tests / sizeof tests[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
