/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "suite.h"

#define SLICE (WORLD_TICKS_PER_SECOND / 100)

static uint32_t d; /* a server whose threads take turns */

/* The manager waits, so that hart 0 is free for others. */
static int begin(void **state)
{
    int status = world_begin(state);

    d = world_domain(SEPTUM_SERVER);
    thread[MANAGER].state = THREAD_WAIT;
    sched_next(0, 0);
    return status;
}

static uint32_t at(uint64_t now)
{
    host_time = now;
    sched_tick(0, now);
    return sched_next(0, now);
}

static void the_highest_priority_runs(void **state)
{
    (void)state;
    uint32_t low = world_thread(d, 0, 1);
    uint32_t high = world_thread(d, 0, 5);
    uint32_t other = world_thread(d, 1, 7);

    assert_int_equal(at(1), high);
    assert_int_equal(hart[0].current, high);
    thread[high].state = THREAD_WAIT;
    assert_int_equal(at(2), low);
    thread[low].state = THREAD_FAULTED;
    assert_int_equal(at(3), NO_THREAD);
    assert_int_equal(sched_next(1, 3), other);
}

static void nobody_ready_means_idle(void **state)
{
    (void)state;
    assert_int_equal(at(1), NO_THREAD);
    assert_int_equal(host_hart[0].timer, UINT64_MAX);
}

static void equals_take_turns(void **state)
{
    (void)state;
    uint32_t first = world_thread(d, 0, 3);
    uint32_t second = world_thread(d, 0, 3);
    uint32_t third = world_thread(d, 0, 3);
    uint64_t now = 1;

    for (uint32_t round = 0; round < 3; round++) {
        assert_int_equal(at(now), first);
        assert_int_equal(host_hart[0].timer, now + SLICE);
        assert_int_equal(at(now + SLICE - 1), first);
        assert_int_equal(at(now + SLICE), second);
        assert_int_equal(at(now + 2 * SLICE), third);
        now += 3 * SLICE;
    }
}

static void alone_it_has_no_slice(void **state)
{
    (void)state;
    uint32_t t = world_thread(d, 0, 3);

    world_thread(d, 0, 2);
    assert_int_equal(at(1), t);
    assert_int_equal(host_hart[0].timer, UINT64_MAX);
}

static void budgets_end_and_refill(void **state)
{
    (void)state;
    uint32_t t = world_thread(d, 0, 3);
    uint32_t other = world_thread(d, 0, 1);

    thread[t].budget = thread[t].left = 100;
    thread[t].period = 1000;
    assert_int_equal(at(10), t);
    assert_int_equal(thread[t].refill, 1010);
    assert_int_equal(host_hart[0].timer, 110);
    assert_int_equal(at(60), t);
    assert_int_equal(host_hart[0].timer, 110);
    assert_int_equal(thread[t].used, 50);
    assert_int_equal(at(115), other);
    assert_int_equal(thread[t].left, 0);
    assert_int_equal(thread[t].used, 105);
    assert_int_equal(host_hart[0].timer, 1010);
    assert_int_equal(at(1010), t);
    assert_int_equal(thread[t].left, 100);
    assert_int_equal(host_hart[0].timer, 1110);
}

static void waits_end_at_their_deadline(void **state)
{
    (void)state;
    uint32_t t = world_thread(d, 0, 3);

    thread[t].state = THREAD_WAIT;
    thread[t].deadline = 500;
    assert_int_equal(at(10), NO_THREAD);
    assert_int_equal(host_hart[0].timer, 500);
    assert_int_equal(at(499), NO_THREAD);
    assert_int_equal(at(500), t);
    assert_int_equal((int64_t)context[t].x[REG_A0], SEPTUM_TIMEOUT);
    assert_int_equal(thread[t].deadline, UINT64_MAX);
}

static void a_sleeping_guest_wakes_with_its_registers(void **state)
{
    (void)state;
    uint32_t t = world_thread(d, 0, 3);

    context[t].x[REG_A0] = 77;
    thread[t].state = THREAD_WFI;
    thread[t].deadline = 500;
    assert_int_equal(at(500), t);
    assert_int_equal(context[t].x[REG_A0], 77);
}

/* A deadline that nobody waits for any more must not fire for ever. */
static void stopped_threads_set_no_timer(void **state)
{
    (void)state;
    uint32_t t = world_thread(d, 0, 3);
    uint32_t other = world_thread(d, 0, 1);

    thread[t].state = THREAD_WAIT;
    thread[t].deadline = 500;
    cap_put(MANAGER_SLOT, 50, CAP_THREAD, thread_name(t), 0);
    OK(CALL(MANAGER, SEPTUM_THREAD_STOP, 50));
    thread[MANAGER].state = THREAD_WAIT;
    assert_int_equal(at(600), other);
    assert_true(host_hart[0].timer > 600);
}

static void ended_threads_set_no_timer(void **state)
{
    (void)state;
    uint32_t t = world_thread(d, 0, 3);

    thread[t].state = THREAD_WAIT;
    thread[t].deadline = 500;
    thread_end(t);
    assert_int_equal(at(600), NO_THREAD);
    assert_true(host_hart[0].timer > 600);
}

/* Who is woken often at a higher priority does not decide which of the equals below it runs. */
static void equals_take_turns_below_a_busy_thread(void **state)
{
    (void)state;
    uint32_t busy = world_thread(d, 0, 7);
    uint32_t first = world_thread(d, 0, 3);
    uint32_t second = world_thread(d, 0, 3);
    uint64_t now = 1;

    for (uint32_t k = 0; k < 20; k++) {
        thread[busy].state = THREAD_READY;
        assert_int_equal(at(now), busy);
        now += SLICE / 4;
        thread[busy].state = THREAD_WAIT;
        at(now);
        now += SLICE / 2;
    }
    assert_true(thread[first].used > 0);
    assert_true(thread[second].used > 0);
}

static void pokes_go_to_harts_that_should_look(void **state)
{
    (void)state;
    uint32_t t = world_thread(d, 1, 3);
    uint32_t other = world_thread(d, 1, 3);
    uint32_t here = world_thread(d, 0, 7);
    uint32_t before = host_hart[1].ipis;

    sched_poke(here); /* this hart looks anyway */
    assert_int_equal(host_hart[0].ipis, 0);
    sched_poke(t); /* the hart idles */
    assert_int_equal(host_hart[1].ipis, before + 1);
    hart[1].current = other;
    thread[other].priority = 2;
    sched_poke(t);
    assert_int_equal(host_hart[1].ipis, before + 2);
    thread[other].priority = 4;
    sched_poke(t);
    assert_int_equal(host_hart[1].ipis, before + 2);
}

/* The other hart set no timer for a slice while its thread was alone; now an equal waits for its turn. */
static void a_poke_tells_of_equals(void **state)
{
    (void)state;
    uint32_t t = world_thread(d, 1, 3);
    uint32_t other = world_thread(d, 1, 3);
    uint32_t before = host_hart[1].ipis;

    thread[other].state = THREAD_WAIT;
    host_self = 1;
    assert_int_equal(sched_next(1, 1), t);
    assert_int_equal(host_hart[1].timer, UINT64_MAX);
    host_self = 0;
    thread_wake(other, SEPTUM_OK);
    assert_int_equal(host_hart[1].ipis, before + 1);
}

#define SCHED_TEST(name) cmocka_unit_test_setup(name, begin)

static const struct CMUnitTest tests[] = {
    SCHED_TEST(the_highest_priority_runs),
    SCHED_TEST(nobody_ready_means_idle),
    SCHED_TEST(equals_take_turns),
    SCHED_TEST(alone_it_has_no_slice),
    SCHED_TEST(budgets_end_and_refill),
    SCHED_TEST(waits_end_at_their_deadline),
    SCHED_TEST(a_sleeping_guest_wakes_with_its_registers),
    SCHED_TEST(stopped_threads_set_no_timer),
    SCHED_TEST(ended_threads_set_no_timer),
    SCHED_TEST(equals_take_turns_below_a_busy_thread),
    SCHED_TEST(pokes_go_to_harts_that_should_look),
    SCHED_TEST(a_poke_tells_of_equals),
};

SUITE_MAIN("kernel/sched", tests)
