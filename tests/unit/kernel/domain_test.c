/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Domains, device windows and capabilities. */
#include "suite.h"

#define VA UINT64_C(0x40000000)
#define DEAD_NAME (5u * NAME_SLOTS + 9u)

static void names_are_never_reused(void **state)
{
    (void)state;
    uint32_t first = domain_new(SEPTUM_GUEST);

    assert_true(domain_live(first));
    domain_end(first);
    assert_false(domain_live(first));
    uint32_t second = domain_new(SEPTUM_SERVER);
    assert_int_equal(second, first + NAME_SLOTS);
    assert_true(domain_live(second));
    assert_false(domain_live(first));
    assert_false(domain_live(NOBODY));
    assert_false(domain_live(second + NAME_SLOTS));
}

static void slots_run_out(void **state)
{
    (void)state;
    for (uint32_t k = 2; k < DOMAINS; k++)
        assert_int_not_equal(domain_new(SEPTUM_SERVER), NOBODY);
    REFUSED(NOBODY, domain_new(SEPTUM_SERVER));
}

static void a_slot_without_names_left_stays_empty(void **state)
{
    (void)state;
    dom[2].name = UINT32_MAX - 127 + 2;
    assert_int_equal(domain_new(SEPTUM_SERVER) % NAME_SLOTS, 2);
    domain_end(dom[2].name);
    assert_int_equal(domain_new(SEPTUM_SERVER) % NAME_SLOTS, 3);
}

static void peers_start_with_the_manager(void **state)
{
    (void)state;
    uint32_t a = domain_new(SEPTUM_SERVER);
    uint32_t b = domain_new(SEPTUM_SERVER);

    assert_true(domain_peers(a, a));
    assert_true(domain_peers(a, MANAGER_NAME));
    assert_true(domain_peers(MANAGER_NAME, a));
    assert_false(domain_peers(a, b));
    OK(domain_peer(a, b));
    assert_true(domain_peers(a, b));
    assert_true(domain_peers(b, a));
    domain_end(a);
    uint32_t next = domain_new(SEPTUM_SERVER);
    assert_int_equal(next % NAME_SLOTS, a % NAME_SLOTS);
    assert_false(domain_peers(next, b));
    assert_false(domain_peers(b, next));
}

static void sealed_domains_take_no_peers(void **state)
{
    (void)state;
    uint32_t a = domain_new(SEPTUM_SERVER);
    uint32_t b = domain_new(SEPTUM_SERVER);

    REFUSED(SEPTUM_DEAD, domain_peer(a, DEAD_NAME));
    REFUSED(SEPTUM_DEAD, domain_peer(DEAD_NAME, b));
    domain_seal(a);
    REFUSED(SEPTUM_DENIED, domain_peer(a, b));
    OK(domain_peer(b, a));
}

static void windows_map_whole_and_once(void **state)
{
    (void)state;
    uint32_t d = world_domain(SEPTUM_SERVER);
    static struct host_walk walk;

    REFUSED(SEPTUM_NO_TABLE, window_map(0, MANAGER_NAME, d, VA));
    assert_int_equal(window[0].owner, MANAGER_NAME);
    world_tables(d, VA, 0);
    REFUSED(SEPTUM_NOT_MAPPED, window_unmap(0));
    OK(window_map(0, MANAGER_NAME, d, VA));
    assert_int_equal(window[0].owner, d);
    host_walk_root(dom[d % NAME_SLOTS].root, &walk);
    assert_null(walk.wrong);
    assert_int_equal(walk.entry[walk.count - 1].entry, WORLD_UART >> 12 << 10 | 0xd7);
    assert_int_equal(walk.entry[walk.count - 1].va, VA);
    REFUSED(SEPTUM_MAPPED, window_map(0, MANAGER_NAME, d, VA + 0x1000));
    REFUSED(SEPTUM_MAPPED, window_map(0, d, MANAGER_NAME, VA));
    host_tlb_fill();
    OK(window_unmap(0));
    assert_false(host_tlb_stale(d % NAME_SLOTS));
    OK(window_map(0, MANAGER_NAME, d, VA + 0x1000));
}

static void windows_refuse(void **state)
{
    (void)state;
    uint32_t d = world_domain(SEPTUM_SERVER);
    uint32_t e = world_domain(SEPTUM_SERVER);
    uint64_t p = world_frame(d);

    world_tables(d, VA, 0);
    world_tables(e, VA, 0);
    OK(space_map(d, VA, p, 0, MAP_READ));
    REFUSED(SEPTUM_MAPPED, window_map(0, MANAGER_NAME, d, VA));
    REFUSED(SEPTUM_BAD_ARGUMENT, window_map(0, MANAGER_NAME, d, VA + 0x1001));
    REFUSED(SEPTUM_BAD_ARGUMENT, window_map(0, MANAGER_NAME, d, SPACE_END));
    REFUSED(SEPTUM_BAD_ARGUMENT, window_map(WINDOWS, MANAGER_NAME, d, VA));
    REFUSED(SEPTUM_BAD_ARGUMENT, window_map(5, MANAGER_NAME, d, VA));
    REFUSED(SEPTUM_DEAD, window_map(0, MANAGER_NAME, DEAD_NAME, VA));
    REFUSED(SEPTUM_NOT_OWNER, window_map(0, e, d, VA + 0x1000));
    assert_int_equal(window[0].owner, MANAGER_NAME);
    REFUSED(SEPTUM_BAD_ARGUMENT, window_unmap(WINDOWS));
    REFUSED(SEPTUM_DEAD, window_unmap(5));
    OK(window_map(0, MANAGER_NAME, d, VA + 0x1000));
    OK(window_unmap(0));
    REFUSED(SEPTUM_DENIED, window_map(0, d, e, VA));
    assert_int_equal(window[0].owner, d);
    domain_end(d);
    OK(window_map(0, MANAGER_NAME, e, VA));
    assert_int_equal(window[0].owner, e);
}

static void capabilities_are_checked(void **state)
{
    (void)state;
    uint32_t a = domain_new(SEPTUM_SERVER);

    assert_int_equal(cap_check(2, 3, CAP_DOMAIN, 0), SEPTUM_BAD_CAP);
    OK(cap_put(2, 3, CAP_DOMAIN, a, 0));
    OK(cap_check(2, 3, CAP_DOMAIN, CAP_RIGHTS));
    cap[2].slot[3].rights = CAP_MEMORY;
    OK(cap_check(2, 3, CAP_DOMAIN, CAP_MEMORY));
    assert_int_equal(cap_check(2, 3, CAP_DOMAIN, CAP_CONTROL), SEPTUM_DENIED);
    assert_int_equal(cap_check(2, 3, CAP_DOMAIN, CAP_MEMORY | CAP_CONTROL), SEPTUM_DENIED);
    assert_int_equal(cap_check(2, 3, CAP_THREAD, 0), SEPTUM_BAD_CAP);
    assert_int_equal(cap_check(2, CAPS, CAP_DOMAIN, 0), SEPTUM_BAD_CAP);
    assert_int_equal(cap_check(2, UINT64_MAX, CAP_DOMAIN, 0), SEPTUM_BAD_CAP);
    assert_int_equal(cap_check(2, 3 + (UINT64_C(1) << 32), CAP_DOMAIN, 0), SEPTUM_BAD_CAP);
    domain_end(a);
    assert_int_equal(cap_check(2, 3, CAP_DOMAIN, CAP_MEMORY), SEPTUM_DEAD);
    OK(cap_put(2, 4, CAP_THREAD, thread_name(MANAGER), 0));
    OK(cap_check(2, 4, CAP_THREAD, CAP_CALL));
    cap[2].slot[4].name += NAME_SLOTS;
    assert_int_equal(cap_check(2, 4, CAP_THREAD, CAP_CALL), SEPTUM_DEAD);
    REFUSED(SEPTUM_FULL, cap_put(2, 4, CAP_THREAD, 1, 0));
    REFUSED(SEPTUM_BAD_ARGUMENT, cap_put(2, CAPS, CAP_THREAD, 1, 0));
    cap_drop(2, 4);
    cap_drop(2, UINT64_MAX);
    assert_int_equal(cap[2].slot[4].type, CAP_NONE);
    cap_clear(2);
    assert_int_equal(cap[2].slot[3].type, CAP_NONE);
}

static void grants_stay_within_rights_and_peers(void **state)
{
    (void)state;
    uint32_t a = domain_new(SEPTUM_SERVER);
    uint32_t b = domain_new(SEPTUM_SERVER);
    uint32_t c = domain_new(SEPTUM_SERVER);
    uint32_t from = a % NAME_SLOTS, to = b % NAME_SLOTS;
    uint32_t t = world_thread(c, 0, 1);

    OK(domain_peer(a, b));
    cap_put(from, 5, CAP_THREAD, thread_name(t), 0);
    REFUSED(SEPTUM_DENIED, cap_grant(from, 5, to, 6, CAP_CALL, 1)); /* c and b are no peers */
    OK(domain_peer(b, c));
    cap[from].slot[5].rights = CAP_CALL | CAP_NOTIFY;
    REFUSED(SEPTUM_DENIED, cap_grant(from, 5, to, 6, CAP_CALL | CAP_CONTROL, 1));
    REFUSED(SEPTUM_BAD_ARGUMENT, cap_grant(from, CAPS, to, 6, CAP_CALL, 1));
    REFUSED(SEPTUM_BAD_ARGUMENT, cap_grant(from, 5, to, CAPS, CAP_CALL, 1));
    REFUSED(SEPTUM_BAD_CAP, cap_grant(from, 7, to, 6, CAP_CALL, 1));
    OK(cap_grant(from, 5, to, 6, CAP_CALL, 42));
    assert_int_equal(cap[to].slot[6].rights, CAP_CALL);
    assert_int_equal(cap[to].slot[6].badge, 42);
    assert_int_equal(cap[to].slot[6].name, thread_name(t));
    REFUSED(SEPTUM_FULL, cap_grant(from, 5, to, 6, CAP_CALL, 42));
    REFUSED(SEPTUM_DENIED, cap_grant(to, 6, to, 7, CAP_CALL, 43)); /* a badge is chosen once */
    REFUSED(SEPTUM_DENIED, cap_grant(to, 6, to, 7, CAP_CALL, 0));
    OK(cap_grant(to, 6, to, 7, CAP_CALL, 42));
    cap_put(from, 8, CAP_SYSTEM, 0, 0);
    REFUSED(SEPTUM_BAD_CAP, cap_grant(from, 8, to, 8, 0, 0));
    cap_put(from, 9, CAP_WINDOW, 1, 0);
    OK(cap_grant(from, 9, to, 9, 0, 0));
    cap_put(from, 10, CAP_DOMAIN, c, 0);
    OK(cap_grant(from, 10, to, 10, CAP_MEMORY, 0));
    REFUSED(SEPTUM_DENIED, cap_grant(from, 9, c % NAME_SLOTS, 9, 0, 0)); /* a and c are no peers */
}

static const struct CMUnitTest tests[] = {
    TEST(names_are_never_reused),       TEST(slots_run_out),
    TEST(a_slot_without_names_left_stays_empty), TEST(peers_start_with_the_manager),
    TEST(sealed_domains_take_no_peers), TEST(windows_map_whole_and_once),
    TEST(windows_refuse),               TEST(capabilities_are_checked),
    TEST(grants_stay_within_rights_and_peers),
};

SUITE_MAIN("kernel/domain", tests)
