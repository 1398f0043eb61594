/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Memory that a guest's monitor gives up and asks for: each frame has one owner and comes back, whatever the monitor says. */
#include "world.h"

#include "manager/balloon.h"

#define CHUNKS 2u
#define OWN    2u /* the guest */

static struct guest *const g = &guest[OWN];
static uint64_t frames; /* free ones, with the guest off */

static int fresh_balloon(void **state)
{
    const int status = fresh(state);

    if (!starts(g) || !ends(g)) /* tables that stay, and what it takes to start at all */
        return -1;
    g->sized.memory_bytes = CHUNKS * CHUNK_FRAMES * FRAME_BYTES;
    g->sized.devices |= BUNDLE_GUEST_BALLOON;
    frames = pool.free;
    return status;
}

static int64_t ask(uint64_t op, uint64_t *first)
{
    const struct sys_message m = {{op, *first, 0, 0}};
    const struct sys_message reply = call_serve(g->index + 1, &m);

    *first = reply.m[1];
    return (int64_t)reply.m[0];
}

/* As the monitor: frames of the chunk lie in the tray. */
static void put(uint64_t first, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        assert_int_equal(kernel_frame[first + i].owner, domain(g->monitor_cap));
        kernel_frame[first + i] = (struct kernel_frame){domain(g->tray_cap), 0, FRAME_DATA, {0, 0}};
    }
}

static void the_monitor_owns_what_the_guest_has(void **state)
{
    struct monitor_start start = {0};

    (void)state;
    assert_true(starts(g));
    for (uint64_t i = 0; i < g->ram[0].count; i++) {
        assert_int_equal(kernel_frame[g->ram[0].first + i].owner, domain(g->monitor_cap));
        assert_int_equal(kernel_frame[g->ram[0].first + i].borrower, domain(g->guest_cap));
    }
    for (uint64_t i = 0; i < CHUNKS; i++) {
        assert_int_equal(kernel_frame[g->guest_tables + i].owner, domain(g->guest_cap));
        assert_int_equal(kernel_frame[g->monitor_tables + i].owner, domain(g->monitor_cap));
    }
    balloon_tell(g, &start);
    assert_int_equal(start.balloon.run_count, g->ram_count);
    assert_int_equal(start.balloon.run[0].first, g->ram[0].first);
    assert_int_equal(kernel_cap(MANAGER_DOMAIN, g->guest_cap)->rights, CAP_STOP);
    assert_true((kernel_cap(MANAGER_DOMAIN, g->monitor_cap)->rights & CAP_MEMORY) != 0);
    assert_true(ends(g));
    assert_int_equal(pool.free, frames);
}

static void a_chunk_goes_and_another_comes(void **state)
{
    uint64_t free;
    uint64_t first;
    uint64_t none = 0;

    (void)state;
    assert_true(starts(g));
    free = pool.free;
    first = g->ram[0].first;
    assert_int_equal(ask(MANAGER_CHUNK, &none), SEPTUM_BAD_ARGUMENT); /* it has all that is described */
    assert_int_equal(ask(MANAGER_TRAY, &first), SEPTUM_OK);
    assert_int_equal(kernel_cap(domain(g->monitor_cap), MONITOR_CAP_TRAY)->object, domain(g->tray_cap));
    assert_int_equal(ask(MANAGER_TRAY, &first), SEPTUM_BAD_ARGUMENT); /* one at a time */
    put(first, CHUNK_FRAMES);
    assert_int_equal(ask(MANAGER_PARTED, &first), SEPTUM_OK);
    assert_int_equal(pool.free, free + CHUNK_FRAMES);
    assert_int_equal(balloon_frames(g), (CHUNKS - 1) * CHUNK_FRAMES);
    assert_int_equal(kernel_frame[first].owner, MANAGER_DOMAIN);
    assert_int_equal(ask(MANAGER_PARTED, &first), SEPTUM_BAD_ARGUMENT);
    assert_int_equal(ask(MANAGER_TRAY, &first), SEPTUM_BAD_ARGUMENT); /* it is not the guest's any more */
    assert_int_equal(ask(MANAGER_CHUNK, &first), SEPTUM_OK);
    assert_int_equal(kernel_frame[first + CHUNK_FRAMES - 1].owner, domain(g->monitor_cap));
    assert_int_equal(pool.free, free);
    assert_true(ends(g));
    assert_int_equal(pool.free, frames);
}

static void without_memory_it_waits(void **state)
{
    struct estate taken = {0};
    uint64_t first;
    uint64_t frame;

    (void)state;
    assert_true(starts(g));
    first = g->ram[0].first;
    assert_int_equal(ask(MANAGER_TRAY, &first), SEPTUM_OK);
    put(first, CHUNK_FRAMES);
    assert_int_equal(ask(MANAGER_PARTED, &first), SEPTUM_OK);
    while (pool_chunks(&pool) > 0)
        assert_true(estate_take(&taken, CHUNK_FRAMES, CHUNK_FRAMES, &frame));
    assert_int_equal(ask(MANAGER_CHUNK, &first), SEPTUM_FULL);
    assert_int_equal(g->phase, PHASE_LIVE);
    for (uint32_t i = 0; i < taken.count; i++)
        assert_true(pool_give(&pool, taken.run[i].first, taken.run[i].count));
    assert_int_equal(ask(MANAGER_CHUNK, &first), SEPTUM_OK);
    assert_true(ends(g));
    assert_int_equal(pool.free, frames);
}

static void who_cheats_is_ended(void **state)
{
    const uint64_t given[] = {0, 1, CHUNK_FRAMES - 1};

    (void)state;
    for (uint32_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        uint64_t first;

        assert_true(starts(g));
        first = g->ram[0].first;
        assert_int_equal(ask(MANAGER_TRAY, &first), SEPTUM_OK);
        put(first, given[i]);
        assert_int_equal(ask(MANAGER_PARTED, &first), SEPTUM_BAD_ARGUMENT);
        assert_int_equal(g->phase, PHASE_END);
        assert_non_null(strstr(said, "has not given up what it says"));
        assert_true(reaches(g, PHASE_OFF, true));
        assert_int_equal(pool.free, frames);
    }
}

static void it_may_end_at_any_time(void **state)
{
    uint64_t first;

    (void)state;
    assert_true(starts(g));
    first = g->ram[0].first;
    assert_int_equal(ask(MANAGER_TRAY, &first), SEPTUM_OK);
    put(first, 100);
    assert_true(ends(g));
    assert_int_equal(pool.free, frames);
    g->sized.devices &= ~BUNDLE_GUEST_BALLOON;
    assert_true(starts(g));
    first = g->ram[0].first;
    assert_int_equal(kernel_frame[first].owner, domain(g->guest_cap));
    for (uint64_t op = MANAGER_TRAY; op <= MANAGER_CHUNK; op++)
        assert_int_equal(ask(op, &first), SEPTUM_BAD_ARGUMENT);
    assert_true(ends(g));
    assert_int_equal(pool.free, frames);
}

const struct CMUnitTest balloon_tests[] = {
    cmocka_unit_test_setup(the_monitor_owns_what_the_guest_has, fresh_balloon),
    cmocka_unit_test_setup(a_chunk_goes_and_another_comes, fresh_balloon),
    cmocka_unit_test_setup(without_memory_it_waits, fresh_balloon),
    cmocka_unit_test_setup(who_cheats_is_ended, fresh_balloon),
    cmocka_unit_test_setup(it_may_end_at_any_time, fresh_balloon),
};
const int balloon_count = (int)(sizeof balloon_tests / sizeof balloon_tests[0]);
