/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Slices of one disk: whose sectors are whose, what the disk is told, and what becomes of it when somebody is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "world.h"

#include <stdio.h>
#include <string.h>

#define FIRST 64u /* of 'web' */
#define COUNT 64u
#define BYTES (COUNT * BLOCK_SECTOR)

/* 'web' has the slice <64 64>, 'db' <128 16> behind it. */
static int fresh(void **state)
{
    (void)state;
    if (!world_begin(F_ALL, false))
        return -1;
    client_add(0, FIRST, COUNT, 0);
    client_add(1, FIRST + COUNT, 16, 0);
    return world_run() ? 0 : -1;
}

static int done(uint32_t c, uint32_t op, uint64_t offset, uint64_t bytes)
{
    client_put(c, op, 0, offset, bytes);
    assert_true(world_run());
    return client_status(c, 0);
}

static int written(uint32_t c, uint64_t offset, uint32_t bytes, uint8_t value)
{
    memset(ring[c]->data[0], value, bytes);
    return done(c, BLOCK_WRITE, offset, bytes);
}

/* Those sectors of the disk hold that value, and no neighbour does. */
static void holds(uint32_t sector, uint32_t count, uint8_t value)
{
    for (uint32_t i = 0; i < count; i++)
        assert_true(model.data[sector + i][0] == value && model.data[sector + i][BLOCK_SECTOR - 1] == value);
    assert_int_not_equal(model.data[sector - 1][BLOCK_SECTOR - 1], value);
    assert_int_not_equal(model.data[sector + count][0], value);
}

static void each_is_told_of_its_slice(void **state)
{
    (void)state;
    assert_int_equal(ring[0]->state, DEVICE_READY);
    assert_int_equal(ring[0]->bytes, BYTES);
    assert_int_equal(ring[0]->flags, BLOCK_FLAG_DISCARD | BLOCK_FLAG_ZEROES);
    assert_int_equal(ring[0]->epoch, 1);
    assert_string_equal(ring[0]->id, "slice-64");
    assert_string_equal(ring[1]->id, "slice-128");
    assert_int_equal(ring[1]->bytes, 16 * BLOCK_SECTOR);
    assert_true(bells[0] > 0 && bells[1] > 0);
    assert_string_equal(said, "");
}

static void sectors_count_from_the_slices_first(void **state)
{
    (void)state;
    assert_int_equal(written(0, 512, 1024, 0xa5), BLOCK_OK);
    holds(FIRST + 1, 2, 0xa5);
    assert_int_equal(written(0, BYTES - 512, 512, 0xa6), BLOCK_OK);
    holds(FIRST + COUNT - 1, 1, 0xa6);
    assert_int_equal(written(1, 0, BLOCK_SLOT_BYTES / 2, 0xa7), BLOCK_OK);
    holds(FIRST + COUNT, 16, 0xa7);
    memset(ring[0]->data[0], 0, 1024);
    assert_int_equal(done(0, BLOCK_READ, 512, 1024), BLOCK_OK);
    assert_int_equal(ring[0]->data[0][1023], 0xa5);
    assert_int_equal(link_of_all.counter[0][COUNT_WRITES], 2);
    assert_int_equal(link_of_all.counter[0][COUNT_READ_BYTES], 1024);
    assert_int_equal(link_of_all.counter[1][COUNT_WRITTEN_BYTES], 8192);
}

/* The disk never hears of what does not lie within the slice. */
static void nothing_outside_is_asked_for(void **state)
{
    static const uint64_t at[][2] = {{BYTES, 512}, {BYTES - 512, 1024}, {0, BLOCK_SLOT_BYTES + 512}, {UINT64_MAX - 511, 512},
                                     {-(uint64_t)512, 1024}, {1, 512}, {0, 100}, {UINT64_MAX / 512 * 512, 1024}};
    static const uint32_t ops[] = {BLOCK_READ, BLOCK_WRITE, BLOCK_DISCARD, BLOCK_ZEROES};

    (void)state;
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        for (size_t k = 0; k < sizeof ops / sizeof ops[0]; k++) {
            if (at[i][0] == 0 && at[i][1] % 512 == 0 && k >= 2)
                continue;
            assert_int_equal(done(0, ops[k], at[i][0], at[i][1]), BLOCK_IO_ERROR);
        }
    }
    assert_int_equal(done(0, 9, 0, 0), BLOCK_UNSUPPORTED);
    for (size_t t = 0; t < sizeof model.asked / sizeof model.asked[0]; t++)
        assert_int_equal(model.asked[t], 0);
    assert_string_equal(said, "");
}

static void zeroes_and_discards_go_in_pieces(void **state)
{
    (void)state;
    memset(model.data, 0xee, sizeof model.data);
    assert_int_equal(done(0, BLOCK_ZEROES, 512, 20 * 512), BLOCK_OK);
    assert_int_equal(model.asked[13], 3); /* of 8 sectors */
    holds(FIRST + 1, 20, 0);
    assert_int_equal(done(0, BLOCK_DISCARD, 0, BYTES), BLOCK_OK);
    assert_int_equal(model.asked[11], 4); /* of 16 */
    holds(FIRST, COUNT, 0xdd);
    assert_int_equal(done(0, BLOCK_ZEROES, 0, 0), BLOCK_OK);
    assert_int_equal(model.asked[13], 3);
}

static void a_disk_without_them_offers_none(void **state)
{
    (void)state;
    assert_true(world_begin(F_FLUSH, false));
    client_add(0, FIRST, COUNT, 0);
    assert_true(world_run());
    assert_int_equal(ring[0]->flags, 0);
    assert_int_equal(done(0, BLOCK_ZEROES, 0, 512), BLOCK_UNSUPPORTED);
    assert_int_equal(done(0, BLOCK_DISCARD, 0, 512), BLOCK_UNSUPPORTED);
    assert_int_equal(model.asked[13] + model.asked[11], 0);
    assert_int_equal(device.agreed, F_FLUSH | VIRTIO_F_VERSION_1);
}

static void a_flush_reaches_the_disk(void **state)
{
    (void)state;
    assert_int_equal(written(0, 0, 512, 7), BLOCK_OK);
    assert_int_equal(model.safe[FIRST][0], 0);
    assert_int_equal(done(0, BLOCK_FLUSH, 0, 0), BLOCK_OK);
    assert_int_equal(model.safe[FIRST][0], 7);
    assert_int_equal(link_of_all.counter[0][COUNT_FLUSHES], 1);
    assert_true(world_begin(F_ALL & ~F_FLUSH, false)); /* it has no cache */
    client_add(0, FIRST, COUNT, 0);
    assert_true(world_run());
    assert_int_equal(written(0, 0, 512, 7), BLOCK_OK);
    assert_int_equal(done(0, BLOCK_FLUSH, 0, 0), BLOCK_OK);
    assert_int_equal(model.asked[4], 0);
}

static void read_only_is_not_written(void **state)
{
    (void)state;
    client_add(2, FIRST, 4, BUNDLE_DISK_READ_ONLY);
    assert_int_equal(written(0, 0, 512, 9), BLOCK_OK);
    assert_int_equal(ring[2]->flags, BLOCK_FLAG_READ_ONLY);
    assert_int_equal(written(2, 0, 512, 1), BLOCK_IO_ERROR);
    assert_int_equal(done(2, BLOCK_ZEROES, 0, 512), BLOCK_UNSUPPORTED);
    assert_int_equal(done(2, BLOCK_FLUSH, 0, 0), BLOCK_OK);
    assert_int_equal(done(2, BLOCK_READ, 0, 512), BLOCK_OK);
    assert_int_equal(ring[2]->data[0][0], 9);
    assert_int_equal(model.asked[4], 0);
}

/* One line names guest, slice and what to do; the other disk works. */
static void is_refused(uint64_t first, uint64_t count, const char *words)
{
    said[0] = '\0';
    client_add(2, first, count, 0);
    assert_true(world_run());
    assert_int_equal(ring[2]->state, DEVICE_BROKEN);
    assert_non_null(strstr(said, words));
    assert_ptr_equal(strchr(said, '\n'), strrchr(said, '\n'));
    assert_true(bells[2] > 0);
    assert_int_equal(written(1, 0, 512, 3), BLOCK_OK);
    client_remove(2);
    assert_true(world_run());
    assert_int_equal(link_of_all.seen[2], link_of_all.client[2].wanted);
}

static void a_slice_beyond_the_disk_is_refused(void **state)
{
    (void)state;
    is_refused(SECTORS - 8, 9, "guest 'log', disk 2 (slice <248 9>): it ends at sector 257, and the machine's disk has 256: "
                               "shrink or move the slice");
    is_refused(0, SECTORS + 1, "has 256");
    is_refused(SECTORS + 100, 1, "ends at sector 357");
    client_add(2, SECTORS - 8, 8, 0);
    assert_true(world_run());
    assert_int_equal(ring[2]->state, DEVICE_READY);
}

static void a_disk_that_can_only_be_read_is_not_written(void **state)
{
    (void)state;
    assert_true(world_begin(F_ALL | F_RO, false));
    client_add(0, 0, 8, 0);
    client_add(1, 0, 8, BUNDLE_DISK_READ_ONLY);
    assert_true(world_run());
    assert_int_equal(ring[0]->state, DEVICE_BROKEN);
    assert_non_null(strstr(said, "the machine's disk can only be read: write read-only;"));
    assert_int_equal(done(1, BLOCK_READ, 0, 512), BLOCK_OK);
}

static void a_disk_that_cannot_be_used(void **state)
{
    const char *why;

    (void)state;
    device.config[21] = 0x10; /* 4,096 bytes and 512 */
    assert_false(world_restart());
    assert_int_equal(device.status, 0);
    assert_true(world_run());
    assert_int_equal(ring[0]->state, DEVICE_BROKEN);
    assert_non_null(strstr(said, "guest 'db', disk 1 (slice <128 16>): the machine's disk has sectors of another size"));
    client_remove(0);
    assert_true(world_run());
    assert_int_equal(link_of_all.seen[0], 2);
    device_begin(VIRTIO_TYPE_NET, F_ALL, 1);
    assert_false(drive_start(&drive, &fake_virtio, memory, (uintptr_t)memory, &why));
    device_begin(VIRTIO_TYPE_BLOCK, F_ALL, 1);
    device.most[0] = 64;
    assert_false(drive_start(&drive, &fake_virtio, memory, (uintptr_t)memory, &why));
    assert_string_equal(why, "has too small a queue");
    assert_int_equal(device.status, 0);
}

static void errors_are_told_and_end(void **state)
{
    uint32_t lines = 0;

    (void)state;
    model.fail = 1;
    for (uint32_t i = 0; i < 20; i++)
        assert_int_equal(written(0, 0, 512, 1), BLOCK_IO_ERROR);
    assert_non_null(strstr(said, "guest 'web', disk 0 (slice <64 64>): a sector cannot be written: the machine's disk has an "
                                 "I/O error; the guest got one\n"));
    for (const char *at = said; *at != '\0'; at++)
        lines += *at == '\n';
    assert_int_equal(lines, 8);
    assert_int_equal(link_of_all.counter[0][COUNT_ERRORS], 20);
    model.fail = 2;
    assert_int_equal(done(1, BLOCK_DISCARD, 0, 512), BLOCK_UNSUPPORTED);
    model.fail = 0;
    assert_int_equal(written(0, 0, 512, 1), BLOCK_OK);
}

/* What it did not write the guest must not take for the disk's. */
static void a_short_read_is_an_error(void **state)
{
    (void)state;
    model.shorter = 1;
    assert_int_equal(done(0, BLOCK_READ, 0, 4096), BLOCK_IO_ERROR);
    model.shorter = 0;
    assert_int_equal(done(0, BLOCK_READ, 0, 4096), BLOCK_OK);
}

static void answers_come_in_any_order(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 20; round++) {
        for (uint32_t i = 0; i < BLOCK_SLOTS; i++) {
            memset(ring[0]->data[i], (int)(round + i), 512);
            client_put(0, BLOCK_WRITE, i, 512 * (uint64_t)i, 512);
        }
        for (uint32_t k = 0; k < 100; k++) {
            assert_false(slices_round(&slices).failed);
            (void)model_serve((round + k) % 3 != 0);
        }
        for (uint32_t i = 0; i < BLOCK_SLOTS; i++) {
            assert_int_equal(client_status(0, i), BLOCK_OK);
            assert_int_equal(model.data[FIRST + i][0], (uint8_t)(round + i));
        }
    }
}

/* A flood from one client, sixteen at a time without end, leaves the others theirs. */
static void a_flood_delays_others_by_its_share(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < BLOCK_SLOTS; i++)
        client_put(0, BLOCK_ZEROES, i, 0, BYTES);
    (void)slices_round(&slices);
    (void)slices_round(&slices);
    assert_int_equal(slices.slice[0].under_way, SLICE_UNDER_WAY);
    client_put(1, BLOCK_READ, 0, 0, 512);
    for (uint32_t i = 0; client_status(1, 0) == -1; i++) {
        assert_true(i < SLICE_UNDER_WAY + 2);
        (void)slices_round(&slices);
        (void)model_serve(false);
    }
    assert_true(world_run());
    for (uint32_t i = 0; i < BLOCK_SLOTS; i++)
        assert_int_equal(client_status(0, i), BLOCK_OK);
}

/* While the disk may still write into a ring, the manager is not told that it was left. */
static void a_ring_is_left_when_nothing_is_under_way(void **state)
{
    (void)state;
    client_put(0, BLOCK_READ, 0, 0, 512);
    client_put(0, BLOCK_READ, 1, 0, 512);
    (void)slices_round(&slices);
    client_remove(0);
    for (uint32_t i = 0; i < 2; i++) {
        (void)slices_round(&slices);
        assert_int_equal(link_of_all.seen[0], 1);
        assert_int_equal(released[0], 0);
        assert_true(model_serve(false));
    }
    memset(bells, 0, sizeof bells);
    assert_true(world_run());
    assert_int_equal(link_of_all.seen[0], 2);
    assert_int_equal(released[0], 1);
    assert_int_equal(ring[0]->served, 0);
    assert_int_equal(bells[0], 0);
    client_add(0, FIRST, 8, 0); /* another life of the guest */
    assert_true(world_run());
    assert_int_equal(written(0, 0, 512, 5), BLOCK_OK);
    assert_int_equal(ring[0]->bytes, 8 * 512);
}

static void a_mad_ring_closes_itself_only(void **state)
{
    (void)state;
    client_put(0, BLOCK_READ, 3, 0, 512);
    (void)slices_round(&slices);
    ring[0]->asked += BLOCK_SLOTS + 1;
    assert_true(world_run());
    assert_int_equal(ring[0]->state, DEVICE_BROKEN);
    assert_non_null(strstr(said, "its monitor breaks the rules of the ring: the disk is closed"));
    assert_int_equal(client_status(0, 3), -1);
    assert_int_equal(written(1, 0, 512, 4), BLOCK_OK);
    client_put(1, BLOCK_READ, BLOCK_SLOTS - 1, 0, 512);
    ring[1]->request[(ring[1]->asked - 1) % BLOCK_SLOTS].slot = BLOCK_SLOTS;
    assert_true(world_run());
    assert_int_equal(ring[1]->state, DEVICE_BROKEN);
}

/* A server that is started again takes in what was under way in a new epoch; what the old device did is over. */
static void a_new_server_goes_on(void **state)
{
    (void)state;
    client_put(0, BLOCK_WRITE, 0, 0, 512);
    (void)slices_round(&slices);
    assert_true(world_restart());
    assert_true(world_run());
    assert_int_equal(ring[0]->epoch, 2);
    assert_int_equal(ring[0]->served, 0);
    assert_int_equal(model.asked[1], 0);
    assert_int_equal(written(0, 0, 512, 8), BLOCK_OK);
    holds(FIRST, 1, 8);
}

static void lies_of_the_device_are_found_out(void **state)
{
    static const uint32_t lie[][2] = {{4, 1}, {1, 1}, {128, 1}, {0, 514}};

    for (size_t i = 0; i < sizeof lie / sizeof lie[0]; i++) {
        fresh(state);
        client_put(0, BLOCK_READ, 0, 0, 512);
        (void)slices_round(&slices);
        device_lie(0, lie[i][0], lie[i][1]);
        assert_true(slices_round(&slices).failed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_is_told_of_its_slice, fresh),
        cmocka_unit_test_setup(sectors_count_from_the_slices_first, fresh),
        cmocka_unit_test_setup(nothing_outside_is_asked_for, fresh),
        cmocka_unit_test_setup(zeroes_and_discards_go_in_pieces, fresh),
        cmocka_unit_test(a_disk_without_them_offers_none),
        cmocka_unit_test_setup(a_flush_reaches_the_disk, fresh),
        cmocka_unit_test_setup(read_only_is_not_written, fresh),
        cmocka_unit_test_setup(a_slice_beyond_the_disk_is_refused, fresh),
        cmocka_unit_test(a_disk_that_can_only_be_read_is_not_written),
        cmocka_unit_test_setup(a_disk_that_cannot_be_used, fresh),
        cmocka_unit_test_setup(errors_are_told_and_end, fresh),
        cmocka_unit_test_setup(a_short_read_is_an_error, fresh),
        cmocka_unit_test_setup(answers_come_in_any_order, fresh),
        cmocka_unit_test_setup(a_flood_delays_others_by_its_share, fresh),
        cmocka_unit_test_setup(a_ring_is_left_when_nothing_is_under_way, fresh),
        cmocka_unit_test_setup(a_mad_ring_closes_itself_only, fresh),
        cmocka_unit_test_setup(a_new_server_goes_on, fresh),
        cmocka_unit_test_setup(lies_of_the_device_are_found_out, fresh),
    };
    const int count = (int)(sizeof tests / sizeof tests[0]);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    printf("unit-disk: %d passed, %d failed\n", count - failed, failed);
    return failed == 0 ? 0 : 1;
}
