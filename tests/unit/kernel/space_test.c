/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "suite.h"

#define VA UINT64_C(0x40000000)
#define VA2 (VA + 0x200000)
#define DEAD_NAME (5u * NAME_SLOTS + 9u)
#define RW (MAP_READ | MAP_WRITE)

static uint32_t s, g; /* a server, a guest: peers */
static struct host_walk walk;

static int begin(void **state)
{
    int status = world_begin(state);

    s = world_domain(SEPTUM_SERVER);
    g = world_domain(SEPTUM_GUEST);
    domain_peer(s, g);
    return status;
}

/* The leaf or pointer that the hardware finds at va in d's tables, at that level; 0 if there is none. */
static uint64_t entry_at(uint32_t d, uint64_t va, uint32_t level)
{
    host_walk_root(dom[d % NAME_SLOTS].root, &walk);
    assert_null(walk.wrong);
    for (uint32_t k = 0; k < walk.count; k++)
        if (walk.entry[k].va == va && walk.entry[k].level == level)
            return walk.entry[k].entry;
    return 0;
}

static uint64_t leaf(uint64_t p, uint64_t rights) { return (ram_base_pfn + p) << 10 | 0xd1 | rights << 1; }

static int fresh(uint32_t d) { return !host_tlb_stale(d % NAME_SLOTS); }

static void a_servers_root_holds_the_kernel(void **state)
{
    (void)state;
    uint64_t root = dom[s % NAME_SLOTS].root;

    assert_int_equal(info[root].kind, FRAME_TABLE2);
    for (uint32_t i = 0; i < FRAME_WORDS; i++)
        assert_int_equal(ram[root].word[i], i < 256 ? 0 : kernel_root_table[i]);
}

static void a_guests_root_has_16_kib(void **state)
{
    (void)state;
    uint64_t root = dom[g % NAME_SLOTS].root;

    assert_int_equal(root % 4, 0);
    assert_int_equal(info[root].kind, FRAME_TABLE2);
    for (uint64_t p = root; p < root + 4; p++)
        for (uint32_t i = 0; i < FRAME_WORDS; i++)
            assert_int_equal(ram[p].word[i], 0);
    for (uint64_t p = root + 1; p < root + 4; p++)
        assert_int_equal(info[p].kind, FRAME_PAD);
    REFUSED(SEPTUM_BAD_KIND, frame_give(g, root + 1, s));
    REFUSED(SEPTUM_BAD_KIND, space_untable(g, root + 1));
}

static void root_refuses(void **state)
{
    (void)state;
    uint32_t server = domain_new(SEPTUM_SERVER);
    uint32_t guest = domain_new(SEPTUM_GUEST);
    uint64_t p = world_frame(server);
    uint64_t q = world_four(guest);

    domain_peer(guest, s);
    REFUSED(SEPTUM_DEAD, space_root(DEAD_NAME, p));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_root(server, UINT64_MAX));
    REFUSED(SEPTUM_NOT_OWNER, space_root(server, q));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_root(guest, q + 1));
    OK(frame_lend(guest, q + 3, s));
    REFUSED(SEPTUM_BUSY, space_root(guest, q));
    OK(frame_revoke(guest, q + 3));
    OK(frame_give(guest, q + 2, s));
    REFUSED(SEPTUM_NOT_OWNER, space_root(guest, q));
    OK(frame_give(s, q + 2, guest));
    OK(frame_give(guest, q + 1, s));
    REFUSED(SEPTUM_NOT_OWNER, space_root(guest, q));
    OK(frame_give(s, q + 1, guest));
    OK(space_root(guest, q));
    OK(space_root(server, p));
    uint64_t spare = world_frame(server);
    REFUSED(SEPTUM_BAD_STATE, space_root(server, spare));
    REFUSED(SEPTUM_BAD_KIND, space_root(server, p));
}

static void the_last_frames_are_no_guests_root(void **state)
{
    (void)state;
    uint32_t guest = domain_new(SEPTUM_GUEST);

    frame_count = WORLD_FRAMES - 2;
    OK(frame_give(MANAGER_NAME, WORLD_FRAMES - 4, guest));
    OK(frame_give(MANAGER_NAME, WORLD_FRAMES - 3, guest));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_root(guest, WORLD_FRAMES - 4));
}

static void tables_come_and_go(void **state)
{
    (void)state;
    uint64_t one = world_frame(s), zero = world_frame(s), p = world_frame(s);

    ram[one].word[3] = 0x77;
    REFUSED(SEPTUM_NO_TABLE, space_table(s, VA, 0, zero));
    OK(space_table(s, VA, 1, one));
    assert_int_equal(ram[one].word[3], 0);
    assert_int_equal(entry_at(s, VA, 2), (ram_base_pfn + one) << 10 | 1);
    OK(space_table(s, VA, 0, zero));
    REFUSED(SEPTUM_MAPPED, space_table(s, VA, 0, p));
    REFUSED(SEPTUM_MAPPED, space_table(s, VA, 1, p));
    OK(space_map(s, VA, p, 0, RW));
    host_tlb_fill();
    REFUSED(SEPTUM_BUSY, space_untable(s, one));
    REFUSED(SEPTUM_BUSY, space_untable(s, zero));
    REFUSED(SEPTUM_BAD_KIND, space_untable(s, p));
    REFUSED(SEPTUM_BAD_KIND, space_untable(s, dom[s % NAME_SLOTS].root));
    REFUSED(SEPTUM_NOT_OWNER, space_untable(g, zero));
    REFUSED(SEPTUM_DEAD, space_untable(DEAD_NAME, zero));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_untable(s, UINT64_MAX));
    OK(space_unmap(s, p));
    assert_true(fresh(s));
    host_tlb_fill();
    OK(space_untable(s, zero));
    assert_true(fresh(s));
    host_tlb_fill();
    OK(space_untable(s, one));
    assert_true(fresh(s));
    assert_int_equal(info[one].kind, FRAME_DATA);
    assert_int_equal(entry_at(s, VA, 2), 0);
}

static void table_refuses(void **state)
{
    (void)state;
    uint64_t p = world_frame(s);

    REFUSED(SEPTUM_DEAD, space_table(DEAD_NAME, VA, 1, p));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_table(s, VA, 2, p));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_table(s, VA, UINT64_MAX, p));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_table(s, SPACE_END, 1, p));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_table(s, UINT64_MAX, 1, p));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_table(s, VA, 1, WORLD_FRAMES));
    REFUSED(SEPTUM_NOT_OWNER, space_table(g, VA, 1, p));
    world_tables(s, VA, 0);
    OK(space_map(s, VA, p, 0, RW));
    REFUSED(SEPTUM_MAPPED, space_table(s, VA2, 0, p));
    OK(space_unmap(s, p));
    OK(frame_lend(s, p, g));
    REFUSED(SEPTUM_BUSY, space_table(s, VA2, 0, p));
}

static void a_space_without_a_root(void **state)
{
    (void)state;
    uint32_t d = domain_new(SEPTUM_SERVER);
    uint64_t p = world_frame(d);

    REFUSED(SEPTUM_NO_TABLE, space_table(d, VA, 1, p));
    REFUSED(SEPTUM_NO_TABLE, space_map(d, VA, p, 0, RW));
    REFUSED(SEPTUM_NOT_MAPPED, space_unmap(d, p));
}

static void every_valid_right_maps(void **state)
{
    (void)state;
    uint64_t p = world_frame(s);

    world_tables(s, VA, 0);
    for (uint64_t rights = 0; rights < 16; rights++) {
        if (rights >= 1 && rights <= 7 && rights != 2 && rights != 6) {
            uint32_t fences = host_code_fences;

            OK(space_map(s, VA, p, 0, rights));
            assert_int_equal(entry_at(s, VA, 0), leaf(p, rights));
            assert_int_equal(host_code_fences, fences + (rights & MAP_EXECUTE ? 1 : 0));
            host_tlb_fill();
            OK(space_unmap(s, p));
            assert_true(fresh(s));
        } else {
            REFUSED(SEPTUM_BAD_ARGUMENT, space_map(s, VA, p, 0, rights));
        }
    }
}

static void map_refuses(void **state)
{
    (void)state;
    uint64_t p = world_frame(s), q = world_frame(s), other = world_frame(g);

    world_tables(s, VA, 0);
    REFUSED(SEPTUM_DEAD, space_map(DEAD_NAME, VA, p, 0, RW));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_map(s, VA + 1, p, 0, RW));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_map(s, SPACE_END, p, 0, RW));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_map(s, 0xffffffe000000000, p, 0, RW));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_map(s, VA, WORLD_FRAMES, 0, RW));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_map(s, VA, UINT64_MAX, 0, RW));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_map(s, VA, p, 2, RW));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_map(s, VA, p, UINT64_MAX, RW));
    REFUSED(SEPTUM_NOT_OWNER, space_map(s, VA, other, 0, RW));
    REFUSED(SEPTUM_BAD_KIND, space_map(s, VA, dom[s % NAME_SLOTS].root, 0, RW));
    REFUSED(SEPTUM_BAD_KIND, space_map(s, VA, WORLD_KERNEL, 0, RW));
    REFUSED(SEPTUM_NO_TABLE, space_map(s, VA2, p, 0, RW));
    REFUSED(SEPTUM_NO_TABLE, space_map(s, 0, p, 0, RW));
    OK(space_map(s, VA, p, 0, RW));
    REFUSED(SEPTUM_MAPPED, space_map(s, VA + 0x1000, p, 0, RW));
    REFUSED(SEPTUM_MAPPED, space_map(s, VA, q, 0, RW));
}

static void unmap_and_protect_refuse(void **state)
{
    (void)state;
    uint64_t p = world_frame(s);

    world_tables(s, VA, 0);
    REFUSED(SEPTUM_NOT_MAPPED, space_unmap(s, p));
    REFUSED(SEPTUM_NOT_MAPPED, space_protect(s, p, MAP_READ));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_unmap(s, WORLD_FRAMES));
    REFUSED(SEPTUM_DEAD, space_unmap(DEAD_NAME, p));
    OK(space_map(s, VA, p, 0, RW));
    REFUSED(SEPTUM_NOT_MAPPED, space_unmap(g, p));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_protect(s, p, 0));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_protect(s, p, MAP_WRITE));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_protect(s, p, 8));
    REFUSED(SEPTUM_DEAD, space_protect(DEAD_NAME, p, MAP_READ));
    host_tlb_fill();
    OK(space_protect(s, p, MAP_READ));
    assert_true(fresh(s));
    assert_int_equal(entry_at(s, VA, 0), leaf(p, MAP_READ));
}

static void superpages(void **state)
{
    (void)state;
    uint64_t b = world_block(g);

    world_tables(g, VA, 1);
    REFUSED(SEPTUM_BAD_ARGUMENT, space_map(g, VA + 0x1000, b, 1, RW));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_map(g, VA, b + 1, 1, RW));
    OK(frame_give(g, b + 511, s));
    REFUSED(SEPTUM_NOT_OWNER, space_map(g, VA, b, 1, RW));
    OK(frame_give(s, b + 511, g));
    OK(frame_to_vcpu(g, b + 100));
    REFUSED(SEPTUM_BAD_KIND, space_map(g, VA, b, 1, RW));
    info[b + 100].kind = FRAME_DATA; /* no call turns it back while its owner lives */
    OK(space_map(g, VA, b, 1, RW));
    assert_int_equal(entry_at(g, VA, 1), leaf(b, RW));
    assert_int_equal(info[b + 300].at_owner, info[b].at_owner);
    REFUSED(SEPTUM_MAPPED, frame_give(g, b + 17, s));
    uint64_t spare = world_frame(g);
    REFUSED(SEPTUM_MAPPED, space_table(g, VA, 0, spare));
    host_tlb_fill();
    OK(space_protect(g, b + 5, MAP_READ));
    assert_int_equal(entry_at(g, VA, 1), leaf(b, MAP_READ));
    OK(space_unmap(g, b + 511));
    assert_true(fresh(g));
    assert_int_equal(entry_at(g, VA, 1), 0);
    OK(frame_give(g, b + 17, s));
}

static void superpages_of_borrowed_and_own_frames(void **state)
{
    (void)state;
    uint64_t b = world_block(g);
    uint64_t table = world_frame(s);

    for (uint64_t p = b; p < b + 512; p++)
        OK(p % 2 ? frame_lend(g, p, s) : frame_give(g, p, s));
    world_tables(s, VA, 1);
    OK(space_map(s, VA, b, 1, RW));
    assert_int_equal(info[b].at_owner, info[b + 1].at_borrower);
    REFUSED(SEPTUM_BUSY, frame_revoke(g, b + 1));
    OK(space_split(s, b + 9, table));
    assert_int_equal(info[b + 1].at_borrower, table * 512 + 1);
    assert_int_equal(info[b].at_owner, table * 512);
    OK(space_unmap(s, b + 1));
    OK(frame_revoke(g, b + 1));
}

static void splits_keep_every_translation(void **state)
{
    (void)state;
    uint64_t b = world_block(g);
    uint64_t table = world_frame(g), small = world_frame(g);
    uint64_t other = world_frame(s), spare = world_frame(g);

    world_tables(g, VA, 1);
    REFUSED(SEPTUM_NOT_MAPPED, space_split(g, b, table));
    OK(space_map(g, VA, b, 1, RW | MAP_EXECUTE));
    REFUSED(SEPTUM_MAPPED, space_split(g, b, b + 7));
    REFUSED(SEPTUM_NOT_OWNER, space_split(g, b, other));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_split(g, b, UINT64_MAX));
    REFUSED(SEPTUM_BAD_ARGUMENT, space_split(g, UINT64_MAX, table));
    REFUSED(SEPTUM_DEAD, space_split(DEAD_NAME, b, table));
    host_tlb_fill();
    OK(space_split(g, b + 200, table));
    assert_true(fresh(g));
    assert_int_equal(entry_at(g, VA, 1), (ram_base_pfn + table) << 10 | 1);
    for (uint64_t k = 0; k < 512; k++)
        assert_int_equal(entry_at(g, VA + k * 4096, 0), leaf(b + k, RW | MAP_EXECUTE));
    world_tables(g, VA2, 0);
    OK(space_map(g, VA2, small, 0, RW));
    REFUSED(SEPTUM_BAD_KIND, space_split(g, small, spare));
    OK(space_unmap(g, b + 200));
    assert_int_equal(entry_at(g, VA + 199 * 4096, 0), leaf(b + 199, RW | MAP_EXECUTE));
    assert_int_equal(entry_at(g, VA + 200 * 4096, 0), 0);
}

static void the_end_of_a_domain_leaves_nothing(void **state)
{
    (void)state;
    uint64_t p = world_frame(g);

    world_tables(g, VA, 0);
    OK(space_map(g, VA, p, 0, RW));
    host_tlb_fill();
    domain_end(g);
    assert_true(fresh(g));
    uint32_t next = domain_new(SEPTUM_SERVER);
    assert_int_equal(next % NAME_SLOTS, g % NAME_SLOTS);
    assert_int_not_equal(next, g);
    REFUSED(SEPTUM_NOT_OWNER, space_root(next, p));
    REFUSED(SEPTUM_NOT_MAPPED, space_unmap(next, p));
}

/* The fake machine itself: a TLB that was not fenced is told. */
static void the_tlb_tells_of_a_missing_fence(void **state)
{
    (void)state;
    uint64_t p = world_frame(s);

    world_tables(s, VA, 0);
    OK(space_map(s, VA, p, 0, RW));
    host_tlb_fill();
    assert_true(fresh(s));
    uint64_t at = info[p].at_owner;
    ram[at / 512].word[at % 512] ^= 4;
    assert_false(fresh(s));
    ram[at / 512].word[at % 512] = 0;
    assert_false(fresh(s));
    fence_space(s % NAME_SLOTS);
    assert_true(fresh(s));
}

#define SPACE_TEST(name) cmocka_unit_test_setup(name, begin)

static const struct CMUnitTest tests[] = {
    SPACE_TEST(a_servers_root_holds_the_kernel),
    SPACE_TEST(a_guests_root_has_16_kib),
    SPACE_TEST(root_refuses),
    SPACE_TEST(the_last_frames_are_no_guests_root),
    SPACE_TEST(tables_come_and_go),
    SPACE_TEST(table_refuses),
    SPACE_TEST(a_space_without_a_root),
    SPACE_TEST(every_valid_right_maps),
    SPACE_TEST(map_refuses),
    SPACE_TEST(unmap_and_protect_refuse),
    SPACE_TEST(superpages),
    SPACE_TEST(superpages_of_borrowed_and_own_frames),
    SPACE_TEST(splits_keep_every_translation),
    SPACE_TEST(the_end_of_a_domain_leaves_nothing),
    SPACE_TEST(the_tlb_tells_of_a_missing_fence),
};

SUITE_MAIN("kernel/space", tests)
