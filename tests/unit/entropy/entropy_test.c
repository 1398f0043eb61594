/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Bytes from a device to the clients' rings: fresh ones for each block, a share for each client, lies found out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "entropy/fill.h"
#include "virtio/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENTS 3u

static struct source source;
static struct fill fill;
static struct entropy_ring *ring[CLIENTS];
static uint64_t given[CLIENTS];
static uint8_t memory[ENTROPY_DMA_FRAMES * FRAME_BYTES] __attribute__((aligned(FRAME_BYTES)));
static const uint8_t key[SEED_BYTES] = {1, 2, 3};
static uint8_t last; /* what the device wrote last */

static bool start(const uint8_t *seed)
{
    return source_start(&source, &fake_virtio, memory, (uintptr_t)memory, seed) == VIRTIO_OK;
}

static int fresh(void **state)
{
    (void)state;
    device_begin(VIRTIO_TYPE_ENTROPY, 0, 1);
    memset(&fill, 0, sizeof fill);
    fill.source = &source;
    for (uint32_t c = 0; c < CLIENTS; c++) {
        if (ring[c] == NULL && (ring[c] = aligned_alloc(FRAME_BYTES, sizeof(struct entropy_ring))) == NULL)
            return -1;
        memset(ring[c], 0, sizeof(struct entropy_ring));
        given[c] = 0;
    }
    last = 0;
    return start(key) ? 0 : -1;
}

/* Answers one question with so many bytes, or as many as there is room for. */
static bool answer(uint32_t bytes)
{
    struct fake_chain chain;

    if (!device_take(0, &chain))
        return false;
    assert_int_equal(chain.count, 1);
    assert_true(chain.piece[0].writes);
    assert_true(chain.piece[0].at >= memory && chain.piece[0].at + chain.piece[0].bytes <= memory + sizeof memory);
    if (bytes > chain.piece[0].bytes)
        bytes = chain.piece[0].bytes;
    for (uint32_t i = 0; i < bytes; i++)
        chain.piece[0].at[i] = ++last;
    device_done(0, &chain, bytes);
    return true;
}

static struct fill_round serve(uint32_t bytes)
{
    struct fill_round all = fill_serve(&fill);

    while (!all.failed && answer(bytes)) {
        const struct fill_round one = fill_serve(&fill);

        all.bells |= one.bells;
        all.broken |= one.broken;
        all.failed = one.failed;
    }
    return all;
}

static uint32_t held(uint32_t c)
{
    return ring[c]->head - ring[c]->tail;
}

static void rings_are_kept_full(void **state)
{
    struct fill_round round;

    (void)state;
    for (uint32_t c = 0; c < CLIENTS; c++)
        fill_take(&fill, c, ring[c], &given[c]);
    round = serve(UINT32_MAX);
    assert_int_equal(round.bells, 7);
    assert_false(round.failed);
    for (uint32_t c = 0; c < CLIENTS; c++) {
        assert_int_equal(held(c), ENTROPY_BYTES);
        assert_int_equal(ring[c]->state, DEVICE_READY);
        assert_int_equal(given[c], ENTROPY_BYTES);
    }
    assert_memory_not_equal(ring[0]->bytes, ring[1]->bytes, ENTROPY_BYTES);
    assert_int_equal(serve(UINT32_MAX).bells, 0);
    assert_false(answer(1)); /* nobody needs more: the device is not asked */
    ring[1]->tail += 100;
    assert_int_equal(serve(UINT32_MAX).bells, 2);
    assert_int_equal(held(1), ENTROPY_BYTES - 100 + 3 * SOURCE_BLOCK);
}

/* Of as many device's bytes, none given twice; a device that gives little at a time is as good. */
static void each_block_has_fresh_bytes(void **state)
{
    uint8_t all[ENTROPY_BYTES];
    uint32_t asked = 0;

    (void)state;
    fill_take(&fill, 0, ring[0], &given[0]);
    while (held(0) < ENTROPY_BYTES) {
        (void)fill_serve(&fill);
        if (held(0) < ENTROPY_BYTES)
            assert_true(answer(7));
        asked += 7;
    }
    assert_in_range(asked, ENTROPY_BYTES, ENTROPY_BYTES + 14);
    memcpy(all, ring[0]->bytes, sizeof all);
    for (uint32_t i = 0; i < ENTROPY_BYTES; i += SOURCE_BLOCK) {
        for (uint32_t j = 0; j < i; j += SOURCE_BLOCK)
            assert_memory_not_equal(all + i, all + j, SOURCE_BLOCK);
    }
    for (uint32_t i = 0; i < source.at; i++) /* what was used is gone */
        assert_int_equal(memory[SOURCE_BUFFER_AT + i], 0);
}

/* With other bytes of the device's, or another seed of the machine's, all that is given is another. */
static void both_sources_count(void **state)
{
    static const uint8_t other[SEED_BYTES] = {1, 2, 4};
    uint8_t first[3][SOURCE_BLOCK];

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        fresh(NULL);
        assert_true(start(i == 1 ? other : key));
        last = i == 2 ? 1 : 0;
        assert_int_equal(source_take(&source, first[i]), VIRTQUEUE_NONE);
        assert_true(answer(SOURCE_BLOCK));
        assert_int_equal(source_take(&source, first[i]), VIRTQUEUE_DONE);
        for (uint32_t j = 0; j < i; j++)
            assert_memory_not_equal(first[i], first[j], SOURCE_BLOCK);
    }
    assert_true(start(NULL)); /* without a seed of the machine's, the device is enough */
    assert_int_equal(source_take(&source, first[0]), VIRTQUEUE_NONE);
    assert_true(answer(SOURCE_BLOCK));
    assert_int_equal(source_take(&source, first[0]), VIRTQUEUE_DONE);
}

static void a_greedy_client_leaves_the_others_theirs(void **state)
{
    (void)state;
    fill_take(&fill, 0, ring[0], &given[0]);
    fill_take(&fill, 2, ring[2], &given[2]);
    (void)fill_serve(&fill);
    for (uint32_t i = 0; i < 20; i++) {
        ring[0]->tail = ring[0]->head;
        assert_true(answer(2 * SOURCE_BLOCK));
        (void)fill_serve(&fill);
    }
    assert_int_equal(given[0], 20 * SOURCE_BLOCK);
    assert_int_equal(given[2], 20 * SOURCE_BLOCK);
}

static void a_mad_tail_closes_its_ring_only(void **state)
{
    struct fill_round round;

    (void)state;
    fill_take(&fill, 0, ring[0], &given[0]);
    fill_take(&fill, 1, ring[1], &given[1]);
    ring[0]->tail = 1;
    round = serve(UINT32_MAX);
    assert_int_equal(round.broken, 1);
    assert_int_equal(round.bells, 2);
    assert_int_equal(ring[0]->state, DEVICE_BROKEN);
    assert_int_equal(ring[0]->head, 0);
    assert_int_equal(held(1), ENTROPY_BYTES);
    fill_leave(&fill, 1);
    ring[1]->tail = ring[1]->head;
    assert_int_equal(serve(UINT32_MAX).bells, 0);
}

/* What is left in a ring stays; a head that cannot be right becomes the tail. */
static void a_new_server_goes_on(void **state)
{
    (void)state;
    ring[0]->head = 3000;
    ring[0]->tail = 2500;
    ring[1]->head = 3000;
    ring[1]->tail = 900;
    fill_take(&fill, 0, ring[0], &given[0]);
    fill_take(&fill, 1, ring[1], &given[1]);
    assert_int_equal(held(0), 500);
    assert_int_equal(held(1), 0);
    (void)serve(UINT32_MAX);
    assert_in_range(held(0), ENTROPY_BYTES - SOURCE_BLOCK + 1, ENTROPY_BYTES);
    assert_int_equal(held(1), ENTROPY_BYTES);
}

static void lies_of_the_device_end_the_source(void **state)
{
    static const uint32_t lie[][2] = {{0, 0}, {0, SOURCE_BYTES + 1}, {4, 32}, {1, 32}, {8, 32}};

    (void)state;
    for (uint32_t i = 0; i < sizeof lie / sizeof lie[0]; i++) {
        fresh(NULL);
        fill_take(&fill, 0, ring[0], &given[0]);
        assert_false(fill_serve(&fill).failed);
        device_lie(0, lie[i][0], lie[i][1]);
        assert_true(fill_serve(&fill).failed);
        assert_int_equal(held(0), 0);
    }
}

static void another_device_is_none(void **state)
{
    (void)state;
    device_begin(VIRTIO_TYPE_NET, 0, 3);
    assert_false(start(key));
    device_begin(VIRTIO_TYPE_ENTROPY, 0, 1);
    device.most[0] = 4;
    assert_false(start(key));
    assert_int_equal(device.status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(rings_are_kept_full, fresh),
        cmocka_unit_test_setup(each_block_has_fresh_bytes, fresh),
        cmocka_unit_test_setup(both_sources_count, fresh),
        cmocka_unit_test_setup(a_greedy_client_leaves_the_others_theirs, fresh),
        cmocka_unit_test_setup(a_mad_tail_closes_its_ring_only, fresh),
        cmocka_unit_test_setup(a_new_server_goes_on, fresh),
        cmocka_unit_test_setup(lies_of_the_device_end_the_source, fresh),
        cmocka_unit_test_setup(another_device_is_none, fresh),
    };
    const int count = (int)(sizeof tests / sizeof tests[0]);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    printf("unit-entropy: %d passed, %d failed\n", count - failed, failed);
    return failed == 0 ? 0 : 1;
}
