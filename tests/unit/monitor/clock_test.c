/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The wall clock, the RTC's registers and alarm, the power switch. */
#include "exits.h"
#include "fault.h"
#include "hart.h"
#include "suite.h"
#include "world.h"

#define RAM      GUEST_RAM_BASE
#define LOAD     0x2503u   /* lw a0 */
#define STORE    0xa02023u /* sw a0 */
#define MILLION  UINT64_C(1000000)
#define MORNING  UINT64_C(1790000000123456789) /* in 2026 */
#define TICK_NS  (MILLION / WORLD_TICKS)

static struct hart *h;
static struct vcpu_page *page;

static int begin(void **state)
{
    (void)state;
    world_make(2);
    h = &world.monitor.hart[0];
    page = world.page[0];
    page->supervisor = 1;
    world.time = 5000;
    world.monitor.devices.clock = (struct clock){WORLD_TICKS * 1000u, MORNING, 5000};
    plic_write(&world.monitor.devices.plic, 4 * RTC_IRQ, 1);
    plic_write(&world.monitor.devices.plic, 0x2080, 1u << RTC_IRQ);
    return 0;
}

static int end(void **state)
{
    (void)state;
    world_drop();
    return 0;
}

static const char *access(uint64_t gpa, uint64_t htinst)
{
    page->pc = RAM;
    page->scause = htinst == STORE || htinst == 0xa01023 ? CAUSE_STORE_GUEST_PAGE : CAUSE_LOAD_GUEST_PAGE;
    page->htval = gpa >> 2;
    page->stval = gpa;
    page->htinst = htinst;
    return fault_serve(h);
}

static uint32_t get(uint64_t offset)
{
    assert_null(access(RTC_GPA + offset, LOAD));
    assert_int_equal(page->pc, RAM + 4);
    return (uint32_t)page->x[9];
}

static void put(uint64_t offset, uint64_t value)
{
    page->x[9] = value;
    assert_null(access(RTC_GPA + offset, STORE));
}

/* As Linux does: the low half first, which keeps the high one. */
static uint64_t guest_time(void)
{
    uint64_t low = get(RTC_TIME_LOW);

    return (uint64_t)get(RTC_TIME_HIGH) << 32 | low;
}

static void set_alarm(uint64_t at)
{
    put(RTC_ALARM_HIGH, at >> 32);
    put(RTC_ALARM_LOW, at);
    put(RTC_IRQ_ENABLED, 1);
}

static bool has_interrupt(void)
{
    return (world.monitor.devices.plic.lines & 1u) != 0;
}

static void ticks_are_nanoseconds(void **state)
{
    const struct clock c = {10000000, MORNING, 7};

    (void)state;
    assert_int_equal(clock_ns(&c, 7), MORNING);
    assert_int_equal(clock_ns(&c, 8), MORNING + 100);
    assert_int_equal(clock_ns(&c, 7 + UINT64_C(10000000) * 86400 * 3650 + 5), MORNING + UINT64_C(86400) * 3650 * 1000000000 + 500);
    assert_int_equal(clock_ticks(&c, 0), 0);
    assert_int_equal(clock_ticks(&c, 1), 1);
    assert_int_equal(clock_ticks(&c, 100), 1);
    assert_int_equal(clock_ticks(&c, 101), 2);
    assert_int_equal(clock_ticks(&c, 3600 * UINT64_C(1000000000)), UINT64_C(36000000000));
    assert_int_equal(clock_ticks(&c, UINT64_MAX), UINT64_C(184467440737095517));
    assert_int_equal(clock_ticks(&(struct clock){UINT64_C(1) << 33, 0, 0}, UINT64_MAX - 1), CLOCK_NEVER);
}

static void time_goes_on(void **state)
{
    (void)state;
    assert_int_equal(guest_time(), MORNING);
    world.time += 3;
    assert_int_equal(guest_time(), MORNING + 3 * TICK_NS);
    world.time += UINT64_C(10000000);
    assert_int_equal(get(RTC_TIME_HIGH), MORNING >> 32); /* as it was when the low half was read */
    assert_int_equal(guest_time(), MORNING + 10 * UINT64_C(1000000000) + 3 * TICK_NS);
}

static void time_is_set_and_outlives_a_reset(void **state)
{
    const uint64_t set = UINT64_C(1000000000) * 86400;

    (void)state;
    put(RTC_TIME_HIGH, set >> 32);
    put(RTC_TIME_LOW, (uint32_t)set);
    assert_int_equal(guest_time(), set);
    world.time += WORLD_TICKS;
    devices_reset(&world.monitor.devices, 2);
    assert_int_equal(guest_time(), set + MILLION);
}

static void alarm_rings_once(void **state)
{
    (void)state;
    set_alarm(MORNING + 20 * MILLION);
    assert_int_equal(world.ring->alarm, 5000 + 20 * WORLD_TICKS);
    assert_int_equal(world.bells, 1);
    assert_int_equal(get(RTC_ALARM_STATUS), 1);
    assert_int_equal(get(RTC_ALARM_LOW), (uint32_t)(MORNING + 20 * MILLION));
    assert_int_equal(get(RTC_ALARM_HIGH), (MORNING + 20 * MILLION) >> 32);
    world.time = world.ring->alarm - 1; /* the console rings too early */
    assert_int_equal(exits_serve(h, EXIT_NOTIFIED, MONITOR_BIT_INPUT), SBI_RETURN);
    assert_false(has_interrupt());
    world.time++;
    assert_int_equal(exits_serve(h, EXIT_NOTIFIED, MONITOR_BIT_INPUT), SBI_RETURN);
    assert_true(has_interrupt());
    assert_true((world.page[0]->inject & INJECT_EXTERNAL) != 0);
    assert_int_equal(world.ring->alarm, 0);
    assert_int_equal(world.bells, 1);
    assert_int_equal(get(RTC_ALARM_STATUS), 0);
    assert_int_equal(plic_read(&world.monitor.devices.plic, 0x201004), RTC_IRQ);
    put(RTC_CLEAR_INTERRUPT, 1);
    plic_write(&world.monitor.devices.plic, 0x201004, RTC_IRQ);
    assert_false(has_interrupt());
}

static void alarm_of_the_past_rings_at_once(void **state)
{
    (void)state;
    set_alarm(MORNING - 1);
    assert_true(has_interrupt());
    assert_int_equal(world.ring->alarm, 0);
    assert_int_equal(world.bells, 0);
}

static void alarm_is_taken_back(void **state)
{
    (void)state;
    set_alarm(MORNING + MILLION);
    put(RTC_CLEAR_ALARM, 1);
    assert_int_equal(world.ring->alarm, 0);
    world.time += 2 * WORLD_TICKS;
    assert_int_equal(get(RTC_ALARM_STATUS), 0);
    assert_false(has_interrupt());
    put(RTC_IRQ_ENABLED, 0);
    put(RTC_ALARM_LOW, 0); /* its high half is that of now: long ago, but the interrupt is off */
    assert_false(has_interrupt());
    put(RTC_IRQ_ENABLED, 1);
    assert_true(has_interrupt());
    devices_reset(&world.monitor.devices, 2);
    assert_false(world.monitor.devices.rtc.pending);
}

static void alarm_beyond_all_time_asks_for_nothing(void **state)
{
    (void)state;
    set_alarm(UINT64_MAX);
    assert_int_equal(get(RTC_ALARM_STATUS), 1);
    assert_int_equal(world.ring->alarm, 5000 + (UINT64_MAX - MORNING) / MILLION * WORLD_TICKS +
                                            ((UINT64_MAX - MORNING) % MILLION * WORLD_TICKS + MILLION - 1) / MILLION);
    put(RTC_TIME_HIGH, 0);
    assert_int_equal(get(RTC_ALARM_STATUS), 1);
}

static void registers_have_a_width(void **state)
{
    (void)state;
    assert_non_null(access(RTC_GPA, 0x4503)); /* a byte */
    assert_non_null(access(RTC_GPA + 2, LOAD));
    assert_non_null(access(RTC_GPA, 0x3503)); /* a doubleword */
    assert_int_equal(get(0x20), 0);
    put(0xffc, 1);
    assert_non_null(access(POWER_GPA, 0x4503));
    assert_non_null(access(POWER_GPA + 2, LOAD));
    assert_non_null(access(POWER_GPA - 4, LOAD));
    assert_non_null(access(RTC_GPA + SMALL_PAGE, LOAD));
    assert_int_equal(world.monitor.wish, WISH_NONE);
}

static enum guest_wish switches(uint64_t offset, uint64_t htinst, uint64_t value)
{
    enum guest_wish wish;

    page->x[9] = value;
    assert_null(access(POWER_GPA + offset, htinst));
    assert_int_equal(page->pc, RAM + 4);
    wish = (enum guest_wish)world.monitor.wish;
    assert_int_equal(world.monitor.halt, wish != WISH_NONE);
    assert_int_equal(h->bits != 0, wish != WISH_NONE); /* so that this thread looks */
    world.monitor.wish = WISH_NONE;
    world.monitor.halt = 0;
    h->bits = 0;
    return wish;
}

static void power_switch(void **state)
{
    (void)state;
    assert_int_equal(switches(0, STORE, 0x5555), WISH_OFF);
    assert_int_equal(switches(0, STORE, 0x7777), WISH_RESET);
    assert_int_equal(switches(0, 0xa01023, 0x17777), WISH_RESET); /* sh a0 */
    assert_int_equal(switches(0, STORE, 0x15555), WISH_OFF);
    assert_int_equal(switches(0, STORE, 0x5554), WISH_NONE);
    assert_int_equal(switches(4, STORE, 0x5555), WISH_NONE);
    assert_null(access(POWER_GPA, LOAD));
    assert_int_equal(page->x[9], 0);
    assert_string_equal(world_output(), "");
    assert_int_equal(switches(0, STORE, 0x73333), WISH_OFF);
    assert_non_null(strstr(world_output(), "guest 'web': reports failure 7 by its power switch"));
    assert_int_equal(switches(0, 0xa01023, 0x73333), WISH_OFF);
    assert_non_null(strstr(world_output(), "reports failure 0"));
}

static void power_switch_parks_the_hart(void **state)
{
    (void)state;
    page->x[9] = 0x5555;
    page->pc = RAM;
    page->scause = CAUSE_STORE_GUEST_PAGE;
    page->htval = POWER_GPA >> 2;
    page->stval = POWER_GPA;
    page->htinst = STORE;
    assert_int_equal(exits_serve(h, EXIT_FAULT, 0), SBI_PARK);
    assert_true((world.woken & 1u) == 0);
}

/* Served shortly or not, each exit counts once, by what it was for; each hart counts its own. */
static void exits_are_counted(void **state)
{
    static const struct {
        uint64_t gpa, htinst;
        enum exit_kind kind;
    } at[] = {{UART_GPA + 5, 0x4503, EXITS_UART}, {UART_GPA, 0x4503, EXITS_UART},  {PLIC_GPA + 0x201004, LOAD, EXITS_PLIC},
              {RTC_GPA, LOAD, EXITS_DEVICE},      {POWER_GPA, LOAD, EXITS_DEVICE}, {0x1000, LOAD, EXITS_DEVICE}};
    static const struct {
        uint64_t extension;
        enum exit_kind kind;
    } call[] = {{SBI_TIME, EXITS_TIMER}, {SBI_IPI, EXITS_IPI}, {SBI_RFENCE, EXITS_FENCE}, {SBI_HSM, EXITS_SBI}, {77, EXITS_SBI}};
    uint64_t expected[EXIT_KINDS] = {0};

    (void)state;
    world.console_takes = true;
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        page->pc = RAM;
        page->scause = CAUSE_LOAD_GUEST_PAGE;
        page->htval = at[i].gpa >> 2;
        page->stval = at[i].gpa;
        page->htinst = at[i].htinst;
        if (!fault_fast(h, &world.monitor, page))
            (void)exits_serve(h, EXIT_FAULT, 0);
        expected[at[i].kind]++;
        assert_memory_equal(world.ring->exits[0], expected, sizeof expected);
    }
    for (size_t i = 0; i < sizeof call / sizeof call[0]; i++) {
        world_call(call[i].extension, 1, 0, 0, 0, 0, 0);
        (void)exits_serve(h, EXIT_SBI, 0);
        expected[call[i].kind]++;
        assert_memory_equal(world.ring->exits[0], expected, sizeof expected);
    }
    (void)exits_serve(h, EXIT_NOTIFIED, MONITOR_BIT_INPUT);
    expected[EXITS_OTHER]++;
    assert_memory_equal(world.ring->exits[0], expected, sizeof expected);
    assert_int_equal(world.ring->exits[1][EXITS_OTHER], 0);
}

/* The block of RFC 8439, A.1, test vector 1 (key, counter and nonce zero), and the one whose key is its first half. */
static void seed_gives_bytes(void **state)
{
    static const uint8_t first[8] = {0xda, 0x41, 0x59, 0x7c, 0x51, 0x57, 0x48, 0x8d};
    static const uint8_t key[8] = {0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90};
    static const uint8_t second[8] = {0xaf, 0xbd, 0xad, 0x28, 0x45, 0xb9, 0x3c, 0xdb};
    struct seed seed = {.there = true};
    uint8_t bytes[SEED_BYTES] = {0};

    (void)state;
    assert_true(seed_take(&seed, bytes));
    assert_memory_equal(bytes, first, sizeof first);
    assert_memory_equal(seed.key, key, sizeof key);
    assert_true(seed_take(&seed, bytes));
    assert_memory_equal(bytes, second, sizeof second);
    seed.there = false;
    memset(bytes, 7, sizeof bytes);
    assert_false(seed_take(&seed, bytes));
    assert_int_equal(bytes[0], 7);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(ticks_are_nanoseconds, begin, end),
    cmocka_unit_test_setup_teardown(time_goes_on, begin, end),
    cmocka_unit_test_setup_teardown(time_is_set_and_outlives_a_reset, begin, end),
    cmocka_unit_test_setup_teardown(alarm_rings_once, begin, end),
    cmocka_unit_test_setup_teardown(alarm_of_the_past_rings_at_once, begin, end),
    cmocka_unit_test_setup_teardown(alarm_is_taken_back, begin, end),
    cmocka_unit_test_setup_teardown(alarm_beyond_all_time_asks_for_nothing, begin, end),
    cmocka_unit_test_setup_teardown(registers_have_a_width, begin, end),
    cmocka_unit_test_setup_teardown(power_switch, begin, end),
    cmocka_unit_test_setup_teardown(power_switch_parks_the_hart, begin, end),
    cmocka_unit_test_setup_teardown(exits_are_counted, begin, end),
    cmocka_unit_test(seed_gives_bytes),
};
SUITE_MAIN("monitor-clock", tests)
