/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* virtio-blk from the driver to the server and back, in every layout of the queue. */
#include "blk_server.h"
#include "driver.h"
#include "suite.h"
#include "world.h"

#define HEADER  UINT64_C(0x80100000)
#define STATUS  UINT64_C(0x80100100)
#define BUFFER  UINT64_C(0x80200000)
#define NOT_YET 0xee
#define F_FLUSH (UINT64_C(1) << 9)
#define F_ALL   UINT64_MAX

static struct driver d;
static struct blk_server server;

/* Split and packed, with and without tables and event index. */
static const uint64_t layouts[] = {
    DRIVER_VERSION,
    DRIVER_VERSION | DRIVER_EVENT,
    DRIVER_VERSION | DRIVER_INDIRECT,
    DRIVER_VERSION | DRIVER_INDIRECT | DRIVER_EVENT,
    DRIVER_VERSION | DRIVER_PACKED,
    DRIVER_VERSION | DRIVER_PACKED | DRIVER_EVENT,
    DRIVER_VERSION | DRIVER_PACKED | DRIVER_INDIRECT,
    DRIVER_VERSION | DRIVER_PACKED | DRIVER_INDIRECT | DRIVER_EVENT,
};
#define LAYOUTS (sizeof layouts / sizeof layouts[0])

static int begin(void **state)
{
    static const uint32_t kinds[] = {DEVICE_BLOCK};

    (void)state;
    world_make(2);
    world_devices(kinds, 1);
    memset(&server, 0, sizeof server);
    for (uint32_t i = 0; i < DISK_BYTES; i++)
        server.disk[i] = (uint8_t)(i * 7 + i / 512);
    blk_server_start(&server, 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    assert_int_equal(world.monitor.virtio.device[0].lock.taken, 0);
    world_drop();
    return 0;
}

static void drive(uint64_t features, uint32_t size)
{
    assert_int_equal(driver_begin(&d, 0, features, 1, size), 15);
}

static void header(uint64_t at, uint32_t type, uint64_t sector)
{
    const uint32_t head[2] = {type, 0};

    memcpy(driver_memory(at), head, 8);
    memcpy(driver_memory(at + 8), &sector, 8);
}

/* A request with one piece of data, number n of several that are under way. */
static int ask_nth(uint32_t n, uint32_t type, uint64_t sector, uint64_t gpa, uint32_t bytes)
{
    struct driver_piece piece[3] = {{HEADER + 0x200 * n, 16, false}, {gpa, bytes, type == 0 || type == 8}};
    uint32_t count = 1;

    header(HEADER + 0x200 * n, type, sector);
    *driver_memory(STATUS + 0x200 * n) = NOT_YET;
    if (bytes != 0)
        count++;
    piece[count++] = (struct driver_piece){STATUS + 0x200 * n, 1, true};
    return driver_add(&d, 0, piece, count);
}

static uint8_t status_of(uint32_t n)
{
    return *driver_memory(STATUS + 0x200 * n);
}

/* Puts a request, lets the server serve it, and returns its status and, by *bytes, the used length. */
static uint8_t ask(uint32_t type, uint64_t sector, uint64_t gpa, uint32_t bytes, uint32_t *used)
{
    int id = ask_nth(0, type, sector, gpa, bytes);
    uint32_t got = UINT32_MAX;

    assert_true(id >= 0);
    driver_kick(&d, 0);
    while (blk_server_serve(&server, 3, 0) != 0)
        continue;
    if (!driver_used(&d, 0, &got, used))
        fail_msg("request %u was not answered", type);
    assert_int_equal(got, id);
    assert_int_equal(driver_read(&d, 0x070), 15);
    return status_of(0);
}

static void reads_and_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < LAYOUTS; i++) {
        uint32_t used;

        drive(layouts[i] | F_FLUSH, 16);
        for (uint32_t round = 0; round < 70; round++) { /* many times around the ring */
            uint32_t sector = round * 13 % 900;
            uint32_t bytes = 512 * (1 + round % 60);

            memset(driver_memory(BUFFER), 0, bytes);
            assert_int_equal(ask(0, sector, BUFFER, bytes, &used), 0);
            assert_int_equal(used, bytes + 1);
            assert_memory_equal(driver_memory(BUFFER), server.disk + 512 * sector, bytes);
            memset(driver_memory(BUFFER), (int)round, bytes);
            assert_int_equal(ask(1, sector, BUFFER, bytes, &used), 0);
            assert_int_equal(used, 1);
            assert_memory_equal(driver_memory(BUFFER), server.disk + 512 * sector, bytes);
        }
        assert_int_equal(server.flushes, 0);
    }
}

/* The framing is the driver's: the header in pieces, the status at the end of the data. */
static void any_framing(void **state)
{
    struct driver_piece read[] = {
        {HEADER, 1, false}, {HEADER + 1, 7, false}, {HEADER + 8, 8, false}, {BUFFER, 1, true}, {BUFFER + 1, 1024, true}};
    struct driver_piece write[] = {{STATUS + 1, 21, false}, {STATUS + 22, 507, false}, {STATUS, 1, true}};
    uint32_t id;
    uint32_t used;

    (void)state;
    for (size_t i = 0; i < LAYOUTS; i++) {
        drive(layouts[i] | F_FLUSH, 8);
        header(HEADER, 0, 5);
        assert_true(driver_add(&d, 0, read, 5) >= 0);
        driver_kick(&d, 0);
        assert_int_equal(blk_server_serve(&server, 9, 0), 1);
        assert_true(driver_used(&d, 0, &id, &used));
        assert_int_equal(used, 1025);
        assert_memory_equal(driver_memory(BUFFER), server.disk + 5 * 512, 1024);
        assert_int_equal(*driver_memory(BUFFER + 1024), 0);
        header(STATUS + 1, 1, 9);
        memset(driver_memory(STATUS + 17), 0x31 + (int)i, 512);
        assert_true(driver_add(&d, 0, write, 3) >= 0);
        driver_kick(&d, 0);
        assert_int_equal(blk_server_serve(&server, 9, 0), 1);
        assert_true(driver_used(&d, 0, &id, &used));
        assert_int_equal(status_of(0), 0);
        assert_memory_equal(driver_memory(STATUS + 17), server.disk + 9 * 512, 512);
        assert_int_equal(server.disk[10 * 512], (uint8_t)(10 * 512 * 7 + 10));
    }
}

/* One that is larger than all slots together. */
static void large_requests_go_in_parts(void **state)
{
    uint32_t used;

    (void)state;
    for (size_t i = 0; i < LAYOUTS; i++) {
        drive(layouts[i] | F_FLUSH, 8);
        assert_int_equal(ask(0, 1, BUFFER, DISK_BYTES - 512, &used), 0);
        assert_int_equal(used, DISK_BYTES - 511);
        assert_memory_equal(driver_memory(BUFFER), server.disk + 512, DISK_BYTES - 512);
        for (uint32_t b = 0; b < DISK_BYTES; b++)
            *driver_memory(BUFFER + b) = (uint8_t)(b * 5 + i);
        assert_int_equal(ask(1, 0, BUFFER, DISK_BYTES, &used), 0);
        assert_memory_equal(driver_memory(BUFFER), server.disk, DISK_BYTES);
    }
}

static void others(void **state)
{
    uint32_t used;
    uint32_t range[4] = {4, 0, 8, 0};

    (void)state;
    for (size_t i = 0; i < LAYOUTS; i++) {
        drive(layouts[i] | (F_ALL & ~(DRIVER_EVENT | DRIVER_INDIRECT | DRIVER_PACKED)), 8);
        server.flushes = 0;
        assert_int_equal(ask(4, 0, 0, 0, &used), 0);
        assert_int_equal(server.flushes, 1);
        memset(driver_memory(BUFFER), 0, 30);
        assert_int_equal(ask(8, 0, BUFFER, 20, &used), 0);
        assert_int_equal(used, 21);
        assert_memory_equal(driver_memory(BUFFER), "web-disk.img........", 20);
        assert_int_equal(ask(8, 0, BUFFER + 20, 10, &used), 0);
        assert_memory_equal(driver_memory(BUFFER + 20), "web-disk.i", 10);
        assert_int_equal(ask(8, 0, BUFFER + 40, 30, &used), 0);
        assert_int_equal(used, 20);
        memcpy(driver_memory(BUFFER), range, 16);
        assert_int_equal(ask(11, 0, BUFFER, 16, &used), 0);
        assert_int_equal(server.disk[4 * 512], 0xdd);
        assert_int_equal(server.disk[12 * 512 - 1], 0xdd);
        range[3] = 1; /* may be unmapped */
        memcpy(driver_memory(BUFFER), range, 16);
        assert_int_equal(ask(13, 0, BUFFER, 16, &used), 0);
        assert_int_equal(server.disk[4 * 512], 0);
        assert_int_equal(server.disk[12 * 512 - 1], 0);
        assert_int_equal(ask(11, 0, BUFFER, 16, &used), 2); /* a flag that DISCARD has not */
        range[3] = 0;
        assert_int_equal(ask(11, 0, BUFFER, 32, &used), 1); /* more ranges than one */
        assert_int_equal(ask(99, 0, BUFFER, 16, &used), 2); /* what is that? */
        assert_int_equal(ask(0, 0, 0, 0, &used), 0);        /* of nothing */
    }
}

static void not_negotiated_is_not_supported(void **state)
{
    uint32_t used;
    const uint32_t range[4] = {4, 0, 8, 0};

    (void)state;
    drive(DRIVER_VERSION, 8);
    memcpy(driver_memory(BUFFER), range, 16);
    assert_int_equal(ask(11, 0, BUFFER, 16, &used), 2);
    assert_int_equal(ask(13, 0, BUFFER, 16, &used), 2);
    assert_int_equal(server.requests, 0);
    assert_int_equal(ask(1, 3, BUFFER, 1024, &used), 0); /* without FLUSH, what is written is flushed */
    assert_int_equal(server.flushes, 1);
    assert_int_equal(server.requests, 2);
    assert_int_equal(ask(0, 3, BUFFER, 1024, &used), 0);
    assert_int_equal(server.flushes, 1);
}

static void requests_beyond_the_disk(void **state)
{
    static const struct {
        uint64_t sector;
        uint32_t bytes;
    } bad[] = {{DISK_BYTES / 512, 512}, {DISK_BYTES / 512 - 1, 1024}, {DISK_BYTES / 512 + 1, 512}, {UINT64_MAX, 512},
               {UINT64_MAX / 512, 512}, {UINT64_MAX / 512 + 1, 512},  {0, 511},                    {0, 513},
               {0, 1}};
    uint32_t used;

    (void)state;
    drive(F_ALL & ~DRIVER_PACKED, 8);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const uint32_t sectors = 8;

        assert_int_equal(ask(0, bad[i].sector, BUFFER, bad[i].bytes, &used), 1);
        assert_int_equal(used, 0);
        assert_int_equal(ask(1, bad[i].sector, BUFFER, bad[i].bytes, &used), 1);
        if (bad[i].sector == 0)
            continue;
        memcpy(driver_memory(BUFFER), &bad[i].sector, 8);
        memcpy(driver_memory(BUFFER + 8), &sectors, 4);
        memset(driver_memory(BUFFER + 12), 0, 4);
        assert_int_equal(ask(11, 0, BUFFER, 16, &used), 1);
    }
    assert_int_equal(server.requests, 0);
}

static void read_only_disks_are_not_written(void **state)
{
    uint32_t used;
    const uint32_t range[4] = {0, 0, 8, 0};

    (void)state;
    world.monitor.virtio.device[0].flags = BUNDLE_DISK_READ_ONLY;
    drive(F_ALL & ~DRIVER_PACKED, 8);
    assert_int_not_equal(d.features & 1u << 5, 0);
    assert_int_equal(d.features & (1u << 13 | 1u << 14), 0);
    assert_int_equal(ask(1, 0, BUFFER, 512, &used), 1);
    memcpy(driver_memory(BUFFER), range, 16);
    assert_int_equal(ask(11, 0, BUFFER, 16, &used), 2);
    assert_int_equal(server.requests, 0);
    assert_int_equal(ask(0, 0, BUFFER, 512, &used), 0);
}

static void errors_of_the_server_are_told(void **state)
{
    uint32_t used;

    (void)state;
    drive(F_ALL, 8);
    server.answer_with = BLOCK_IO_ERROR;
    assert_int_equal(ask(0, 0, BUFFER, 0x20000, &used), 1);
    assert_int_equal(used, 0);
    assert_int_equal(ask(4, 0, 0, 0, &used), 1);
    server.answer_with = BLOCK_UNSUPPORTED;
    assert_int_equal(ask(1, 0, BUFFER, 512, &used), 2);
    server.answer_with = 77;
    assert_int_equal(ask(1, 0, BUFFER, 512, &used), 1);
    server.answer_with = 0;
    assert_int_equal(ask(0, 0, BUFFER, 512, &used), 0);
}

/* As many as the driver likes, answered in any order; interrupts and kicks only where they are wanted. */
static void many_at_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < LAYOUTS; i++) {
        uint32_t ids[64];
        uint32_t done = 0;

        drive(layouts[i] | F_FLUSH, 64);
        driver_want(&d, 0, false);
        driver_write(&d, 0x064, 1);
        for (uint32_t n = 0; n < 20; n++) {
            int id = ask_nth(n, 0, n, BUFFER + 512 * n, 512);

            assert_true(id >= 0);
            ids[id] = n;
            if (n == 17) /* more than the ring holds: the device does not ask for more */
                driver_kick(&d, 0);
        }
        assert_false((layouts[i] & DRIVER_EVENT) == 0 && driver_kick(&d, 0));
        assert_int_equal(driver_read(&d, 0x060), 0);
        while (blk_server_serve(&server, 5, 1) != 0) {
            uint32_t id;
            uint32_t used;

            while (driver_used(&d, 0, &id, &used)) {
                assert_int_equal(used, 513);
                assert_int_equal(status_of(ids[id]), 0);
                assert_memory_equal(driver_memory(BUFFER + 512 * ids[id]), server.disk + 512 * ids[id], 512);
                done++;
            }
            assert_int_equal(driver_read(&d, 0x060), 0);
        }
        assert_int_equal(done, 20);
        assert_int_equal(world.monitor.virtio.device[0].model.blk.waiting_count, 0);
        driver_want(&d, 0, true);
        ask_nth(0, 0, 0, BUFFER, 512);
        assert_true(driver_kick(&d, 0));
        blk_server_serve(&server, 1, 0);
        assert_int_equal(driver_read(&d, 0x060), 1);
    }
}

/* The guest is told what happens to its requests when the server goes, and when it comes back. */
static void a_new_server_gets_all_again(void **state)
{
    uint32_t id;
    uint32_t used;

    (void)state;
    for (size_t i = 0; i < LAYOUTS; i++) {
        drive(layouts[i] | F_FLUSH, 64);
        for (uint32_t n = 0; n < 10; n++) {
            memset(driver_memory(BUFFER + 512 * n), (int)(n + i), 512);
            assert_true(ask_nth(n, 1, n, BUFFER + 512 * n, 512) >= 0);
        }
        driver_kick(&d, 0);
        assert_int_equal(blk_server_serve(&server, 3, 0), 3);
        memset(server.ring->data, 0xff, sizeof server.ring->data); /* the last one's doing */
        server.requests = 0;
        blk_server_start(&server, 0);
        assert_int_equal(server.ring->epoch_seen, server.ring->epoch);
        assert_int_equal(server.ring->asked, 7);
        while (blk_server_serve(&server, 2, 1) != 0)
            continue;
        assert_int_equal(server.requests, 7);
        for (uint32_t n = 0; n < 10; n++) {
            assert_true(driver_used(&d, 0, &id, &used));
            assert_int_equal(status_of(n), 0);
            assert_int_equal(server.disk[512 * n], (uint8_t)(n + i));
            assert_int_equal(server.disk[512 * n + 511], (uint8_t)(n + i));
        }
        assert_false(driver_used(&d, 0, &id, &used));
    }
}

static void a_broken_server_means_errors(void **state)
{
    uint32_t id;
    uint32_t used;

    (void)state;
    drive(DRIVER_VERSION | F_FLUSH, 64);
    for (uint32_t n = 0; n < 18; n++)
        assert_true(ask_nth(n, 0, n, BUFFER, 512) >= 0);
    driver_kick(&d, 0);
    server.ring->state = DEVICE_BROKEN;
    blk_server_bell();
    blk_server_bell(); /* it asks for another look: there was no room for the last two */
    for (uint32_t n = 0; n < 18; n++) {
        assert_true(driver_used(&d, 0, &id, &used));
        assert_int_equal(status_of(n), 1);
    }
    ask_nth(0, 4, 0, 0, 0);
    driver_kick(&d, 0);
    assert_true(driver_used(&d, 0, &id, &used));
    assert_int_equal(status_of(0), 1);
    memset(driver_memory(BUFFER), 0x77, 512);
    blk_server_serve(&server, 16, 0); /* a late answer comes to nothing */
    assert_int_equal(*driver_memory(BUFFER), 0x77);
    assert_false(driver_used(&d, 0, &id, &used));
    blk_server_start(&server, 0);
    assert_int_equal(ask(0, 2, BUFFER, 512, &used), 0);
    assert_memory_equal(driver_memory(BUFFER), server.disk + 1024, 512);
}

static void nobody_waits_for_ever(void **state)
{
    uint32_t id;
    uint32_t used;

    (void)state;
    drive(DRIVER_VERSION | F_FLUSH, 64);
    for (uint32_t n = 0; n < 3; n++)
        assert_true(ask_nth(n, 0, n, BUFFER + 512 * n, 512) >= 0);
    driver_kick(&d, 0);
    world.time += 29 * world.start.timebase;
    blk_server_bell();
    assert_false(driver_used(&d, 0, &id, &used));
    world.time += 2 * world.start.timebase;
    blk_server_bell();
    for (uint32_t n = 0; n < 3; n++) {
        assert_true(driver_used(&d, 0, &id, &used));
        assert_int_equal(status_of(n), 1);
    }
    memset(driver_memory(BUFFER), 0x77, 2048);
    assert_true(ask_nth(3, 0, 3, BUFFER + 1536, 512) >= 0);
    driver_kick(&d, 0);
    assert_int_equal(blk_server_serve(&server, 16, 0), 4); /* the slots of the others were not taken from it */
    assert_int_equal(*driver_memory(BUFFER), 0x77);
    assert_memory_equal(driver_memory(BUFFER + 1536), server.disk + 1536, 512);
    assert_true(driver_used(&d, 0, &id, &used));
    assert_int_equal(status_of(3), 0);
}

/* Before the first server is there, requests wait. */
static void a_late_server_is_waited_for(void **state)
{
    static const uint32_t kinds[] = {DEVICE_BLOCK};
    uint32_t id;
    uint32_t used;

    (void)state;
    world_drop();
    world_make(1);
    world_devices(kinds, 1);
    drive(DRIVER_VERSION | F_FLUSH, 8);
    assert_int_equal(driver_read(&d, 0x100), 0);
    ask_nth(0, 4, 0, 0, 0);
    driver_kick(&d, 0);
    assert_int_equal(((struct block_ring *)world_ring(0))->asked, 0);
    assert_false(driver_used(&d, 0, &id, &used));
    blk_server_start(&server, 0);
    assert_int_equal(driver_read(&d, 0x100), DISK_BYTES / 512);
    assert_int_equal(driver_read(&d, 0x060) & 2, 2);
    assert_int_equal(blk_server_serve(&server, 16, 0), 1);
    assert_true(driver_used(&d, 0, &id, &used));
    assert_int_equal(status_of(0), 0);
}

/* In the middle of requests: what the server does with them does not reach the guest any more. */
static void a_reset_ends_requests(void **state)
{
    uint32_t id;
    uint32_t used;

    (void)state;
    for (size_t i = 0; i < LAYOUTS; i++) {
        drive(layouts[i] | F_FLUSH, 64);
        for (uint32_t n = 0; n < 18; n++)
            assert_true(ask_nth(n, 0, n, BUFFER + 512 * n, 512) >= 0);
        driver_kick(&d, 0);
        blk_server_serve(&server, 5, 0);
        if (i % 2 == 0) {
            driver_write(&d, 0x070, 0);
            assert_int_equal(driver_read(&d, 0x070), 0);
        } else {
            driver_write(&d, 0x030, 0); /* the queue alone */
            driver_write(&d, 0x044, 0);
        }
        memset(driver_memory(BUFFER), 0x77, 512 * 18);
        memset(driver_memory(0x80010000), 0x66, 0x40000);
        blk_server_serve(&server, 5, 0);
        for (uint32_t at = 0; at < 512 * 18; at++)
            assert_int_equal(*driver_memory(BUFFER + at), 0x77);
        for (uint32_t at = 0; at < 0x40000; at++)
            assert_int_equal(*driver_memory(0x80010000 + at), 0x66);
        drive(layouts[i] | F_FLUSH, 64); /* while the server still has some */
        assert_int_equal(ask(0, 7, BUFFER, 512, &used), 0);
        assert_memory_equal(driver_memory(BUFFER), server.disk + 7 * 512, 512);
        assert_false(driver_used(&d, 0, &id, &used));
    }
}

/* The server can say what it likes: it spoils its own disk's data, and nothing else. */
static void a_server_that_breaks_the_rules(void **state)
{
    uint32_t id;
    uint32_t used;
    struct block_ring *ring = server.ring;

    (void)state;
    drive(DRIVER_VERSION | F_FLUSH, 8);
    for (uint32_t n = 0; n < 16; n++)
        ring->answer[n] = (struct block_answer){n * 0x11111111u, 0};
    ring->served = 16; /* answers to nobody */
    blk_server_bell();
    assert_false(driver_used(&d, 0, &id, &used));
    assert_int_equal(ring->taken, 16);
    ask_nth(0, 0, 0, BUFFER, 512);
    driver_kick(&d, 0);
    ring->served = 16 + 17; /* more than there can be: nothing is taken any more */
    blk_server_bell();
    ring->served = 17;
    ring->answer[0] = (struct block_answer){0, 0};
    blk_server_bell();
    assert_false(driver_used(&d, 0, &id, &used));
    blk_server_start(&server, 0); /* until it starts again */
    assert_int_equal(blk_server_serve(&server, 16, 0), 1);
    assert_true(driver_used(&d, 0, &id, &used));
    assert_int_equal(status_of(0), 0);
    ring->bytes = 1023; /* no whole sectors */
    ring->epoch++;
    blk_server_bell();
    assert_int_equal(driver_read(&d, 0x100), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
static const struct CMUnitTest tests[] = {
    TEST(reads_and_writes),
    TEST(any_framing),
    TEST(large_requests_go_in_parts),
    TEST(others),
    TEST(not_negotiated_is_not_supported),
    TEST(requests_beyond_the_disk),
    TEST(read_only_disks_are_not_written),
    TEST(errors_of_the_server_are_told),
    TEST(many_at_once),
    TEST(a_new_server_gets_all_again),
    TEST(a_broken_server_means_errors),
    TEST(nobody_waits_for_ever),
    TEST(a_late_server_is_waited_for),
    TEST(a_reset_ends_requests),
    TEST(a_server_that_breaks_the_rules),
};
SUITE_MAIN("monitor-blk", tests)
