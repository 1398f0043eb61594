/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "shadow_world.h"

/* The guest's fence, and the guest again. */
static void fence(uint64_t va, uint64_t asid, uint64_t which)
{
    shadow_fence(t, va, asid, which);
    assert_int_equal(shadow_root(t), 1);
}

static void what_stage_2_lacks(void **state)
{
    (void)state;
    map(0x1000, HOLE, V | R | W | X | AD);
    assert_int_equal(fill(0x1000, MAP_READ), 0);
    map(0x1000, SMALL + FRAME_BYTES, V | R | W | X | AD);
    assert_int_equal(fill(0x1000, MAP_WRITE), 0);
    assert_int_equal(fill(0x1000, MAP_EXECUTE), 0);
    fills(0x1000, MAP_READ, leaf(smalls + 1, R), 0);
    map(0x1000, UINT64_C(0xfffffffffff000), V | R | W | X | AD);
    assert_int_equal(walk(0x1fff, MAP_READ).gpa, UINT64_C(0xffffffffffffff));
    assert_int_equal(fill(0x1000, MAP_READ), 0);
}

static void a_window_is_no_memory(void **state)
{
    (void)state;
    domain_peer(g, MANAGER_NAME);
    world_tables(g, WORLD_UART, 0);
    uint64_t at = walk_find(g, WORLD_UART, 0);
    ram[at / 512].word[at % 512] = entry(WORLD_UART, V | R | W | U | AD);
    map(0x1000, WORLD_UART, V | R | W | AD);
    assert_int_equal(fill(0x1000, MAP_READ), 0);
    map(0x1000, RAM, V | R | W | AD);
    put(ROOT, 0, entry(WORLD_UART, V));
    assert_int_equal(cause(0x1000, MAP_READ), 5);
}

static void fence_of_a_page(void **state)
{
    (void)state;
    map(0x1000, DATA, V | R | AD);
    put(TABLE(2), 2, entry(DATA, V | R | AD));
    for (uint32_t asid = 1; asid <= 2; asid++) {
        satp(ROOT, asid);
        assert_int_equal(fill(0x1000, MAP_READ), 1);
        assert_int_equal(fill(0x2000, MAP_READ), 1);
    }
    fence(0x1000, 1, 3);
    assert_int_not_equal(leaf_of(0x1000), 0); /* of ASID 2 */
    satp(ROOT, 1);
    assert_int_equal(leaf_of(0x1000), 0);
    assert_int_not_equal(leaf_of(0x2000), 0);
    fence(0x2000, 0, 1);
    assert_int_equal(leaf_of(0x2000), 0);
    satp(ROOT, 2);
    assert_int_equal(leaf_of(0x2000), 0);
    assert_int_not_equal(leaf_of(0x1000), 0);
    fence(UINT64_C(0x6000001000), 0, 1);
    fence(KERNEL + 0x1000, 0, 1);
    fence(0x40001000, 2, 3);
    assert_int_not_equal(leaf_of(0x1000), 0);
}

/* A superpage of the guest's is one translation, in however many leaves it stands. */
static void fence_of_a_superpage_in_pieces(void **state)
{
    (void)state;
    put(ROOT, 1, entry(TABLE(1), V));
    put(TABLE(1), 1, entry(SMALL, V | R | W | X | AD));
    put(ROOT, 2, entry(GIB * 2, V | R | W | AD));
    fills(GIB + MIB2 + 0x5000, MAP_READ, leaf(smalls + 5, R | W | X), 0);
    fills(GIB + MIB2 + 0x6000, MAP_READ, leaf(smalls + 6, R | W | X), 0);
    fills(GIB * 2, MAP_READ, leaf(block, R | W), 1);
    fills(GIB * 2 + MIB2 + 0x6000, MAP_READ, leaf(smalls + 6, R | W), 0);
    fence(GIB + MIB2 + 0x5000, 1, 3);
    assert_int_equal(leaf_of(GIB + MIB2 + 0x6000), 0);
    assert_int_not_equal(leaf_of(GIB * 2), 0);
    fence(GIB * 2 + 17 * MIB2, 0, 1);
    assert_int_equal(leaf_of(GIB * 2), 0);
    assert_int_equal(leaf_of(GIB * 2 + MIB2 + 0x6000), 0);
    put(TABLE(1), 0, entry(RAM, V | R | W | X | AD));
    fills(GIB, MAP_READ, leaf(block, R | W | X), 1);
    fence(GIB + 0x123000, 0, 1);
    assert_int_equal(leaf_of(GIB), 0);
}

/* A page that was filled alone before its neighbours became a superpage, and the other way round. */
static void leaves_and_tables_change_places(void **state)
{
    (void)state;
    map(0, DATA, V | R | AD);
    fills(0, MAP_READ, leaf(block + 256, R), 0);
    put(TABLE(1), 0, entry(RAM, V | R | AD));
    fence(0, 1, 3);
    fills(0x7000, MAP_READ, leaf(block, R), 1);
    put(TABLE(1), 0, entry(TABLE(2), V));
    fills(0, MAP_READ, leaf(block + 256, R), 0);
    assert_int_equal(leaf_of(0x7000), 0);
}

static void fence_of_an_asid(void **state)
{
    (void)state;
    map(0x1000, DATA, V | R | AD);
    for (uint32_t asid = 1; asid <= 2; asid++) {
        satp(ROOT, asid);
        assert_int_equal(fill(0x1000, MAP_READ), 1);
    }
    fence(0, 1, 2);
    assert_int_not_equal(leaf_of(0x1000), 0);
    satp(ROOT, 1);
    assert_int_equal(leaf_of(0x1000), 0);
    satp(ROOT, 2);
    fence(0, 2 + 65536, 2);
    assert_int_equal(leaf_of(0x1000), 0);
    fills(0x1000, MAP_READ, leaf(block + 256, R), 0);
    fence(0, 0, 0);
    assert_int_equal(leaf_of(0x1000), 0);
    assert_true(shadow[t].used <= SHADOW_ROOT_FRAMES);
}

static void spaces_are_remembered(void **state)
{
    (void)state;
    map(0x1000, DATA, V | R | AD);
    for (uint32_t asid = 1; asid <= SHADOW_SPACES; asid++) {
        satp(ROOT, asid);
        assert_int_equal(fill(0x1000, MAP_READ), 1);
    }
    uint32_t fences = host_hart[0].shadow_fences;
    uint64_t used = shadow[t].used;
    for (uint32_t asid = 1; asid <= SHADOW_SPACES; asid++) {
        satp(ROOT, asid);
        assert_int_not_equal(leaf_of(0x1000), 0);
        assert_int_equal(host_hart[0].asid, DOMAINS + t * SHADOW_ROOTS + shadow[t].now);
    }
    assert_int_equal(host_hart[0].shadow_fences, fences);
    assert_int_equal(shadow[t].used, used);
    satp(ROOT, SHADOW_SPACES + 1);
    assert_int_equal(leaf_of(0x1000), 0);
    satp(ROOT, 1); /* the oldest made room for it */
    assert_int_equal(leaf_of(0x1000), 0);
}

static void spaces_share_the_high_half(void **state)
{
    (void)state;
    map(KERNEL, DATA, V | R | W | AD | G);
    put(TABLE(2), 1, entry(DATA, V | R | W | AD));
    put(TABLE(2), 2, entry(DATA, V | R | W | AD | U | G));
    satp(ROOT, 1);
    fills(KERNEL, MAP_READ, leaf(block + 256, R | W), 0);
    for (uint32_t k = 2; k <= 4; k++) {
        mode(1, k % 2 ? 0 : SUM);
        satp(ROOT, k);
        assert_int_equal(leaf_of(KERNEL), leaf(block + 256, R | W));
    }
    uint64_t high = shadow[t].high;
    assert_int_equal(ram[host_hart[0].shadow].word[511] >> 10, ram_base_pfn + high);
    mode(0, 0);
    assert_int_equal(leaf_of(KERNEL), 0); /* not for virtual U mode */
    fills(KERNEL + 0x2000, MAP_READ, leaf(block + 256, R | W), 0);
    assert_int_equal(leaf_of(KERNEL), 0);
    mode(1, MXR);
    assert_int_equal(leaf_of(KERNEL), 0);
    fills(KERNEL, MAP_READ, leaf(block + 256, R | W), 0);
    mode(1, 0);
    assert_int_equal(leaf_of(KERNEL), leaf(block + 256, R | W));
    fills(KERNEL + 0x1000, MAP_READ, leaf(block + 256, R | W), 0); /* not global: a high half of its own */
    assert_int_equal(shadow[t].high, high);
    assert_int_not_equal(ram[host_hart[0].shadow].word[511] >> 10, ram_base_pfn + high);
    assert_int_equal(found(host_hart[0].shadow, KERNEL), 0);
    fills(KERNEL, MAP_READ, leaf(block + 256, R | W), 0);
    satp(ROOT, 3);
    assert_int_equal(leaf_of(KERNEL + 0x1000), 0);
    assert_int_equal(leaf_of(KERNEL), leaf(block + 256, R | W));
    fence(KERNEL, 0, 1);
    assert_int_equal(leaf_of(KERNEL), 0);
    satp(ROOT, 4);
    assert_int_equal(leaf_of(KERNEL), 0);
}

/* No root leads to it any more, but the next one will. */
static void a_fence_reaches_the_shared_half(void **state)
{
    (void)state;
    map(KERNEL, DATA, V | R | AD | G);
    fills(KERNEL, MAP_READ, leaf(block + 256, R), 0);
    fence(0, 1, 2);
    assert_int_not_equal(leaf_of(KERNEL), 0);
    vcpu[t].csr[VSATP] = 0;
    fence(0, 1, 2);
    assert_int_equal(leaf_of(KERNEL), 0); /* Bare mode has no high half */
    fence(KERNEL, 0, 1);
    satp(ROOT, 1);
    assert_int_equal(leaf_of(KERNEL), 0);
}

static void a_full_arena_is_recycled(void **state)
{
    (void)state;
    put(ROOT, 2, entry(GIB * 2, V | R | W | AD));
    put(ROOT, 256, entry(GIB * 2, V | R | AD | G));
    for (uint32_t k = 0; k < 500; k++) {
        uint64_t va = k % 3 == 0 ? KERNEL : GIB * 2;

        put(ROOT, 3 + k % 200, entry(GIB * 2, V | R | W | AD));
        satp(ROOT, k % 11);
        fills(va, MAP_READ, leaf(block, va == KERNEL ? R : R | W), 1);
        fills(GIB * (3 + k % 200) + MIB2 + 0x5000, MAP_READ, leaf(smalls + 5, R | W), 0);
        assert_true(shadow[t].used <= ARENA);
    }
}

static void arenas(void **state)
{
    (void)state;
    uint64_t p = arena + ARENA, foreign = world_frame(s);

    REFUSED(SEPTUM_BAD_ARGUMENT, shadow_arena(t, p + 1));
    REFUSED(SEPTUM_BAD_ARGUMENT, shadow_arena(t, UINT64_MAX));
    REFUSED(SEPTUM_BAD_KIND, shadow_arena(t, arena));
    REFUSED(SEPTUM_NOT_OWNER, shadow_arena(t, foreign));
    REFUSED(SEPTUM_MAPPED, shadow_arena(t, block));
    domain_peer(g, s);
    OK(frame_lend(g, p, s));
    REFUSED(SEPTUM_BUSY, shadow_arena(t, p));
    OK(frame_revoke(g, p));
    OK(shadow_arena(t, p));
    REFUSED(SEPTUM_BAD_KIND, frame_give(g, p, s));
    REFUSED(SEPTUM_BAD_KIND, frame_lend(g, p, s));
    REFUSED(SEPTUM_BAD_KIND, space_map(g, HOLE, p, 0, 1));
    shadow_end(t);
    REFUSED(SEPTUM_BAD_STATE, shadow_arena(t, p + 1));
    shadow_new(t);
    assert_int_equal(shadow_root(t), 0);
    for (uint64_t k = 1; k <= SHADOW_ARENA_LEAST; k++) {
        assert_int_equal(shadow_root(t), 0);
        OK(shadow_arena(t, p + k));
    }
    assert_int_equal(shadow_root(t), 1);
}

static void nothing_is_left_of_a_former_use(void **state)
{
    (void)state;
    shadow_drop(t);
    for (uint64_t k = 0; k < ARENA; k++)
        memset(&ram[arena + k], 0xff, FRAME_BYTES);
    map(0x1000, DATA, V | R | AD);
    satp(ROOT, 1);
    fills(0x1000, MAP_READ, leaf(block + 256, R), 0);
    put(TABLE(2), 0, entry(SMALL, V | R | AD));
    assert_int_equal(leaf_of(0), 0);
    assert_int_equal(leaf_of(0x40001000), 0);
    assert_int_equal(leaf_of(KERNEL), 0);
}

static const struct CMUnitTest tests[] = {
    SHADOW_TEST(what_stage_2_lacks),
    SHADOW_TEST(a_window_is_no_memory),
    SHADOW_TEST(fence_of_a_page),
    SHADOW_TEST(fence_of_a_superpage_in_pieces),
    SHADOW_TEST(leaves_and_tables_change_places),
    SHADOW_TEST(fence_of_an_asid),
    SHADOW_TEST(spaces_are_remembered),
    SHADOW_TEST(spaces_share_the_high_half),
    SHADOW_TEST(a_fence_reaches_the_shared_half),
    SHADOW_TEST(a_full_arena_is_recycled),
    SHADOW_TEST(arenas),
    SHADOW_TEST(nothing_is_left_of_a_former_use),
};

SUITE_MAIN("kernel/shadow", tests)
