/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* virtio-net between the driver's buffers and the ring that the test's server has the other end of. */
#include "net_peer.h"

#define TX UINT64_C(0x80100000)

static const uint64_t layouts[] = {0, DRIVER_EVENT, DRIVER_PACKED | DRIVER_INDIRECT, DRIVER_PACKED | DRIVER_EVENT};
#define LAYOUTS (sizeof layouts / sizeof layouts[0])

/* The driver sends bytes of `packet`, with that header, in pieces of odd sizes. */
static void send(const uint8_t *head, uint32_t bytes)
{
    struct driver_piece piece[8] = {{TX, HEAD, false}};
    uint32_t count = 1;
    uint32_t done = 0;

    memcpy(driver_memory(TX), head, HEAD);
    memcpy(driver_memory(TX + HEAD), packet, bytes);
    while (done < bytes) {
        uint32_t part = count < 6 && bytes - done > 333 * count ? 333 * count : bytes - done;

        piece[count++] = (struct driver_piece){TX + HEAD + done, part, false};
        done += part;
    }
    assert_true(driver_add(&d, 1, piece, count) >= 0);
    driver_kick(&d, 1);
}

static void sent(void)
{
    uint32_t id;
    uint32_t bytes;

    assert_true(driver_used(&d, 1, &id, &bytes));
    assert_int_equal(bytes, 0);
    assert_int_equal(driver_read(&d, 0x070), 15);
}

/* The server takes what comes next, which is a packet of that many bytes. */
static struct net_packet take(uint32_t bytes)
{
    struct net_packet p;

    assert_int_not_equal(ring->out.head, ring->out.tail);
    memcpy(&p, ring->out_bytes + ring->out.tail % NET_RING_BYTES, sizeof p);
    if (p.bytes == NET_SKIP) {
        ring->out.tail += NET_RING_BYTES - ring->out.tail % NET_RING_BYTES;
        blk_server_bell();
        return take(bytes);
    }
    assert_int_equal(p.bytes, bytes);
    assert_memory_equal(ring->out_bytes + ring->out.tail % NET_RING_BYTES + sizeof p, packet, bytes);
    ring->out.tail += ((uint32_t)sizeof p + bytes + 15) & ~15u;
    assert_in_range(ring->out.head - ring->out.tail, 0, NET_RING_BYTES);
    blk_server_bell();
    return p;
}

static const uint8_t no_header[HEAD];

static void packets_are_sent(void **state)
{
    (void)state;
    for (size_t i = 0; i < LAYOUTS; i++) {
        drive(layouts[i], 32);
        for (uint32_t n = 0; n < 400; n++) { /* some times around the ring */
            uint32_t bytes = 14 + n * 37 % 1500;

            send(no_header, bytes);
            sent();
            assert_int_equal(take(bytes).flags, 0);
        }
        assert_int_equal(ring->out.head, ring->out.tail);
    }
}

static void a_full_ring_makes_the_driver_wait(void **state)
{
    uint32_t id;
    uint32_t bytes;
    uint32_t done = 0;

    (void)state;
    for (size_t i = 0; i < LAYOUTS; i++) {
        uint32_t before = world.device_bells[0];

        drive(layouts[i], 256);
        for (uint32_t n = 0; n < 20; n++)
            send(no_header, 9000);
        assert_int_not_equal(world.device_bells[0], before);
        for (done = 0; driver_used(&d, 1, &id, &bytes); done++)
            continue;
        assert_in_range(done, 13, 14);
        for (uint32_t n = 0; n < 20; n++)
            take(9000);
        for (; driver_used(&d, 1, &id, &bytes); done++)
            continue;
        assert_int_equal(done, 20);
        assert_int_equal(ring->out.head, ring->out.tail);
    }
}

/* The server is told of room that it may have missed, and of no other: it would be woken for every packet. */
static void room_is_told_when_it_matters(void **state)
{
    uint8_t head[HEAD];
    uint32_t before;

    (void)state;
    drive(MERGE, 64);
    give(0, 2000);
    before = world.device_bells[0];
    assert_true(put((struct net_packet){.bytes = 1000}));
    assert_int_equal(receive(head, got), 1000);
    assert_int_equal(ring->in.tail, ring->in.head);
    assert_int_equal(world.device_bells[0], before);
    while (put((struct net_packet){.bytes = 1000})) /* there is no buffer for them, until the ring is full */
        continue;
    assert_int_equal(world.device_bells[0], before);
    give(1, 2000);
    assert_int_equal(receive(head, got), 1000);
    assert_int_not_equal(world.device_bells[0], before);
}

/* Skip and packet together are larger than what is free: the skip goes first. */
static void the_largest_packets_pass(void **state)
{
    (void)state;
    drive(layouts[0], 32);
    for (uint32_t n = 0; n < 40; n++) {
        uint32_t bytes = n % 2 == 0 ? NET_PACKET_MOST : 100 + n;

        send(no_header, bytes);
        take(bytes);
        sent();
    }
}

static void header_put(uint8_t *h, uint8_t flags, uint8_t type, uint16_t head, uint16_t gso, uint16_t start,
                       uint16_t offset)
{
    h[0] = flags;
    h[1] = type;
    memcpy(h + 2, &head, 2);
    memcpy(h + 4, &gso, 2);
    memcpy(h + 6, &start, 2);
    memcpy(h + 8, &offset, 2);
}

static void offloads_are_passed_on(void **state)
{
    uint8_t h[HEAD] = {0};
    struct net_packet p;

    (void)state;
    drive(CSUM | TSO, 32);
    header_put(h, 1, 0, 9, 9, 34, 16);
    send(h, 100);
    sent();
    p = take(100);
    assert_int_equal(p.flags, 1);
    assert_int_equal(p.gso_type, 0);
    assert_int_equal(p.gso_bytes, 0); /* what does not count is not passed on */
    assert_int_equal(p.checksum_start, 34);
    assert_int_equal(p.checksum_offset, 16);
    header_put(h, 1, 4, 74, 1440, 54, 16);
    send(h, 9000);
    sent();
    p = take(9000);
    assert_int_equal(p.gso_type, 4);
    assert_int_equal(p.gso_bytes, 1440);
    assert_int_equal(p.header_bytes, 74);
}

static void wrong_headers_are_dropped(void **state)
{
    static const struct {
        uint8_t flags;
        uint8_t type;
        uint16_t gso;
        uint16_t start;
        uint16_t offset;
        uint32_t bytes;
    } bad[] = {
        {0, 0, 0, 0, 0, 13},        /* shorter than an Ethernet header */
        {2, 0, 0, 34, 16, 100},     /* a flag of the other direction */
        {1, 0, 0, 90, 9, 100},      /* the checksum would lie behind the end */
        {1, 0, 0, 65535, 65535, 100},
        {0, 1, 1000, 34, 16, 5000}, /* cutting without a checksum */
        {1, 1, 0, 34, 16, 5000},    /* into nothing */
        {1, 1, 1000, 34, 6, 5000},  /* UDP has its checksum there */
        {1, 3, 1000, 34, 16, 5000}, /* UDP */
        {1, 0x81, 1000, 34, 16, 5000}, /* ECN */
        {1, 1, 1000, 90, 8, 100},
        {0, 0, 0, 0, 0, NET_PACKET_MOST + 1},
    };

    (void)state;
    drive(CSUM | TSO, 32);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t h[HEAD] = {0};

        header_put(h, bad[i].flags, bad[i].type, 54, bad[i].gso, bad[i].start, bad[i].offset);
        send(h, bad[i].bytes);
        sent();
        if (ring->out.head != ring->out.tail)
            fail_msg("bad header %zu was passed on", i);
    }
    drive(0, 32); /* without the features */
    for (uint8_t type = 0; type < 5; type++) {
        uint8_t h[HEAD] = {0};

        header_put(h, 1, type, 54, 1000, 34, 16);
        send(h, 5000);
        sent();
    }
    assert_int_equal(ring->out.head, ring->out.tail);
}

static void no_link_no_packets(void **state)
{
    (void)state;
    drive(0, 32);
    assert_int_equal(world_load(0x10001106, 2), 1);
    ring->link_up = 0;
    blk_server_bell();
    assert_int_equal(driver_read(&d, 0x060), 2);
    assert_int_equal(world_load(0x10001106, 2), 0);
    assert_int_equal(driver_read(&d, 0x0fc), 2);
    send(no_header, 100);
    sent();
    assert_int_equal(ring->out.head, ring->out.tail);
    ring->link_up = 1;
    blk_server_bell();
    assert_int_equal(world_load(0x10001106, 2), 1);
    ring->state = DEVICE_WAIT;
    blk_server_bell();
    assert_int_equal(world_load(0x10001106, 2), 0);
    assert_int_equal(world_load(0x10001100, 4), 0x33221102);
    assert_int_equal(driver_read(&d, 0x070), 15);
}

static void packets_are_received(void **state)
{
    (void)state;
    for (size_t i = 0; i < LAYOUTS; i++) {
        for (int merge = 0; merge < 2; merge++) {
            drive(layouts[i] | (merge != 0 ? MERGE : 0), 32);
            for (uint32_t n = 0; n < 400; n++) {
                uint32_t bytes = 14 + n * 41 % 1500;

                give(n % 8, 1600);
                assert_true(put((struct net_packet){.bytes = bytes}));
                assert_int_equal(receive(header, got), bytes);
                assert_memory_equal(got, packet, bytes);
                assert_int_equal(header[0], 0);
                assert_int_equal(header[10], 1);
            }
            assert_int_equal(ring->in.head, ring->in.tail);
        }
    }
}

static void buffers_are_merged(void **state)
{
    (void)state;
    for (size_t i = 0; i < LAYOUTS; i++) {
        drive(layouts[i] | MERGE | GUEST_CSUM | GUEST_TSO, 128);
        for (uint32_t n = 0; n < 44; n++)
            give(n, 1536);
        assert_true(put((struct net_packet){
            .bytes = 65000, .flags = 1, .gso_type = 1, .gso_bytes = 1448, .checksum_start = 34, .checksum_offset = 16}));
        assert_int_equal(receive(header, got), 65000);
        assert_memory_equal(got, packet, 65000);
        assert_int_equal(header[10], 43);
        assert_int_equal(header[0], 1);
        assert_int_equal(header[1], 1);
        assert_int_equal(header[4] | header[5] << 8, 1448);
        assert_true(put((struct net_packet){.bytes = 3000})); /* one buffer is left: it waits for another */
        assert_int_equal(receive(header, got), 0);
        assert_int_equal(world.monitor.virtio.again, 0); /* and is quiet */
        give(0, 1536);
        assert_int_equal(receive(header, got), 3000);
        assert_memory_equal(got, packet, 3000);
    }
}

/* Packets wait for buffers; the driver is asked to tell of them, and only then. */
static void packets_wait_for_buffers(void **state)
{
    uint32_t count = 0;

    (void)state;
    drive(MERGE, 32);
    give(0, 1600);
    put((struct net_packet){.bytes = 60});
    assert_int_equal(receive(header, got), 60);
    assert_int_equal(driver_add(&d, 0, &(struct driver_piece){NET_RX_AT, 1600, true}, 1) >= 0, 1);
    assert_false(driver_kick(&d, 0)); /* nothing waits */
    put((struct net_packet){.bytes = 61});
    gave(d.queue[0].last_slot, 0);
    assert_int_equal(receive(header, got), 61);
    while (put((struct net_packet){.bytes = 9000}))
        count++;
    assert_int_equal(count, 14);
    assert_int_equal(receive(header, got), 0);
    for (uint32_t n = 0; n < 15; n++)
        give(n, 1536);
    for (uint32_t n = 0; n < 2; n++)
        assert_int_equal(receive(header, got), 9000);
}

static void too_small_buffers(void **state)
{
    (void)state;
    drive(0, 32);
    give(0, 200);
    put((struct net_packet){.bytes = 300}); /* lost: the buffer is kept */
    assert_int_equal(receive(header, got), 0);
    assert_int_equal(ring->in.head, ring->in.tail);
    put((struct net_packet){.bytes = 180});
    assert_int_equal(receive(header, got), 180);
    drive(MERGE, 32);
    assert_true(driver_add(&d, 0, &(struct driver_piece){NET_RX_AT, 11, true}, 1) >= 0);
    put((struct net_packet){.bytes = 60}); /* not even the header */
    assert_int_equal(driver_read(&d, 0x070), 15 | 64);
    drive(MERGE, 32);
    assert_true(driver_add(&d, 0, &(struct driver_piece){NET_RX_AT, 1000, false}, 1) >= 0);
    put((struct net_packet){.bytes = 60}); /* that cannot be written */
    assert_int_equal(driver_read(&d, 0x070), 15 | 64);
    put((struct net_packet){.bytes = 60}); /* nobody is there */
    assert_int_equal(ring->in.head, ring->in.tail);
}

static void a_server_that_breaks_the_rules(void **state)
{
    static const uint32_t bad[] = {0, 13, NET_PACKET_MOST + 1, 0x7fffffff, 0xfffffffe};

    (void)state;
    drive(MERGE, 128);
    for (uint32_t n = 0; n < 50; n++)
        give(n, 1600);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        memcpy(ring->in_bytes + ring->in.head % NET_RING_BYTES, &bad[i], 4);
        ring->in.head += 2048;
        blk_server_bell();
        assert_int_equal(ring->in.head, ring->in.tail);
        assert_int_equal(receive(header, got), 0);
    }
    ring->in.head += NET_RING_BYTES + 16; /* more than there can be */
    blk_server_bell();
    assert_int_equal(ring->in.head, ring->in.tail);
    ring->in.head += 16; /* more than has been put */
    memcpy(ring->in_bytes + ring->in.tail % NET_RING_BYTES, &(uint32_t){1000}, 4);
    blk_server_bell();
    assert_int_equal(ring->in.head, ring->in.tail);
    memcpy(ring->in_bytes + ring->in.tail % NET_RING_BYTES, &(uint32_t){0x7fffffff}, 4);
    ring->in.head += NET_RING_BYTES - ring->in.head % NET_RING_BYTES - 3;
    blk_server_bell();
    ring->in.head += 3; /* a header that would not fit */
    blk_server_bell();
    assert_int_equal(ring->in.head, ring->in.tail);
    ring->in.head += 32; /* offloads that do not fit */
    memcpy(ring->in_bytes + ring->in.tail % NET_RING_BYTES,
           &(struct net_packet){.bytes = 16, .flags = 1, .checksum_start = 60000, .checksum_offset = 60000}, 16);
    blk_server_bell();
    assert_int_equal(receive(header, got), 0);
    ring->out.tail += 5; /* it took what was not there: nothing more is sent */
    send(no_header, 100);
    assert_int_equal(ring->out.head, 0);
    ring->out.tail -= 5;
    blk_server_bell();
    sent();
    assert_int_equal(ring->out.head, 128);
}

static void malformed_queues(void **state)
{
    (void)state;
    drive(0, 32);
    memset(driver_memory(0x80050000 + 0x4000), 0xff, 4); /* of tx */
    driver_write(&d, 0x050, 1);
    assert_int_equal(driver_read(&d, 0x070), 15 | 64);
    drive(MERGE, 32);
    memset(driver_memory(0x80010000 + 0x4000), 0xff, 4); /* of rx */
    put((struct net_packet){.bytes = 60});
    assert_int_equal(driver_read(&d, 0x070), 15 | 64);
    drive(MERGE, 32);
    give(0, 1600);
    put((struct net_packet){.bytes = 60});
    assert_int_equal(receive(header, got), 60);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, net_begin, net_end)
static const struct CMUnitTest tests[] = {
    TEST(packets_are_sent),
    TEST(a_full_ring_makes_the_driver_wait),
    TEST(room_is_told_when_it_matters),
    TEST(the_largest_packets_pass),
    TEST(offloads_are_passed_on),
    TEST(wrong_headers_are_dropped),
    TEST(no_link_no_packets),
    TEST(packets_are_received),
    TEST(buffers_are_merged),
    TEST(packets_wait_for_buffers),
    TEST(too_small_buffers),
    TEST(a_server_that_breaks_the_rules),
    TEST(malformed_queues),
};
SUITE_MAIN("monitor-net", tests)
