/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Clients that come and go, and a server that is started again. */
#include "suite.h"
#include "world.h"

#include <string.h>

static int fresh(void **state)
{
    (void)state;
    world_begin();
    (void)files_add("web.img", 1024 * 1024);
    (void)files_add("base.img", 1024 * 1024);
    return 0;
}

/* A ring is left only when the device can write into it no more. */
static void a_ring_is_left_when_nothing_is_under_way(void **state)
{
    (void)state;
    client_attach(0, "web.img", "", 0);
    client_put(0, BLOCK_READ, 0, 0, 512);
    device.holds = true;
    world_run();
    link_of_all.client[0].wanted++;
    world_run();
    assert_int_equal(link_of_all.seen[0], link_of_all.client[0].wanted - 1);
    assert_int_equal(released[0], 0);
    device.holds = false;
    model_release();
    world_run();
    assert_int_equal(link_of_all.seen[0], link_of_all.client[0].wanted);
    assert_int_equal(released[0], 1);
    assert_int_equal(files.fids, 0);
}

/* The device's patience begins with a question, however long nobody had one before. */
static void the_device_is_waited_for_from_the_question_on(void **state)
{
    (void)state;
    client_attach(0, "web.img", "", 0);
    world_run();
    assert_int_equal(serve_waits_since(1000), 1000);
    device.holds = true;
    client_put(0, BLOCK_READ, 0, 0, 512);
    world_run();
    assert_int_equal(serve_waits_since(900000), 900000);
    assert_int_equal(serve_waits_since(900100), 900000);
    device.holds = false;
    model_release();
    world_run();
    assert_int_equal(serve_waits_since(900200), 900200);
}

static void one_that_goes_while_it_is_opened(void **state)
{
    (void)state;
    for (uint32_t after = 0; after < 8; after++) {
        fresh(state);
        device.holds = true;
        client_attach(0, "base.img", "web.overlay", BUNDLE_DISK_OVERLAY);
        for (uint32_t i = 0; i < after; i++) {
            model_release();
            world_run();
        }
        device.holds = false;
        link_of_all.client[0].wanted++;
        world_run();
        model_release();
        world_run();
        assert_int_equal(link_of_all.seen[0], link_of_all.client[0].wanted);
        assert_int_equal(files.fids, 0);
        assert_string_equal(said, "");
    }
}

static void files_are_let_go(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        client_attach(i % DEVICE_CLIENTS, "web.img", "", BUNDLE_DISK_READ_ONLY);
        assert_true(client_reads(i % DEVICE_CLIENTS, 0, 512, 0));
        client_detach(i % DEVICE_CLIENTS);
        assert_int_equal(files.fids, 0);
    }
}

static void all_clients_at_once(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < DEVICE_CLIENTS; c++)
        client_attach(c, "web.img", "", BUNDLE_DISK_READ_ONLY);
    for (uint32_t c = 0; c < DEVICE_CLIENTS; c++) {
        for (uint32_t i = 0; i < BLOCK_SLOTS; i++)
            client_put(c, BLOCK_READ, i, 512 * (uint64_t)i, 4096);
    }
    world_run_any();
    for (uint32_t c = 0; c < DEVICE_CLIENTS; c++) {
        for (uint32_t i = 0; i < BLOCK_SLOTS; i++)
            assert_int_equal(client_status(c, i), BLOCK_OK);
        client_detach(c);
    }
    assert_int_equal(files.fids, 0);
}

/* A new epoch: counters begin at 0, and what was under way is put again. The link says what the manager leaves there. */
static void a_server_that_is_started_again(void **state)
{
    struct device_link before;

    (void)state;
    client_attach(0, "web.img", "", 0);
    client_attach(1, "base.img", "db.overlay", BUNDLE_DISK_OVERLAY);
    assert_int_equal(client_write(0, 0, 512, 3), BLOCK_OK);
    assert_int_equal(client_write(1, 1024, 512, 8), BLOCK_OK); /* and not flushed */
    client_put(0, BLOCK_READ, 4, 0, 512);
    before = link_of_all;
    world_restart();
    memcpy(link_of_all.client, before.client, sizeof before.client);
    for (uint32_t c = 0; c < 2; c++)
        link_of_all.seen[c] = link_of_all.client[c].wanted - 1;
    world_run();
    assert_int_equal(ring[0]->epoch, 2);
    assert_int_equal(ring[0]->served, 0);
    client_put(0, BLOCK_READ, 4, 0, 512);
    world_run();
    assert_int_equal(client_status(0, 4), BLOCK_OK);
    assert_int_equal(client_data(0, 4)[0], 3);
    assert_true(client_reads(1, 0, 512, 0));
    assert_true(client_reads(1, 1024, 512, 8));
    assert_int_equal(client_do(1, BLOCK_FLUSH, 0, 0), BLOCK_OK);
    assert_int_equal(files_find("db.overlay")->safe[OVERLAY_MAP_AT], 4);
}

/* Pages that the last server left are only of use to the same life of the same client. */
static void another_life_finds_no_pages(void **state)
{
    (void)state;
    client_attach(1, "base.img", "db.overlay", BUNDLE_DISK_OVERLAY);
    assert_int_equal(client_write(1, 1024, 512, 8), BLOCK_OK);
    link_of_all.client[1].wanted = 2;
    world_restart();
    client_attach(1, "base.img", "db.overlay", BUNDLE_DISK_OVERLAY); /* wanted is 1 again, as the link is new */
    assert_true(client_reads(1, 1024, 512, 8));
    world_restart();
    link_of_all.client[1].wanted = 2;
    client_attach(1, "base.img", "db.overlay", BUNDLE_DISK_OVERLAY);
    assert_true(client_reads(1, 1024, 512, 0));
}

/* Its map may be gone already: the ring is not touched. */
static void a_client_that_went_before_the_server_started(void **state)
{
    (void)state;
    link_of_all.client[0].wanted = 2;
    link_of_all.client[0].kind = DEVICE_BLOCK;
    link_of_all.seen[0] = 1;
    world_run();
    assert_int_equal(link_of_all.seen[0], 2);
    assert_int_equal(released[0], 1);
}

static void there_is_no_share(void **state)
{
    (void)state;
    share.up = false;
    serve_start(&link_of_all, "the machine has no 9p device");
    client_attach(0, "web.img", "", 0);
    assert_int_equal(ring[0]->state, DEVICE_BROKEN);
    assert_non_null(strstr(said, "guest 'web', disk 0 ('web.img'): the directory that the host shares cannot be used: "
                                 "the machine has no 9p device\n"));
    client_detach(0);
    assert_int_equal(link_of_all.seen[0], link_of_all.client[0].wanted);
}

static void the_share_is_lost(void **state)
{
    (void)state;
    client_attach(0, "web.img", "", 0);
    client_attach(1, "base.img", "db.overlay", BUNDLE_DISK_OVERLAY);
    client_put(0, BLOCK_READ, 0, 0, 512);
    device.holds = true;
    world_run();
    assert_true(serve_is_asking());
    serve_fail("its device did not answer for 30 seconds");
    world_run();
    assert_false(serve_is_asking());
    assert_int_equal(ring[0]->state, DEVICE_BROKEN);
    assert_int_equal(ring[1]->state, DEVICE_BROKEN);
    client_detach(0);
    client_detach(1);
    assert_int_equal(released[0] + released[1], 2);
}

int link_tests(int *count)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_ring_is_left_when_nothing_is_under_way, fresh),
        cmocka_unit_test_setup(the_device_is_waited_for_from_the_question_on, fresh),
        cmocka_unit_test_setup(one_that_goes_while_it_is_opened, fresh),
        cmocka_unit_test_setup(files_are_let_go, fresh),
        cmocka_unit_test_setup(all_clients_at_once, fresh),
        cmocka_unit_test_setup(a_server_that_is_started_again, fresh),
        cmocka_unit_test_setup(a_client_that_went_before_the_server_started, fresh),
        cmocka_unit_test_setup(another_life_finds_no_pages, fresh),
        cmocka_unit_test_setup(there_is_no_share, fresh),
        cmocka_unit_test_setup(the_share_is_lost, fresh),
    };

    *count += (int)(sizeof tests / sizeof tests[0]);
    return cmocka_run_group_tests_name("block: clients", tests, NULL, NULL);
}
