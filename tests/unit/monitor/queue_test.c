/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Queues that break the rules, one way each: the device needs a reset, tells it, does nothing more, and works again
 * afterwards; nothing was read or written where it must not be (the sanitizers watch the edges of memory).
 */
#include "blk_server.h"
#include "driver.h"
#include "suite.h"
#include "world.h"

#define HEADER UINT64_C(0x80100000)
#define BUFFER UINT64_C(0x80200000)
#define STATUS UINT64_C(0x80100100)
#define TOP    (GUEST_RAM_BASE + WORLD_MEMORY)
#define SIZE   16u

static struct driver d;
static struct blk_server server;

static int begin(void **state)
{
    static const uint32_t kinds[] = {DEVICE_BLOCK, DEVICE_BLOCK};

    (void)state;
    world_make(1);
    world_devices(kinds, 2);
    memset(&server, 0, sizeof server);
    blk_server_start(&server, 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    world_drop();
    return 0;
}

static const struct driver_piece flush[3] = {{HEADER, 16, false}, {STATUS, 1, true}};

static void put(uint64_t gpa, const void *from, uint32_t bytes)
{
    memcpy(driver_memory(gpa), from, bytes);
}

static void put16(uint64_t gpa, uint16_t value)
{
    put(gpa, &value, 2);
}

/* A driver with a flush in its queue that is not notified yet; returns where its first descriptor is. */
static uint64_t prepare(uint64_t features, const struct driver_piece *piece, uint32_t count)
{
    const uint32_t type = 4;

    assert_int_equal(driver_begin(&d, 0, features, 1, SIZE), 15);
    driver_write(&d, 0x064, 3);
    memset(driver_memory(HEADER), 0, 16);
    put(HEADER, &type, 4);
    assert_true(driver_add(&d, 0, piece, count) >= 0);
    return d.queue[0].descriptors + 16u * d.queue[0].last_slot;
}

/* Of the table of the descriptor that `prepare` returned. */
static uint64_t table_of(uint64_t at)
{
    uint64_t table;

    memcpy(&table, driver_memory(at), 8);
    return table;
}

static void works(void)
{
    uint32_t id;
    uint32_t bytes;

    driver_kick(&d, 0);
    assert_int_equal(blk_server_serve(&server, 1, 0), 1);
    assert_true(driver_used(&d, 0, &id, &bytes));
    assert_int_equal(driver_read(&d, 0x070), 15);
}

/* The device sees it; another driver can use it after a reset; the guest's other devices are not touched. */
static void is_refused_for(const char *what)
{
    uint32_t asked = server.ring->asked;

    driver_write(&d, 0x050, 0);
    if (driver_read(&d, 0x070) != (15 | 64) || driver_read(&d, 0x060) != 2)
        fail_msg("%s: status %#x, interrupt %u", what, driver_read(&d, 0x070), driver_read(&d, 0x060));
    driver_write(&d, 0x050, 0);
    blk_server_bell();
    assert_int_equal(server.ring->asked, asked);
    assert_int_equal(world.monitor.virtio.device[1].status, 0);
    assert_int_equal(world.monitor.wish, WISH_NONE);
    (void)prepare(DRIVER_VERSION, flush, 2);
    works();
}

static const uint64_t both[] = {DRIVER_VERSION, DRIVER_VERSION | DRIVER_PACKED};

static void pieces_outside_memory(void **state)
{
    static const struct driver_piece bad[][2] = {
        {{0, 16, false}, {STATUS, 1, true}},
        {{GUEST_RAM_BASE - 1, 16, false}, {STATUS, 1, true}},
        {{TOP - 15, 16, false}, {STATUS, 1, true}},
        {{HEADER, UINT32_MAX, false}, {STATUS, 1, true}},
        {{UINT64_MAX - 8, 16, false}, {STATUS, 1, true}}, /* wraps */
        {{HEADER, 16, false}, {TOP, 1, true}},
        {{HEADER, 16, false}, {TOP + 1, 0, true}},
        {{HEADER, 16, false}, {0x10001050, 1, true}},          /* a device's register */
        {{HEADER, 16, false}, {UINT64_C(0x1080100100), 1, true}}, /* an address of the monitor */
    };

    (void)state;
    for (int layout = 0; layout < 4; layout++) {
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
            (void)prepare(both[layout & 1] | (layout >= 2 ? DRIVER_INDIRECT : 0), bad[i], 2);
            is_refused_for("outside");
        }
    }
}

static void requests_that_are_none(void **state)
{
    static const struct driver_piece readable_last[] = {{HEADER, 16, false}, {STATUS, 1, true}, {HEADER, 1, false}};
    static const struct driver_piece no_status[] = {{HEADER, 16, false}};
    static const struct driver_piece short_header[] = {{HEADER, 15, false}, {STATUS, 1, true}};
    static const struct driver_piece no_header[] = {{STATUS, 17, true}};
    static const struct driver_piece empty[] = {{HEADER, 0, false}, {STATUS, 0, true}};

    (void)state;
    for (int layout = 0; layout < 4; layout++) {
        uint64_t features = both[layout & 1] | (layout >= 2 ? DRIVER_INDIRECT : 0);

        (void)prepare(features, readable_last, 3);
        is_refused_for("readable behind writable");
        (void)prepare(features, no_status, 1);
        is_refused_for("no status");
        (void)prepare(features, short_header, 2);
        is_refused_for("short header");
        (void)prepare(features, no_header, 1);
        is_refused_for("no header");
        (void)prepare(features, empty, 2);
        is_refused_for("nothing at all");
    }
}

static void split_chains(void **state)
{
    uint64_t at;
    uint16_t second;

    (void)state;
    at = prepare(DRIVER_VERSION, flush, 2);
    put16(at + 14, d.queue[0].last_slot); /* its own next */
    is_refused_for("a loop of one");
    at = prepare(DRIVER_VERSION, flush, 2);
    memcpy(&second, driver_memory(at + 14), 2);
    put16(d.queue[0].descriptors + 16u * second + 12, 2 | 1);
    put16(d.queue[0].descriptors + 16u * second + 14, second);
    is_refused_for("a loop behind the first");
    at = prepare(DRIVER_VERSION, flush, 2);
    put16(at + 14, SIZE);
    is_refused_for("next out of range");
    at = prepare(DRIVER_VERSION, flush, 2);
    put16(at + 14, UINT16_MAX);
    is_refused_for("next far out of range");
    (void)prepare(DRIVER_VERSION, flush, 2);
    put16(d.queue[0].driver + 4, SIZE);
    is_refused_for("head out of range");
    (void)prepare(DRIVER_VERSION, flush, 2);
    put16(d.queue[0].driver + 2, SIZE + 1);
    is_refused_for("more available than there are");
    (void)prepare(DRIVER_VERSION, flush, 2);
    put16(d.queue[0].driver + 2, UINT16_MAX);
    is_refused_for("an index that went backwards");
    at = prepare(DRIVER_VERSION, flush, 2);
    put16(at + 12, 4);
    is_refused_for("a table that was not negotiated");
}

static void split_tables(void **state)
{
    const uint64_t features = DRIVER_VERSION | DRIVER_INDIRECT;
    const uint32_t odd = 33;
    const uint32_t none = 0;
    const uint32_t long_table = 16 * 40;
    const uint64_t nowhere = TOP - 16;
    const uint64_t odd_place = 0x80180003;
    const uint64_t inner = 0x80180100;
    uint64_t at;

    (void)state;
    at = prepare(features, flush, 2);
    put(at + 8, &odd, 4);
    is_refused_for("a table of no whole descriptors");
    at = prepare(features, flush, 2);
    put(at + 8, &none, 4);
    is_refused_for("an empty table");
    at = prepare(features, flush, 2);
    put(at, &nowhere, 8);
    is_refused_for("a table that reaches out of memory");
    at = prepare(features, flush, 2);
    put16(at + 12, 4 | 1);
    is_refused_for("a table and a next");
    at = prepare(features, flush, 2);
    memmove(driver_memory(inner), driver_memory(table_of(at)), 32); /* a good one, but for where it is */
    put(table_of(at), &(struct driver_piece){inner, 32, false}, 12);
    put16(table_of(at) + 12, 4);
    is_refused_for("a table in a table");
    at = prepare(features, flush, 2);
    put16(table_of(at) + 14, 2);
    is_refused_for("next behind the table");
    at = prepare(features, flush, 2);
    put16(table_of(at) + 14, 0);
    is_refused_for("a loop in a table");
    at = prepare(features, flush, 2);
    put(at + 8, &long_table, 4);
    put16(table_of(at) + 12, 1);
    for (uint16_t i = 1; i < 40; i++) { /* longer than the queue */
        put(table_of(at) + 16u * i, &(struct driver_piece){HEADER, 1, false}, 12);
        put16(table_of(at) + 16u * i + 12, 1);
        put16(table_of(at) + 16u * i + 14, (uint16_t)(i + 1));
    }
    is_refused_for("a chain longer than the queue");
    at = prepare(features, flush, 2);
    memmove(driver_memory(odd_place), driver_memory(table_of(at)), 32); /* tables need no alignment */
    put(at, &odd_place, 8);
    works();
}

/* Descriptors in the ring, and a table behind the last of them. [virtio 1.2 2.7.5.3.2] */
static void split_chain_ends_in_a_table(void **state)
{
    uint64_t at;
    uint64_t last;
    uint16_t second;
    const uint64_t table = 0x80180000;
    const uint32_t bytes = 16;

    (void)state;
    at = prepare(DRIVER_VERSION | DRIVER_INDIRECT, flush, 2);
    d.indirect = false;
    (void)driver_add(&d, 0, flush, 2); /* in place of it */
    put16(d.queue[0].driver + 4, d.queue[0].last_slot);
    put16(d.queue[0].driver + 2, 1);
    at = d.queue[0].descriptors + 16u * d.queue[0].last_slot;
    memcpy(&second, driver_memory(at + 14), 2);
    last = d.queue[0].descriptors + 16u * second;
    memmove(driver_memory(table), driver_memory(last), 16);
    put(last, &table, 8);
    put(last + 8, &bytes, 4);
    put16(last + 12, 4);
    driver_write(&d, 0x050, 0);
    assert_int_equal(blk_server_serve(&server, 1, 0), 1);
    assert_int_equal(driver_read(&d, 0x070), 15);
    assert_int_equal(*driver_memory(STATUS), 0);
}

static void packed_chains(void **state)
{
    const uint64_t plain = DRIVER_VERSION | DRIVER_PACKED;
    const uint64_t features = plain | DRIVER_INDIRECT;
    const uint32_t odd = 17;
    const uint32_t none = 0;
    const uint32_t long_table = 16 * (SIZE + 1);
    const uint64_t nowhere = TOP - 16;
    uint64_t at;

    (void)state;
    (void)prepare(plain, flush, 2);
    for (uint32_t i = 0; i < SIZE; i++) { /* no end */
        put(d.queue[0].descriptors + 16u * i, &(struct driver_piece){HEADER, 1, false}, 12);
        put16(d.queue[0].descriptors + 16u * i + 14, 0x81);
    }
    is_refused_for("a chain around the ring");
    at = prepare(plain, flush, 2);
    put16(at + 14, 0x84);
    is_refused_for("a table that was not negotiated");
    at = prepare(features, flush, 2);
    put16(at + 14, 0x85);
    is_refused_for("a table and a next");
    at = prepare(features, flush, 2);
    put(at + 8, &odd, 4);
    is_refused_for("a table of no whole descriptors");
    at = prepare(features, flush, 2);
    put(at + 8, &none, 4);
    is_refused_for("an empty table");
    at = prepare(features, flush, 2);
    put(at + 8, &long_table, 4);
    for (uint16_t i = 0; i <= SIZE; i++) {
        put(table_of(at) + 16u * i, &flush[i == SIZE], 12);
        put16(table_of(at) + 16u * i + 14, i == SIZE ? 2 : 0);
    }
    is_refused_for("a table longer than the queue");
    at = prepare(features, flush, 2);
    put(at, &nowhere, 8);
    is_refused_for("a table that reaches out of memory");
    at = prepare(features, flush, 2); /* a table of the status alone, in the second place of a chain */
    put(at + 16, &(struct driver_piece){table_of(at) + 16, 16, false}, 12);
    put16(at + 16 + 14, 0x84);
    put(at, &flush[0], 12);
    put16(at + 14, 0x81);
    is_refused_for("a table behind a descriptor");
    at = prepare(plain, flush, 2);
    put16(at + 14, 0x8000); /* of another lap: nothing is available */
    driver_write(&d, 0x050, 0);
    assert_int_equal(driver_read(&d, 0x070), 15);
    put16(at + 14, 0x8080);
    driver_write(&d, 0x050, 0);
    assert_int_equal(driver_read(&d, 0x070), 15);
    put16(at + 14, 0x81);
    works();
}

/* Event areas may say anything; what they cannot mean counts as a wish for an interrupt. */
static void strange_events(void **state)
{
    const uint64_t features = DRIVER_VERSION | DRIVER_PACKED | DRIVER_EVENT;

    (void)state;
    for (uint32_t flags = 0; flags < 4; flags++) {
        (void)prepare(features, flush, 2);
        put16(d.queue[0].driver, 0x7fff); /* no such slot */
        put16(d.queue[0].driver + 2, (uint16_t)(0xfff0 | flags));
        works();
        assert_int_equal(driver_read(&d, 0x060), flags != 1);
    }
    (void)prepare(features, flush, 2);
    put16(d.queue[0].driver, 2 | 0x8000); /* the next, not this one */
    put16(d.queue[0].driver + 2, 2);
    works();
    assert_int_equal(driver_read(&d, 0x060), 0);
    (void)driver_add(&d, 0, flush, 2);
    works();
    assert_int_equal(driver_read(&d, 0x060), 1);
}

/* Both ends of the guest's memory can be used to the last byte. */
static void the_edges_of_memory(void **state)
{
    const struct driver_piece piece[] = {{HEADER, 16, false}, {GUEST_RAM_BASE, 512, true}, {TOP - 1, 1, true}};
    uint32_t id;
    uint32_t bytes;

    (void)state;
    for (int layout = 0; layout < 2; layout++) {
        (void)prepare(both[layout], piece, 3);
        memset(driver_memory(HEADER), 0, 16);
        *driver_memory(TOP - 1) = 0x77;
        driver_kick(&d, 0);
        assert_int_equal(blk_server_serve(&server, 1, 0), 1);
        assert_true(driver_used(&d, 0, &id, &bytes));
        assert_int_equal(bytes, 513);
        assert_int_equal(*driver_memory(TOP - 1), 0);
    }
}

/* Queues of every size, many times around. */
static void every_size(void **state)
{
    (void)state;
    for (uint32_t size = 2; size <= 64; size++) {
        for (int layout = 0; layout < 4; layout++) {
            uint64_t features = both[layout & 1] | (layout >= 2 ? DRIVER_EVENT : 0);
            const uint32_t type = 4;

            if ((size & (size - 1)) != 0 && (layout & 1) == 0)
                continue;
            assert_int_equal(driver_begin(&d, 0, features, 1, size), 15);
            put(HEADER, &type, 4);
            for (uint32_t round = 0; round < 150; round++) {
                driver_want(&d, 0, round % 3 == 0);
                driver_write(&d, 0x064, 3);
                assert_true(driver_add(&d, 0, flush, 2) >= 0);
                works();
                assert_int_equal(driver_read(&d, 0x060), round % 3 == 0);
            }
        }
    }
}

static void memory_is_copied_whatever_its_alignment(void **state)
{
    static uint8_t from[256];
    static uint8_t to[256];

    (void)state;
    for (uint32_t i = 0; i < sizeof from; i++)
        from[i] = (uint8_t)(i * 11 + 5);
    for (uint32_t f = 0; f < 9; f++) {
        for (uint32_t t = 0; t < 9; t++) {
            for (uint32_t bytes = 0; bytes < 200; bytes++) {
                memset(to, 0x99, sizeof to);
                memory_copy(to + t, from + f, bytes);
                assert_memory_equal(to + t, from + f, bytes);
                assert_int_equal(to[t + bytes], 0x99);
                assert_true(t == 0 || to[t - 1] == 0x99);
                memory_copy(to + t, from + sizeof from - bytes, bytes); /* not a byte behind the end is looked at */
                assert_memory_equal(to + t, from + sizeof from - bytes, bytes);
            }
        }
    }
}

static void memory_is_filled_and_no_more(void **state)
{
    static uint8_t to[256];

    (void)state;
    for (uint32_t t = 1; t < 9; t++) {
        for (uint32_t bytes = 0; bytes < 200; bytes++) {
            memset(to, 0x99, sizeof to);
            memory_fill(to + t, 0x5a, bytes);
            assert_true(to[t - 1] == 0x99 && to[t + bytes] == 0x99);
            for (uint32_t i = 0; i < bytes; i++)
                assert_int_equal(to[t + i], 0x5a);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
static const struct CMUnitTest tests[] = {
    TEST(pieces_outside_memory),
    TEST(requests_that_are_none),
    TEST(split_chains),
    TEST(split_tables),
    TEST(split_chain_ends_in_a_table),
    TEST(packed_chains),
    TEST(strange_events),
    TEST(the_edges_of_memory),
    TEST(every_size),
    TEST(memory_is_copied_whatever_its_alignment),
    TEST(memory_is_filled_and_no_more),
};
SUITE_MAIN("monitor-queue", tests)
