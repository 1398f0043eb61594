/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Disks that are files: what guests read and write, what goes wrong on the host, and whom it harms. */
#include "suite.h"
#include "world.h"

#include <errno.h>
#include <string.h>

#define DISK_BYTES (1024u * 1024u)

static int fresh(void **state)
{
    (void)state;
    world_begin();
    (void)files_add("web.img", DISK_BYTES);
    (void)files_add("db.img", DISK_BYTES);
    return 0;
}

static void is_told_of_its_disk(void **state)
{
    (void)state;
    client_attach(0, "web.img", "", 0);
    assert_true(client_ready(0));
    assert_int_equal(ring[0]->bytes, DISK_BYTES);
    assert_int_equal(ring[0]->flags, BLOCK_FLAG_DISCARD | BLOCK_FLAG_ZEROES);
    assert_string_equal(ring[0]->id, "web.img");
    assert_int_equal(ring[0]->epoch, 1);
    assert_true(bells[0] > 0);
    assert_string_equal(said, "");
}

static void what_is_written_is_in_the_file(void **state)
{
    struct model_file *f = files_find("web.img");

    (void)state;
    client_attach(0, "web.img", "", 0);
    assert_int_equal(client_write(0, 512, 1024, 0xa5), BLOCK_OK);
    assert_int_equal(f->data[511], 0);
    assert_int_equal(f->data[512], 0xa5);
    assert_int_equal(f->data[1535], 0xa5);
    assert_int_equal(f->data[1536], 0);
    assert_true(client_reads(0, 512, 1024, 0xa5));
    assert_true(client_reads(0, DISK_BYTES - 512, 512, 0));
    assert_int_equal(link_of_all.counter[0][COUNT_WRITES], 1);
    assert_int_equal(link_of_all.counter[0][COUNT_WRITTEN_BYTES], 1024);
    assert_int_equal(link_of_all.counter[0][COUNT_READS], 2);
}

static void a_flush_reaches_the_host(void **state)
{
    struct model_file *f = files_find("web.img");

    (void)state;
    client_attach(0, "web.img", "", 0);
    assert_int_equal(client_write(0, 0, 512, 7), BLOCK_OK);
    assert_int_equal(f->safe[0], 0);
    assert_int_equal(client_do(0, BLOCK_FLUSH, 0, 0), BLOCK_OK);
    assert_int_equal(f->safe[0], 7);
    assert_int_equal(link_of_all.counter[0][COUNT_FLUSHES], 1);
}

static void zeroes_and_discard(void **state)
{
    struct model_file *f = files_find("web.img");

    (void)state;
    memset(f->data, 0xee, DISK_BYTES);
    client_attach(0, "web.img", "", 0);
    assert_int_equal(client_do(0, BLOCK_ZEROES, 512, 100 * 1024), BLOCK_OK);
    assert_int_equal(f->data[511], 0xee);
    assert_int_equal(f->data[512], 0);
    assert_int_equal(f->data[512 + 100 * 1024 - 1], 0);
    assert_int_equal(f->data[512 + 100 * 1024], 0xee);
    assert_int_equal(client_do(0, BLOCK_ZEROES, 0, 0), BLOCK_OK);
    assert_int_equal(client_do(0, BLOCK_DISCARD, 0, DISK_BYTES), BLOCK_OK);
    assert_int_equal(client_do(0, BLOCK_DISCARD, 512, DISK_BYTES), BLOCK_IO_ERROR);
    assert_int_equal(f->bytes, DISK_BYTES);
}

static void short_answers_are_gone_on_from(void **state)
{
    struct model_file *f = files_find("web.img");

    (void)state;
    client_attach(0, "web.img", "", 0);
    files.short_by = 300;
    assert_int_equal(client_write(0, 0, 4096, 0x11), BLOCK_OK);
    assert_int_equal(f->data[4095], 0x11);
    assert_true(client_reads(0, 0, 4096, 0x11));
}

static void read_only_refuses(void **state)
{
    struct model_file *f = files_find("web.img");

    (void)state;
    f->read_only = true;
    client_attach(0, "web.img", "", BUNDLE_DISK_READ_ONLY);
    assert_int_equal(ring[0]->flags, BLOCK_FLAG_READ_ONLY);
    assert_int_equal(client_write(0, 0, 512, 1), BLOCK_IO_ERROR);
    assert_int_equal(client_do(0, BLOCK_ZEROES, 0, 512), BLOCK_UNSUPPORTED);
    assert_int_equal(client_do(0, BLOCK_DISCARD, 0, 512), BLOCK_UNSUPPORTED);
    assert_int_equal(client_do(0, BLOCK_FLUSH, 0, 0), BLOCK_OK);
    assert_true(client_reads(0, 0, 512, 0));
    assert_int_equal(files.asked[118] + files.asked[50], 0);
}

/* The disk is closed, one line says why, and the other disk works. */
static void is_refused(const char *path, uint32_t flags, const char *words)
{
    client_attach(1, "db.img", "", 0);
    client_attach(0, path, "", flags);
    assert_int_equal(ring[0]->state, DEVICE_BROKEN);
    assert_true(bells[0] > 0);
    assert_non_null(strstr(said, words));
    assert_non_null(strstr(said, "guest 'web', disk 0 ('"));
    assert_ptr_equal(strchr(said, '\n'), strrchr(said, '\n'));
    assert_int_equal(client_write(1, 0, 512, 9), BLOCK_OK);
}

static void a_missing_file(void **state)
{
    (void)state;
    is_refused("none.img", 0, "'none.img' cannot be used: there is no such file in the shared directory");
}

static void a_file_in_a_missing_folder(void **state)
{
    (void)state;
    is_refused("a/b/none.img", 0, "there is no such file");
}

static void a_file_that_cannot_be_written(void **state)
{
    (void)state;
    files_find("web.img")->read_only = true;
    is_refused("web.img", 0, "the host does not allow it");
}

static void a_file_of_odd_size(void **state)
{
    (void)state;
    (void)files_add("odd.img", 1000);
    is_refused("odd.img", 0, "the file has 1000 bytes, and a disk has whole sectors: truncate -s %512");
}

static void an_empty_file(void **state)
{
    (void)state;
    (void)files_add("empty.img", 0);
    is_refused("empty.img", 0, "the file has 0 bytes");
}

static void a_directory(void **state)
{
    (void)state;
    files_find("web.img")->mode = 0040755;
    is_refused("web.img", 0, "not a regular file");
}

static void a_full_host(void **state)
{
    (void)state;
    client_attach(0, "web.img", "", 0);
    client_attach(1, "db.img", "", 0);
    files.room = 0;
    assert_int_equal(client_write(0, 0, 512, 1), BLOCK_IO_ERROR);
    assert_non_null(strstr(said, "guest 'web', disk 0 ('web.img'): a sector cannot be written: the host has no room left"));
    assert_true(client_reads(1, 0, 512, 0));
    files.room = 4096;
    assert_int_equal(client_write(0, 0, 512, 1), BLOCK_OK);
    assert_int_equal(link_of_all.counter[0][COUNT_ERRORS], 1);
}

static void a_failed_flush_is_told(void **state)
{
    (void)state;
    client_attach(0, "web.img", "", 0);
    files.fail_type = 50;
    files.fail_error = EIO;
    assert_int_equal(client_do(0, BLOCK_FLUSH, 0, 0), BLOCK_IO_ERROR);
    assert_non_null(strstr(said, "what was written cannot be made safe: the host has an I/O error"));
}

static void a_file_that_shrinks(void **state)
{
    (void)state;
    client_attach(0, "web.img", "", 0);
    files_find("web.img")->bytes = 512;
    assert_false(client_reads(0, 0, 1024, 0));
    assert_true(client_reads(0, 0, 512, 0));
    assert_non_null(strstr(said, "the file has become shorter than the disk"));
}

static void complaints_end(void **state)
{
    uint32_t lines = 0;

    (void)state;
    client_attach(0, "web.img", "", 0);
    files.room = 0;
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(client_write(0, 0, 512, 1), BLOCK_IO_ERROR);
    for (const char *c = said; *c != '\0'; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 8);
    assert_non_null(strstr(said, "no more is said of this disk\n"));
}

static void long_paths_are_walked_in_pieces(void **state)
{
    (void)state;
    (void)files_add("a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/deep.img", 512);
    client_attach(0, "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/deep.img", "", 0);
    assert_true(client_ready(0));
    assert_true(files.asked[110] == 2);
    client_attach(1, "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/none.img", "", 0);
    assert_int_equal(ring[1]->state, DEVICE_BROKEN);
    client_detach(0);
    client_detach(1);
    assert_int_equal(files.fids, 0);
}

/* A flood from one client, sixteen at a time without end, leaves the other its share of each round. */
static void a_flood_delays_others_by_its_share(void **state)
{
    uint32_t before;

    (void)state;
    client_attach(0, "web.img", "", 0);
    client_attach(1, "db.img", "", 0);
    for (uint32_t i = 0; i < BLOCK_SLOTS; i++)
        client_put(0, BLOCK_ZEROES, i, 0, DISK_BYTES);
    (void)serve_round();
    client_put(1, BLOCK_READ, 0, 0, 512);
    before = files.asked[118];
    for (uint32_t i = 0; client_status(1, 0) == -1; i++) {
        assert_true(i < 4);
        (void)serve_round();
        model_serve(false);
    }
    assert_int_equal(client_status(1, 0), BLOCK_OK);
    assert_true(files.asked[118] - before <= 3 * DISK_UNDER_WAY);
    world_run();
    for (uint32_t i = 0; i < BLOCK_SLOTS; i++)
        assert_int_equal(client_status(0, i), BLOCK_OK);
}

static void slots_take_turns(void **state)
{
    (void)state;
    client_attach(0, "web.img", "", 0);
    for (uint32_t i = 0; i < BLOCK_SLOTS - 1; i++)
        client_put(0, BLOCK_ZEROES, i, 0, DISK_BYTES);
    client_put(0, BLOCK_READ, BLOCK_SLOTS - 1, 0, 512);
    for (uint32_t i = 0; client_status(0, BLOCK_SLOTS - 1) == -1; i++) {
        assert_true(i < 8);
        (void)serve_round();
        model_serve(false);
    }
    world_run();
}

/* Whatever the order of the device's answers, each slot gets its own. */
static void answers_come_in_any_order(void **state)
{
    (void)state;
    client_attach(0, "web.img", "", 0);
    for (uint32_t round = 0; round < 50; round++) {
        model_seed(round);
        for (uint32_t i = 0; i < BLOCK_SLOTS; i++) {
            memset(client_data(0, i), (int)(round + i), 4096);
            client_put(0, BLOCK_WRITE, i, 4096 * (uint64_t)i, 4096);
        }
        world_run_any();
        for (uint32_t i = 0; i < BLOCK_SLOTS; i++) {
            assert_int_equal(client_status(0, i), BLOCK_OK);
            assert_int_equal(files_find("web.img")->data[4096 * i], (uint8_t)(round + i));
        }
    }
}

int disk_tests(int *count)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(is_told_of_its_disk, fresh),
        cmocka_unit_test_setup(what_is_written_is_in_the_file, fresh),
        cmocka_unit_test_setup(a_flush_reaches_the_host, fresh),
        cmocka_unit_test_setup(zeroes_and_discard, fresh),
        cmocka_unit_test_setup(short_answers_are_gone_on_from, fresh),
        cmocka_unit_test_setup(read_only_refuses, fresh),
        cmocka_unit_test_setup(a_missing_file, fresh),
        cmocka_unit_test_setup(a_file_in_a_missing_folder, fresh),
        cmocka_unit_test_setup(a_file_that_cannot_be_written, fresh),
        cmocka_unit_test_setup(a_file_of_odd_size, fresh),
        cmocka_unit_test_setup(an_empty_file, fresh),
        cmocka_unit_test_setup(a_directory, fresh),
        cmocka_unit_test_setup(a_full_host, fresh),
        cmocka_unit_test_setup(a_failed_flush_is_told, fresh),
        cmocka_unit_test_setup(a_file_that_shrinks, fresh),
        cmocka_unit_test_setup(complaints_end, fresh),
        cmocka_unit_test_setup(long_paths_are_walked_in_pieces, fresh),
        cmocka_unit_test_setup(a_flood_delays_others_by_its_share, fresh),
        cmocka_unit_test_setup(slots_take_turns, fresh),
        cmocka_unit_test_setup(answers_come_in_any_order, fresh),
    };

    *count += (int)(sizeof tests / sizeof tests[0]);
    return cmocka_run_group_tests_name("block: disks", tests, NULL, NULL);
}
