/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Rings whose other side breaks the rules: that ring is closed, and no other. */
#include "suite.h"
#include "world.h"

#include <string.h>

#define DISK_BYTES (1024u * 1024u)

static int fresh(void **state)
{
    (void)state;
    world_begin();
    (void)files_add("web.img", DISK_BYTES);
    (void)files_add("db.img", DISK_BYTES);
    client_attach(0, "web.img", "", 0);
    client_attach(1, "db.img", "", 0);
    assert_true(client_ready(0));
    assert_true(client_ready(1));
    return 0;
}

static void is_closed(void)
{
    world_run();
    assert_int_equal(ring[0]->state, DEVICE_BROKEN);
    assert_non_null(strstr(said, "guest 'web', disk 0 ('web.img'): its monitor breaks the rules of the ring"));
    client_put(1, BLOCK_READ, 3, 0, 512);
    world_run();
    assert_int_equal(client_status(1, 3), BLOCK_OK);
    client_detach(0);
    assert_int_equal(released[0], 1);
    client_attach(0, "web.img", "", 0);
    assert_true(client_reads(0, 0, 512, 0));
}

static void a_counter_that_jumps(void **state)
{
    (void)state;
    ring[0]->asked += BLOCK_SLOTS + 1;
    is_closed();
}

static void a_counter_that_goes_back(void **state)
{
    (void)state;
    assert_true(client_reads(0, 0, 512, 0));
    ring[0]->asked = 0;
    is_closed();
}

static void a_slot_that_is_none(void **state)
{
    (void)state;
    client_put(0, BLOCK_READ, 0, 0, 512);
    ring[0]->request[0].slot = BLOCK_SLOTS;
    is_closed();
}

static void a_slot_that_is_busy(void **state)
{
    (void)state;
    client_put(0, BLOCK_READ, 5, 0, 512);
    client_put(0, BLOCK_READ, 5, 0, 512);
    is_closed();
}

static int answer_to(uint32_t op, uint64_t offset, uint64_t bytes)
{
    return client_do(0, op, offset, bytes);
}

/* Requests that no monitor puts are answered with an error, and the ring goes on. */
static void requests_out_of_range(void **state)
{
    (void)state;
    assert_int_equal(answer_to(BLOCK_READ, DISK_BYTES, 512), BLOCK_IO_ERROR);
    assert_int_equal(answer_to(BLOCK_READ, DISK_BYTES - 512, 1024), BLOCK_IO_ERROR);
    assert_int_equal(answer_to(BLOCK_READ, UINT64_MAX - 511, 1024), BLOCK_IO_ERROR);
    assert_int_equal(answer_to(BLOCK_READ, 1, 512), BLOCK_IO_ERROR);
    assert_int_equal(answer_to(BLOCK_READ, 0, 513), BLOCK_IO_ERROR);
    assert_int_equal(answer_to(BLOCK_READ, 0, 0), BLOCK_IO_ERROR);
    assert_int_equal(answer_to(BLOCK_READ, 0, BLOCK_SLOT_BYTES + 512), BLOCK_IO_ERROR);
    assert_int_equal(answer_to(BLOCK_WRITE, 0, BLOCK_SLOT_BYTES + 512), BLOCK_IO_ERROR);
    assert_int_equal(answer_to(BLOCK_WRITE, 0, UINT64_MAX - 511), BLOCK_IO_ERROR);
    assert_int_equal(answer_to(BLOCK_ZEROES, 512, UINT64_MAX - 511), BLOCK_IO_ERROR);
    assert_int_equal(answer_to(0, 0, 512), BLOCK_UNSUPPORTED);
    assert_int_equal(answer_to(UINT32_MAX, 0, 512), BLOCK_UNSUPPORTED);
    assert_int_equal(answer_to(BLOCK_READ, DISK_BYTES - 512, 512), BLOCK_OK);
    assert_int_equal(ring[0]->state, DEVICE_READY);
}

static void what_the_server_wrote_is_not_believed(void **state)
{
    struct block_ring *r = ring[0];

    (void)state;
    r->bytes = UINT64_MAX; /* the ring is the client's memory: the server goes by what it knows itself */
    r->flags = UINT32_MAX;
    r->served = 77;
    assert_int_equal(answer_to(BLOCK_READ, DISK_BYTES, 512), BLOCK_IO_ERROR);
    assert_int_equal(r->served, 1);
}

static void nothing_is_taken_before_the_epoch_is_seen(void **state)
{
    (void)state;
    client_put(0, BLOCK_READ, 0, 0, 512);
    ring[0]->epoch_seen = 0;
    world_run();
    assert_int_equal(client_status(0, 0), -1);
    ring[0]->epoch_seen = ring[0]->epoch;
    world_run();
    assert_int_equal(client_status(0, 0), BLOCK_OK);
}

static void counters_wrap(void **state)
{
    struct ring_place place = {UINT32_MAX - 2, UINT32_MAX - 2, 1, 0};
    struct block_request request;
    struct block_ring *r = ring[1];

    (void)state;
    r->asked = UINT32_MAX - 2;
    for (uint32_t i = 0; i < 6; i++) {
        r->request[r->asked % BLOCK_SLOTS] = (struct block_request){BLOCK_READ, i, 0, 512};
        r->asked++;
        assert_int_equal(ring_take(r, &place, &request), RING_REQUEST);
        assert_int_equal(request.slot, i);
        ring_answer(r, &place, i, BLOCK_OK);
    }
    assert_int_equal(r->served, 3);
    assert_int_equal(ring_take(r, &place, &request), RING_NOTHING);
}

int ring_tests(int *count)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_counter_that_jumps, fresh),
        cmocka_unit_test_setup(a_counter_that_goes_back, fresh),
        cmocka_unit_test_setup(a_slot_that_is_none, fresh),
        cmocka_unit_test_setup(a_slot_that_is_busy, fresh),
        cmocka_unit_test_setup(requests_out_of_range, fresh),
        cmocka_unit_test_setup(what_the_server_wrote_is_not_believed, fresh),
        cmocka_unit_test_setup(nothing_is_taken_before_the_epoch_is_seen, fresh),
        cmocka_unit_test_setup(counters_wrap, fresh),
    };

    *count += (int)(sizeof tests / sizeof tests[0]);
    return cmocka_run_group_tests_name("block: rings", tests, NULL, NULL);
}
