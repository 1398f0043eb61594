/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The registers of a virtio device, and its interrupt. */
#include "blk_server.h"
#include "driver.h"
#include "exits.h"
#include "suite.h"
#include "world.h"

#define BASE UINT64_C(0x10001000)

static struct driver d;
static struct blk_server server;
static const uint32_t kinds[] = {DEVICE_BLOCK, DEVICE_BLOCK, DEVICE_NET, DEVICE_ENTROPY};

static int begin(void **state)
{
    (void)state;
    world_make(2);
    world_devices(kinds, 4);
    memset(&server, 0, sizeof server);
    memset(&d, 0, sizeof d);
    d.base = BASE;
    return 0;
}

static int end(void **state)
{
    (void)state;
    world_drop();
    return 0;
}

static uint32_t reg(uint32_t offset)
{
    return driver_read(&d, offset);
}

static void set(uint32_t offset, uint32_t value)
{
    driver_write(&d, offset, value);
}

static void what_they_are(void **state)
{
    static const uint32_t ids[] = {2, 2, 1, 4};

    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        d.base = BASE + 0x1000 * i;
        assert_int_equal(reg(0x000), 0x74726976);
        assert_int_equal(reg(0x004), 2);
        assert_int_equal(reg(0x008), ids[i]);
        assert_int_equal(reg(0x00c), 0x554d4551);
        assert_int_equal(reg(0x070), 0);
        assert_int_equal(reg(0x0b0), UINT32_MAX); /* no shared memory */
        assert_int_equal(reg(0x0b4), UINT32_MAX);
    }
}

static void unknown_kinds_are_placeholders(void **state)
{
    static const uint32_t none[] = {DEVICE_NONE, 77};

    (void)state;
    world_drop();
    world_make(1);
    world_devices(none, 2);
    assert_int_equal(reg(0x000), 0x74726976);
    assert_int_equal(reg(0x008), 0);
    set(0x070, 3);
    set(0x070, 11);
    set(0x030, 0);
    assert_int_equal(reg(0x034), 0);
    set(0x038, 4);
    set(0x044, 1); /* there is no queue */
    assert_int_equal(reg(0x044), 0);
    set(0x070, 15);
    set(0x050, 0);
    d.base = BASE + 0x1000;
    assert_int_equal(reg(0x008), 0);
}

static void others_are_not_there(void **state)
{
    struct vcpu_page *page = world.page[0];

    (void)state;
    page->scause = 21;
    page->stval = 0;
    page->htinst = 0x2503;
    page->htval = (BASE + 0x4000) >> 2;
    assert_int_equal(exits_serve(&world.monitor.hart[0], EXIT_FAULT, 0), SBI_PARK);
    assert_int_equal(world.monitor.wish, WISH_CRASH);
}

static void features_are_offered_and_agreed_on(void **state)
{
    (void)state;
    set(0x070, 3);
    set(0x014, 1);
    assert_int_equal(reg(0x010), 5); /* version 1, packed */
    set(0x014, 2);
    assert_int_equal(reg(0x010), 0);
    set(0x014, UINT32_MAX);
    assert_int_equal(reg(0x010), 0);
    set(0x024, 1);
    set(0x020, 1 | 1u << 6); /* one that is not offered */
    set(0x070, 11);
    assert_int_equal(reg(0x070), 3);
    set(0x070, 15); /* nor does it go on */
    assert_int_equal(reg(0x070), 3);
    set(0x020, 1);
    set(0x070, 11);
    assert_int_equal(reg(0x070), 11);
    set(0x020, 5); /* too late */
    set(0x070, 15);
    assert_int_equal(reg(0x070), 15);
    assert_int_equal(world.monitor.virtio.device[0].driver, DRIVER_VERSION);
    set(0x070, 3); /* bits are not taken back */
    assert_int_equal(reg(0x070), 15);
    set(0x070, 128 | 64);
    assert_int_equal(reg(0x070), 128 + 15); /* failed; needs-reset is the device's to say */
    set(0x070, 0);
    assert_int_equal(reg(0x070), 0);
    assert_int_equal(world.monitor.virtio.device[0].driver, 0);
}

static void odd_accesses_read_zero_and_write_nothing(void **state)
{
    static const uint32_t sizes[] = {1, 2, 8};

    (void)state;
    for (uint32_t offset = 0; offset < 0x100; offset++) {
        for (int i = 0; i < 3; i++) {
            assert_int_equal(world_load(BASE + offset, sizes[i]), 0);
            world_store(BASE + offset, sizes[i], UINT64_MAX);
        }
        if (offset % 4 != 0) {
            assert_int_equal(world_load(BASE + offset, 4), 0);
            world_store(BASE + offset, 4, UINT32_MAX);
        }
    }
    assert_int_equal(reg(0x070), 0);
    assert_int_equal(world.monitor.virtio.device[0].queue_sel, 0);
    assert_int_equal(world.monitor.virtio.device[0].queue[0].size, 0);
    for (uint32_t offset = 0x100; offset < 0x1000; offset += 4) {
        set(offset, 0x55555555); /* nothing of the configuration can be written */
        (void)reg(offset);
    }
    assert_int_equal(world_load(BASE + 0xff8, 8), 0);
    assert_int_equal(world.monitor.wish, WISH_NONE);
}

static void configuration_is_read_in_any_width(void **state)
{
    (void)state;
    blk_server_start(&server, 0);
    assert_int_equal(reg(0x100), DISK_BYTES / 512);
    assert_int_equal(reg(0x104), 0);
    assert_int_equal(world_load(BASE + 0x100, 8), DISK_BYTES / 512);
    assert_int_equal(world_load(BASE + 0x101, 1), DISK_BYTES / 512 >> 8);
    assert_int_equal(world_load(BASE + 0x10c, 2), 62);
    assert_int_equal(world_load(BASE + 0x114, 4), 512);
    assert_int_equal(world_load(BASE + 0x100 + 71, 1), 0);
    assert_int_equal(world_load(BASE + 0x100 + 71, 2), 0); /* half of it would lie behind the end */
}

static uint32_t negotiate(uint64_t features)
{
    set(0x070, 0);
    set(0x070, 3);
    set(0x024, 0);
    set(0x020, (uint32_t)features);
    set(0x024, 1);
    set(0x020, (uint32_t)(features >> 32));
    set(0x070, 11);
    return reg(0x070);
}

static uint32_t ready(uint32_t size, uint64_t descriptors, uint64_t driver, uint64_t device)
{
    set(0x030, 0);
    set(0x038, size);
    set(0x080, (uint32_t)descriptors);
    set(0x084, (uint32_t)(descriptors >> 32));
    set(0x090, (uint32_t)driver);
    set(0x094, (uint32_t)(driver >> 32));
    set(0x0a0, (uint32_t)device);
    set(0x0a4, (uint32_t)(device >> 32));
    set(0x044, 1);
    return reg(0x044) << 8 | reg(0x070);
}

#define A UINT64_C(0x80010000)
#define B UINT64_C(0x80020000)
#define C UINT64_C(0x80030000)
#define TOP (GUEST_RAM_BASE + WORLD_MEMORY)

/* Bad queues, for both layouts: the device needs a reset, and the queue is not ready. */
static void queues_are_checked(void **state)
{
    static const struct {
        uint64_t features;
        uint32_t size;
        uint64_t descriptors;
        uint64_t driver;
        uint64_t device;
    } bad[] = {
        {DRIVER_VERSION, 0, A, B, C},
        {DRIVER_VERSION, 48, A, B, C},
        {DRIVER_VERSION, 128, A, B, C},
        {DRIVER_VERSION, UINT32_MAX, A, B, C},
        {DRIVER_VERSION, 16, A + 8, B, C},
        {DRIVER_VERSION, 16, A, B + 1, C},
        {DRIVER_VERSION, 16, A, B, C + 2},
        {DRIVER_VERSION, 16, 0, B, C},
        {DRIVER_VERSION, 16, A, 0x10001000, C},
        {DRIVER_VERSION, 16, A, B, UINT64_MAX - 3},
        {DRIVER_VERSION, 16, TOP - 255, B, C},
        {DRIVER_VERSION, 16, TOP - 240, B, C},
        {DRIVER_VERSION, 16, A, TOP - 36, C},
        {DRIVER_VERSION, 16, A, B, TOP - 132},
        {DRIVER_VERSION | DRIVER_PACKED, 0, A, B, C},
        {DRIVER_VERSION | DRIVER_PACKED, 65, A, B, C},
        {DRIVER_VERSION | DRIVER_PACKED, 16, A + 1, B, C},
        {DRIVER_VERSION | DRIVER_PACKED, 16, A, B + 2, C},
        {DRIVER_VERSION | DRIVER_PACKED, 16, A, B, TOP},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(negotiate(bad[i].features), 11);
        if (ready(bad[i].size, bad[i].descriptors, bad[i].driver, bad[i].device) != (11 | 64))
            fail_msg("bad queue %zu was taken", i);
        set(0x070, 15);
        set(0x050, 0); /* nothing happens any more */
        assert_int_equal(reg(0x070), 15 | 64);
    }
    assert_int_equal(negotiate(DRIVER_VERSION), 11);
    assert_int_equal(ready(16, TOP - 256, TOP - 38, TOP - 136), 0x100 | 11);
    assert_int_equal(negotiate(DRIVER_VERSION | DRIVER_PACKED), 11);
    assert_int_equal(ready(61, A, TOP - 4, C), 0x100 | 11); /* any size */
}

static void a_ready_queue_is_left_alone(void **state)
{
    struct queue *q = &world.monitor.virtio.device[0].queue[0];

    (void)state;
    assert_int_equal(negotiate(DRIVER_VERSION), 11);
    assert_int_equal(ready(16, A, B, C), 0x100 | 11);
    set(0x038, 8);
    set(0x080, 0);
    set(0x0a4, 1);
    set(0x044, 1);
    assert_int_equal(q->size, 16);
    assert_int_equal(q->descriptors, A);
    assert_int_equal(q->device, C);
    set(0x044, 0);
    assert_int_equal(reg(0x044), 0);
    assert_int_equal(ready(8, B, A, C), 0x100 | 11);
    assert_int_equal(q->size, 8);
    set(0x030, 2); /* there is none */
    assert_int_equal(reg(0x034), 0);
    set(0x044, 1);
    assert_int_equal(reg(0x044), 0);
    set(0x030, 0);
    assert_int_equal(reg(0x034), 64);
    assert_int_equal(reg(0x044), 1);
    set(0x030, UINT32_MAX);
    set(0x038, 1);
    set(0x050, UINT32_MAX);
    assert_int_equal(q->size, 8);
}

static void queues_come_after_the_features(void **state)
{
    (void)state;
    set(0x070, 3);
    assert_int_equal(ready(16, A, B, C), 3);
    set(0x050, 0); /* and nothing is looked at before DRIVER_OK */
    assert_int_equal(reg(0x070), 3);
}

/* The line follows the interrupt status: from the device by the PLIC to the hart. */
static void the_interrupt_reaches_the_hart(void **state)
{
    (void)state;
    blk_server_start(&server, 1);
    world_store(PLIC_GPA + 4 * 2, 4, 1);        /* source 2: device 1 */
    world_store(PLIC_GPA + 0x2080, 4, 1u << 2); /* for hart 0 */
    assert_int_equal(driver_begin(&d, 1, DRIVER_VERSION, 1, 16), 15);
    assert_int_equal(reg(0x060), 0);
    server.ring->bytes = 4096;
    server.ring->epoch++; /* another disk */
    blk_server_bell();
    assert_int_equal(reg(0x060), 2);
    assert_int_not_equal(world.page[0]->inject & INJECT_EXTERNAL, 0);
    assert_int_equal(world_load(PLIC_GPA + 0x201004, 4), 2);
    assert_int_equal(reg(0x100), 8);
    assert_int_equal(reg(0x0fc), 2);
    set(0x064, 1); /* not that one */
    assert_int_equal(reg(0x060), 2);
    set(0x064, 2);
    assert_int_equal(reg(0x060), 0);
    world_store(PLIC_GPA + 0x201004, 4, 2);
    assert_int_equal(world.monitor.devices.plic.lines, 0);
    assert_int_equal(world.monitor.virtio.device[1].lock.taken, 0);
    assert_int_equal(world.monitor.device_lock.taken, 0);
}

/* Whatever a driver does at whatever time: the device can always be reset and used. */
static void a_reset_helps_always(void **state)
{
    (void)state;
    blk_server_start(&server, 0);
    for (uint32_t offset = 0; offset < 0x100; offset += 4) {
        assert_int_equal(driver_begin(&d, 0, DRIVER_VERSION, 1, 16), 15);
        for (uint32_t value = 1; value != 0; value <<= 1)
            set(offset, value);
        assert_int_equal(driver_begin(&d, 0, DRIVER_VERSION, 1, 16), 15);
        assert_int_equal(reg(0x060), 0);
    }
}

static void the_guest_waits_for_servers_but_not_for_ever(void **state)
{
    struct net_ring *net = world_ring(2);

    (void)state;
    blk_server_start(&server, 0);
    virtio_await(&world.monitor.hart[0]);
    assert_in_range(world.time, 19900 * WORLD_TICKS, 20100 * WORLD_TICKS);
    assert_string_equal(world_output(), "\x01guest 'web': waits for the server of virtio device 1\n\x02"
                                        "\x01guest 'web': virtio device 1 has no server yet; it starts without\n\x02");
    blk_server_start(&server, 1);
    net->state = DEVICE_BROKEN; /* that is an answer */
    world.time = 0;
    virtio_await(&world.monitor.hart[0]);
    assert_int_equal(world.time, 0);
    assert_string_equal(world_output(), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
static const struct CMUnitTest tests[] = {
    TEST(what_they_are),
    TEST(unknown_kinds_are_placeholders),
    TEST(others_are_not_there),
    TEST(features_are_offered_and_agreed_on),
    TEST(odd_accesses_read_zero_and_write_nothing),
    TEST(configuration_is_read_in_any_width),
    TEST(queues_are_checked),
    TEST(a_ready_queue_is_left_alone),
    TEST(queues_come_after_the_features),
    TEST(the_interrupt_reaches_the_hart),
    TEST(a_reset_helps_always),
    TEST(the_guest_waits_for_servers_but_not_for_ever),
};
SUITE_MAIN("monitor-virtio", tests)
