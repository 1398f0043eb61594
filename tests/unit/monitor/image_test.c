/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "image.h"
#include "suite.h"

#include <septum/bundle.h>

#define RAM   UINT64_C(0x80000000)
#define BYTES UINT64_C(0x1000000) /* 16 MiB */
#define HEAD  4096u

static uint8_t head[HEAD];
static uint8_t place; /* stands for the memory: a plan never touches it */
static const struct memory memory = {&place, RAM, BYTES, NULL};
static struct image image;

static int begin(void **state)
{
    (void)state;
    memset(head, 0, sizeof head);
    return 0;
}

static void set(uint32_t at, uint64_t value, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++)
        head[at + i] = (uint8_t)(value >> 8 * i);
}

static const char *plan(uint32_t kind, uint64_t file_bytes)
{
    return image_plan(kind, head, file_bytes < HEAD ? file_bytes : HEAD, file_bytes, &memory, &image);
}

static void accepted(uint32_t kind, uint64_t file_bytes)
{
    const char *error = plan(kind, file_bytes);

    if (error != NULL)
        fail_msg("%s", error);
}

static void refused(const char *error, const char *word)
{
    assert_non_null(error);
    if (strstr(error, word) == NULL)
        fail_msg("'%s' does not tell of '%s'", error, word);
}

static void linux_head(uint64_t image_bytes)
{
    set(8, 0x200000, 8);
    set(16, image_bytes, 8);
    set(48, 0x5643534952, 8);
    set(56, 0x05435352, 4);
}

static void linux_image(void **state)
{
    (void)state;
    linux_head(0x300000);
    accepted(BUNDLE_KERNEL_IMAGE, 0x200000);
    assert_int_equal(image.count, 1);
    assert_int_equal(image.entry, RAM + 0x200000);
    assert_int_equal(image.piece[0].gpa, RAM + 0x200000);
    assert_int_equal(image.piece[0].file_bytes, 0x200000);
    assert_int_equal(image.piece[0].memory_bytes, 0x300000); /* its bss is its own, too */
    assert_int_equal(image.end, RAM + 0x500000);
}

static void linux_image_is_checked(void **state)
{
    (void)state;
    refused(plan(BUNDLE_KERNEL_IMAGE, 4096), "header");
    set(48, 0x5643534952, 8); /* the older of the two marks is enough */
    accepted(BUNDLE_KERNEL_IMAGE, 4096);
    linux_head(BYTES);
    refused(plan(BUNDLE_KERNEL_IMAGE, 4096), "memory");
    linux_head(UINT64_MAX);
    refused(plan(BUNDLE_KERNEL_IMAGE, 4096), "memory");
    linux_head(0x1000);
    refused(plan(BUNDLE_KERNEL_IMAGE, 63), "truncated");
    refused(plan(BUNDLE_KERNEL_IMAGE, 0), "empty");
    set(24, 1, 8);
    refused(plan(BUNDLE_KERNEL_IMAGE, 4096), "big-endian");
}

/* One section of 0x1000 bytes at 0x1000, told by a PE header. */
static void truncated_linux_image(void **state)
{
    (void)state;
    linux_head(0x3000);
    set(60, 0x40, 4);
    set(0x40, 0x4550, 4);
    set(0x46, 1, 2);
    set(0x54, 0xa0, 2);
    set(0x40 + 24 + 0xa0 + 16, 0x1000, 4);
    set(0x40 + 24 + 0xa0 + 20, 0x1000, 4);
    accepted(BUNDLE_KERNEL_IMAGE, 0x2000);
    refused(plan(BUNDLE_KERNEL_IMAGE, 0x1fff), "truncated");
    set(0x46, 0xffff, 2); /* sections behind the head */
    refused(plan(BUNDLE_KERNEL_IMAGE, 0x2000), "truncated");
}

static void raw_binary(void **state)
{
    (void)state;
    accepted(BUNDLE_KERNEL_RAW, 100);
    assert_int_equal(image.entry, RAM + 0x200000);
    assert_int_equal(image.end, RAM + 0x200000 + 100);
    accepted(BUNDLE_KERNEL_RAW, BYTES - 0x200000);
    refused(plan(BUNDLE_KERNEL_RAW, BYTES - 0x200000 + 1), "memory");
    refused(plan(BUNDLE_KERNEL_RAW, UINT64_MAX), "memory");
    refused(plan(77, 100), "unknown");
}

static void segment(uint32_t n, uint64_t gpa, uint64_t offset, uint64_t file, uint64_t mem)
{
    uint32_t at = 64 + 56 * n;

    set(at, 1, 4);
    set(at + 8, offset, 8);
    set(at + 16, ~gpa, 8); /* the virtual address is not asked */
    set(at + 24, gpa, 8);
    set(at + 32, file, 8);
    set(at + 40, mem, 8);
}

static void elf_head(uint32_t segments, uint64_t entry)
{
    set(0, 0x464c457f, 4);
    set(4, 0x0102, 2);
    head[4] = 2;
    head[5] = 1;
    set(16, 2, 2);
    set(18, 243, 2);
    set(24, entry, 8);
    set(32, 64, 8);
    set(54, 56, 2);
    set(56, segments, 2);
}

static void elf_file(void **state)
{
    (void)state;
    elf_head(3, RAM + 0x10);
    segment(0, RAM, 0x1000, 0x800, 0x1000);
    segment(1, RAM + 0x4000, 0x1800, 0, 0x2000);
    segment(2, RAM + 0x9000, 0, 0, 0); /* nothing in memory: skipped */
    accepted(BUNDLE_KERNEL_ELF, 0x1800);
    assert_int_equal(image.count, 2);
    assert_int_equal(image.entry, RAM + 0x10);
    assert_int_equal(image.piece[0].file_offset, 0x1000);
    assert_int_equal(image.piece[0].file_bytes, 0x800);
    assert_int_equal(image.piece[0].memory_bytes, 0x1000);
    assert_int_equal(image.end, RAM + 0x6000);
}

static void elf_segments_are_checked(void **state)
{
    (void)state;
    elf_head(1, RAM);
    segment(0, RAM - 0x1000, 0x1000, 0x800, 0x1000);
    refused(plan(BUNDLE_KERNEL_ELF, 0x1800), "outside");
    segment(0, RAM + BYTES - 0x800, 0x1000, 0x800, 0x1000);
    refused(plan(BUNDLE_KERNEL_ELF, 0x1800), "outside");
    segment(0, UINT64_MAX - 0xff, 0x1000, 0x800, 0x1000);
    refused(plan(BUNDLE_KERNEL_ELF, 0x1800), "outside");
    segment(0, RAM, 0x1000, 0x801, 0x1000);
    refused(plan(BUNDLE_KERNEL_ELF, 0x1800), "truncated");
    segment(0, RAM, UINT64_MAX, 2, 2);
    refused(plan(BUNDLE_KERNEL_ELF, 0x1800), "truncated");
    segment(0, RAM, 0x1000, 0x800, 0x7ff);
    refused(plan(BUNDLE_KERNEL_ELF, 0x1800), "damaged");
}

static void elf_head_is_checked(void **state)
{
    (void)state;
    refused(plan(BUNDLE_KERNEL_ELF, 4096), "not a 64-bit");
    elf_head(1, RAM + BYTES);
    segment(0, RAM, 0, 0x100, 0x100);
    refused(plan(BUNDLE_KERNEL_ELF, 4096), "entry");
    set(24, RAM + 1, 8);
    refused(plan(BUNDLE_KERNEL_ELF, 4096), "entry");
    elf_head(0, RAM);
    refused(plan(BUNDLE_KERNEL_ELF, 4096), "nothing");
    elf_head(1, RAM);
    set(32, UINT64_MAX - 8, 8);
    refused(plan(BUNDLE_KERNEL_ELF, 4096), "program headers");
    elf_head(0xffff, RAM);
    refused(plan(BUNDLE_KERNEL_ELF, 4096), "program headers");
    set(54, 32, 2);
    refused(plan(BUNDLE_KERNEL_ELF, 4096), "size");
    set(18, 62, 2);
    refused(plan(BUNDLE_KERNEL_ELF, 4096), "RISC-V");
    elf_head(17, RAM);
    for (uint32_t i = 0; i < 17; i++)
        segment(i, RAM, 0, 1, 1);
    refused(plan(BUNDLE_KERNEL_ELF, 4096), "more than 16");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(linux_image, begin),
    cmocka_unit_test_setup(linux_image_is_checked, begin),
    cmocka_unit_test_setup(truncated_linux_image, begin),
    cmocka_unit_test_setup(raw_binary, begin),
    cmocka_unit_test_setup(elf_file, begin),
    cmocka_unit_test_setup(elf_segments_are_checked, begin),
    cmocka_unit_test_setup(elf_head_is_checked, begin),
};
SUITE_MAIN("monitor-image", tests)
