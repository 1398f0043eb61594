/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The port that leads out of the machine: who hears it, whom it hears, and who cannot pose as whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client.h"

#include <string.h>

#define BROADCAST UINT64_C(0xffffffffffff)
#define PAUSE     UINT64_C(0x0180c2000001) /* of the wire itself */
#define NEIGHBOUR UINT64_C(0x0180c2000010) /* the first that is not */
#define OUTSIDE   UINT64_C(0x525400000001)
#define VLAN      7u

static struct frame_seen frame;

static int fresh(void **state)
{
    (void)state;
    uplink_begin();
    return 0;
}

static uint32_t received(uint32_t c)
{
    uint32_t count = 0;

    while (client_receive(c, &frame))
        count++;
    return count;
}

/* A frame from outside, of a VLAN, with an address of its own. */
static void comes(uint64_t to, uint64_t from, uint16_t vlan)
{
    const struct net_packet header = {.bytes = 64, .vlan = vlan};
    uint8_t bytes[64] = {0};

    mac_bytes(to, bytes);
    mac_bytes(from, bytes + 6);
    bytes[12] = 8;
    assert_true(client_put(UPLINK, &header, bytes));
    assert_int_equal(serve_all().broken, 0);
}

static void what_is_nobodys_goes_out(void **state)
{
    (void)state;
    assert_true(client_send(0, OUTSIDE, 100, 3));
    assert_true(client_send(4, OUTSIDE, 100, 4));
    assert_true(client_send(3, OUTSIDE, 100, 5)); /* of another network */
    serve_all();
    assert_true(client_receive(UPLINK, &frame));
    assert_true(frame_is(&frame, 0, 100, 3));
    assert_int_equal(frame.header.vlan, 0);
    assert_true(client_receive(UPLINK, &frame));
    assert_true(frame_is(&frame, 4, 100, 4));
    assert_int_equal(frame.header.vlan, VLAN);
    assert_int_equal(received(UPLINK), 0);
    assert_int_equal(client[3].counter[NET_DROPPED], 1);
    for (uint32_t c = 0; c < CLIENTS; c++)
        assert_int_equal(received(c), 0);
}

static void what_is_for_a_guest_stays(void **state)
{
    (void)state;
    assert_true(client_send(0, client_mac(1), 100, 0));
    assert_true(client_send(0, client_mac(4), 100, 0)); /* in another VLAN */
    serve_all();
    switch_leave(&net_switch, 1);
    assert_true(client_send(0, client_mac(1), 100, 0)); /* is off */
    serve_all();
    assert_int_equal(received(UPLINK), 0);
    assert_int_equal(client[0].counter[NET_DROPPED], 2);
}

static void groups_go_both_ways_but_those_of_the_wire(void **state)
{
    (void)state;
    assert_true(client_send(0, BROADCAST, 60, 0));
    assert_true(client_send(0, PAUSE, 60, 0));
    assert_true(client_send(0, NEIGHBOUR, 60, 0));
    serve_all();
    assert_int_equal(received(UPLINK), 2);
    assert_int_equal(received(1), 3);
    comes(BROADCAST, OUTSIDE, 0);
    comes(PAUSE, OUTSIDE, 0);
    comes(BROADCAST, OUTSIDE, VLAN);
    assert_int_equal(received(0), 1);
    assert_int_equal(received(1), 1);
    assert_int_equal(received(3), 0);
    assert_int_equal(received(4), 1);
    assert_int_equal(received(UPLINK), 0);
    assert_int_equal(client[UPLINK].counter[NET_ERRORS], 1);
}

static void guests_are_reached_in_their_vlan_only(void **state)
{
    (void)state;
    comes(client_mac(0), OUTSIDE, 0);
    comes(client_mac(0), OUTSIDE, VLAN);
    comes(client_mac(4), OUTSIDE, VLAN);
    comes(client_mac(4), OUTSIDE, 0);
    comes(client_mac(3), OUTSIDE, 0); /* of another network */
    comes(OUTSIDE + 1, OUTSIDE, 0);
    assert_int_equal(received(0), 1);
    assert_int_equal(frame.header.vlan, 0);
    assert_int_equal(received(4), 1);
    assert_int_equal(frame.header.vlan, 0); /* a guest hears of no tag */
    for (uint32_t c = 0; c <= UPLINK; c++)
        assert_int_equal(received(c), 0);
    assert_int_equal(client[UPLINK].counter[NET_DROPPED], 4);
}

static void nobody_outside_has_a_guests_address(void **state)
{
    (void)state;
    comes(client_mac(0), client_mac(1), 0);
    comes(client_mac(0), client_mac(4), 0);
    switch_leave(&net_switch, 2);
    comes(client_mac(0), client_mac(2), 0);
    assert_int_equal(received(0), 0);
    assert_int_equal(client[UPLINK].counter[NET_ERRORS], 3);
    comes(client_mac(0), client_mac(3), 0); /* which is another network's: another station here */
    assert_int_equal(received(0), 1);
}

static void what_is_left_to_be_done_does_not_come_in(void **state)
{
    static const struct net_packet bad[] = {
        {.bytes = 64, .flags = 1, .checksum_start = 34, .checksum_offset = 6},
        {.bytes = 64, .gso_type = 1, .gso_bytes = 1460},
        {.bytes = 1515},
        {.bytes = 13},
        {.bytes = 64, .vlan = 4095},
    };
    static uint8_t bytes[1600] = {2, 0, 0, 0, 0, 0, 0x52, 0x54, 0, 0, 0, 1, 8};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_true(client_put(UPLINK, &bad[i], bytes));
        serve_all();
    }
    bytes[12] = 0x81; /* a second tag */
    assert_true(client_put(UPLINK, &(struct net_packet){.bytes = 64}, bytes));
    bytes[12] = 8;
    bytes[6] |= 1; /* from a group */
    assert_true(client_put(UPLINK, &(struct net_packet){.bytes = 64}, bytes));
    bytes[6] &= 0xfe;
    serve_all();
    assert_int_equal(received(0), 0);
    assert_int_equal(client[UPLINK].counter[NET_ERRORS], sizeof bad / sizeof bad[0] + 2);
}

static void a_guest_cannot_choose_its_vlan(void **state)
{
    const struct net_packet header = {.bytes = 64, .vlan = VLAN};
    uint8_t bytes[64] = {0x52, 0x54, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 8};

    (void)state;
    assert_true(client_put(0, &header, bytes));
    serve_all();
    assert_int_equal(received(UPLINK), 1);
    assert_int_equal(frame.header.vlan, 0);
}

int uplink_tests(int *count)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_nobodys_goes_out, fresh),
        cmocka_unit_test_setup(what_is_for_a_guest_stays, fresh),
        cmocka_unit_test_setup(groups_go_both_ways_but_those_of_the_wire, fresh),
        cmocka_unit_test_setup(guests_are_reached_in_their_vlan_only, fresh),
        cmocka_unit_test_setup(nobody_outside_has_a_guests_address, fresh),
        cmocka_unit_test_setup(what_is_left_to_be_done_does_not_come_in, fresh),
        cmocka_unit_test_setup(a_guest_cannot_choose_its_vlan, fresh),
    };

    *count += (int)(sizeof tests / sizeof tests[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
