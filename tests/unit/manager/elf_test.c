/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "suite.h"

#include "manager/elf.h"

#include <septum/abi.h>
#include <string.h>

static uint8_t data[ELF_BYTES];
static struct elf_image image;
static char why[80];

static int fresh(void **state)
{
    (void)state;
    elf_good(data);
    return 0;
}

static void set(size_t at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        data[at + i] = (uint8_t)(value >> (8 * i));
}

/* The file with `value` at `at` is refused, and the reason says so; afterwards it is good again. */
static void refused_with(size_t at, uint64_t value, size_t bytes, const char *reason)
{
    set(at, value, bytes);
    assert_false(elf_read(data, sizeof data, &image, why, sizeof why));
    if (strstr(why, reason) == NULL)
        fail_msg("'%s' does not say '%s'", why, reason);
    elf_good(data);
}

#define PROGRAM(n, field) (64 + 56 * (n) + (field))
#define FLAGS             4
#define OFFSET            8
#define ADDRESS           16
#define FILE_BYTES        32
#define MEMORY_BYTES      40

static void takes_a_good_one(void **state)
{
    (void)state;
    assert_true(elf_read(data, sizeof data, &image, why, sizeof why));
    assert_int_equal(image.entry, 0x400000);
    assert_int_equal(image.segment_count, 3);
    assert_int_equal(image.segment[0].rights, MAP_READ | MAP_EXECUTE);
    assert_int_equal(image.segment[1].rights, MAP_READ);
    assert_int_equal(image.segment[2].rights, MAP_READ | MAP_WRITE);
    assert_int_equal(image.segment[2].pages, 3);
    assert_int_equal(image.segment[2].offset, 0x2800);
    assert_int_equal(image.segment[2].file_bytes, 0x80);
}

static void header_is_checked(void **state)
{
    (void)state;
    refused_with(0, 0, 1, "not a static");
    refused_with(4, 1, 1, "not a static");
    refused_with(16, 3, 2, "not a static");
    refused_with(18, 62, 2, "not a static");
    refused_with(32, UINT64_MAX, 8, "not a static");
    refused_with(54, 32, 2, "not a static");
    refused_with(56, 0xffff, 2, "not a static");
}

static void segments_are_checked(void **state)
{
    const char *bad = "bad address, size or rights";

    (void)state;
    refused_with(PROGRAM(0, ADDRESS), 0x3ff000, 8, bad);
    refused_with(PROGRAM(0, ADDRESS), 0x400800, 8, bad);
    refused_with(PROGRAM(1, ADDRESS), 0x400000, 8, bad);
    refused_with(PROGRAM(2, ADDRESS), 0x1ffff000, 8, bad);
    refused_with(PROGRAM(2, ADDRESS), UINT64_MAX - 0xfff, 8, bad);
    refused_with(PROGRAM(2, MEMORY_BYTES), UINT64_MAX, 8, bad);
    refused_with(PROGRAM(2, MEMORY_BYTES), 0x7f, 8, bad);
    refused_with(PROGRAM(2, FILE_BYTES), 0x1000, 8, bad);
    refused_with(PROGRAM(2, OFFSET), UINT64_MAX, 8, bad);
    refused_with(PROGRAM(2, FLAGS), 7, 4, bad);
    refused_with(PROGRAM(2, FLAGS), 2, 4, bad);
}

static void entry_is_checked(void **state)
{
    (void)state;
    refused_with(24, 0x400001, 8, "entry");
    refused_with(24, 0x400800, 8, "entry");
    refused_with(24, 0x401000, 8, "entry");
    refused_with(24, 0x402000, 8, "entry");
    refused_with(24, 0, 8, "entry");
}

static void any_cut_is_harmless(void **state)
{
    uint8_t copy[0x400];

    (void)state;
    memcpy(copy, data, sizeof copy);
    for (size_t bytes = 0; bytes <= sizeof copy; bytes++)
        assert_false(elf_read(copy + sizeof copy - bytes, bytes, &image, why, sizeof why));
    for (uint64_t bytes = 0; bytes < 0x2880; bytes += 7)
        assert_false(elf_read(data, bytes, &image, why, sizeof why));
    assert_true(elf_read(data, 0x2880, &image, why, sizeof why));
}

static void too_many_segments_are_refused(void **state)
{
    (void)state;
    for (size_t n = 3; n < 5; n++) {
        memcpy(data + PROGRAM(n, 0), data + PROGRAM(2, 0), 56);
        set(PROGRAM(n, ADDRESS), 0x500000 + 0x10000 * n, 8);
    }
    set(56, 4, 2);
    assert_true(elf_read(data, sizeof data, &image, why, sizeof why));
    set(56, 5, 2);
    assert_false(elf_read(data, sizeof data, &image, why, sizeof why));
    assert_non_null(strstr(why, "too many"));
}

int elf_tests(int *count)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(takes_a_good_one, fresh),
        cmocka_unit_test_setup(header_is_checked, fresh),
        cmocka_unit_test_setup(segments_are_checked, fresh),
        cmocka_unit_test_setup(entry_is_checked, fresh),
        cmocka_unit_test_setup(any_cut_is_harmless, fresh),
        cmocka_unit_test_setup(too_many_segments_are_refused, fresh),
    };

    *count += (int)(sizeof tests / sizeof tests[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
