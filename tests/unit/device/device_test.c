/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Guests with devices come and go, their servers fault, hang, lie: each frame comes back, and nobody else is harmed. */
#include "world.h"

static void servers_run_above_guests(void **state)
{
    const struct device_server *net = server(DEVICE_NET);

    (void)state;
    assert_string_equal(said, "");
    assert_int_equal(thread(net->thread_cap)->state, THREAD_READY);
    assert_int_equal(thread(net->thread_cap)->argument, 1);
    assert_in_range(thread(net->thread_cap)->priority, 5, 5);
    assert_int_not_equal(thread(net->thread_cap)->budget_us, 0);
    assert_int_equal(net->link->timebase, SECOND);
    assert_int_equal(kernel_cap(domain(net->domain_cap), DEVICE_CAP_MANAGER)->badge, MANAGER_BIT_DEVICE);
    assert_false(device_server_is_there(server(DEVICE_ENTROPY))); /* no guest wants it */
}

static void a_guest_gets_its_devices(void **state)
{
    const struct device_server *net = server(DEVICE_NET);
    const struct monitor_start *start;
    struct guest *web = &guest[0];

    (void)state;
    assert_true(starts(web));
    ring_is_shared(web, 0, server(DEVICE_BLOCK), 0);
    ring_is_shared(web, 1, net, 0);
    ring_is_shared(web, 2, net, 1);
    bells_are_granted(web, 0, server(DEVICE_BLOCK), 0);
    bells_are_granted(web, 2, net, 1);
    start = kernel_memory(kernel_mapped(domain(web->monitor_cap), MONITOR_VA_START));
    assert_int_equal(start->device_count, 3);
    assert_int_equal(start->device[0].kind, DEVICE_BLOCK);
    assert_int_equal(start->device[0].flags, BUNDLE_DISK_READ_ONLY);
    assert_int_equal(start->device[2].kind, DEVICE_NET);
    assert_string_equal(net->link->client[1].name, "web");
    assert_int_equal(net->link->client[1].about.net.vlan, 7);
    assert_int_equal(net->link->client[1].kind, DEVICE_NET);
    assert_int_equal(net->link->client[1].wanted % 2, 1);
    assert_int_equal(net->link->client[2].wanted, 0);
    assert_int_not_equal(thread(net->thread_cap)->bits & DEVICE_BIT_LINK, 0);
    assert_string_equal(server(DEVICE_BLOCK)->link->client[0].about.disk.path, "web.img");
}

static void each_frame_comes_back(void **state)
{
    uint64_t frames = 0;
    uint32_t caps = 0;

    (void)state;
    for (int life = 0; life < 30; life++) {
        assert_true(starts(&guest[0]) && starts(&guest[1]));
        assert_int_equal(guest[0].starts, life + 1);
        assert_true(ends(&guest[0]) && ends(&guest[1]));
        if (life == 0) { /* the servers keep the tables that their rings wanted */
            frames = pool.free;
            caps = kernel_caps(MANAGER_DOMAIN);
        }
        assert_int_equal(pool.free, frames);
        assert_int_equal(kernel_caps(MANAGER_DOMAIN), caps);
    }
    assert_string_equal(said, "");
}

static void a_reboot_counts_as_a_start(void **state)
{
    (void)state;
    assert_true(starts(&guest[2]));
    guest_entered(&guest[2]);
    assert_int_equal(guest[2].starts, 1);
    guest_entered(&guest[2]);
    guest_entered(&guest[2]);
    assert_int_equal(guest[2].starts, 3);
    assert_true(ends(&guest[2]) && starts(&guest[2]));
    guest_entered(&guest[2]);
    assert_int_equal(guest[2].starts, 4);
}

static void a_server_that_never_lets_go_is_started_again(void **state)
{
    struct device_server *net = server(DEVICE_NET);
    const uint64_t before = pool.free;

    (void)state;
    assert_true(starts(&guest[1]));
    guest_end(&guest[1], GUEST_OFF, false);
    assert_false(reaches(&guest[1], PHASE_OFF, false)); /* it does not answer */
    assert_int_equal(net->starts, 1);
    kernel_now += 5 * SECOND;
    guest_slice(&guest[1]);
    assert_int_equal(net->starts, 2);
    assert_int_equal(thread(net->thread_cap)->argument, 2);
    assert_true(reaches(&guest[1], PHASE_OFF, true));
    assert_int_equal(before - pool.free, 2); /* a table of the server's, and one of the manager's for its staging */
    assert_true(starts(&guest[1]));
}

static void fault(struct device_server *s)
{
    thread(s->thread_cap)->state = THREAD_FAULTED;
    device_server_faults();
}

static void a_server_that_faults_is_started_again_and_guests_go_on(void **state)
{
    struct device_server *net = server(DEVICE_NET);

    (void)state;
    assert_true(starts(&guest[0]));
    serve_both();
    fault(net);
    assert_non_null(strstr(said, "the net server was started again"));
    assert_int_equal(thread(net->thread_cap)->state, THREAD_READY);
    assert_int_equal(thread(net->thread_cap)->argument, 2);
    assert_int_equal(guest[0].phase, PHASE_LIVE);
    ring_is_shared(&guest[0], 1, net, 0);
    bells_are_granted(&guest[0], 1, net, 0);
    assert_int_equal(net->link->seen[0], net->link->client[0].wanted - 1); /* news to it */
    assert_int_equal(net->link->seen[2], net->link->client[2].wanted);
    assert_int_equal(server(DEVICE_BLOCK)->starts, 1);
}

static void faults_in_a_row_are_followed_by_longer_pauses(void **state)
{
    struct device_server *net = server(DEVICE_NET);

    (void)state;
    fault(net);
    for (uint64_t pause = 1; pause < 200; pause *= 2) {
        const uint64_t seconds = pause < 64 ? pause : 64;
        const uint64_t starts_before = net->starts;

        fault(net);
        assert_true(net->down);
        assert_in_range(net->due, kernel_now + (seconds - 1) * SECOND, kernel_now + seconds * SECOND);
        assert_int_equal(device_server_work(), net->due);
        assert_int_equal(net->starts, starts_before);
        kernel_now = net->due;
        assert_int_equal(device_server_work(), SEPTUM_FOREVER);
        assert_int_equal(net->starts, starts_before + 1);
    }
    kernel_now += 60 * (uint64_t)SECOND; /* it has lived */
    fault(net);
    assert_false(net->down);
}

/* Faults without end, however long the pauses. */
static void fail_for_good(struct device_server *s)
{
    for (int i = 0; i < 10; i++) {
        fault(s);
        if (s->down) {
            kernel_now = s->due;
            device_server_work();
        }
    }
}

static void one_that_fails_too_often_is_given_up_and_tells(void **state)
{
    struct device_server *net = server(DEVICE_NET);
    uint64_t frames;

    (void)state;
    assert_true(starts(&guest[1]) && ends(&guest[1]));
    frames = pool.free;
    assert_true(starts(&guest[1]));
    serve_both();
    fail_for_good(net);
    assert_non_null(strstr(said, "the net server has failed 10 times in a row and is given up"));
    assert_true(thread(net->thread_cap)->argument == (DEVICE_GIVEN_UP | 11));
    assert_int_equal(thread(net->thread_cap)->state, THREAD_READY);
    assert_int_equal(net->link->seen[2], net->link->client[2].wanted - 1); /* news to it, to be told of its end */
    assert_int_equal(guest[1].phase, PHASE_LIVE);
    serve_both();
    assert_true(ends(&guest[1]));
    assert_int_equal(pool.free, frames);
    guest_begin(&guest[1]);
    assert_non_null(strstr(said, "guest 'db' has a net device, but the net server does not run"));
    assert_true(reaches(&guest[1], PHASE_OFF, true));
}

static void one_that_was_given_up_is_tried_again_by_hand(void **state)
{
    struct device_server *net = server(DEVICE_NET);

    (void)state;
    fail_for_good(net);
    assert_false(device_server_serves(net));
    assert_true(server_kill(2));
    assert_true(device_server_serves(net));
    assert_int_equal(thread(net->thread_cap)->argument, 12);
    assert_true(starts(&guest[1]));
    fault(net); /* its failures are counted anew */
    assert_int_equal(net->failures, 1);
    assert_true(device_server_serves(net));
}

static void one_that_cannot_even_tell_is_left(void **state)
{
    struct device_server *net = server(DEVICE_NET);

    (void)state;
    assert_true(starts(&guest[1]));
    serve_both();
    fail_for_good(net);
    fault(net);
    assert_non_null(strstr(said, "the net server fails although it was given up"));
    assert_false(device_server_is_there(net) || server_kill(2));
    assert_true(ends(&guest[1]));
}

static void a_ring_says_that_it_is_broken(void **state)
{
    static struct block_ring block;
    static struct net_ring net;
    static struct entropy_ring entropy;

    (void)state;
    device_link_break(&block, DEVICE_BLOCK);
    device_link_break(&net, DEVICE_NET);
    device_link_break(&entropy, DEVICE_ENTROPY);
    assert_true(block.state == DEVICE_BROKEN && net.state == DEVICE_BROKEN && entropy.state == DEVICE_BROKEN);
}

static void a_guest_comes_and_goes_while_its_server_is_down(void **state)
{
    struct device_server *net = server(DEVICE_NET);
    uint64_t frames;

    (void)state;
    assert_true(starts(&guest[1]) && ends(&guest[1]));
    frames = pool.free;
    assert_true(starts(&guest[1]));
    serve_both();
    fault(net);
    fault(net);
    assert_true(net->down);
    assert_true(ends(&guest[1]));
    assert_int_equal(pool.free, frames);
    guest_begin(&guest[1]);
    assert_false(reaches(&guest[1], PHASE_LIVE, true)); /* the server still holds the old bell */
    assert_int_equal(guest[1].phase, PHASE_BUILD);
    kernel_now = net->due;
    device_server_work();
    assert_true(reaches(&guest[1], PHASE_LIVE, true));
    bells_are_granted(&guest[1], 0, net, 2);
}

static void a_server_that_writes_its_link_fools_nobody(void **state)
{
    struct device_server *net = server(DEVICE_NET);
    uint64_t frames;

    (void)state;
    assert_true(starts(&guest[1]) && ends(&guest[1]));
    frames = pool.free;
    assert_true(starts(&guest[1]));
    serve_both();
    memset(net->link, 0x5a, sizeof *net->link);
    device_server_news();
    assert_true(ends(&guest[1]));
    assert_int_equal(pool.free, frames);
    assert_true(starts(&guest[1]));
    serve_both();
    net->link->seen[2] = 77; /* it never says that it has let go */
    guest_end(&guest[1], GUEST_OFF, false);
    assert_false(reaches(&guest[1], PHASE_OFF, false));
    kernel_now += 5 * SECOND;
    assert_true(reaches(&guest[1], PHASE_OFF, true)); /* after a restart that writes the link anew */
    assert_int_equal(pool.free, frames);
    assert_string_equal(net->link->client[2].name, "db");
}

static void what_is_not_served_is_told(void **state)
{
    struct bundle *b = (struct bundle *)(void *)bundle_bytes;
    uint64_t frames;

    (void)state;
    assert_true(starts(&guest[2]) && ends(&guest[2]));
    frames = pool.free;
    b->network[1].flags = BUNDLE_NETWORK_UPLINK;
    guest_begin(&guest[0]);
    assert_non_null(strstr(said, "guest 'web' has a net device, but the uplink server does not run"));
    assert_true(reaches(&guest[0], PHASE_OFF, true));
    cap_free(&server(DEVICE_NET)->thread_cap);
    guest_begin(&guest[1]);
    assert_non_null(strstr(said, "guest 'db' has a net device, but the net server does not run"));
    assert_true(reaches(&guest[1], PHASE_OFF, true));
    assert_true(starts(&guest[2]) && ends(&guest[2])); /* wants none */
    assert_int_equal(device_at(2, 0)->kind, DEVICE_CONSOLE);
    assert_int_equal(pool.free, frames);
}

static void log_put(struct device_server *s, const char *text)
{
    device_link_log(s->link, text, strlen(text));
    device_server_news();
}

static void a_log_is_shown_by_lines_that_forge_nothing(void **state)
{
    struct device_server *net = server(DEVICE_NET);

    (void)state;
    log_put(net, "one line\nhalf of");
    assert_string_equal(said, "net: one line\n");
    log_put(net, " it\x1b[2J\n");
    assert_string_equal(said, "net: one line\nnet: half of it?[2J\n");
    net->link->log_head += DEVICE_LOG_BYTES + 1;
    device_server_news();
    assert_string_equal(said, "net: one line\nnet: half of it?[2J\n");
    for (int i = 0; i < 100; i++)
        log_put(net, "x\n");
    assert_int_equal(strlen(said), strlen("net: one line\nnet: half of it?[2J\n") + 18 * strlen("net: x\n"));
    kernel_now += SECOND;
    log_put(net, "later\n");
    assert_non_null(strstr(said, "net: later\n"));
}

static void a_line_without_end_goes_some_time(void **state)
{
    struct device_server *net = server(DEVICE_NET);

    (void)state;
    for (int i = 0; i < 100; i++)
        log_put(net, "on and on and on and on and on and on and on and on ");
    log_put(net, "\nnext\nlast\n");
    assert_non_null(strstr(said, "net: last\n"));
}

static void counters_are_told(void **state)
{
    struct device_server *net = server(DEVICE_NET);

    (void)state;
    assert_true(starts(&guest[1]));
    for (uint32_t i = 0; i < DEVICE_COUNTERS; i++)
        net->link->counter[2][i] = 10 + i;
    device_stats_say(&guest[1]);
    assert_string_equal(said, "  device 0, net: 10 packets out, 11 bytes out, 12 packets in, 13 bytes in, 14 dropped, "
                              "15 errors\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(servers_run_above_guests, fresh),
        cmocka_unit_test_setup(a_guest_gets_its_devices, fresh),
        cmocka_unit_test_setup(each_frame_comes_back, fresh),
        cmocka_unit_test_setup(a_reboot_counts_as_a_start, fresh),
        cmocka_unit_test_setup(a_server_that_never_lets_go_is_started_again, fresh),
        cmocka_unit_test_setup(a_server_that_faults_is_started_again_and_guests_go_on, fresh),
        cmocka_unit_test_setup(faults_in_a_row_are_followed_by_longer_pauses, fresh),
        cmocka_unit_test_setup(one_that_fails_too_often_is_given_up_and_tells, fresh),
        cmocka_unit_test_setup(one_that_was_given_up_is_tried_again_by_hand, fresh),
        cmocka_unit_test_setup(one_that_cannot_even_tell_is_left, fresh),
        cmocka_unit_test_setup(a_ring_says_that_it_is_broken, fresh),
        cmocka_unit_test_setup(a_guest_comes_and_goes_while_its_server_is_down, fresh),
        cmocka_unit_test_setup(a_server_that_writes_its_link_fools_nobody, fresh),
        cmocka_unit_test_setup(what_is_not_served_is_told, fresh),
        cmocka_unit_test_setup(a_log_is_shown_by_lines_that_forge_nothing, fresh),
        cmocka_unit_test_setup(a_line_without_end_goes_some_time, fresh),
        cmocka_unit_test_setup(counters_are_told, fresh),
    };
    const int count = (int)(sizeof tests / sizeof tests[0]) + physical_count + create_count + own_count +
                      balloon_count;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL) +
                       _cmocka_run_group_tests("balloon", balloon_tests, (size_t)balloon_count, NULL, NULL) +
                       _cmocka_run_group_tests("own", own_tests, (size_t)own_count, NULL, NULL) +
                       _cmocka_run_group_tests("physical", physical_tests, (size_t)physical_count, NULL, NULL) +
                       _cmocka_run_group_tests("create", create_tests, (size_t)create_count, NULL, NULL);

    printf("unit-device: %d passed, %d failed\n", count - failed, failed);
    return failed == 0 ? 0 : 1;
}
