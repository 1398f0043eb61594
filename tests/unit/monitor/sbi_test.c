/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "hart.h"
#include "sbi.h"
#include "suite.h"
#include "world.h"

#define RAM GUEST_RAM_BASE

static struct hart *h;

static int begin(void **state)
{
    (void)state;
    world_make(4);
    h = &world.monitor.hart[0];
    return 0;
}

static int end(void **state)
{
    (void)state;
    world_drop();
    return 0;
}

static enum sbi_after call(uint64_t extension, uint64_t function, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
                           uint64_t a4)
{
    world_call(extension, function, a0, a1, a2, a3, a4);
    return sbi_call(h);
}

static void expect(int64_t error, uint64_t value)
{
    assert_int_equal((int64_t)world.page[0]->x[REG_A0 - 1], error);
    assert_int_equal(world.page[0]->x[REG_A0], value);
}

/* The fast answers and the full ones are the same. */
static void base(void **state)
{
    (void)state;
    for (uint64_t function = 0; function < 8; function++) {
        uint64_t error;
        uint64_t value;
        bool timer = false;

        assert_int_equal(call(SBI_BASE, function, 0, 0, 0, 0, 0), SBI_RETURN);
        error = world.page[0]->x[REG_A0 - 1];
        value = world.page[0]->x[REG_A0];
        world_call(SBI_BASE, function, 0, 0, 0, 0, 0);
        if (sbi_fast(world.page[0], &timer)) {
            assert_int_equal(world.page[0]->x[REG_A0 - 1], error);
            assert_int_equal(world.page[0]->x[REG_A0], value);
            assert_false(timer);
        } else {
            assert_true(function == 3 || function == 7);
        }
    }
    (void)call(SBI_BASE, 0, 0, 0, 0, 0, 0);
    expect(0, 0x02000000);
    (void)call(SBI_BASE, 7, 0, 0, 0, 0, 0);
    expect(SBI_ERR_NOT_SUPPORTED, 0);
    (void)call(SBI_BASE, UINT64_MAX, 0, 0, 0, 0, 0);
    expect(SBI_ERR_NOT_SUPPORTED, 0);
}

static void probe(void **state)
{
    static const uint64_t known[] = {SBI_BASE, SBI_TIME, SBI_IPI, SBI_RFENCE, SBI_HSM, SBI_SRST, SBI_DBCN, 1, 2};

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        (void)call(SBI_BASE, SBI_BASE_PROBE, known[i], 0, 0, 0, 0);
        expect(0, 1);
    }
    (void)call(SBI_BASE, SBI_BASE_PROBE, 0x504d55, 0, 0, 0, 0); /* PMU */
    expect(0, 0);
    (void)call(SBI_BASE, SBI_BASE_PROBE, UINT64_MAX, 0, 0, 0, 0);
    expect(0, 0);
    (void)call(0x504d55, 0, 1, 2, 3, 4, 5);
    expect(SBI_ERR_NOT_SUPPORTED, 0);
}

static void timer(void **state)
{
    bool is_timer = false;

    (void)state;
    assert_int_equal(call(SBI_TIME, 0, 1234, 0, 0, 0, 0), SBI_TIMER);
    expect(0, 0);
    assert_int_equal(world.page[0]->deadline, 1234);
    assert_int_equal(call(SBI_TIME, 1, 99, 0, 0, 0, 0), SBI_RETURN);
    expect(SBI_ERR_NOT_SUPPORTED, 0);
    world_call(SBI_TIME, 0, 77, 5, 0, 0, 0);
    assert_true(sbi_fast(world.page[0], &is_timer));
    assert_true(is_timer);
    expect(0, 0);
    assert_int_equal(world.page[0]->deadline, 77);
}

static void start(uint32_t hart)
{
    world.monitor.hart[hart].state = HART_STARTED;
}

static void ipi_reaches_the_mask(void **state)
{
    (void)state;
    start(1);
    start(3);
    (void)call(SBI_IPI, 0, 0x5, 1, 0, 0, 0); /* harts 1 and 3 */
    expect(0, 0);
    assert_int_equal(world.page[1]->inject, INJECT_SOFTWARE);
    assert_int_equal(world.page[3]->inject, INJECT_SOFTWARE);
    assert_int_equal(world.page[0]->inject, 0);
    assert_int_equal(world.kicked, 1u << 1 | 1u << 3);
    (void)call(SBI_IPI, 0, 1, 0, 0, 0, 0); /* itself: no kick */
    assert_int_equal(world.page[0]->inject, INJECT_SOFTWARE);
    assert_int_equal(world.kicked, 1u << 1 | 1u << 3);
}

static void ipi_masks_are_checked(void **state)
{
    (void)state;
    (void)call(SBI_IPI, 0, 1, 4, 0, 0, 0);
    expect(SBI_ERR_INVALID_PARAM, 0);
    (void)call(SBI_IPI, 0, 0x10, 0, 0, 0, 0);
    expect(SBI_ERR_INVALID_PARAM, 0);
    (void)call(SBI_IPI, 0, 2, 3, 0, 0, 0);
    expect(SBI_ERR_INVALID_PARAM, 0);
    (void)call(SBI_IPI, 0, UINT64_MAX, UINT64_MAX - 1, 0, 0, 0);
    expect(SBI_ERR_INVALID_PARAM, 0);
    (void)call(SBI_IPI, 0, 0x8000000000000000u, 1, 0, 0, 0);
    expect(SBI_ERR_INVALID_PARAM, 0);
    assert_int_equal(world.kicked, 0);
    (void)call(SBI_IPI, 0, 0, UINT64_MAX, 0, 0, 0); /* all: only hart 0 is started */
    expect(0, 0);
    assert_int_equal(world.page[0]->inject, INJECT_SOFTWARE);
    assert_int_equal(world.page[1]->inject, 0);
}

static void ipi_wakes_a_suspended_hart(void **state)
{
    (void)state;
    world.monitor.hart[2].state = HART_SUSPENDED;
    (void)call(SBI_IPI, 0, 4, 0, 0, 0, 0);
    assert_int_equal(world.woken, 1u << 2);
    assert_int_equal(world.page[2]->inject, INJECT_SOFTWARE);
}

static void fence_is(uint64_t what, uint64_t va, uint64_t bytes, uint64_t asid)
{
    const uint64_t *fence = world.fence[(world.fences - 1) % WORLD_FENCES];

    expect(0, 0);
    assert_int_equal(fence[0], what);
    assert_int_equal(fence[1], va);
    assert_int_equal(fence[2], bytes);
    assert_int_equal(fence[3], asid);
}

static void rfence(void **state)
{
    (void)state;
    (void)call(SBI_RFENCE, 0, 0, UINT64_MAX, 0, 0, 0);
    fence_is(VCPU_FENCE_I, 0, 0, UINT64_MAX);
    (void)call(SBI_RFENCE, 1, 3, 0, 0x1000, 0x2000, 0);
    fence_is(VCPU_FENCE_VMA, 0x1000, 0x2000, UINT64_MAX);
    (void)call(SBI_RFENCE, 2, 3, 0, 0x1000, 0x2000, 7);
    fence_is(VCPU_FENCE_VMA, 0x1000, 0x2000, 7);
    (void)call(SBI_RFENCE, 1, 3, 0, 0x1000, UINT64_MAX, 0);
    fence_is(VCPU_FENCE_VMA, 0, UINT64_MAX, UINT64_MAX);
    (void)call(SBI_RFENCE, 1, 3, 0, 0x1000, 0, 0);
    fence_is(VCPU_FENCE_VMA, 0, UINT64_MAX, UINT64_MAX);
    (void)call(SBI_RFENCE, 1, 3, 0, UINT64_MAX - 0xfff, 0x1000, 0); /* up to the very end */
    fence_is(VCPU_FENCE_VMA, UINT64_MAX - 0xfff, 0x1000, UINT64_MAX);
    (void)call(SBI_RFENCE, 1, 3, 0, 0x1ff8, 16, 0); /* of two pages, some bytes each */
    fence_is(VCPU_FENCE_VMA, 0x1000, 0x1008, UINT64_MAX);
    assert_int_equal(world.fences, 7);
    (void)call(SBI_RFENCE, 1, 1, 0, UINT64_MAX - 0xfff, 0x2000, 0);
    expect(SBI_ERR_INVALID_ADDRESS, 0);
    (void)call(SBI_RFENCE, 1, 0x10, 0, 0, 0, 0);
    expect(SBI_ERR_INVALID_PARAM, 0);
    (void)call(SBI_RFENCE, 3, 1, 0, 0, 0, 0);
    expect(SBI_ERR_NOT_SUPPORTED, 0);
    assert_int_equal(world.fences, 7);
}

/* For the calling hart alone, the next entry brings the fence. */
static void rfence_of_the_own_hart(void **state)
{
    (void)state;
    assert_int_equal(call(SBI_RFENCE, 0, 1, 0, 0, 0, 0), SBI_FENCE);
    expect(0, 0);
    assert_int_equal(call(SBI_RFENCE, 2, 1, 0, 0x1000, 0x2000, 7), SBI_FENCE);
    expect(0, 0);
    assert_int_equal(world.fences, 0);
    assert_int_equal(call(SBI_RFENCE, 0, 2, 0, 0, 0, 0), SBI_RETURN); /* another one's alone */
    assert_int_equal(world.fences, 1);
}

static void hart_life(void **state)
{
    struct hart *other = &world.monitor.hart[1];

    (void)state;
    (void)call(SBI_HSM, 2, 1, 0, 0, 0, 0);
    expect(0, HART_STOPPED);
    (void)call(SBI_HSM, 0, 1, RAM + 0x1000, 0x1234, 0, 0);
    expect(0, 0);
    assert_int_equal(world.woken, 1u << 1);
    (void)call(SBI_HSM, 2, 1, 0, 0, 0, 0);
    expect(0, HART_START_PENDING);
    (void)call(SBI_HSM, 0, 1, RAM, 0, 0, 0);
    expect(SBI_ERR_ALREADY_AVAILABLE, 0);
    assert_true(hart_unpark(other));
    assert_int_equal(other->page->pc, RAM + 0x1000);
    assert_int_equal(other->page->x[REG_A0 - 1], 1);
    assert_int_equal(other->page->x[REG_A0], 0x1234);
    assert_int_equal(other->page->vsatp, 0);
    assert_int_equal(other->page->supervisor, 1);
    (void)call(SBI_HSM, 2, 1, 0, 0, 0, 0);
    expect(0, HART_STARTED);
    assert_false(hart_unpark(other));
    assert_int_equal(call(SBI_HSM, 1, 0, 0, 0, 0, 0), SBI_PARK);
    hart_stop(other);
    assert_true(other->parked);
}

static void hart_start_is_checked(void **state)
{
    (void)state;
    (void)call(SBI_HSM, 0, 4, RAM, 0, 0, 0);
    expect(SBI_ERR_INVALID_PARAM, 0);
    (void)call(SBI_HSM, 0, UINT64_MAX, RAM, 0, 0, 0);
    expect(SBI_ERR_INVALID_PARAM, 0);
    (void)call(SBI_HSM, 0, 1, RAM - 2, 0, 0, 0);
    expect(SBI_ERR_INVALID_ADDRESS, 0);
    (void)call(SBI_HSM, 0, 1, RAM + WORLD_MEMORY, 0, 0, 0);
    expect(SBI_ERR_INVALID_ADDRESS, 0);
    (void)call(SBI_HSM, 0, 1, RAM + 1, 0, 0, 0);
    expect(SBI_ERR_INVALID_ADDRESS, 0);
    (void)call(SBI_HSM, 0, 1, UINT64_MAX - 1, 0, 0, 0);
    expect(SBI_ERR_INVALID_ADDRESS, 0);
    (void)call(SBI_HSM, 2, 4, 0, 0, 0, 0);
    expect(SBI_ERR_INVALID_PARAM, 0);
    (void)call(SBI_HSM, 4, 0, 0, 0, 0, 0);
    expect(SBI_ERR_NOT_SUPPORTED, 0);
    assert_int_equal(world.woken, 0);
}

static void suspend(void **state)
{
    (void)state;
    world.page[0]->vstimecmp = 500;
    (void)call(SBI_HSM, 3, 0, 0, 0, 0, 0);
    expect(0, 0);
    assert_int_equal(world.waits, 1);
    assert_int_equal(world.time, 500); /* the guest's timer ended it */
    assert_int_equal(h->state, HART_STARTED);
    world.page[0]->inject = INJECT_SOFTWARE;
    (void)call(SBI_HSM, 3, 0, 0, 0, 0, 0);
    assert_int_equal(world.waits, 1); /* an interrupt is there: no sleep */
    (void)call(SBI_HSM, 3, 0x80000000, RAM, 0, 0, 0);
    expect(SBI_ERR_NOT_SUPPORTED, 0);
    (void)call(SBI_HSM, 3, 1, RAM, 0, 0, 0);
    expect(SBI_ERR_INVALID_PARAM, 0);
}

/* In shadow mode the guest's timer is vstimecmp, on harts without Sstc too. */
static void suspend_in_shadow_mode(void **state)
{
    (void)state;
    world.start.mode = BUNDLE_SHADOW;
    world.start.features = BOOT_HAS_SV48;
    world.page[0]->vstimecmp = 500;
    world.page[0]->deadline = 100;
    (void)call(SBI_HSM, 3, 0, 0, 0, 0, 0);
    assert_int_equal(world.time, 500);
}

static void system_reset(void **state)
{
    (void)state;
    assert_int_equal(call(SBI_SRST, 0, 3, 0, 0, 0, 0), SBI_RETURN);
    expect(SBI_ERR_INVALID_PARAM, 0);
    assert_int_equal(call(SBI_SRST, 0, 0, 2, 0, 0, 0), SBI_RETURN);
    expect(SBI_ERR_INVALID_PARAM, 0);
    assert_int_equal(world.monitor.halt, 0);
    assert_int_equal(call(SBI_SRST, 0, 1, 0, 0, 0, 0), SBI_PARK);
    assert_int_equal(world.monitor.wish, WISH_RESET);
    assert_int_equal(call(SBI_SRST, 0, 0, 0, 0, 0, 0), SBI_PARK);
    assert_int_equal(world.monitor.wish, WISH_RESET); /* the first wish counts */
    assert_int_equal(world.monitor.halt, 1);
}

static void console_write(void **state)
{
    (void)state;
    memcpy(world.memory + 0x100, "hello\x01\x02", 7);
    (void)call(SBI_DBCN, 0, 7, RAM + 0x100, 0, 0, 0);
    expect(0, 7);
    assert_string_equal(world_output(), "hello??"); /* it cannot speak as the monitor */
    (void)call(SBI_DBCN, 2, '!', 0, 0, 0, 0);
    expect(0, 0);
    assert_string_equal(world_output(), "!");
    (void)call(SBI_LEGACY_PUTCHAR, 0, '.', 0x55, 0, 0, 0);
    expect(0, 0x55);
    assert_string_equal(world_output(), ".");
}

static void console_pointers_are_checked(void **state)
{
    static const uint64_t bad[][3] = {
        {1, RAM - 1, 0}, {1, RAM + WORLD_MEMORY, 0}, {2, RAM + WORLD_MEMORY - 1, 0}, {UINT64_MAX, RAM, 0},
        {1, RAM, 1},     {1, UINT64_MAX, 0},         {UINT64_MAX, UINT64_MAX, 0},    {WORLD_MEMORY + 1, RAM, 0},
        {1, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        (void)call(SBI_DBCN, 0, bad[i][0], bad[i][1], bad[i][2], 0, 0);
        expect(SBI_ERR_INVALID_PARAM, 0);
        (void)call(SBI_DBCN, 1, bad[i][0], bad[i][1], bad[i][2], 0, 0);
        expect(SBI_ERR_INVALID_PARAM, 0);
    }
    assert_string_equal(world_output(), "");
    (void)call(SBI_DBCN, 0, 0, RAM + WORLD_MEMORY, 0, 0, 0);
    expect(0, 0);
}

static void console_read(void **state)
{
    (void)state;
    world_input("abc");
    (void)call(SBI_DBCN, 1, 2, RAM, 0, 0, 0);
    expect(0, 2);
    assert_memory_equal(world.memory, "ab", 3);
    (void)call(SBI_LEGACY_GETCHAR, 0, 0, 0, 0, 0, 0);
    assert_int_equal(world.page[0]->x[REG_A0 - 1], 'c');
    (void)call(SBI_LEGACY_GETCHAR, 0, 0, 0, 0, 0, 0);
    assert_int_equal((int64_t)world.page[0]->x[REG_A0 - 1], -1);
    (void)call(SBI_DBCN, 1, 2, RAM, 0, 0, 0);
    expect(0, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
static const struct CMUnitTest tests[] = {
    TEST(base),
    TEST(probe),
    TEST(timer),
    TEST(ipi_reaches_the_mask),
    TEST(ipi_masks_are_checked),
    TEST(ipi_wakes_a_suspended_hart),
    TEST(rfence),
    TEST(rfence_of_the_own_hart),
    TEST(hart_life),
    TEST(hart_start_is_checked),
    TEST(suspend),
    TEST(suspend_in_shadow_mode),
    TEST(system_reset),
    TEST(console_write),
    TEST(console_pointers_are_checked),
    TEST(console_read),
};
SUITE_MAIN("monitor-sbi", tests)
