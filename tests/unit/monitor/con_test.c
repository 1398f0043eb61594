/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* virtio-console beside the UART: one line, two ends in the guest. */
#include "blk_server.h"
#include "driver.h"
#include "exits.h"
#include "suite.h"
#include "world.h"

#define TEXT UINT64_C(0x80100000)
#define ROOM UINT64_C(0x80200000)
#define UART UINT64_C(0x10000000)

static struct driver d;

static int begin(void **state)
{
    static const uint32_t kinds[] = {DEVICE_CONSOLE};

    (void)state;
    world_make(2);
    world_devices(kinds, 1);
    world.console_takes = true;
    return 0;
}

static int end(void **state)
{
    (void)state;
    assert_int_equal(world.monitor.device_lock.taken, 0);
    assert_int_equal(world.monitor.virtio.device[0].lock.taken, 0);
    world_drop();
    return 0;
}

static void drive(uint64_t features)
{
    assert_int_equal(driver_begin(&d, 0, DRIVER_VERSION | features, 2, 8), 15);
    assert_int_equal(driver_read(&d, 0x008), 3);
}

static void write_text(const char *text)
{
    struct driver_piece piece[2] = {{TEXT, 1, false}, {TEXT + 1, (uint32_t)strlen(text) - 1, false}};
    uint32_t id;
    uint32_t bytes;

    memcpy(driver_memory(TEXT), text, strlen(text));
    assert_true(driver_add(&d, 1, piece, 2) >= 0);
    driver_kick(&d, 1);
    assert_true(driver_used(&d, 1, &id, &bytes));
}

static void room(uint32_t bytes)
{
    memset(driver_memory(ROOM), 0, 512);
    assert_true(driver_add(&d, 0, &(struct driver_piece){ROOM, bytes, true}, 1) >= 0);
    driver_kick(&d, 0);
}

static void type(const char *text)
{
    world_input(text);
    assert_int_equal(exits_serve(&world.monitor.hart[0], EXIT_NOTIFIED, MONITOR_BIT_INPUT), SBI_RETURN);
}

static const char *typed(void)
{
    uint32_t id;
    uint32_t bytes;

    if (!driver_used(&d, 0, &id, &bytes))
        return NULL;
    assert_int_equal(strlen((const char *)driver_memory(ROOM)), bytes);
    return (const char *)driver_memory(ROOM);
}

static void both_ways(void **state)
{
    (void)state;
    for (int layout = 0; layout < 2; layout++) {
        drive(layout != 0 ? DRIVER_PACKED | DRIVER_INDIRECT : DRIVER_EVENT);
        for (int i = 0; i < 20; i++) {
            write_text("login: ");
            assert_string_equal(world_output(), "login: ");
            room(64);
            type("root\n");
            assert_string_equal(typed(), "root\n");
            type("long");
            room(2); /* what does not fit waits */
            assert_string_equal(typed(), "lo");
            room(64);
            assert_string_equal(typed(), "ng");
        }
    }
    write_text("not\001framed\002");
    assert_string_equal(world_output(), "not?framed?");
}

static void long_buffers_are_cut(void **state)
{
    struct driver_piece piece = {TEXT, 0x10000 + 100, false};
    uint32_t id;
    uint32_t bytes;

    (void)state;
    drive(0);
    memset(driver_memory(TEXT), 'x', 0x10000 + 100);
    assert_true(driver_add(&d, 1, &piece, 1) >= 0);
    driver_kick(&d, 1);
    assert_true(driver_used(&d, 1, &id, &bytes));
    assert_int_equal(world.ring->out_head, 0x10000);
}

/* What is typed goes to where the guest wrote last. */
static void the_last_writer_hears(void **state)
{
    (void)state;
    drive(0);
    room(64);
    type("a"); /* nobody wrote: the UART */
    assert_null(typed());
    assert_int_equal(world_load(UART, 1), 'a');
    write_text("hvc0");
    type("b");
    assert_string_equal(typed(), "b");
    assert_int_equal(world_load(UART + 5, 1) & 1u, 0);
    type("cd"); /* there is no buffer: it stays */
    world_store(UART, 1, 'x');
    assert_int_equal(world_load(UART, 1), 'c'); /* and comes to who writes next */
    assert_int_equal(world_load(UART, 1), 'd');
    assert_string_equal(world_output(), "hvc0x");
    room(64);
    type("e");
    assert_null(typed());
    write_text("again");
    room(64);
    type("f");
    assert_string_equal(typed(), "f");
    driver_write(&d, 0x070, 0); /* the driver goes: what is typed is kept for the next who writes */
    type("g");
    world_store(UART, 1, 'y');
    assert_int_equal(world_load(UART, 1), 'e');
    assert_int_equal(world_load(UART, 1), 'g');
}

static void bad_queues(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        drive(0);
        write_text("ok");
        memset(driver_memory(0x80010000u + 0x40000u * i + 0x4000u), 0xff, 4);
        type("h");
        driver_write(&d, 0x050, i);
        assert_int_equal(driver_read(&d, 0x070), 15 | 64);
        (void)world_output();
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
static const struct CMUnitTest tests[] = {
    TEST(both_ways),
    TEST(long_buffers_are_cut),
    TEST(the_last_writer_hears),
    TEST(bad_queues),
};
SUITE_MAIN("monitor-con", tests)
