/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "life.h"
#include "console.h"
#include "exits.h"
#include "hart.h"
#include "image.h"
#include "suite.h"
#include "world.h"

#include <libfdt.h>

#define RAM GUEST_RAM_BASE

static struct hart *h;
static uint8_t kernel[0x60000]; /* more than one staging area */
static uint8_t initrd[0x50001];

static int begin(void **state)
{
    (void)state;
    world_make(2);
    h = &world.monitor.hart[0];
    for (size_t i = 0; i < sizeof kernel; i++)
        kernel[i] = (uint8_t)(i * 7 + i / 4096);
    for (size_t i = 0; i < sizeof initrd; i++)
        initrd[i] = (uint8_t)(i * 3 + 1);
    world.file[0] = kernel;
    world.file[1] = initrd;
    world.start.kernel.kind = BUNDLE_KERNEL_RAW;
    world.start.kernel.bytes = sizeof kernel;
    world.start.initrd.bytes = sizeof initrd;
    return 0;
}

static int end(void **state)
{
    (void)state;
    world_drop();
    return 0;
}

static uint64_t u64(const char *name)
{
    const void *fdt = world.memory + (world.monitor.hart[0].start_argument - RAM);

    return fdt64_ld(fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), name, NULL));
}

static void everything_is_loaded(void **state)
{
    uint64_t first;

    (void)state;
    assert_true(life_begin(h));
    assert_int_equal(world.ring->guest_state, GUEST_RUNNING);
    assert_string_equal(world.ring->name, "web");
    assert_int_equal(world.calls[MANAGER_RUNNING], 1);
    assert_memory_equal(world.memory + IMAGE_OFFSET, kernel, sizeof kernel);
    first = u64("linux,initrd-start");
    assert_int_equal(first % 4096, 0);
    assert_int_equal(u64("linux,initrd-end") - first, sizeof initrd);
    assert_memory_equal(world.memory + (first - RAM), initrd, sizeof initrd);
    assert_true(hart_unpark(h));
    assert_int_equal(world.page[0]->pc, RAM + IMAGE_OFFSET);
    assert_int_equal(world.page[0]->x[REG_A0 - 1], 0);
    assert_in_range(world.page[0]->x[REG_A0], u64("linux,initrd-end"), RAM + WORLD_MEMORY - 1);
    assert_int_equal(world.monitor.hart[1].state, HART_STOPPED);
    assert_int_equal(world.fence[0][0], VCPU_FENCE_I);
}

static const uint8_t *seed_of_tree(void)
{
    const void *fdt = world.memory + (world.monitor.hart[0].start_argument - RAM);

    return fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "rng-seed", NULL);
}

static void reboots_start_afresh(void **state)
{
    uint8_t seed[SEED_BYTES] = {0};

    (void)state;
    world.monitor.seed.there = true;
    for (int round = 0; round < 20; round++) {
        assert_true(life_begin(h));
        assert_true(hart_unpark(h));
        assert_int_equal(world.memory[0x1000], 0);
        assert_memory_equal(world.memory + IMAGE_OFFSET, kernel, sizeof kernel);
        assert_int_equal(world.monitor.devices.uart.scr, 0);
        assert_memory_not_equal(seed_of_tree(), seed, SEED_BYTES);
        memcpy(seed, seed_of_tree(), SEED_BYTES);
        assert_int_equal(world.page[0]->vsatp, 0);
        assert_int_equal(world.page[0]->inject & UINT32_MAX, 0);
        memset(world.memory, 0xee, WORLD_MEMORY);
        memset(world.page[0], 0xee, sizeof *world.page[0]);
        world.monitor.devices.uart.scr = 1;
        hart_start(h, 1, RAM, 0);
        assert_true(hart_unpark(&world.monitor.hart[1]));
        hart_halt(&world.monitor.hart[1], WISH_RESET);
        assert_true(exits_bits(h));
        hart_stop(h);
        assert_true(life_end(h));
        assert_true(world.monitor.hart[1].parked);
    }
    assert_int_equal(world.calls[MANAGER_OFF], 0);
}

static void the_end_is_told(void **state)
{
    (void)state;
    assert_true(life_begin(h));
    hart_halt(h, WISH_OFF);
    assert_false(life_end(h));
    assert_int_equal(world.ring->guest_state, GUEST_OFF);
    assert_int_equal(world.calls[MANAGER_OFF], 1);
    assert_int_equal(world.last_off, 0);
    assert_true(life_begin(h));
    hart_halt(h, WISH_CRASH);
    assert_false(life_end(h));
    assert_int_equal(world.ring->guest_state, GUEST_CRASHED);
    assert_int_equal(world.last_off, 1);
}

static void not_started(const char *word)
{
    assert_false(life_begin(h));
    assert_int_equal(world.ring->guest_state, GUEST_CRASHED);
    assert_int_equal(world.calls[MANAGER_OFF], 1);
    assert_int_equal(world.calls[MANAGER_RUNNING], 0);
    if (strstr(world_output(), word) == NULL)
        fail_msg("not told: %s", word);
    world.ring->out_tail = world.ring->out_head;
    world.calls[MANAGER_OFF] = 0;
}

static void loads_that_fail_give_one_message(void **state)
{
    (void)state;
    world.start.initrd.bytes = WORLD_MEMORY;
    not_started("memory-mib");
    world.start.initrd.bytes = UINT64_MAX;
    not_started("memory-mib");
    world.start.initrd.bytes = 0;
    world.start.kernel.bytes = WORLD_MEMORY;
    not_started("memory-mib");
    world.start.kernel.bytes = 0;
    not_started("empty");
    world.start.kernel.bytes = sizeof kernel;
    world.start.kernel.kind = BUNDLE_KERNEL_IMAGE;
    not_started("no RISC-V header");
    world.read_fails = true;
    not_started("manager cannot read");
}

static void output_is_not_lost(void **state)
{
    static uint8_t text[3 * RING_BYTES];

    (void)state;
    world.console_takes = true;
    console_guest(h, text, sizeof text);
    assert_int_equal(world.ring->out_head, sizeof text);
    assert_true(world.waits >= 2);
    assert_false(world.monitor.console_stuck);
}

static void a_dead_console_holds_nobody_up(void **state)
{
    static uint8_t text[RING_BYTES + 10];
    uint32_t waits;

    (void)state;
    console_guest(h, text, sizeof text);
    assert_true(world.monitor.console_stuck);
    waits = world.waits;
    assert_in_range(waits, 100, 1000);
    console_guest(h, text, 1);
    assert_int_equal(world.waits, waits);
    world.ring->out_tail = world.ring->out_head; /* it lives again */
    console_guest(h, (const uint8_t *)"back", 4);
    assert_string_equal(world_output(), "back");
    world.ring->out_tail = world.ring->out_head + 1; /* against the rules */
    console_guest(h, text, 1);
    assert_true(world.monitor.console_stuck);
}

static void the_console_is_told_once(void **state)
{
    (void)state;
    console_guest(h, (const uint8_t *)"a", 1);
    assert_int_equal(world.bells, 1);
    console_guest(h, (const uint8_t *)"b", 1);
    assert_int_equal(world.bells, 1); /* it comes for the rest by itself */
    world.ring->out_tail = 1;
    console_guest(h, (const uint8_t *)"c", 1);
    assert_int_equal(world.bells, 1);
    world.ring->out_tail = 3;
    console_guest(h, (const uint8_t *)"d", 1);
    assert_int_equal(world.bells, 2);
}

static void messages_are_framed(void **state)
{
    (void)state;
    console_say(h, "%s", "not\x02 this\x01");
    assert_string_equal(world_output(), "\x01guest 'web': not? this?\n\x02");
}

static void counters_wrap(void **state)
{
    (void)state;
    world.ring->out_head = world.ring->out_tail = UINT32_MAX - 2;
    world.ring->in_head = world.ring->in_tail = UINT32_MAX - 1;
    console_guest(h, (const uint8_t *)"hello", 5);
    assert_string_equal(world_output(), "hello");
    world_input("abc");
    assert_int_equal(console_input(&world.monitor), 'a');
    assert_int_equal(console_input(&world.monitor), 'b');
    assert_int_equal(console_input(&world.monitor), 'c');
    assert_int_equal(console_input(&world.monitor), -1);
    world.ring->in_head += RING_BYTES + 1; /* against the rules: dropped */
    assert_int_equal(console_input(&world.monitor), -1);
    assert_int_equal(world.ring->in_tail, world.ring->in_head);
}

/* Who is paused stays in the wait, keeps what came meanwhile, and the first tells the others of both. */
static void a_pause_holds_all(void **state)
{
    (void)state;
    exits_bits(h);
    assert_int_equal(world.waits, 0);
    world.ring->paused = 1;
    world.pause = 3;
    world.bits = MONITOR_BIT_INPUT;
    world_input("x");
    assert_false(exits_bits(h));
    assert_int_equal(world.waits, 3);
    assert_int_equal(world.woken, 1u << 1);
    assert_int_equal(world.ring->in_tail, world.ring->in_head); /* the input was taken, afterwards */
    world.woken = 0;
    world.ring->paused = 1;
    world.pause = world.waits + 1;
    assert_false(exits_bits(&world.monitor.hart[1]));
    assert_int_equal(world.woken, 0); /* it is told, and tells nobody */
    world.ring->paused = 1;
    world.pause = 0;
    world.monitor.halt = 1; /* who ends is not held */
    assert_true(exits_bits(h));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
static const struct CMUnitTest tests[] = {
    TEST(everything_is_loaded),
    TEST(reboots_start_afresh),
    TEST(the_end_is_told),
    TEST(loads_that_fail_give_one_message),
    TEST(output_is_not_lost),
    TEST(a_dead_console_holds_nobody_up),
    TEST(the_console_is_told_once),
    TEST(messages_are_framed),
    TEST(counters_wrap),
    TEST(a_pause_holds_all),
};
SUITE_MAIN("monitor-life", tests)
