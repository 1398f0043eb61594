/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The policy of a system, and the check of what the theorem on non-interference asks of it (ASM-28). */
#include "suite.h"

#include "manager/policy.h"

#include <septum/device.h>

static struct bundle bundle;
static struct policy policy;
static uint32_t one;
static uint32_t other;

/* The policy of so many guests on a machine with three windows, the second of which is the console's. */
static void policy_for(uint32_t guests)
{
    bundle.guest_count = guests;
    policy_of(&policy, &bundle, 3, 1);
}

static void fails(enum policy_hypothesis wanted, uint32_t a, uint32_t b)
{
    assert_int_equal(policy_fault(&policy, &one, &other), wanted);
    assert_int_equal(one, a);
    assert_int_equal(other, b);
}

static void every_number_of_guests_is_one_that_the_theorem_is_about(void **state)
{
    (void)state;
    for (uint32_t guests = 0; guests <= BUNDLE_GUESTS; guests++) {
        policy_for(guests);
        assert_int_equal(policy.parties, 13 + 2 * guests);
        assert_int_equal(policy_fault(&policy, &one, &other), POLICY_HOLDS);
    }
}

static void guests_are_joined_to_their_own_monitor_only(void **state)
{
    (void)state;
    policy_for(2);
    assert_true(policy_joins(&policy, POLICY_GUEST(0), POLICY_MONITOR(0)));
    assert_true(policy_joins(&policy, POLICY_MONITOR(1), POLICY_CONSOLE));
    assert_true(policy_joins(&policy, POLICY_GUEST(1), POLICY_MANAGER));
    assert_false(policy_joins(&policy, POLICY_GUEST(0), POLICY_GUEST(1)));
    assert_false(policy_joins(&policy, POLICY_GUEST(0), POLICY_MONITOR(1)));
    assert_false(policy_joins(&policy, POLICY_MONITOR(0), POLICY_MONITOR(1)));
    assert_false(policy_joins(&policy, POLICY_GUEST(0), POLICY_CONSOLE));
    assert_true(policy_joins(&policy, POLICY_AUDITOR, POLICY_MANAGER));
    assert_false(policy_joins(&policy, POLICY_AUDITOR, POLICY_GUEST(0)));
    assert_false(policy_joins(&policy, POLICY_AUDITOR, POLICY_CONSOLE));
}

static void control_goes_one_way(void **state)
{
    (void)state;
    policy_for(2);
    assert_true(policy_controls(&policy, POLICY_MONITOR(0), POLICY_GUEST(0)));
    assert_true(policy_controls(&policy, POLICY_MANAGER, POLICY_GUEST(1)));
    assert_false(policy_controls(&policy, POLICY_GUEST(0), POLICY_MONITOR(0)));
    assert_false(policy_controls(&policy, POLICY_MONITOR(0), POLICY_GUEST(1)));
    assert_false(policy_controls(&policy, POLICY_CONSOLE, POLICY_MONITOR(0)));
}

static void the_console_has_its_window_and_no_other(void **state)
{
    (void)state;
    policy_for(1);
    assert_true(policy_fits(&policy, POLICY_CONSOLE, 1));
    assert_false(policy_fits(&policy, POLICY_CONSOLE, 0));
    assert_true(policy_fits(&policy, POLICY_MANAGER, 2));
    assert_false(policy_fits(&policy, POLICY_MANAGER, 3));
    assert_false(policy_fits(&policy, POLICY_MANAGER, WINDOWS));
    assert_false(policy_fits(&policy, POLICY_GUEST(0), 1));
}

/* Guest 0 has a disk, guest 1 entropy. */
static void a_monitor_is_joined_to_the_servers_of_its_guests_devices(void **state)
{
    (void)state;
    bundle.disk_count = 1;
    bundle.disk[0].guest = 0;
    bundle.guest[1].devices = BUNDLE_GUEST_ENTROPY;
    policy_for(2);
    bundle.disk_count = 0;
    bundle.guest[1].devices = 0;
    assert_int_equal(policy_fault(&policy, &one, &other), POLICY_HOLDS);
    assert_true(policy_joins(&policy, POLICY_MONITOR(0), policy_server(DEVICE_BLOCK)));
    assert_true(policy_joins(&policy, POLICY_MONITOR(1), policy_server(DEVICE_ENTROPY)));
    assert_false(policy_joins(&policy, POLICY_MONITOR(1), policy_server(DEVICE_BLOCK)));
    assert_true(policy_joins(&policy, POLICY_BLOCK, POLICY_BLOCK_DMA));
    assert_true(policy_joins(&policy, POLICY_MONITOR(0), POLICY_BLOCK_DMA)); /* which reaches its disk's data */
    assert_false(policy_joins(&policy, POLICY_MONITOR(1), POLICY_BLOCK_DMA));
    assert_false(policy_joins(&policy, POLICY_GUEST(0), POLICY_BLOCK_DMA));
    assert_false(policy_joins(&policy, POLICY_PCI, POLICY_BLOCK));
    assert_false(policy_joins(&policy, POLICY_MONITOR(0), policy_server(DEVICE_NET)));
    assert_false(policy_joins(&policy, POLICY_GUEST(0), policy_server(DEVICE_BLOCK)));
}

/* Guest 0 has a slice of the machine's disk, guest 1 a file: neither has anything of the other's server. */
static void a_slice_joins_the_disk_server_and_no_other(void **state)
{
    (void)state;
    bundle.disk_count = 2;
    bundle.disk[0] = (struct bundle_disk){.guest = 0, .flags = BUNDLE_DISK_SLICE};
    bundle.disk[1] = (struct bundle_disk){.guest = 1};
    policy_for(2);
    bundle.disk_count = 0;
    bundle.disk[0] = (struct bundle_disk){0};
    bundle.disk[1] = (struct bundle_disk){0};
    assert_int_equal(policy_fault(&policy, &one, &other), POLICY_HOLDS);
    assert_true(policy_joins(&policy, POLICY_DISK, POLICY_DISK_DMA));
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(policy_joins(&policy, POLICY_MONITOR(i), policy_server(DEVICE_DISK)), i == 0);
        assert_int_equal(policy_joins(&policy, POLICY_MONITOR(i), POLICY_DISK_DMA), i == 0);
        assert_int_equal(policy_joins(&policy, POLICY_MONITOR(i), POLICY_BLOCK), i == 1);
        assert_int_equal(policy_joins(&policy, POLICY_MONITOR(i), POLICY_BLOCK_DMA), i == 1);
    }
}

/* Guest 0 is a room for one with disks, guest 1 for one on a network, guest 2 for one that has neither. */
static void a_room_is_joined_to_the_servers_of_its_rights(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 3; i++)
        bundle.guest[i].devices = BUNDLE_GUEST_ROOM;
    bundle.guest[0].devices |= BUNDLE_GUEST_DISKS;
    bundle.guest[1].networks = 1;
    policy_for(3);
    for (uint32_t i = 0; i < 3; i++)
        bundle.guest[i] = (struct bundle_guest){0};
    assert_int_equal(policy_fault(&policy, &one, &other), POLICY_HOLDS);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(policy_joins(&policy, POLICY_MONITOR(i), POLICY_BLOCK), i == 0);
        assert_int_equal(policy_joins(&policy, POLICY_MONITOR(i), POLICY_BLOCK_DMA), i == 0);
        assert_int_equal(policy_joins(&policy, POLICY_MONITOR(i), POLICY_NET), i == 1);
        assert_false(policy_joins(&policy, POLICY_MONITOR(i), POLICY_ENTROPY));
        assert_true(policy_joins(&policy, POLICY_MONITOR(i), POLICY_GUEST(i)));
    }
}

static void a_window_is_given_to_one_stranger_only(void **state)
{
    (void)state;
    policy_for(1);
    assert_true(policy_give(&policy, 0, POLICY_BLOCK));
    assert_true(policy_fits(&policy, POLICY_BLOCK, 0));
    assert_false(policy_give(&policy, 0, POLICY_NET));
    assert_false(policy_fits(&policy, POLICY_NET, 0));
    assert_false(policy_give(&policy, 1, POLICY_NET)); /* the console's */
    assert_false(policy_give(&policy, WINDOWS, POLICY_NET));
}

/* Guest 1 may affect guest 0, of which its monitor would learn nothing. */
static void who_reaches_a_guest_reaches_its_monitor(void **state)
{
    (void)state;
    policy_for(2);
    policy.peers[POLICY_GUEST(1)] |= UINT64_C(1) << POLICY_GUEST(0);
    fails(CONTROL_IN, POLICY_MONITOR(0), POLICY_GUEST(0));
}

static void a_monitor_reaches_whom_its_guest_reaches(void **state)
{
    (void)state;
    policy_for(2);
    policy.peers[POLICY_GUEST(0)] |= UINT64_C(1) << POLICY_GUEST(1);
    policy.controls[POLICY_MONITOR(1)] = 0;
    fails(CONTROL_OUT, POLICY_MONITOR(0), POLICY_GUEST(0));
}

static void the_system_is_control_of_all(void **state)
{
    (void)state;
    policy_for(1);
    policy.system |= UINT64_C(1) << POLICY_MONITOR(0);
    fails(SYSTEM_CONTROLS, POLICY_MONITOR(0), POLICY_MANAGER);
}

static void a_device_of_two_strangers_joins_them(void **state)
{
    (void)state;
    policy_for(2);
    policy.device[0] |= UINT64_C(1) << POLICY_GUEST(0) | UINT64_C(1) << POLICY_GUEST(1);
    fails(DEVICE_ONE, POLICY_GUEST(0), POLICY_GUEST(1));
}

int policy_tests(int *count)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_of_guests_is_one_that_the_theorem_is_about),
        cmocka_unit_test(guests_are_joined_to_their_own_monitor_only),
        cmocka_unit_test(control_goes_one_way),
        cmocka_unit_test(the_console_has_its_window_and_no_other),
        cmocka_unit_test(a_monitor_is_joined_to_the_servers_of_its_guests_devices),
        cmocka_unit_test(a_slice_joins_the_disk_server_and_no_other),
        cmocka_unit_test(a_room_is_joined_to_the_servers_of_its_rights),
        cmocka_unit_test(a_window_is_given_to_one_stranger_only),
        cmocka_unit_test(who_reaches_a_guest_reaches_its_monitor),
        cmocka_unit_test(a_monitor_reaches_whom_its_guest_reaches),
        cmocka_unit_test(the_system_is_control_of_all),
        cmocka_unit_test(a_device_of_two_strangers_joins_them),
    };

    *count += (int)(sizeof tests / sizeof tests[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
