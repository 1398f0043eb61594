/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What a hart that walks ahead holds of the shadow tables: never what they have no more. */
#include "shadow_world.h"

#define HIGH(n) (KERNEL + (uint64_t)(n) * FRAME_BYTES)

static void hart_is_right(const char *when)
{
    const struct host_held *wrong = host_shadow_tlb_wrong(t);

    if (wrong != NULL)
        fail_msg("%s: ASID %lu holds 0x%lx of level %u for 0x%lx", when, wrong->asid, wrong->entry, wrong->level, wrong->va);
}

static void guest_fence(uint64_t va, uint64_t asid, uint64_t which)
{
    shadow_fence(t, va, asid, which);
    assert_int_equal(shadow_root(t), 1);
    hart_is_right("fence");
}

static void reads(uint64_t va)
{
    assert_int_equal(fill(va, MAP_READ), 1);
    hart_is_right("fill");
}

/* The guest maps va by a leaf of 2 MiB. */
static void map_large(uint64_t va, uint64_t gpa, uint64_t flags)
{
    put(ROOT, va >> 30 & 511, entry(TABLE(1), V));
    put(TABLE(1), va >> 21 & 511, entry(gpa, flags));
}

static int ahead(void **state)
{
    const int status = begin(state);

    host_shadow_tlb_start();
    return status;
}

/* Both spaces have roots, and the hart has been in each since; the second is the present one. */
static void in_two_spaces(void (*in_each)(void))
{
    for (uint64_t k = 0; k < 4; k++) {
        satp(ROOT, 1 + k % 2);
        in_each();
    }
}

static void a_table_takes_a_large_leafs_place(void **state)
{
    (void)state;
    map_large(0x1000, RAM, V | R | AD);
    reads(0x1000);
    map(0x1000, DATA, V | R | AD);
    reads(0x1000);
    guest_fence(0x2000, 0, 1);
}

static void reads_two(void)
{
    reads(HIGH(1));
    reads(HIGH(2));
}

static void a_large_leaf_takes_a_shared_tables_place(void **state)
{
    (void)state;
    map(HIGH(1), DATA, V | R | G | AD);
    put(TABLE(2), 2, entry(DATA, V | R | G | AD));
    in_two_spaces(reads_two);
    map_large(HIGH(0), RAM, V | R | G | AD);
    reads(HIGH(3));
    guest_fence(HIGH(1), 0, 1);
    guest_fence(HIGH(2), 0, 1);
}

static void a_leaf_of_the_shared_half_changes(void **state)
{
    (void)state;
    map(HIGH(1), DATA, V | R | G | AD);
    put(TABLE(2), 2, entry(DATA, V | R | G | AD));
    in_two_spaces(reads_two);
    map(HIGH(1), DATA + FRAME_BYTES, V | R | G | AD);
    reads(HIGH(1));
}

/* The space whose index the next one takes is the present one. */
static void a_root_gets_the_asid_of_the_one_before(void **state)
{
    (void)state;
    map(0x1000, DATA, V | R | AD);
    for (uint64_t asid = 1; asid <= SHADOW_SPACES; asid++)
        satp(ROOT, asid);
    satp(ROOT, 1);
    reads(0x1000);
    satp(ROOT, SHADOW_SPACES + 1);
    hart_is_right("the space's index again");
}

static uint64_t any(void)
{
    static uint64_t seed = 0x5eed;

    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed >> 3;
}

static void guest_writes(uint64_t va)
{
    const uint64_t flags = V | AD | (any() % 2 ? R | W : R) | (any() % 2 ? G : 0);

    switch (any() % 5) {
    case 0:
        map_large(va, RAM, flags);
        break;
    case 1: /* of which stage 2 has pages */
        map_large(va, SMALL, flags);
        break;
    case 2: /* of 1 GiB */
        put(ROOT, va >> 30 & 511, entry(RAM, flags));
        break;
    default:
        map(va, DATA + any() % 8 * FRAME_BYTES, flags);
        break;
    }
}

/* Each page of four, in both halves; five spaces of the guest, and an arena that is often full. */
static void random_steps(void **state)
{
    (void)state;
    uint32_t filled = 0;

    for (uint32_t step = 0; step < 20000; step++) {
        const uint64_t va = (any() % 2 ? KERNEL : 0) + any() % 2 * MIB2 + any() % 4 * FRAME_BYTES;

        switch (any() % 8) {
        case 0:
            guest_fence(va, 1 + any() % 9, any() % 4);
            break;
        case 1:
            satp(ROOT, 1 + any() % 9);
            break;
        case 2:
        case 3:
            guest_writes(va);
            break;
        default:
            if (cause(va, MAP_READ) == 0)
                filled += (uint32_t)fill(va, MAP_READ);
            break;
        }
        hart_is_right("step");
    }
    assert_true(filled > 2000);
}

#define AHEAD_TEST(name) cmocka_unit_test_setup(name, ahead)

static const struct CMUnitTest tests[] = {
    AHEAD_TEST(a_table_takes_a_large_leafs_place),
    AHEAD_TEST(a_large_leaf_takes_a_shared_tables_place),
    AHEAD_TEST(a_leaf_of_the_shared_half_changes),
    AHEAD_TEST(a_root_gets_the_asid_of_the_one_before),
    AHEAD_TEST(random_steps),
};

SUITE_MAIN("kernel/shadow_tlb", tests)
