/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Overlays: the base stays as it is, and what was flushed is there after an end at any moment. */
#include "suite.h"
#include "world.h"

#include <errno.h>
#include <string.h>

#define DISK_BYTES  (40u * 1024u * 1024u) /* three pages of the map */
#define SMALL_BYTES (256u * 1024u)
#define BASE        0x5a

static int begin(uint32_t bytes)
{
    files_start();
    memset(files_add("base.img", bytes)->data, BASE, bytes);
    files_crash(false); /* all of it is safe now */
    world_reboot();
    return 0;
}

static int fresh(void **state)
{
    (void)state;
    return begin(DISK_BYTES);
}

static int fresh_small(void **state)
{
    (void)state;
    return begin(SMALL_BYTES);
}

static void attach(uint32_t c, const char *overlay)
{
    client_attach(c, "base.img", overlay, BUNDLE_DISK_OVERLAY);
    assert_string_equal(said, "");
    assert_true(client_ready(c));
}

static bool base_is_untouched(void)
{
    const struct model_file *f = files_find("base.img");

    for (uint32_t i = 0; i < DISK_BYTES; i++) {
        if (f->data[i] != BASE)
            return false;
    }
    return f->bytes == DISK_BYTES;
}

static void writes_go_to_the_overlay(void **state)
{
    const struct model_file *f;

    (void)state;
    attach(0, "web.overlay");
    f = files_find("web.overlay");
    assert_non_null(f);
    assert_int_equal(f->bytes, 4096 + 3 * 4096 + DISK_BYTES);
    assert_memory_equal(f->data, "SEPOVER1", 8);
    assert_true(client_reads(0, 0, 16384, BASE));
    assert_int_equal(client_write(0, 1024, 512, 1), BLOCK_OK);
    assert_true(client_reads(0, 1024, 512, 1));
    assert_true(client_reads(0, 0, 1024, BASE));
    assert_true(client_reads(0, 1536, 8192, BASE));
    assert_int_equal(f->data[4096 + 3 * 4096 + 1024], 1);
    assert_int_equal(f->data[4096], 0); /* not before a flush */
    assert_int_equal(client_do(0, BLOCK_FLUSH, 0, 0), BLOCK_OK);
    assert_int_equal(f->data[4096], 4);
    assert_true(base_is_untouched());
}

/* One read across sectors of both files, in pieces. */
static void mixed_reads(void **state)
{
    const uint64_t at = 16 * 1024 * 1024 - 8192; /* across two pages of the map */

    (void)state;
    attach(0, "web.overlay");
    for (uint32_t i = 0; i < 32; i += 2)
        assert_int_equal(client_write(0, at + 512 * (uint64_t)i, 512, (uint8_t)(i + 1)), BLOCK_OK);
    assert_int_equal(client_do(0, BLOCK_READ, at, 16384), BLOCK_OK);
    for (uint32_t i = 0; i < 32; i++)
        assert_int_equal(client_data(0, 0)[512 * i + 7], i % 2 == 0 ? i + 1 : BASE);
}

static void short_answers_are_gone_on_from(void **state)
{
    (void)state;
    attach(0, "web.overlay");
    assert_true(client_reads(0, 512, 512, BASE));
    files.short_by = 700;
    assert_int_equal(client_write(0, 512, 4096, 3), BLOCK_OK);
    assert_true(client_reads(0, 512, 4096, 3));
    assert_true(client_reads(0, 0, 512, BASE));
    assert_true(client_reads(0, 4608, 512, BASE));
}

static void zeroes_hide_the_base(void **state)
{
    (void)state;
    attach(0, "web.overlay");
    assert_int_equal(client_do(0, BLOCK_ZEROES, 15 * 1024 * 1024, 2 * 1024 * 1024), BLOCK_OK);
    assert_true(client_reads(0, 15 * 1024 * 1024, 512, 0));
    assert_true(client_reads(0, 17 * 1024 * 1024 - 512, 512, 0));
    assert_true(client_reads(0, 17 * 1024 * 1024, 512, BASE));
    assert_true(base_is_untouched());
}

static void two_guests_on_one_base(void **state)
{
    (void)state;
    attach(0, "web.overlay");
    attach(1, "db.overlay");
    assert_int_equal(client_write(0, 0, 512, 1), BLOCK_OK);
    assert_int_equal(client_write(1, 0, 512, 2), BLOCK_OK);
    assert_true(client_reads(0, 0, 512, 1));
    assert_true(client_reads(1, 0, 512, 2));
    assert_true(client_reads(0, 512, 512, BASE));
    assert_true(base_is_untouched());
}

static void a_guest_that_ends_loses_nothing(void **state)
{
    (void)state;
    attach(0, "web.overlay");
    assert_int_equal(client_write(0, 0, 512, 1), BLOCK_OK);
    client_detach(0);
    assert_int_equal(link_of_all.seen[0], link_of_all.client[0].wanted);
    assert_int_equal(files.fids, 0);
    attach(0, "web.overlay");
    assert_true(client_reads(0, 0, 512, 1));
}

static void is_refused(const char *words)
{
    client_attach(0, "base.img", "web.overlay", BUNDLE_DISK_OVERLAY);
    assert_int_equal(ring[0]->state, DEVICE_BROKEN);
    assert_non_null(strstr(said, words));
}

static void another_file_is_no_overlay(void **state)
{
    (void)state;
    memset(files_add("web.overlay", 1024 * 1024)->data, 1, 1024 * 1024);
    is_refused("'web.overlay' is no overlay");
    assert_int_equal(files_find("web.overlay")->data[0], 1);
}

static void an_empty_image_is_no_overlay(void **state)
{
    (void)state;
    (void)files_add("web.overlay", 1024 * 1024);
    is_refused("'web.overlay' is no overlay");
    assert_int_equal(files_find("web.overlay")->data[0], 0);
}

static void an_overlay_of_another_size(void **state)
{
    (void)state;
    attach(0, "web.overlay");
    client_detach(0);
    files_find("base.img")->bytes -= 512;
    is_refused("was made for a file of another size");
}

static void an_overlay_without_a_folder(void **state)
{
    (void)state;
    client_attach(0, "base.img", "none/web.overlay", BUNDLE_DISK_OVERLAY);
    assert_int_equal(ring[0]->state, DEVICE_BROKEN);
    assert_non_null(strstr(said, "overlay 'none/web.overlay' cannot be used: there is no such file"));
    client_detach(0);
    assert_int_equal(files.fids, 0);
}

static void a_full_host(void **state)
{
    (void)state;
    attach(0, "web.overlay");
    assert_int_equal(client_write(0, 0, 512, 1), BLOCK_OK);
    files.room = 0;
    assert_int_equal(client_do(0, BLOCK_FLUSH, 0, 0), BLOCK_IO_ERROR);
    assert_non_null(strstr(said, "cannot be made safe in overlay 'web.overlay': the host has no room left"));
    assert_true(client_reads(0, 0, 512, 1));
    files.room = 1024 * 1024;
    assert_int_equal(client_do(0, BLOCK_FLUSH, 0, 0), BLOCK_OK);
    assert_int_equal(files_find("web.overlay")->safe[4096], 1);
}

static void a_map_that_cannot_be_read(void **state)
{
    (void)state;
    attach(0, "web.overlay");
    files.fail_type = 116;
    files.fail_error = EIO;
    assert_false(client_reads(0, 0, 512, BASE));
    assert_non_null(strstr(said, "the map of overlay 'web.overlay' cannot be read"));
    files.fail_type = 0;
    assert_true(client_reads(0, 0, 512, BASE));
}

/* More of the map is written than there is memory for: pages go out and come back. */
static void a_map_larger_than_memory(void **state)
{
    (void)state;
    attach(0, "web.overlay");
    for (uint32_t i = 3; i < MAP_PAGES; i++)
        map->page[i] = (struct map_page){PAGE_LOADING, DEVICE_CLIENTS - 1, i, 0};
    map->page[0].state = PAGE_LOADING;
    map->page[1].state = PAGE_LOADING;
    map->page[0].disk = map->page[1].disk = DEVICE_CLIENTS - 1; /* one page is left */
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 3; i++)
            assert_int_equal(client_write(0, (uint64_t)i << 24, 512, (uint8_t)(10 * round + i)), BLOCK_OK);
    }
    for (uint32_t i = 0; i < 3; i++)
        assert_true(client_reads(0, (uint64_t)i << 24, 512, (uint8_t)(20 + i)));
    assert_int_equal(client_write(0, 1024, 512, 99), BLOCK_OK);
    files.room = 0;
    assert_int_equal(client_do(0, BLOCK_READ, UINT64_C(2) << 24, 512), BLOCK_IO_ERROR);
    assert_true(client_reads(0, 1024, 512, 99));
    files.room = 1024 * 1024;
    assert_true(client_reads(0, UINT64_C(2) << 24, 512, 22));
    assert_true(client_reads(0, 1024, 512, 99));
}

/*
 * Sectors are written, flushed now and then, and everything ends at a moment of chance: by QEMU's end alone, or by the
 * host's, after which any part of what was not synced may be there. Each sector holds what it held at the last flush
 * that was answered, or something that was written to it since.
 */
#define SECTORS 64u
#define STEPS   60u

static uint8_t flushed[SECTORS];       /* what is promised */
static bool may[SECTORS][256];         /* what may be there */

static uint64_t place_of(uint32_t sector)
{
    return (uint64_t)sector * (SMALL_BYTES / SECTORS);
}

static void promise(const uint8_t *now)
{
    for (uint32_t s = 0; s < SECTORS; s++) {
        flushed[s] = now[s];
        memset(may[s], 0, sizeof may[s]);
        may[s][now[s]] = true;
    }
}

static void crash_after(uint32_t steps, bool power, uint8_t *now)
{
    uint32_t partial;

    for (uint32_t i = 0; i < steps; i++) {
        const uint32_t s = model_random(SECTORS);

        if (model_random(8) == 0) {
            if (client_do(0, BLOCK_FLUSH, 0, 0) == BLOCK_OK)
                promise(now);
            continue;
        }
        now[s] = (uint8_t)model_random(256);
        may[s][now[s]] = true;
        assert_int_equal(client_write(0, place_of(s), 512, now[s]), BLOCK_OK);
    }
    /* a write and a flush are under way, and some of their questions are answered */
    memset(client_data(0, 1), 0xee, 512);
    may[0][0xee] = true;
    client_put(0, BLOCK_WRITE, 1, place_of(0), 512);
    client_put(0, BLOCK_FLUSH, 2, 0, 0);
    partial = model_random(8);
    for (uint32_t i = 0; i < partial; i++) {
        (void)serve_round();
        model_serve(true);
    }
    files_crash(power);
    world_reboot();
}

static void survives(bool power)
{
    for (uint32_t run = 0; run < 60; run++) {
        uint8_t now[SECTORS];

        (void)fresh_small(NULL);
        memset(now, BASE, sizeof now);
        promise(now);
        attach(0, "web.overlay");
        for (uint32_t life = 0; life < 3; life++) {
            model_seed(1000 * run + life);
            crash_after(model_random(STEPS), power, now);
            attach(0, "web.overlay");
            for (uint32_t s = 0; s < SECTORS; s++) {
                assert_int_equal(client_do(0, BLOCK_READ, place_of(s), 512), BLOCK_OK);
                now[s] = client_data(0, 0)[5];
                assert_true(may[s][now[s]]);
                assert_true(client_reads(0, place_of(s), 512, now[s]));
            }
            if (client_do(0, BLOCK_FLUSH, 0, 0) == BLOCK_OK)
                promise(now);
        }
    }
}

static void survives_the_end_of_the_machine(void **state)
{
    (void)state;
    survives(false);
}

static void survives_the_end_of_the_host(void **state)
{
    (void)state;
    survives(true);
}

/* Its making is cut short after any of its questions: the next start goes on. */
static void a_making_that_is_cut_short(void **state)
{
    static const uint32_t types[] = {14, 26, 118, 50};

    for (uint32_t i = 0; i < 4; i++) {
        (void)fresh_small(state);
        files.fail_type = types[i];
        files.fail_error = EIO;
        client_attach(0, "base.img", "web.overlay", BUNDLE_DISK_OVERLAY);
        assert_int_equal(ring[0]->state, DEVICE_BROKEN);
        files.fail_type = 0;
        files_crash(false);
        world_reboot();
        attach(0, "web.overlay");
        assert_int_equal(client_write(0, 0, 512, 4), BLOCK_OK);
        assert_true(client_reads(0, 0, 512, 4));
    }
}

int overlay_tests(int *count)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(writes_go_to_the_overlay, fresh),
        cmocka_unit_test_setup(mixed_reads, fresh),
        cmocka_unit_test_setup(short_answers_are_gone_on_from, fresh_small),
        cmocka_unit_test_setup(zeroes_hide_the_base, fresh),
        cmocka_unit_test_setup(two_guests_on_one_base, fresh),
        cmocka_unit_test_setup(a_guest_that_ends_loses_nothing, fresh_small),
        cmocka_unit_test_setup(another_file_is_no_overlay, fresh_small),
        cmocka_unit_test_setup(an_empty_image_is_no_overlay, fresh_small),
        cmocka_unit_test_setup(an_overlay_of_another_size, fresh_small),
        cmocka_unit_test_setup(an_overlay_without_a_folder, fresh_small),
        cmocka_unit_test_setup(a_full_host, fresh_small),
        cmocka_unit_test_setup(a_map_that_cannot_be_read, fresh_small),
        cmocka_unit_test_setup(a_map_larger_than_memory, fresh),
        cmocka_unit_test(survives_the_end_of_the_machine),
        cmocka_unit_test(survives_the_end_of_the_host),
        cmocka_unit_test(a_making_that_is_cut_short),
    };

    *count += (int)(sizeof tests / sizeof tests[0]);
    return cmocka_run_group_tests_name("block: overlays", tests, NULL, NULL);
}
