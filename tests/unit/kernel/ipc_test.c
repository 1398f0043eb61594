/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Messages, notifications, threads' ends. */
#include "suite.h"

static uint32_t d;
static uint32_t server, client, other;

static int begin(void **state)
{
    int status = world_begin(state);

    d = world_domain(SEPTUM_SERVER);
    server = world_thread(d, 0, 5);
    client = world_thread(d, 0, 3);
    other = world_thread(d, 0, 3);
    return status;
}

static int64_t result(uint32_t t) { return (int64_t)context[t].x[REG_A0]; }

static void message(uint32_t t, uint64_t first)
{
    for (uint32_t i = 0; i < 4; i++)
        context[t].x[REG_A1 + i] = first + i;
}

/* server's REPLY_WAIT; first: of the reply. */
static void reply_wait(uint64_t first, uint64_t deadline, uint64_t flags)
{
    CALL(server, SEPTUM_REPLY_WAIT, first, first + 1, first + 2, first + 3, deadline, flags);
}

static void a_waiting_server_gets_the_message(void **state)
{
    (void)state;
    reply_wait(0, SEPTUM_FOREVER, 0);
    assert_int_equal(thread[server].state, THREAD_WAIT);
    message(client, 100);
    ipc_call(client, server, 7);
    assert_int_equal(thread[client].state, THREAD_CALLED);
    assert_int_equal(thread[server].state, THREAD_READY);
    assert_int_equal(result(server), SEPTUM_OK);
    assert_int_equal(world_result(server, 1), 7);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(world_result(server, 2 + i), 100 + i);
    reply_wait(200, SEPTUM_FOREVER, SEPTUM_REPLY);
    assert_int_equal(thread[client].state, THREAD_READY);
    assert_int_equal(result(client), SEPTUM_OK);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(world_result(client, 1 + i), 200 + i);
    assert_int_equal(thread[server].state, THREAD_WAIT);
}

static void callers_queue_and_take_turns(void **state)
{
    (void)state;
    message(client, 100);
    ipc_call(client, server, 1);
    message(other, 300);
    ipc_call(other, server, 2);
    assert_int_equal(thread[client].state, THREAD_CALLING);
    reply_wait(0, SEPTUM_FOREVER, 0);
    assert_int_equal(world_result(server, 1), 1);
    reply_wait(0, SEPTUM_FOREVER, SEPTUM_REPLY);
    assert_int_equal(world_result(server, 1), 2);
    assert_int_equal(world_result(server, 2), 300);
    ipc_call(client, server, 1);
    reply_wait(0, SEPTUM_FOREVER, SEPTUM_REPLY);
    assert_int_equal(world_result(server, 1), 1);
    ipc_call(other, server, 2);
    reply_wait(0, SEPTUM_FOREVER, SEPTUM_REPLY);
    assert_int_equal(world_result(server, 1), 2);
}

static void who_owes_an_answer_takes_no_message(void **state)
{
    (void)state;
    ipc_call(client, server, 1);
    reply_wait(0, SEPTUM_FOREVER, 0);
    reply_wait(0, SEPTUM_FOREVER, 0); /* not answered yet */
    assert_int_equal(thread[server].state, THREAD_WAIT);
    ipc_call(other, server, 2);
    assert_int_equal(thread[other].state, THREAD_CALLING);
    assert_int_equal(thread[server].state, THREAD_WAIT);
    ipc_notify(server, 1);
    assert_int_equal(result(server), SEPTUM_NOTIFIED);
    reply_wait(9, SEPTUM_FOREVER, SEPTUM_REPLY);
    assert_int_equal(thread[client].state, THREAD_READY);
    assert_int_equal(world_result(server, 1), 2);
}

static void an_answer_to_nobody_is_none(void **state)
{
    (void)state;
    reply_wait(1, SEPTUM_FOREVER, SEPTUM_REPLY);
    assert_int_equal(thread[server].state, THREAD_WAIT);
    ipc_call(client, server, 1);
    thread[client].state = THREAD_STOPPED;
    reply_wait(55, SEPTUM_FOREVER, SEPTUM_REPLY);
    assert_int_equal(thread[client].state, THREAD_STOPPED);
    assert_int_not_equal(world_result(client, 1), 55);
}

static void deadlines(void **state)
{
    (void)state;
    host_time = 1000;
    reply_wait(0, 1000, 0);
    assert_int_equal(result(server), SEPTUM_TIMEOUT);
    assert_int_equal(thread[server].state, THREAD_READY);
    reply_wait(0, 0, 0);
    assert_int_equal(result(server), SEPTUM_TIMEOUT);
    ipc_call(client, server, 1);
    reply_wait(0, 0, 0); /* a message that is there comes first */
    assert_int_equal(result(server), SEPTUM_OK);
    reply_wait(0, 1001, SEPTUM_REPLY);
    assert_int_equal(thread[server].state, THREAD_WAIT);
    sched_tick(0, 1001);
    assert_int_equal(result(server), SEPTUM_TIMEOUT);
}

static void notifications_add_up(void **state)
{
    (void)state;
    ipc_notify(server, 4);
    ipc_notify(server, 1);
    reply_wait(0, SEPTUM_FOREVER, 0);
    assert_int_equal(result(server), SEPTUM_NOTIFIED);
    assert_int_equal(world_result(server, 1), 5);
    reply_wait(0, SEPTUM_FOREVER, 0);
    assert_int_equal(thread[server].state, THREAD_WAIT);
    ipc_notify(server, 8);
    assert_int_equal(result(server), SEPTUM_NOTIFIED);
    assert_int_equal(world_result(server, 1), 8);
    assert_int_equal(pending_look(server), 0);
}

static void a_dead_server_answers_dead(void **state)
{
    (void)state;
    ipc_call(client, server, 1);
    reply_wait(0, SEPTUM_FOREVER, 0);
    ipc_call(other, server, 2);
    assert_int_equal(thread[client].state, THREAD_CALLED);
    assert_int_equal(thread[other].state, THREAD_CALLING);
    thread_end(server);
    assert_int_equal(result(client), SEPTUM_DEAD);
    assert_int_equal(result(other), SEPTUM_DEAD);
    assert_int_equal(thread[client].state, THREAD_READY);
    assert_int_equal(thread[other].state, THREAD_READY);
}

/* However a server ends: its callers get an error, and if it is started again it owes nothing. */
static void a_halted_server_owes_nothing(void **state)
{
    (void)state;
    for (uint32_t way = THREAD_STOPPED; way <= THREAD_FAULTED; way += THREAD_FAULTED - THREAD_STOPPED) {
        ipc_call(client, server, 1);
        reply_wait(0, SEPTUM_FOREVER, 0);
        ipc_call(other, server, 2);
        if (way == THREAD_FAULTED)
            thread_fault(server, 13, 0);
        else
            thread_leave(server, way);
        assert_int_equal(thread[server].state, way);
        for (uint32_t i = 0; i < 2; i++) {
            assert_int_equal(thread[i ? client : other].state, THREAD_READY);
            assert_int_equal(result(i ? client : other), SEPTUM_DEAD);
        }
        thread_wake(server, 0);
        message(client, 500);
        ipc_call(client, server, 3);
        reply_wait(66, SEPTUM_FOREVER, SEPTUM_REPLY);
        assert_int_equal(result(server), SEPTUM_OK);
        assert_int_equal(world_result(server, 2), 500);
        assert_int_equal(thread[client].state, THREAD_CALLED);
        reply_wait(0, SEPTUM_FOREVER, SEPTUM_REPLY);
    }
}

static void who_waits_owing_learns_of_the_end_of_its_caller(void **state)
{
    (void)state;
    ipc_call(client, server, 1);
    reply_wait(0, SEPTUM_FOREVER, 0);
    reply_wait(0, SEPTUM_FOREVER, 0);
    ipc_call(other, server, 2);
    thread_end(client);
    assert_int_equal(thread[server].state, THREAD_READY);
    assert_int_equal(result(server), SEPTUM_DEAD);
    reply_wait(0, SEPTUM_FOREVER, 0);
    assert_int_equal(result(server), SEPTUM_OK);
    assert_int_equal(world_result(server, 1), 2);
}

static void a_dead_client_is_forgotten(void **state)
{
    (void)state;
    ipc_call(client, server, 1);
    reply_wait(0, SEPTUM_FOREVER, 0);
    thread_end(client);
    assert_int_equal(thread[server].caller, 0);
    uint32_t next = thread_new(d, 0, 3, 0);
    assert_int_equal(next, client);
    reply_wait(77, SEPTUM_FOREVER, SEPTUM_REPLY);
    assert_int_equal(thread[next].state, THREAD_STOPPED);
    assert_int_equal(context[next].x[REG_A1], 0);
}

static void threads_are_made_anew(void **state)
{
    (void)state;
    uint32_t name = thread_name(client);

    context[client].x[3] = 9;
    pending_set(client, 5);
    vcpu[client].guest = 77;
    hart[0].loaded = hart[0].fp = client;
    thread_end(client);
    assert_int_equal(hart[0].loaded, NO_THREAD);
    assert_int_equal(hart[0].fp, NO_THREAD);
    assert_false(thread_live(name));
    assert_int_equal(thread_new(d, 1, 2, 3), client);
    assert_false(thread_live(name));
    assert_true(thread_live(name + NAME_SLOTS));
    assert_int_equal(thread_name(client), name + NAME_SLOTS);
    assert_int_equal(context[client].x[3], 0);
    assert_int_equal(pending_look(client), 0);
    assert_int_equal(vcpu[client].guest, NOBODY);
    assert_int_equal(thread[client].keeper, 3);
}

static void threads_run_out(void **state)
{
    (void)state;
    thread[9].generation = GENERATIONS;
    for (uint32_t k = 4; k < THREADS - 1; k++)
        assert_int_not_equal(thread_new(d, 0, 1, 0), 9);
    assert_int_equal(thread_new(d, 0, 1, 0), NO_THREAD);
}

static void faults_are_told_to_the_keeper(void **state)
{
    (void)state;
    thread[client].keeper = thread_name(server);
    reply_wait(0, SEPTUM_FOREVER, 0);
    thread_fault(client, 13, 0xdead);
    assert_int_equal(thread[client].state, THREAD_FAULTED);
    assert_int_equal(thread[client].cause, 13);
    assert_int_equal(thread[client].value, 0xdead);
    assert_int_equal(world_result(server, 1), SEPTUM_BIT_FAULT);
    thread[other].keeper = 0;
    thread_fault(other, 13, 0);
    assert_int_equal(thread[other].state, THREAD_FAULTED);
}

#define IPC_TEST(name) cmocka_unit_test_setup(name, begin)

static const struct CMUnitTest tests[] = {
    IPC_TEST(a_waiting_server_gets_the_message), IPC_TEST(callers_queue_and_take_turns),
    IPC_TEST(who_owes_an_answer_takes_no_message), IPC_TEST(an_answer_to_nobody_is_none),
    IPC_TEST(deadlines),                         IPC_TEST(notifications_add_up),
    IPC_TEST(a_dead_server_answers_dead),        IPC_TEST(a_dead_client_is_forgotten),
    IPC_TEST(a_halted_server_owes_nothing),      IPC_TEST(who_waits_owing_learns_of_the_end_of_its_caller),
    IPC_TEST(threads_are_made_anew),             IPC_TEST(threads_run_out),
    IPC_TEST(faults_are_told_to_the_keeper),
};

SUITE_MAIN("kernel/ipc", tests)
