/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What a sender left to be done, for drivers that take it and for those that do not. */
#include "net_peer.h"

/* The Internet checksum of bytes on top of a sum, as a receiver checks it: 0xffff if all is right. [RFC 1071] */
static uint32_t checked(const uint8_t *at, uint32_t bytes, uint32_t sum)
{
    for (uint32_t i = 0; i < bytes; i++)
        sum += i % 2 == 0 ? (uint32_t)at[i] << 8 : at[i];
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static uint32_t big(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put_big16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* Headers of a TCP packet at the beginning of `packet`, by version; where the payload begins. */
static uint32_t tcp(uint32_t version, uint32_t bytes)
{
    uint32_t l4 = version == 4 ? 34 : 54;

    memset(packet + 12, 0, l4 + 32 - 12);
    put_big16(packet + 12, version == 4 ? 0x0800 : 0x86dd);
    packet[14] = version == 4 ? 0x45 : 0x60;
    if (version == 4) {
        put_big16(packet + 16, bytes - 14);
        put_big16(packet + 18, 0xfffe); /* the identification wraps */
        packet[22] = 64;
        packet[23] = 6;
        memcpy(packet + 26, "\x0a\x00\x00\x01\x0a\x00\x00\x02", 8);
        put_big16(packet + 24, ~checked(packet + 14, 20, 0));
    } else {
        put_big16(packet + 18, bytes - 54);
        packet[20] = 6;
        for (uint32_t i = 0; i < 32; i++)
            packet[22 + i] = (uint8_t)(0xf0 + i);
    }
    memcpy(packet + l4 + 4, "\xff\xff\xff\x00", 4); /* the sequence number wraps */
    packet[l4 + 12] = 0x80; /* 32 bytes of header */
    packet[l4 + 13] = 0x99; /* CWR, ACK, PSH, FIN */
    /* what the sender leaves: the sum of the pseudo header */
    put_big16(packet + l4 + 16, checked(packet + (version == 4 ? 26 : 22), version == 4 ? 8 : 32, 6 + bytes - l4));
    return l4 + 32;
}

/* Is a segment all right, and what comes next? */
static void segment(uint32_t version, const uint8_t *at, uint32_t bytes, uint32_t payload, uint32_t done, uint32_t i,
                    uint32_t total)
{
    uint32_t l4 = version == 4 ? 34 : 54;
    uint32_t flags = 0x10u | (done == 0 ? 0x80u : 0u) | (payload + done + bytes - payload == total ? 0x09u : 0u);

    if (version == 4) {
        assert_int_equal(at[16] << 8 | at[17], bytes - 14);
        assert_int_equal(at[18] << 8 | at[19], (0xfffe + i) & 0xffff);
        assert_int_equal(checked(at + 14, 20, 0), 0xffff);
    } else {
        assert_int_equal(at[18] << 8 | at[19], bytes - 54);
    }
    assert_int_equal(big(at + l4 + 4), 0xffffff00u + done);
    assert_int_equal(at[l4 + 13], flags);
    assert_int_equal(checked(at + l4, bytes - l4,
                             checked(at + (version == 4 ? 26 : 22), version == 4 ? 8 : 32, 6 + bytes - l4)),
                     0xffff);
    assert_memory_equal(at + payload, packet + payload + done, bytes - payload);
}

static void packets_are_cut_for_drivers_without_offload(void **state)
{
    (void)state;
    for (uint32_t version = 4; version <= 6; version += 2) {
        uint32_t total = 9003;
        uint32_t payload = tcp(version, total);
        uint32_t done = 0;
        uint32_t bytes;

        drive(GUEST_CSUM, 32);
        for (uint32_t n = 0; n < 8; n++)
            give(n, 1600);
        assert_true(put((struct net_packet){.bytes = total,
                                            .flags = 1,
                                            .gso_type = version == 4 ? 1 : 4,
                                            .gso_bytes = 1440,
                                            .checksum_start = version == 4 ? 34 : 54,
                                            .checksum_offset = 16}));
        for (uint32_t i = 0; i < 7; i++) {
            bytes = receive(header, got);
            assert_int_equal(bytes, payload + (i < 6 ? 1440 : total - payload - 6 * 1440));
            assert_int_equal(header[0] | header[1], 0);
            segment(version, got, bytes, payload, done, i, total);
            done += bytes - payload;
        }
        assert_int_equal(receive(header, got), 0);
    }
}

static void what_is_no_tcp_is_not_cut(void **state)
{
    (void)state;
    drive(0, 32);
    give(0, 1600);
    for (uint32_t what = 0; what < 5; what++) {
        struct net_packet p = {
            .bytes = 3000, .flags = 1, .gso_type = 1, .gso_bytes = 1440, .checksum_start = 34, .checksum_offset = 16};

        (void)tcp(4, 3000);
        if (what == 0)
            packet[14] = 0x65; /* of another version */
        else if (what == 1)
            packet[14] = 0x46; /* with options */
        else if (what == 2)
            packet[46] = 0x40; /* a TCP header of 16 bytes */
        else if (what == 3)
            p.checksum_start = 33;
        else
            p.checksum_start = 2978;
        assert_true(put(p));
        assert_int_equal(ring->in.head, ring->in.tail);
        assert_int_equal(receive(header, got), 0);
    }
    (void)tcp(4, 60);
    packet[46] = 0xf0; /* a header longer than the packet */
    assert_true(put((struct net_packet){
        .bytes = 60, .flags = 1, .gso_type = 1, .gso_bytes = 1440, .checksum_start = 34, .checksum_offset = 16}));
    assert_int_equal(receive(header, got), 0);
}

static void checksums_are_made_for_drivers_without_offload(void **state)
{
    (void)state;
    drive(0, 32);
    for (uint32_t bytes = 66; bytes < 80; bytes++) {
        struct net_packet p = {.bytes = bytes, .flags = 1, .checksum_start = 34, .checksum_offset = 16};

        (void)tcp(4, bytes);
        give(0, 1600);
        assert_true(put(p));
        assert_int_equal(receive(header, got), bytes);
        assert_int_equal(header[0], 0);
        assert_int_equal(checked(got + 34, bytes - 34, checked(got + 26, 8, 6 + bytes - 34)), 0xffff);
    }
    drive(GUEST_CSUM, 32); /* and left alone for others */
    give(0, 1600);
    assert_true(put((struct net_packet){.bytes = 70, .flags = 1, .checksum_start = 34, .checksum_offset = 16}));
    assert_int_equal(receive(header, got), 70);
    assert_int_equal(header[0], 1);
    assert_memory_equal(got, packet, 70);
}

/* A sender that chooses tiny segments costs the receiver its buffers, and no more. */
static void segments_end_with_the_buffers(void **state)
{
    (void)state;
    drive(0, 32);
    for (uint32_t n = 0; n < 8; n++)
        give(n, 1600);
    (void)tcp(4, 60000);
    assert_true(put((struct net_packet){
        .bytes = 60000, .flags = 1, .gso_type = 1, .gso_bytes = 1, .checksum_start = 34, .checksum_offset = 16}));
    for (uint32_t n = 0; n < 8; n++)
        assert_int_equal(receive(header, got), 67);
    assert_int_equal(receive(header, got), 0);
    assert_int_equal(ring->in.head, ring->in.tail);
    assert_true(put((struct net_packet){
        .bytes = 60000, .flags = 1, .gso_type = 1, .gso_bytes = 1000, .checksum_start = 34, .checksum_offset = 16}));
    assert_int_not_equal(ring->in.head, ring->in.tail); /* without any it waits */
    give(0, 1600);
    assert_int_equal(receive(header, got), 1066);
    assert_int_equal(ring->in.head, ring->in.tail);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, net_begin, net_end)
static const struct CMUnitTest tests[] = {
    TEST(packets_are_cut_for_drivers_without_offload),
    TEST(what_is_no_tcp_is_not_cut),
    TEST(checksums_are_made_for_drivers_without_offload),
    TEST(segments_end_with_the_buffers),
};
SUITE_MAIN("monitor-offload", tests)
