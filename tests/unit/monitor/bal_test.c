/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* virtio-balloon: whole chunks go and come, what the guest keeps stays as it is, and what breaks the rules harms nobody. */
#include "driver.h"
#include "exits.h"
#include "fault.h"
#include "frames.h"
#include "life.h"
#include "suite.h"

#define INFLATE 0u
#define DEFLATE 1u
#define BUFFER  UINT64_C(0x80180000)
#define PFN     (GUEST_RAM_BASE >> 12)
#define PAGES   ((uint32_t)(WORLD_MEMORY / 4096))
#define MUST_TELL UINT64_C(1)
#define STATUS  0x070u
#define FAULTY  (15u | 64u)

static struct driver d;

static int begin(void **state)
{
    static const uint32_t kinds[] = {DEVICE_BALLOON, DEVICE_ENTROPY};

    (void)state;
    world_make(2);
    frames_make();
    world_devices(kinds, 2);
    world.console_takes = true;
    assert_int_equal(driver_begin(&d, 0, DRIVER_VERSION | MUST_TELL, 2, 8), 15);
    return 0;
}

static int end(void **state)
{
    (void)state;
    frames_drop();
    world_drop();
    return 0;
}

static uint64_t gpa(uint32_t page)
{
    return GUEST_RAM_BASE + (uint64_t)page * 4096;
}

/* Names pages by their numbers from the guest's first on. */
static void name(uint32_t queue, const uint32_t *page, uint32_t count)
{
    const struct driver_piece piece = {BUFFER, count * 4, false};

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t pfn = (uint32_t)PFN + page[i];

        memcpy(driver_memory(BUFFER + i * 4u), &pfn, sizeof pfn);
    }
    assert_true(driver_add(&d, queue, &piece, 1) >= 0);
    (void)driver_kick(&d, queue);
}

static bool done(uint32_t queue)
{
    uint32_t id;
    uint32_t bytes;
    const bool used = driver_used(&d, queue, &id, &bytes);

    assert_true(!used || bytes == 0);
    return used;
}

/* count pages from `first` on, each `step` from the one before. */
static void name_row(uint32_t queue, uint32_t first, uint32_t step, uint32_t count)
{
    uint32_t page[512];

    for (uint32_t i = 0; i < count; i++)
        page[i] = first + i * step;
    name(queue, page, count);
}

static void mark_all(void)
{
    for (uint32_t page = 512; page < PAGES; page++)
        memcpy(driver_memory(gpa(page)), &page, sizeof page);
}

static uint32_t mark(uint32_t page)
{
    uint32_t value;

    memcpy(&value, driver_memory(gpa(page)), sizeof value);
    return value;
}

static void bell(void)
{
    assert_int_equal(exits_serve(&world.monitor.hart[0], EXIT_NOTIFIED, MONITOR_BIT_INPUT), SBI_RETURN);
}

static void whole_chunks_go_and_come(void **state)
{
    (void)state;
    mark_all();
    name_row(INFLATE, 513, 2, 255); /* every other page: what is between moves */
    assert_true(done(INFLATE));
    assert_int_equal(frames_free, FRAMES_MORE);
    assert_int_equal(world.ring->given_up, 255);
    assert_false(frames_reach(gpa(513)));
    name_row(INFLATE, 200, 1, 150);
    name_row(INFLATE, 400, 1, 107);
    assert_true(done(INFLATE) && done(INFLATE));
    assert_int_equal(frames_free, FRAMES_MORE + 1);
    assert_int_equal(world.monitor.pages.spare_count, 0);
    frames_check();
    for (uint32_t page = 512; page < PAGES; page += 2)
        assert_int_equal(mark(page), page);
    name_row(DEFLATE, 513, 2, 255);
    assert_true(done(DEFLATE));
    assert_int_equal(frames_free, FRAMES_MORE);
    frames_check();
    for (uint32_t page = 512; page < PAGES; page++)
        assert_int_equal(mark(page), page % 2 == 0 || page == PAGES - 1 ? page : 0);
    name_row(DEFLATE, 200, 1, 150);
    name_row(DEFLATE, 400, 1, 107);
    assert_true(done(DEFLATE) && done(DEFLATE));
    assert_int_equal(world.ring->given_up, 0);
    assert_int_equal(world.monitor.pages.spare_count, 0);
    frames_check();
}

static void waits_for_memory(void **state)
{
    (void)state;
    name_row(INFLATE, 512, 1, 512);
    assert_true(done(INFLATE));
    assert_int_equal(frames_free, FRAMES_MORE + 1);
    frames_refuse_chunk = true;
    name_row(DEFLATE, 600, 1, 3);
    assert_false(done(DEFLATE));
    assert_int_equal(world.ring->alarm, world.time + world.start.timebase);
    world.time = world.ring->alarm;
    bell();
    assert_false(done(DEFLATE));
    frames_refuse_chunk = false;
    world.time = world.ring->alarm;
    bell();
    assert_true(done(DEFLATE));
    assert_int_equal(world.ring->alarm, 0);
    assert_true(frames_reach(gpa(602)));
    assert_int_equal(driver_read(&d, STATUS), 15);
    frames_check();
}

/* A manager that takes no chunk now: frames wait, and beyond what fits the guest waits, too. */
static void waits_for_a_tray(void **state)
{
    (void)state;
    frames_refuse_tray = true;
    name_row(INFLATE, 512, 1, 512);
    assert_true(done(INFLATE));
    assert_int_equal(world.monitor.pages.spare_count, 512);
    assert_int_not_equal(world.ring->alarm, 0);
    frames_check();
    frames_refuse_tray = false;
    bell();
    assert_int_equal(frames_free, FRAMES_MORE + 1);
    assert_int_equal(world.ring->alarm, 0);
    frames_check();
}

static void fails(uint32_t queue, const uint32_t *page, uint32_t count)
{
    name(queue, page, count);
    assert_int_equal(driver_read(&d, STATUS), FAULTY);
    frames_check();
    assert_int_equal(driver_begin(&d, 0, DRIVER_VERSION | MUST_TELL, 2, 8), 15);
    assert_int_equal(world.ring->given_up, 0); /* a reset brings all back */
    frames_check();
}

static void broken_rules_harm_nobody(void **state)
{
    const uint32_t queue_page = (uint32_t)(d.queue[INFLATE].device - GUEST_RAM_BASE) / 4096;
    const uint32_t twice[] = {700, 701, 700};
    const uint32_t outside[] = {700, PAGES};
    const uint32_t below[] = {UINT32_MAX};
    struct driver_piece odd = {BUFFER, 6, false};
    struct driver_piece many = {BUFFER, 4100, false};

    (void)state;
    fails(INFLATE, twice, 3);
    fails(INFLATE, outside, 2);
    fails(INFLATE, below, 1);
    fails(INFLATE, &queue_page, 1);
    fails(DEFLATE, twice, 1); /* it was never out */
    assert_true(driver_add(&d, INFLATE, &odd, 1) >= 0);
    (void)driver_kick(&d, INFLATE);
    assert_int_equal(driver_read(&d, STATUS), FAULTY);
    assert_int_equal(driver_begin(&d, 0, DRIVER_VERSION | MUST_TELL, 2, 8), 15);
    assert_true(driver_add(&d, INFLATE, &many, 1) >= 0);
    (void)driver_kick(&d, INFLATE);
    assert_int_equal(driver_read(&d, STATUS), FAULTY);
    frames_check();
}

/* The page that the list of pages stands in is a page like others. */
static void the_list_itself_goes(void **state)
{
    const uint32_t page[] = {(BUFFER - GUEST_RAM_BASE) / 4096, 900};

    (void)state;
    name(INFLATE, page, 2);
    assert_true(done(INFLATE));
    assert_false(frames_reach(BUFFER));
    assert_null(memory_at(&world.monitor.memory, BUFFER + 8, 1));
    assert_null(memory_at(&world.monitor.memory, BUFFER - 8, 9));
    assert_non_null(memory_at(&world.monitor.memory, BUFFER - 8, 8));
    frames_check();
}

static void other_devices_see_no_page_that_is_out(void **state)
{
    static struct driver other;
    const uint32_t page = 800;
    const struct driver_piece piece = {gpa(page), 64, true};
    uint32_t id;
    uint32_t bytes;

    (void)state;
    name(INFLATE, &page, 1);
    assert_true(done(INFLATE));
    ((struct entropy_ring *)world_ring(1))->state = DEVICE_READY;
    ((struct entropy_ring *)world_ring(1))->head = 64;
    assert_int_equal(driver_begin(&other, 1, DRIVER_VERSION, 1, 4), 15); /* its queue takes the place of the balloon's */
    assert_true(driver_add(&other, 0, &piece, 1) >= 0);
    (void)driver_kick(&other, 0);
    assert_false(driver_used(&other, 0, &id, &bytes));
    assert_int_equal(driver_read(&other, STATUS), FAULTY);
    assert_int_equal(driver_read(&d, STATUS), 15);
}

static const char *touch(uint32_t page)
{
    struct vcpu_page *vcpu = world.page[0];

    vcpu->scause = CAUSE_STORE_GUEST_PAGE;
    vcpu->htval = gpa(page) >> 2;
    vcpu->stval = gpa(page);
    vcpu->htinst = 0xa02023u;
    return fault_serve(&world.monitor.hart[0]);
}

static void a_touch_is_the_end(void **state)
{
    const uint32_t page = 700;

    (void)state;
    name(INFLATE, &page, 1);
    assert_non_null(strstr(touch(700), "balloon"));
    assert_null(touch(701)); /* it was on its way from one frame to another: again */
}

static void the_operator_is_heard(void **state)
{
    (void)state;
    assert_int_equal(world.ring->balloon_most, WORLD_MEMORY >> 20);
    assert_int_equal(driver_read(&d, 0x100), 0);
    world.ring->balloon = 2;
    bell();
    assert_int_equal(driver_read(&d, 0x100), 512);
    assert_int_equal(driver_read(&d, 0x060), 2);
    driver_write(&d, 0x104, 77);
    assert_int_equal(driver_read(&d, 0x104), 77);
    driver_write(&d, 0x100, 77);
    assert_int_equal(driver_read(&d, 0x100), 512);
    world.ring->balloon = UINT32_MAX;
    bell();
    assert_int_equal(driver_read(&d, 0x100), PAGES);
}

static void a_driver_must_ask(void **state)
{
    (void)state;
    assert_int_equal(driver_begin(&d, 0, DRIVER_VERSION, 2, 8) & 12, 0); /* neither FEATURES_OK nor DRIVER_OK */
}

/* All memory is back before the next kernel is loaded, or waited for. */
static void a_reboot_has_it_all(void **state)
{
    (void)state;
    name_row(INFLATE, 512, 1, 512);
    assert_true(done(INFLATE));
    world.start.kernel.bytes = 0;
    assert_false(life_begin(&world.monitor.hart[0])); /* there is no kernel */
    assert_int_equal(world.ring->given_up, 0);
    frames_check();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
static const struct CMUnitTest tests[] = {
    TEST(whole_chunks_go_and_come),
    TEST(waits_for_memory),
    TEST(waits_for_a_tray),
    TEST(broken_rules_harm_nobody),
    TEST(the_list_itself_goes),
    TEST(other_devices_see_no_page_that_is_out),
    TEST(a_touch_is_the_end),
    TEST(the_operator_is_heard),
    TEST(a_driver_must_ask),
    TEST(a_reboot_has_it_all),
};
SUITE_MAIN("monitor-balloon", tests)
