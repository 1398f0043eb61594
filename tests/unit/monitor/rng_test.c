/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* virtio-rng: no byte of the server's is given twice, and none that it did not put. */
#include "blk_server.h"
#include "driver.h"
#include "suite.h"
#include "world.h"

#define BUFFER UINT64_C(0x80100000)

static struct driver d;
static struct entropy_ring *ring;

static int begin(void **state)
{
    static const uint32_t kinds[] = {DEVICE_ENTROPY};

    (void)state;
    world_make(1);
    world_devices(kinds, 1);
    ring = world_ring(0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    world_drop();
    return 0;
}

/* The server puts bytes that count up from the one before. */
static void fill(uint32_t bytes)
{
    ring->state = DEVICE_READY;
    for (uint32_t i = 0; i < bytes; i++, ring->head++)
        ring->bytes[ring->head % ENTROPY_BYTES] = (uint8_t)(ring->head * 3);
    blk_server_bell();
}

static void ask(uint32_t bytes)
{
    struct driver_piece piece[2] = {{BUFFER, 5, true}, {BUFFER + 5, bytes - 5, true}};

    assert_true(driver_add(&d, 0, piece, 2) >= 0);
    driver_kick(&d, 0);
}

static uint32_t answered(void)
{
    uint32_t id;
    uint32_t bytes;

    return driver_used(&d, 0, &id, &bytes) ? bytes : 0;
}

static void bytes_are_given_once(void **state)
{
    uint32_t at = 0;

    (void)state;
    for (int layout = 0; layout < 2; layout++) {
        assert_int_equal(driver_begin(&d, 0, DRIVER_VERSION | (layout != 0 ? DRIVER_PACKED : 0), 1, 4), 15);
        for (uint32_t round = 0; round < 60; round++) {
            bool empty = ring->head == ring->tail;
            uint32_t bytes;

            ask(64);
            if (empty) {
                assert_int_equal(answered(), 0); /* it waits */
                fill(100 + round);
            }
            bytes = answered();
            assert_in_range(bytes, 1, 64);
            for (uint32_t i = 0; i < bytes; i++, at++)
                assert_int_equal(*driver_memory(BUFFER + i), (uint8_t)(at * 3));
            assert_int_equal(ring->tail, at);
        }
    }
    assert_true(at > ENTROPY_BYTES);
}

static void bad_servers_and_bad_queues(void **state)
{
    (void)state;
    assert_int_equal(driver_begin(&d, 0, DRIVER_VERSION, 1, 4), 15);
    ask(64);
    ring->head = 10; /* it is not ready */
    blk_server_bell();
    assert_int_equal(answered(), 0);
    ring->state = DEVICE_READY;
    ring->head = ENTROPY_BYTES + 1; /* more than there can be */
    blk_server_bell();
    assert_int_equal(answered(), 0);
    assert_int_equal(ring->tail, ring->head);
    fill(3);
    assert_int_equal(answered(), 3);
    fill(3);
    memset(driver_memory(d.queue[0].driver), 0xff, 4);
    driver_write(&d, 0x050, 0);
    assert_int_equal(driver_read(&d, 0x070), 15 | 64);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
static const struct CMUnitTest tests[] = {
    TEST(bytes_are_given_once),
    TEST(bad_servers_and_bad_queues),
};
SUITE_MAIN("monitor-rng", tests)
