/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Frames between the switch's ring and the network device: as they were, tagged, cut, refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "uplink/uplink.h"
#include "virtio/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RX 0u
#define TX 1u
#define ASK 2u
#define HEADER 12u
#define FILTER (UINT64_C(1) << 17 | UINT64_C(1) << 18)

static struct wire wire;
static struct uplink uplink;
static struct net_ring *ring;
static uint64_t counter[DEVICE_COUNTERS];
static uint8_t memory[UPLINK_DMA_FRAMES * FRAME_BYTES] __attribute__((aligned(FRAME_BYTES)));
static uint32_t in_head, out_tail; /* the switch's own counters */
static uint8_t seen[2048];         /* the last frame that went out, or came to the switch */

static bool start(void)
{
    return wire_start(&wire, &fake_virtio, memory, (uintptr_t)memory) == VIRTIO_OK;
}

static int fresh(void **state)
{
    (void)state;
    device_begin(VIRTIO_TYPE_NET, FILTER, 3);
    if (ring == NULL && (ring = aligned_alloc(FRAME_BYTES, sizeof *ring)) == NULL)
        return -1;
    memset(ring, 0, sizeof *ring);
    memset(counter, 0, sizeof counter);
    memset(&uplink, 0, sizeof uplink);
    uplink.wire = &wire;
    uplink.counter = counter;
    in_head = out_tail = 0;
    return start() && uplink_take(&uplink, ring) ? 0 : -1;
}

static void within(const struct fake_piece *piece)
{
    assert_true(piece->at >= memory && piece->at + piece->bytes <= memory + sizeof memory);
}

/* A frame that the device sent: its bytes in `seen`; 0: there is none. */
static uint32_t goes_out(void)
{
    static const uint8_t nothing[HEADER];
    struct fake_chain chain;
    uint32_t bytes;

    if (!device_take(TX, &chain))
        return 0;
    assert_int_equal(chain.count, 1);
    within(&chain.piece[0]);
    assert_false(chain.piece[0].writes);
    bytes = chain.piece[0].bytes - HEADER;
    assert_memory_equal(chain.piece[0].at, nothing, HEADER);
    assert_true(bytes >= 14 && bytes <= 1518);
    memcpy(seen, chain.piece[0].at + HEADER, bytes);
    device_done(TX, &chain, 0);
    return bytes;
}

/* The device puts a frame into a buffer of the driver's; false: there is none. */
static bool comes_in(const uint8_t *frame, uint32_t bytes)
{
    struct fake_chain chain;

    if (!device_take(RX, &chain))
        return false;
    within(&chain.piece[0]);
    assert_true(chain.piece[0].writes && chain.piece[0].bytes >= HEADER + 1518);
    memset(chain.piece[0].at, 0, HEADER);
    memcpy(chain.piece[0].at + HEADER, frame, bytes);
    device_done(RX, &chain, HEADER + bytes);
    return true;
}

/* The switch puts a packet. */
static void put(const struct net_packet *header, const uint8_t *bytes)
{
    struct ring_packet packet = {.header = *header, .bytes = bytes};
    uint32_t tail;

    packet.size = 16 + (header->bytes + 15) / 16 * 16;
    memcpy(packet.ether, bytes, 16);
    assert_int_equal(ring_put(ring_in(ring), &in_head, &tail, &packet), RING_PUT);
}

/* The switch takes a packet. */
static bool got(struct net_packet *header)
{
    struct ring_packet packet;
    const enum ring_look look = ring_look(ring_out(ring), &out_tail, &packet);

    assert_int_not_equal(look, RING_BROKEN);
    if (look == RING_EMPTY)
        return false;
    *header = packet.header;
    memcpy(seen, packet.bytes, packet.header.bytes);
    out_tail += packet.size;
    ring->out.tail = out_tail;
    return true;
}

static void frame_fill(uint8_t *frame, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++)
        frame[i] = (uint8_t)(i * 7 + i / 256);
    frame[12] = 8;
    frame[13] = 0;
}

static void frames_go_out_as_they_are(void **state)
{
    static const uint32_t sizes[] = {14, 15, 16, 60, 1514};
    static uint8_t frame[1514];
    struct uplink_round round;

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        frame_fill(frame, 1514);
        put(&(struct net_packet){.bytes = sizes[i]}, frame);
        round = uplink_serve(&uplink);
        assert_true(round.bell && !round.broken && !round.failed);
        assert_int_equal(goes_out(), sizes[i]);
        assert_memory_equal(seen, frame, sizes[i]);
    }
    assert_int_equal(ring->in.tail, in_head);
    assert_int_equal(counter[UPLINK_OUT], 5);
    assert_int_equal(goes_out(), 0);
}

static void frames_come_in_as_they_are(void **state)
{
    static uint8_t frame[1514];
    struct net_packet header;

    (void)state;
    frame_fill(frame, sizeof frame);
    for (uint32_t i = 0; i < 100; i++) { /* more than there are buffers */
        assert_true(comes_in(frame, 14 + 15 * i));
        assert_true(uplink_serve(&uplink).bell);
        assert_true(got(&header));
        assert_int_equal(header.bytes, 14 + 15 * i);
        assert_int_equal(header.flags | header.gso_type | header.vlan, 0);
        assert_memory_equal(seen, frame, header.bytes);
    }
    assert_false(got(&header));
    assert_int_equal(counter[UPLINK_IN], 100);
}

static void tags_are_put_on_and_taken_off(void **state)
{
    static uint8_t frame[1514], tagged[1518];
    struct net_packet header;

    (void)state;
    frame_fill(frame, sizeof frame);
    memcpy(tagged, frame, 12);
    memcpy(tagged + 12, "\x81\x00\x0a\xbc", 4);
    memcpy(tagged + 16, frame + 12, sizeof frame - 12);
    put(&(struct net_packet){.bytes = sizeof frame, .vlan = 0xabc}, frame);
    (void)uplink_serve(&uplink);
    assert_int_equal(goes_out(), sizeof tagged);
    assert_memory_equal(seen, tagged, sizeof tagged);
    tagged[14] |= 0xe0; /* a priority, which is nobody's here */
    assert_true(comes_in(tagged, sizeof tagged));
    (void)uplink_serve(&uplink);
    assert_true(got(&header));
    assert_int_equal(header.bytes, sizeof frame);
    assert_int_equal(header.vlan, 0xabc);
    assert_memory_equal(seen, frame, sizeof frame);
    memcpy(tagged + 14, "\xe0\x00", 2); /* a priority only */
    assert_true(comes_in(tagged, 64));
    (void)uplink_serve(&uplink);
    assert_true(got(&header));
    assert_int_equal(header.vlan, 0);
}

/* Too short, too long, a tag cut off, a VLAN that is none. */
static void odd_frames_stay_out(void **state)
{
    static uint8_t frame[2000];
    struct net_packet header;

    (void)state;
    frame_fill(frame, sizeof frame);
    assert_true(comes_in(frame, 13) && comes_in(frame, 1515) && comes_in(frame, 2000));
    frame[12] = 0x81;
    assert_true(comes_in(frame, 17) && comes_in(frame, 1519));
    frame[14] = frame[15] = 0xff;
    assert_true(comes_in(frame, 64));
    assert_false(uplink_serve(&uplink).failed);
    assert_false(got(&header));
    frame[12] = 8;
    assert_true(comes_in(frame, 64)); /* and the buffers are back */
    (void)uplink_serve(&uplink);
    assert_true(got(&header));
}

static uint32_t sum(const uint8_t *at, uint32_t bytes, uint32_t from)
{
    for (uint32_t i = 0; i < bytes; i++)
        from += i % 2 == 0 ? (uint32_t)at[i] << 8 : at[i];
    while (from > 0xffff)
        from = (from & 0xffff) + (from >> 16);
    return from;
}

/* A TCP packet over IPv4 with 20 bytes of header each, its checksum left to be made. */
static struct net_packet tcp(uint8_t *packet, uint32_t bytes, uint16_t segment)
{
    uint32_t pseudo;

    frame_fill(packet, bytes);
    memset(packet + 14, 0, 40);
    packet[14] = 0x45;
    packet[16] = (uint8_t)((bytes - 14) >> 8);
    packet[17] = (uint8_t)(bytes - 14);
    packet[22] = 64;
    packet[23] = 6;
    memcpy(packet + 26, "\x0a\x00\x00\x01\x0a\x00\x00\x02", 8);
    packet[46] = 0x50;
    packet[47] = 0x18;
    pseudo = sum(packet + 26, 8, 6 + bytes - 34);
    packet[50] = (uint8_t)(pseudo >> 8);
    packet[51] = (uint8_t)pseudo;
    return (struct net_packet){.bytes = bytes, .flags = 1, .gso_type = segment == 0 ? 0 : 1, .header_bytes = 54,
                               .gso_bytes = segment, .checksum_start = 34, .checksum_offset = 16};
}

static void is_sound(const uint8_t *packet, const uint8_t *whole, uint32_t offset, uint32_t payload)
{
    const uint32_t length = (uint32_t)packet[16] << 8 | packet[17];
    const uint32_t number = (uint32_t)packet[38] << 24 | (uint32_t)packet[39] << 16 | (uint32_t)packet[40] << 8 | packet[41];

    assert_int_equal(length, 40 + payload);
    assert_int_equal(sum(packet + 14, 20, 0), 0xffff);
    assert_int_equal(sum(packet + 34, 20 + payload, sum(packet + 26, 8, 6 + 20 + payload)), 0xffff);
    assert_int_equal(number, offset);
    assert_memory_equal(packet + 54, whole + 54 + offset, payload);
}

static void checksums_are_made(void **state)
{
    static uint8_t packet[1514];
    struct net_packet header = tcp(packet, 600, 0);

    (void)state;
    put(&header, packet);
    (void)uplink_serve(&uplink);
    assert_int_equal(goes_out(), 600);
    assert_int_equal(sum(seen + 34, 566, sum(seen + 26, 8, 6 + 566)), 0xffff);
}

/* 64 KiB make more frames than there are buffers: what is left waits until the device has sent some. */
static void large_packets_are_cut(void **state)
{
    static uint8_t packet[65550];
    const struct net_packet header = tcp(packet, 65000, 1460);
    uint32_t offset = 0;
    uint32_t bytes;

    (void)state;
    put(&header, packet);
    put(&(struct net_packet){.bytes = 60}, packet);
    for (uint32_t i = 0; i < 10 && offset < 65000 - 54; i++) {
        assert_false(uplink_serve(&uplink).failed);
        while (offset < 65000 - 54 && (bytes = goes_out()) != 0) {
            assert_true(bytes == 1514 || offset + bytes - 54 == 65000 - 54);
            is_sound(seen, packet, offset, bytes - 54);
            offset += bytes - 54;
        }
    }
    assert_int_equal(offset, 65000 - 54);
    (void)uplink_serve(&uplink);
    assert_int_equal(goes_out(), 60); /* which was behind it */
    assert_int_equal(counter[UPLINK_OUT], 46);
}

/* Fields that do not fit are errors, and nothing of such a packet goes out. */
static void odd_packets_stay_in(void **state)
{
    static uint8_t packet[65550];
    struct net_packet bad[9];
    uint32_t count = 0;

    (void)state;
    for (uint32_t i = 0; i < 9; i++)
        bad[i] = tcp(packet, 3000, 1460);
    bad[count++].gso_bytes = UPLINK_SEGMENT_LEAST - 1;
    bad[count++].gso_bytes = 1461;
    bad[count++].flags = 0;
    bad[count++].gso_type = 3;
    bad[count++].gso_type = 4; /* it is not version 6 */
    bad[count++].checksum_offset = 6;
    bad[count++].checksum_start = 2990;
    bad[count++].gso_type = 0; /* too long */
    bad[count].vlan = 4095;
    for (uint32_t i = 0; i <= count; i++)
        put(&bad[i], packet);
    assert_false(uplink_serve(&uplink).broken);
    assert_int_equal(goes_out(), 0);
    assert_int_equal(counter[UPLINK_ERRORS], count + 1);
    assert_int_equal(ring->in.tail, in_head);
}

static void a_full_device_leaves_packets_in_the_ring(void **state)
{
    static uint8_t frame[60];
    uint32_t count = 0;

    (void)state;
    frame_fill(frame, sizeof frame);
    for (uint32_t i = 0; i < 40; i++)
        put(&(struct net_packet){.bytes = sizeof frame}, frame);
    assert_false(uplink_serve(&uplink).more);
    assert_int_equal(counter[UPLINK_OUT], VIRTQUEUE_CHAINS);
    assert_int_equal(in_head - ring->in.tail, 80 * (40 - VIRTQUEUE_CHAINS));
    for (uint32_t i = 0; i < 3; i++) {
        while (goes_out() != 0)
            count++;
        (void)uplink_serve(&uplink);
    }
    assert_int_equal(count, 40);
}

static void a_full_ring_drops_what_comes_in(void **state)
{
    static uint8_t frame[1514];
    struct net_packet header;
    uint32_t count = 0;

    (void)state;
    frame_fill(frame, sizeof frame);
    for (uint32_t i = 0; i < 100; i++) {
        assert_true(comes_in(frame, sizeof frame));
        assert_false(uplink_serve(&uplink).broken);
    }
    while (got(&header))
        count++;
    assert_int_equal(count + counter[UPLINK_DROPPED], 100);
    assert_true(counter[UPLINK_DROPPED] > 0 && count > 80);
}

static void mad_counters_of_the_switch_end_the_ring(void **state)
{
    static uint8_t frame[60];

    (void)state;
    frame_fill(frame, sizeof frame);
    ring->in.head = NET_RING_BYTES + 16;
    assert_true(uplink_serve(&uplink).broken);
    assert_null(uplink.ring);
    fresh(NULL);
    ring->out.tail = 16;
    assert_true(comes_in(frame, sizeof frame));
    assert_true(uplink_serve(&uplink).broken);
    assert_false(uplink_take(&uplink, ring));
    ring->out.tail = 0;
    ring->in.tail = 8;
    assert_false(uplink_take(&uplink, ring));
}

/* A server that is started again goes on where the last one was. */
static void a_new_server_goes_on(void **state)
{
    static uint8_t frame[60];
    struct net_packet header;

    (void)state;
    frame_fill(frame, sizeof frame);
    assert_true(comes_in(frame, sizeof frame));
    (void)uplink_serve(&uplink);
    put(&(struct net_packet){.bytes = sizeof frame}, frame);
    memset(&uplink, 0, sizeof uplink);
    uplink.wire = &wire;
    uplink.counter = counter;
    assert_true(start() && uplink_take(&uplink, ring));
    assert_true(comes_in(frame, sizeof frame));
    (void)uplink_serve(&uplink);
    assert_int_equal(goes_out(), sizeof frame);
    assert_true(got(&header) && got(&header));
    assert_false(got(&header));
}

static void lies_of_the_device_are_found_out(void **state)
{
    static const uint32_t lie[][3] = {{RX, 1, 64}, {RX, 128, 64}, {RX, 0, 2049}, {TX, 0, 0}, {TX, 4, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof lie / sizeof lie[0]; i++) {
        fresh(NULL);
        device_lie(lie[i][0], lie[i][1], lie[i][2]);
        assert_true(uplink_serve(&uplink).failed);
    }
}

/* The device is asked for frames for all addresses; one that cannot be asked takes them anyway, or is no good. */
static void the_filter_is_taken_off(void **state)
{
    struct fake_chain chain;

    (void)state;
    assert_true(device_take(ASK, &chain));
    assert_int_equal(chain.count, 3);
    assert_int_equal(chain.piece[0].bytes, 2);
    assert_int_equal(chain.piece[0].at[0] | chain.piece[0].at[1], 0);
    assert_int_equal(chain.piece[1].at[0], 1);
    assert_true(chain.piece[2].writes);
    assert_int_equal(wire_answer(&wire), VIRTQUEUE_NONE);
    *chain.piece[2].at = 0;
    device_done(ASK, &chain, 1);
    assert_int_equal(wire_answer(&wire), VIRTQUEUE_DONE);
    assert_false(wire.deaf);
    assert_int_equal(wire_answer(&wire), VIRTQUEUE_NONE);
    fresh(NULL);
    assert_true(device_take(ASK, &chain));
    *chain.piece[2].at = 1;
    device_done(ASK, &chain, 1);
    assert_int_equal(wire_answer(&wire), VIRTQUEUE_DONE);
    assert_true(wire.deaf);
    device_begin(VIRTIO_TYPE_NET, 0, 2);
    assert_true(start());
    assert_int_equal(wire_answer(&wire), VIRTQUEUE_NONE);
    assert_int_equal(device.agreed, VIRTIO_F_VERSION_1);
    device_begin(VIRTIO_TYPE_NET, 0, 1);
    assert_false(start());
    assert_int_equal(device.status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(frames_go_out_as_they_are, fresh),
        cmocka_unit_test_setup(frames_come_in_as_they_are, fresh),
        cmocka_unit_test_setup(tags_are_put_on_and_taken_off, fresh),
        cmocka_unit_test_setup(odd_frames_stay_out, fresh),
        cmocka_unit_test_setup(checksums_are_made, fresh),
        cmocka_unit_test_setup(large_packets_are_cut, fresh),
        cmocka_unit_test_setup(odd_packets_stay_in, fresh),
        cmocka_unit_test_setup(a_full_device_leaves_packets_in_the_ring, fresh),
        cmocka_unit_test_setup(a_full_ring_drops_what_comes_in, fresh),
        cmocka_unit_test_setup(mad_counters_of_the_switch_end_the_ring, fresh),
        cmocka_unit_test_setup(a_new_server_goes_on, fresh),
        cmocka_unit_test_setup(lies_of_the_device_are_found_out, fresh),
        cmocka_unit_test_setup(the_filter_is_taken_off, fresh),
    };
    const int count = (int)(sizeof tests / sizeof tests[0]);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    printf("unit-uplink: %d passed, %d failed\n", count - failed, failed);
    return failed == 0 ? 0 : 1;
}
