/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "suite.h"

#define VA UINT64_C(0x500000)
#define DEAD_NAME (5u * NAME_SLOTS + 9u)

static uint32_t a, b; /* two servers, peers of each other */

static int begin(void **state)
{
    int status = world_begin(state);

    a = world_domain(SEPTUM_SERVER);
    b = world_domain(SEPTUM_SERVER);
    domain_peer(a, b);
    world_tables(a, VA, 0);
    world_tables(b, VA, 0);
    return status;
}

static void fill(uint64_t p)
{
    for (uint32_t i = 0; i < FRAME_WORDS; i++)
        ram[p].word[i] = ~(uint64_t)i;
}

static int zero(uint64_t p)
{
    for (uint32_t i = 0; i < FRAME_WORDS; i++)
        if (ram[p].word[i] != 0)
            return 0;
    return 1;
}

static void given_frames_read_zero(void **state)
{
    (void)state;
    uint64_t p = world_frame(a);

    fill(p);
    OK(frame_give(a, p, b));
    assert_int_equal(info[p].owner, b);
    assert_int_equal(info[p].borrower, NOBODY);
    assert_int_equal(info[p].kind, FRAME_DATA);
    assert_true(zero(p));
}

static void give_refuses(void **state)
{
    (void)state;
    uint64_t p = world_frame(a);
    uint32_t c = world_domain(SEPTUM_SERVER);

    fill(p);
    REFUSED(SEPTUM_DEAD, frame_give(DEAD_NAME, p, b));
    REFUSED(SEPTUM_DEAD, frame_give(a, p, DEAD_NAME));
    REFUSED(SEPTUM_DEAD, frame_give(a, p, NOBODY));
    REFUSED(SEPTUM_BAD_ARGUMENT, frame_give(a, WORLD_FRAMES, b));
    REFUSED(SEPTUM_BAD_ARGUMENT, frame_give(a, UINT64_MAX, b));
    REFUSED(SEPTUM_NOT_OWNER, frame_give(b, p, a));
    REFUSED(SEPTUM_NOT_OWNER, frame_give(a, WORLD_KERNEL, b));
    REFUSED(SEPTUM_BAD_KIND, frame_give(a, dom[a % NAME_SLOTS].root, b));
    REFUSED(SEPTUM_DENIED, frame_give(a, p, c));
    OK(space_map(a, VA, p, 0, MAP_READ));
    REFUSED(SEPTUM_MAPPED, frame_give(a, p, b));
    OK(space_unmap(a, p));
    OK(frame_lend(a, p, b));
    REFUSED(SEPTUM_BUSY, frame_give(a, p, b));
}

static void give_to_oneself_zeroes(void **state)
{
    (void)state;
    uint64_t p = world_frame(a);

    fill(p);
    OK(frame_give(a, p, a));
    assert_int_equal(info[p].owner, a);
    assert_true(zero(p));
}

static void lent_frames_are_mapped_by_both(void **state)
{
    (void)state;
    uint64_t p = world_frame(a);

    OK(frame_lend(a, p, b));
    assert_int_equal(info[p].owner, a);
    assert_int_equal(info[p].borrower, b);
    OK(space_map(a, VA, p, 0, MAP_READ | MAP_WRITE));
    OK(space_map(b, VA, p, 0, MAP_READ));
    REFUSED(SEPTUM_BUSY, frame_revoke(a, p));
    REFUSED(SEPTUM_BUSY, frame_release(b, p));
    OK(space_unmap(b, p));
    OK(frame_revoke(a, p));
    assert_int_equal(info[p].borrower, NOBODY);
    REFUSED(SEPTUM_NOT_OWNER, space_map(b, VA, p, 0, MAP_READ));
}

static void lend_refuses(void **state)
{
    (void)state;
    uint64_t p = world_frame(a);
    uint32_t c = world_domain(SEPTUM_SERVER);

    REFUSED(SEPTUM_DEAD, frame_lend(DEAD_NAME, p, b));
    REFUSED(SEPTUM_DEAD, frame_lend(a, p, DEAD_NAME));
    REFUSED(SEPTUM_BAD_ARGUMENT, frame_lend(a, p, a));
    REFUSED(SEPTUM_BAD_ARGUMENT, frame_lend(a, UINT64_MAX, b));
    REFUSED(SEPTUM_NOT_OWNER, frame_lend(b, p, a));
    REFUSED(SEPTUM_DENIED, frame_lend(a, p, c));
    REFUSED(SEPTUM_BAD_KIND, frame_lend(a, dom[a % NAME_SLOTS].root, b));
    OK(frame_lend(a, p, b));
    REFUSED(SEPTUM_BUSY, frame_lend(a, p, MANAGER_NAME));
}

static void borrowers_release(void **state)
{
    (void)state;
    uint64_t p = world_frame(a);

    REFUSED(SEPTUM_NOT_OWNER, frame_revoke(a, p));
    REFUSED(SEPTUM_NOT_OWNER, frame_release(b, p));
    OK(frame_lend(a, p, b));
    REFUSED(SEPTUM_NOT_OWNER, frame_release(a, p));
    REFUSED(SEPTUM_NOT_OWNER, frame_revoke(b, p));
    REFUSED(SEPTUM_DEAD, frame_release(DEAD_NAME, p));
    REFUSED(SEPTUM_DEAD, frame_revoke(DEAD_NAME, p));
    REFUSED(SEPTUM_BAD_ARGUMENT, frame_release(b, UINT64_MAX));
    REFUSED(SEPTUM_BAD_ARGUMENT, frame_revoke(a, UINT64_MAX));
    OK(frame_release(b, p));
    assert_int_equal(info[p].borrower, NOBODY);
}

static void a_dead_borrower_is_no_borrower(void **state)
{
    (void)state;
    uint64_t p = world_frame(a);

    OK(frame_lend(a, p, b));
    OK(space_map(b, VA, p, 0, MAP_READ));
    domain_end(b);
    OK(frame_revoke(a, p));
    OK(frame_lend(a, p, MANAGER_NAME));
    OK(frame_release(MANAGER_NAME, p));
}

static void frames_of_the_dead_are_reclaimed(void **state)
{
    (void)state;
    uint64_t p = world_frame(a);
    uint64_t root = dom[a % NAME_SLOTS].root;

    fill(p);
    REFUSED(SEPTUM_NOT_OWNER, frame_reclaim(p, b));
    OK(frame_lend(a, p, b));
    domain_end(a);
    REFUSED(SEPTUM_BUSY, frame_reclaim(p, MANAGER_NAME));
    OK(frame_release(b, p));
    OK(frame_reclaim(p, MANAGER_NAME));
    assert_true(zero(p));
    assert_int_equal(info[p].owner, MANAGER_NAME);
    OK(frame_reclaim(root, MANAGER_NAME));
    assert_true(zero(root));
    assert_int_equal(info[root].kind, FRAME_DATA);
    REFUSED(SEPTUM_NOT_OWNER, frame_reclaim(root, MANAGER_NAME));
}

static void reclaim_refuses(void **state)
{
    (void)state;
    uint64_t p = world_frame(a);

    REFUSED(SEPTUM_BAD_ARGUMENT, frame_reclaim(WORLD_FRAMES, MANAGER_NAME));
    REFUSED(SEPTUM_BAD_KIND, frame_reclaim(WORLD_KERNEL, MANAGER_NAME));
    REFUSED(SEPTUM_BAD_KIND, frame_reclaim(0, MANAGER_NAME));
    domain_end(a);
    REFUSED(SEPTUM_DEAD, frame_reclaim(p, a));
}

static void vcpu_pages_stay_with_their_owner(void **state)
{
    (void)state;
    uint64_t p = world_frame(a);

    REFUSED(SEPTUM_NOT_OWNER, frame_to_vcpu(b, p));
    OK(frame_lend(a, p, b));
    REFUSED(SEPTUM_BUSY, frame_to_vcpu(a, p));
    OK(frame_release(b, p));
    OK(frame_to_vcpu(a, p));
    REFUSED(SEPTUM_BAD_KIND, frame_to_vcpu(a, p));
    REFUSED(SEPTUM_BAD_KIND, frame_give(a, p, b));
    REFUSED(SEPTUM_BAD_KIND, frame_lend(a, p, b));
    OK(space_map(a, VA, p, 0, MAP_READ | MAP_WRITE));
    assert_int_equal(info[p].kind, FRAME_VCPU);
}

#define FRAME_TEST(name) cmocka_unit_test_setup(name, begin)

static const struct CMUnitTest tests[] = {
    FRAME_TEST(given_frames_read_zero),         FRAME_TEST(give_refuses),
    FRAME_TEST(give_to_oneself_zeroes),         FRAME_TEST(lent_frames_are_mapped_by_both),
    FRAME_TEST(lend_refuses),                   FRAME_TEST(borrowers_release),
    FRAME_TEST(a_dead_borrower_is_no_borrower), FRAME_TEST(frames_of_the_dead_are_reclaimed),
    FRAME_TEST(reclaim_refuses),                FRAME_TEST(vcpu_pages_stay_with_their_owner),
};

SUITE_MAIN("kernel/frame", tests)
