/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The switch between clients that keep the rules, and some that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client.h"

#include <stdio.h>
#include <string.h>

#define BROADCAST UINT64_C(0xffffffffffff)
#define MULTICAST UINT64_C(0x01005e000001)

static struct frame_seen frame;

static int fresh(void **state)
{
    (void)state;
    clients_begin();
    return 0;
}

static uint32_t received(uint32_t c)
{
    uint32_t count = 0;

    while (client_receive(c, &frame))
        count++;
    return count;
}

static void a_frame_reaches_its_address_only(void **state)
{
    struct switch_round round;

    (void)state;
    assert_true(client_send(0, client_mac(1), 100, 7));
    round = serve_all();
    assert_int_equal(round.bells, 2);
    assert_true(client_receive(1, &frame));
    assert_true(frame_is(&frame, 0, 100, 7));
    for (uint32_t c = 0; c < CLIENTS; c++)
        assert_false(client_receive(c, &frame));
    assert_int_equal(client[0].counter[NET_OUT], 1);
    assert_int_equal(client[0].counter[NET_OUT_BYTES], 100);
    assert_int_equal(client[1].counter[NET_IN], 1);
    assert_int_equal(client[1].counter[NET_IN_BYTES], 100);
    assert_int_equal(client[0].ring->out.tail, client[0].out_head);
}

static void groups_reach_all_of_the_segment(void **state)
{
    (void)state;
    assert_true(client_send(0, BROADCAST, 60, 1));
    assert_true(client_send(1, MULTICAST, 60, 2));
    assert_true(client_send(4, BROADCAST, 60, 3));
    serve_all();
    assert_int_equal(received(0), 1);
    assert_int_equal(received(1), 1);
    assert_int_equal(received(2), 2);
    assert_int_equal(received(3), 0); /* of another network */
    assert_int_equal(received(4), 0);
    assert_int_equal(received(5), 1); /* of the VLAN */
}

static void segments_never_meet(void **state)
{
    static const uint32_t segment[CLIENTS] = {0, 0, 0, 1, 2, 2};

    (void)state;
    for (uint32_t from = 0; from < CLIENTS; from++) {
        for (uint32_t to = 0; to < CLIENTS; to++) {
            assert_true(client_send(from, client_mac(to), 60, 0));
            serve_all();
            assert_int_equal(received(to), from != to && segment[from] == segment[to]);
        }
    }
    for (uint32_t c = 0; c < CLIENTS; c++)
        assert_int_equal(received(c), 0);
    assert_int_equal(client[3].counter[NET_DROPPED], CLIENTS);
}

static void one_speaks_from_its_own_address_only(void **state)
{
    uint8_t bytes[64] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8};
    const struct net_packet header = {.bytes = sizeof bytes};

    (void)state;
    assert_true(client_put(0, &header, bytes));
    serve_all();
    assert_int_equal(received(1), 0);
    assert_int_equal(client[0].counter[NET_ERRORS], 1);
    assert_true(client_put(2, &header, bytes));
    serve_all();
    assert_int_equal(received(1), 1);
}

static void tags_are_not_sent(void **state)
{
    static const uint16_t type[] = {0x8100, 0x88a8, 0x9100};
    uint8_t bytes[64] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0};
    const struct net_packet header = {.bytes = sizeof bytes};

    (void)state;
    for (size_t i = 0; i < sizeof type / sizeof type[0]; i++) {
        bytes[12] = (uint8_t)(type[i] >> 8);
        bytes[13] = (uint8_t)type[i];
        assert_true(client_put(0, &header, bytes));
    }
    serve_all();
    assert_int_equal(received(1), 0);
    assert_int_equal(client[0].counter[NET_ERRORS], 3);
}

/* Sends one packet with these fields, of a frame of TCP over IPv4; did it arrive? */
static bool passes(struct net_packet header)
{
    static uint8_t bytes[NET_PACKET_MOST] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 8};

    assert_true(client_put(0, &header, bytes));
    assert_int_equal(serve_all().broken, 0);
    return received(1) == 1;
}

static void offload_passes_if_it_fits(void **state)
{
    const struct net_packet cut = {.bytes = 60000, .flags = 1, .gso_type = 1, .header_bytes = 54, .gso_bytes = 1460,
                                   .checksum_start = 34, .checksum_offset = 16};
    struct net_packet bad;

    (void)state;
    assert_true(passes(cut));
    assert_memory_equal(&frame.header, &cut, sizeof cut);
    assert_true(passes((struct net_packet){.bytes = 64, .flags = 1, .checksum_start = 34, .checksum_offset = 16}));
    assert_true(passes((struct net_packet){.bytes = 64, .flags = 1, .checksum_start = 60, .checksum_offset = 2}));
    assert_false(passes((struct net_packet){.bytes = 64, .flags = 1, .checksum_start = 60, .checksum_offset = 3}));
    assert_false(passes((struct net_packet){.bytes = 64, .flags = 1, .checksum_start = 13}));
    assert_false(passes((struct net_packet){.bytes = 64, .flags = 1, .checksum_start = 34, .checksum_offset = 65535}));
    assert_false(passes((struct net_packet){.bytes = 64, .flags = 2}));
    assert_false(passes((struct net_packet){.bytes = 1515}));
    assert_true(passes((struct net_packet){.bytes = 1514}));
    assert_false(passes((struct net_packet){.bytes = 13}));
    bad = cut, bad.gso_type = 4; /* the frame is no IPv6 */
    assert_false(passes(bad));
    bad = cut, bad.gso_type = 3;
    assert_false(passes(bad));
    bad = cut, bad.flags = 0;
    assert_false(passes(bad));
    bad = cut, bad.gso_bytes = 0;
    assert_false(passes(bad));
    bad = cut, bad.gso_bytes = 1501;
    assert_false(passes(bad));
    bad = cut, bad.header_bytes = 60001;
    assert_false(passes(bad));
}

static void fields_without_a_meaning_become_zero(void **state)
{
    static const struct net_packet clean = {.bytes = 64};

    (void)state;
    assert_true(passes((struct net_packet){.bytes = 64, .header_bytes = 9, .gso_bytes = 8, .checksum_start = 7,
                                           .checksum_offset = 6, .vlan = 5}));
    assert_memory_equal(&frame.header, &clean, sizeof clean);
}

static void rings_go_round(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2000; i++) {
        const uint32_t bytes = 60 + i * 37 % 60000;

        if (bytes > NET_PACKET_MOST)
            continue;
        for (uint32_t turn = 0; !client_send(0, client_mac(1), bytes, (uint8_t)i); turn++) {
            assert_int_equal(turn, 0); /* once the skip was taken, there is room */
            assert_int_equal(serve_all().broken, 0);
        }
        assert_int_equal(serve_all().broken, 0);
        assert_true(client_receive(1, &frame));
        assert_true(frame_is(&frame, 0, bytes, (uint8_t)i));
    }
}

static void the_largest_packets_pass(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 50; i++) {
        while (!client_send(0, client_mac(1), NET_PACKET_MOST, (uint8_t)i))
            serve_all();
        serve_all();
        assert_true(client_receive(1, &frame));
        assert_true(frame_is(&frame, 0, NET_PACKET_MOST, (uint8_t)i));
    }
}

/* As much as fits; returns how many. */
static uint32_t fill(uint32_t from, uint64_t to, uint32_t bytes)
{
    uint32_t count = 0;

    while (client_send(from, to, bytes, 0))
        count++;
    return count;
}

static void a_full_receiver_makes_its_sender_wait_but_not_for_ever(void **state)
{
    uint32_t sent = 0;
    struct switch_round round;

    (void)state;
    do {
        sent += fill(0, client_mac(1), 1500);
        round = serve_all();
    } while (!round.waits);
    assert_int_equal(client[1].counter[NET_DROPPED], 0);
    assert_int_not_equal(client[0].ring->out.tail, client[0].out_head);
    now += 999;
    assert_true(serve_all().waits);
    now += 1;
    assert_false(serve_all().waits);
    assert_int_not_equal(client[1].counter[NET_DROPPED], 0);
    assert_int_equal(client[0].ring->out.tail, client[0].out_head);
    sent = fill(0, client_mac(1), 1500);
    assert_false(serve_all().waits); /* it takes nothing: nobody waits for it again */
    assert_int_equal(received(1) + client[1].counter[NET_DROPPED], client[0].counter[NET_OUT]);
    assert_true(sent > 0);
    fill(0, client_mac(1), 1500);
    serve_all();
    fill(0, client_mac(1), 1500);
    assert_true(serve_all().waits); /* it has taken its ring full */
}

static void what_waits_arrives(void **state)
{
    uint32_t sent = 0;
    uint32_t got = 0;

    (void)state;
    for (uint32_t turn = 0; got < 5000; turn++) {
        assert_int_not_equal(turn, 100000);
        if (sent < 5000 && client_send(0, client_mac(1), 1400, (uint8_t)sent))
            sent++;
        else
            serve_all();
        if (turn % 3 == 0 && client_receive(1, &frame))
            assert_true(frame_is(&frame, 0, 1400, (uint8_t)got++));
        now++;
    }
    assert_int_equal(client[1].counter[NET_DROPPED], 0);
}

static void a_waiting_sender_holds_up_no_other(void **state)
{
    (void)state;
    do
        fill(0, client_mac(1), 1500);
    while (!serve_all().waits);
    assert_true(client_send(1, client_mac(2), 80, 1));
    assert_true(client_send(2, client_mac(0), 80, 2));
    assert_true(serve_all().waits);
    assert_int_equal(received(2), 1);
    assert_int_equal(received(0), 1);
}

/* Clients 0 and 2 send to 1, which takes 2,400 bytes in each round: small frames by one, the largest by the other. */
static void a_flood_does_not_starve_others(void **state)
{
    int64_t room = 0;
    int64_t taken[CLIENTS] = {0};

    (void)state;
    do
        fill(0, client_mac(1), 60);
    while (!serve_all().waits);
    for (uint32_t i = 0; i < 20000; i++) {
        fill(0, client_mac(1), 60);
        fill(2, client_mac(1), 64000);
        switch_serve(&net_switch, now++);
        for (room += 2400; room > 0 && client_receive(1, &frame); room -= frame.header.bytes)
            taken[mac_number(frame.bytes + 6) - client_mac(0)] += frame.header.bytes;
    }
    assert_int_equal(client[1].counter[NET_DROPPED], 0);
    assert_true(taken[2] * 3 > taken[0]); /* each about its share of the bytes */
    assert_true(taken[0] * 3 > taken[2]);
}

/* Three send frames of one size to a receiver that takes one in each round. */
static void turns_are_taken(void **state)
{
    uint32_t taken[CLIENTS] = {0};

    (void)state;
    for (uint32_t i = 0; i < 3000; i++) {
        fill(0, client_mac(2), 1000);
        fill(1, client_mac(2), 1000);
        net_switch.port[3].segment = net_switch.port[0].segment;
        fill(3, client_mac(2), 1000);
        switch_serve(&net_switch, now++);
        if (client_receive(2, &frame))
            taken[mac_number(frame.bytes + 6) - client_mac(0)]++;
    }
    assert_in_range(taken[0], 800, 1200);
    assert_in_range(taken[1], 800, 1200);
    assert_in_range(taken[3], 800, 1200);
}

static void a_flood_of_broadcasts_leaves_others_their_turn(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 500; i++) {
        struct switch_round round;

        fill(0, BROADCAST, 1500);
        assert_true(client_send(1, client_mac(2), 100, (uint8_t)i));
        round = switch_serve(&net_switch, now++);
        assert_true(round.more); /* the flood goes on, but one round was enough for the other */
        assert_int_equal(client[1].ring->out.tail, client[1].out_head);
        received(1);
        received(2);
    }
    assert_true(client[1].counter[NET_OUT] == 500);
}

/* Client 0 waits for 1; then its monitor puts another frame in the place of the one that waits, or none. */
static void who_waits_no_more_holds_nothing(void **state)
{
    uint8_t *front;

    (void)state;
    for (int turn = 0; turn < 2; turn++) {
        clients_begin();
        do
            fill(0, client_mac(1), 1500);
        while (!serve_all().waits);
        assert_true(client_send(2, client_mac(1), 60, 0));
        assert_true(serve_all().waits);
        front = &client[0].ring->out_bytes[client[0].ring->out.tail % NET_RING_BYTES];
        front[16 + 5] = 9; /* nobody's address */
        if (turn == 1)
            client[0].ring->out.head = client[0].out_head = client[0].ring->out.tail;
        received(1);
        fill(2, client_mac(1), 60);
        (void)switch_serve(&net_switch, now); /* in one round it is noticed, in the next it is another's turn */
        (void)switch_serve(&net_switch, now);
        assert_int_not_equal(received(1), 0);
        assert_true(client[2].counter[NET_OUT] >= 50); /* a batch of its own */
    }
}

static void room_is_told_to_who_may_wait_for_it(void **state)
{
    (void)state;
    fill(0, client_mac(1), 1500);
    assert_int_not_equal(serve_all().bells & 1, 0);
    received(1);
    serve_all();
    received(1);
    for (int i = 0; i < 2; i++) { /* the first finds a tail of long ago */
        assert_true(client_send(0, client_mac(1), 60, 0));
        (void)serve_all();
    }
    assert_true(client_send(0, client_mac(1), 60, 0));
    assert_int_equal(serve_all().bells & 1, 0);
}

/* What a broken ring gets: it is cut off, and the others go on. */
static void is_cut_off(uint32_t c)
{
    assert_int_equal(serve_all().broken, UINT64_C(1) << c);
    assert_int_equal(client[c].ring->state, DEVICE_BROKEN);
    assert_true(client_send(1, client_mac(2), 99, 3));
    assert_true(client_send(1, client_mac(c), 99, 3));
    assert_int_equal(serve_all().broken, 0);
    assert_int_equal(received(2), 1);
    assert_int_equal(received(c), 0);
}

static void mad_counters_break(void **state)
{
    static const uint32_t head[] = {NET_RING_BYTES + 16, 8, 0u - 16u, 0x80000000u, 1};

    (void)state;
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++) {
        clients_begin();
        fill(0, client_mac(3), 1500); /* good packets stand there */
        client[0].ring->out.head = head[i];
        is_cut_off(0);
    }
}

static void mad_packets_break(void **state)
{
    static const uint32_t bytes[] = {0, NET_PACKET_MOST + 1, 0xfffffff0u, 0x10000000u, 100, NET_SKIP};

    (void)state;
    for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
        clients_begin();
        fill(0, client_mac(3), 1500);
        memcpy(client[0].ring->out_bytes, &bytes[i], sizeof bytes[i]);
        client[0].ring->out.head = 32; /* there is no room for 100 bytes, nor a skip's rest */
        is_cut_off(0);
    }
}

static void a_packet_that_wraps_breaks(void **state)
{
    uint32_t at;

    (void)state;
    while (client[0].out_head < NET_RING_BYTES - 1600) {
        assert_true(client_send(0, client_mac(3), 1500, 0)); /* nobody there has that address */
        serve_all();
    }
    at = client[0].out_head % NET_RING_BYTES;
    memcpy(&client[0].ring->out_bytes[at], &(uint32_t){3000}, 4);
    client[0].ring->out.head = client[0].out_head + 16 + 3008;
    is_cut_off(0);
}

static void a_receiver_with_a_mad_tail_breaks(void **state)
{
    (void)state;
    client[0].ring->in.tail = 4096; /* of what was never put */
    assert_true(client_send(2, client_mac(0), 60, 0));
    is_cut_off(0);
    client[0].in_tail = 0;
}

static void a_new_server_goes_on_with_the_rings(void **state)
{
    (void)state;
    assert_true(client_send(0, client_mac(1), 100, 1));
    serve_all();
    assert_true(client_send(0, client_mac(1), 100, 2)); /* not taken yet: lost, as a frame may be */
    memset(&net_switch, 0, sizeof net_switch);
    net_switch.patience = 1000;
    net_switch.ports = CLIENTS;
    for (uint32_t c = 0; c < CLIENTS; c++)
        client_take(c, 2);
    assert_int_equal(client[1].ring->epoch, 2);
    assert_int_equal(client[1].ring->state, DEVICE_READY);
    assert_int_equal(client[1].ring->link_up, 1);
    assert_memory_equal(client[1].ring->mac, ((uint8_t[]){2, 0, 0, 0, 0, 1}), 6);
    assert_true(client_send(0, client_mac(1), 100, 3));
    serve_all();
    assert_true(client_receive(1, &frame) && frame_is(&frame, 0, 100, 1));
    assert_true(client_receive(1, &frame) && frame_is(&frame, 0, 100, 3));
    assert_false(client_receive(1, &frame));
}

static void a_new_server_believes_no_word_of_the_ring(void **state)
{
    (void)state;
    client[0].ring->in.head = 12345;
    client[0].ring->out.tail = 99;
    client_take(0, 3);
    assert_int_equal(client[0].ring->in.head, 12345); /* no whole units: it stays, and the ring is broken */
    assert_int_equal(client[0].ring->state, DEVICE_BROKEN);
    client[0].ring->in.head = 0x40000000;
    client_take(0, 4);
    assert_int_equal(client[0].ring->in.head, 0);
    assert_int_equal(client[0].ring->state, DEVICE_READY);
    assert_int_equal(client[0].ring->out.tail, client[0].ring->out.head);
}

static void who_left_hears_nothing_and_holds_up_nobody(void **state)
{
    (void)state;
    do
        fill(0, client_mac(1), 1500);
    while (!serve_all().waits);
    switch_leave(&net_switch, 1);
    assert_false(serve_all().waits);
    client_take(1, 1);
    do
        fill(0, client_mac(1), 1500);
    while (!serve_all().waits);
    switch_leave(&net_switch, 0); /* and who waited left */
    assert_true(client_send(2, client_mac(1), 60, 0));
    received(1);
    serve_all();
    assert_int_equal(received(1), 1);
    client_take(0, 1);
    switch_leave(&net_switch, 1);
    client[1].ring->out.head = 77; /* is not looked at any more */
    assert_int_equal(serve_all().broken, 0);
    assert_int_equal(client[0].ring->out.tail, client[0].out_head);
}

static void work_is_seen_before_sleep(void **state)
{
    (void)state;
    assert_false(switch_has_work(&net_switch));
    assert_true(client_send(0, client_mac(1), 60, 0));
    assert_true(switch_has_work(&net_switch));
    serve_all();
    assert_false(switch_has_work(&net_switch));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_frame_reaches_its_address_only, fresh),
        cmocka_unit_test_setup(groups_reach_all_of_the_segment, fresh),
        cmocka_unit_test_setup(segments_never_meet, fresh),
        cmocka_unit_test_setup(one_speaks_from_its_own_address_only, fresh),
        cmocka_unit_test_setup(tags_are_not_sent, fresh),
        cmocka_unit_test_setup(offload_passes_if_it_fits, fresh),
        cmocka_unit_test_setup(fields_without_a_meaning_become_zero, fresh),
        cmocka_unit_test_setup(rings_go_round, fresh),
        cmocka_unit_test_setup(the_largest_packets_pass, fresh),
        cmocka_unit_test_setup(a_full_receiver_makes_its_sender_wait_but_not_for_ever, fresh),
        cmocka_unit_test_setup(what_waits_arrives, fresh),
        cmocka_unit_test_setup(a_waiting_sender_holds_up_no_other, fresh),
        cmocka_unit_test_setup(a_flood_does_not_starve_others, fresh),
        cmocka_unit_test_setup(turns_are_taken, fresh),
        cmocka_unit_test_setup(a_flood_of_broadcasts_leaves_others_their_turn, fresh),
        cmocka_unit_test_setup(who_waits_no_more_holds_nothing, fresh),
        cmocka_unit_test_setup(room_is_told_to_who_may_wait_for_it, fresh),
        cmocka_unit_test_setup(mad_counters_break, fresh),
        cmocka_unit_test_setup(mad_packets_break, fresh),
        cmocka_unit_test_setup(a_packet_that_wraps_breaks, fresh),
        cmocka_unit_test_setup(a_receiver_with_a_mad_tail_breaks, fresh),
        cmocka_unit_test_setup(a_new_server_goes_on_with_the_rings, fresh),
        cmocka_unit_test_setup(a_new_server_believes_no_word_of_the_ring, fresh),
        cmocka_unit_test_setup(who_left_hears_nothing_and_holds_up_nobody, fresh),
        cmocka_unit_test_setup(work_is_seen_before_sleep, fresh),
    };
    int count = (int)(sizeof tests / sizeof tests[0]);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL) + uplink_tests(&count);

    printf("unit-net: %d passed, %d failed\n", count - failed, failed);
    return failed == 0 ? 0 : 1;
}
