/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "elf.h"
#include "image.h"
#include "suite.h"
#include "symbol.h"
#include "world.h"

#include <stdlib.h>

#define RAM     GUEST_RAM_BASE
#define SECTION 0x100u
#define TABLE   0x400u
#define NAMES   0x800u
#define BYTES   0x1000u
#define GLOBAL  0x10u

static uint8_t file[BYTES];
static struct hart *h;
static struct symbol found;

static void put_section(uint32_t at, struct elf_section s)
{
    memcpy(file + SECTION + at * sizeof s, &s, sizeof s);
}

static void put_symbol(uint32_t at, struct elf_symbol s)
{
    memcpy(file + TABLE + at * sizeof s, &s, sizeof s);
}

/* An ELF file with a table of eight symbols. */
static int begin(void **state)
{
    static const char names[] = "\0main\0helper\0$x\0_start\0data\0external";
    struct elf_head elf = {.shoff = SECTION, .shentsize = sizeof(struct elf_section), .shnum = 3};

    (void)state;
    world_make(1);
    h = &world.monitor.hart[0];
    memset(file, 0, sizeof file);
    memcpy(file, &elf, sizeof elf);
    memcpy(file + NAMES, names, sizeof names);
    put_section(1, (struct elf_section){
                       .type = ELF_SYMBOL_TABLE, .offset = TABLE, .size = 8 * sizeof(struct elf_symbol), .link = 2});
    put_section(2, (struct elf_section){.type = 3, .offset = NAMES, .size = sizeof names});
    put_symbol(1, (struct elf_symbol){.name = 1, .info = GLOBAL | 2, .section = 1, .value = 0x1000, .size = 0x40});
    put_symbol(2, (struct elf_symbol){.name = 6, .info = 2, .section = 1, .value = 0x1040, .size = 0x20});
    put_symbol(3, (struct elf_symbol){.name = 13, .info = 0, .section = 1, .value = 0x1048});
    put_symbol(4, (struct elf_symbol){.name = 16, .info = GLOBAL, .section = 1, .value = 0x800});
    put_symbol(5, (struct elf_symbol){.name = 23, .info = GLOBAL | 1, .section = 1, .value = 0x1020, .size = 0x20});
    put_symbol(6, (struct elf_symbol){.name = 28, .info = GLOBAL | 2, .section = 0, .value = 0x1030});
    world.file[0] = file;
    world.start.kernel = (struct bundle_file){.kind = BUNDLE_KERNEL_ELF, .bytes = BYTES, .name = "Image"};
    return 0;
}

static int end(void **state)
{
    (void)state;
    world_drop();
    return 0;
}

static void is(uint64_t va, const char *name, uint64_t offset)
{
    assert_true(symbol_find(h, va, &found));
    assert_string_equal(found.name, name);
    assert_int_equal(found.offset, offset);
    assert_int_equal(world.monitor.staging_lock.taken, 0);
}

static void nearest_function_or_label(void **state)
{
    (void)state;
    is(0x1000, "main", 0);
    is(0x103f, "main", 0x3f);   /* neither data nor what is not in this file */
    is(0x1050, "helper", 0x10); /* and no mark of the assembler's */
    is(0x900, "_start", 0x100);
    is(0x1060, "_start", 0x860); /* behind every function: the label that has no end */
    assert_false(symbol_find(h, 0x7ff, &found));
}

/* As many symbols as need the staging area twice. */
static void tables_of_many_pieces(void **state)
{
    const uint64_t count = STAGING_BYTES / sizeof(struct elf_symbol) + 100;
    uint8_t *large = calloc(1, TABLE + (count + 1) * sizeof(struct elf_symbol));
    const struct elf_symbol last = {.name = 1, .info = 2, .section = 1, .value = 0x5000, .size = 8};
    struct elf_section table = {.type = ELF_SYMBOL_TABLE, .offset = TABLE, .link = 2};

    (void)state;
    table.size = count * sizeof last;
    put_section(1, table);
    put_section(2, (struct elf_section){.type = 3, .offset = 0x40, .size = 8});
    memcpy(file + 0x40, "\0late", 6);
    memcpy(large, file, TABLE);
    memcpy(large + TABLE + (count - 1) * sizeof last, &last, sizeof last);
    world.file[0] = large;
    world.start.kernel.bytes = TABLE + count * sizeof last;
    is(0x5004, "late", 4);
    free(large);
}

/* A file that says nonsense gives no symbol, and reads nothing outside (the sanitizer watches). */
static void damaged_files_have_none(void **state)
{
    static const uint64_t odd[] = {0, 1, 0xff, 0xffff, UINT32_MAX, UINT64_MAX, UINT64_MAX / 2, BYTES - 1, BYTES};

    (void)state;
    for (size_t at = 0; at < NAMES; at += 2) {
        uint8_t kept[8];

        memcpy(kept, file + at, sizeof kept);
        for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
            memcpy(file + at, &odd[i], sizeof odd[i]);
            if (symbol_find(h, 0x1010, &found))
                assert_in_range(strlen(found.name), 1, SYMBOL_BYTES - 1);
        }
        memcpy(file + at, kept, sizeof kept);
    }
    for (uint64_t bytes = 0; bytes < NAMES; bytes += 8) {
        world.start.kernel.bytes = bytes;
        assert_false(symbol_find(h, 0x1010, &found));
    }
}

static void names_are_cleaned_and_cut(void **state)
{
    (void)state;
    memset(file + NAMES, 'n', 200);
    file[NAMES + 3] = '\x1b';
    put_section(2, (struct elf_section){.type = 3, .offset = NAMES, .size = 200});
    assert_true(symbol_find(h, 0x1000, &found));
    assert_int_equal(strlen(found.name), SYMBOL_BYTES - 1);
    assert_int_equal(found.name[2], '?');
}

/* Of an Image: the offset in the file, through the guest's tables. */
static void images_have_offsets(void **state)
{
    const uint64_t leaf = (RAM >> 12) << 10 | 0xcf;

    (void)state;
    world.start.kernel.kind = BUNDLE_KERNEL_IMAGE;
    is(RAM + IMAGE_OFFSET + 0x123, "Image", 0x123);
    assert_false(symbol_find(h, RAM + IMAGE_OFFSET + BYTES, &found));
    assert_false(symbol_find(h, RAM, &found));
    memcpy(world.memory + 0x1000 + 8 * 510, &leaf, sizeof leaf);
    world.page[0]->vsatp = UINT64_C(8) << 60 | (RAM + 0x1000) >> 12;
    is(0xffffffff80000000 + IMAGE_OFFSET + 0x44, "Image", 0x44);
    assert_false(symbol_find(h, RAM + IMAGE_OFFSET, &found));
}

static void map_is(const char *text)
{
    world.file[2] = (const uint8_t *)text;
    world.start.map.bytes = strlen(text);
}

/* A map goes before what the file itself says. */
static void maps_name_functions(void **state)
{
    (void)state;
    map_is(
        "0000000000001040 t helper\n0000000000001000 T _text\n1000 T main\n0000000000001010 D data\n"
        "0000000000001020 r ro\n                 U outside\n\n1030 T\n102g T odd\nffffffff80000000 T high\t[mod\x1b]\n"
        "1018 T unended");
    is(0x1015, "main", 0x15);
    is(0x1050, "helper", 0x10);
    is(0xffffffff80000004, "high?[mod?]", 4);
    assert_false(symbol_find(h, 0xfff, &found));
    world.start.kernel.kind = BUNDLE_KERNEL_IMAGE;
    is(0x1015, "main", 0x15);
}

/* Lines lie across the pieces that are read; a line without an end ends it. */
static void maps_of_many_pieces(void **state)
{
    const size_t bytes = 3 * STAGING_BYTES / 10 * 10;
    char *text = calloc(1, bytes + STAGING_BYTES + 1);

    (void)state;
    for (size_t at = 0; at < bytes; at += 10)
        snprintf(text + at, 11, "%05zx T f\n", at / 10);
    map_is(text);
    is(0x7fff, "f", 0);
    is(bytes / 10 + 5, "f", 6);
    memset(text + bytes, 'x', STAGING_BYTES);
    map_is(text);
    is(0x7fff, "f", 0);
    free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
static const struct CMUnitTest tests[] = {
    TEST(nearest_function_or_label), TEST(tables_of_many_pieces), TEST(damaged_files_have_none),
    TEST(names_are_cleaned_and_cut), TEST(images_have_offsets),   TEST(maps_name_functions),
    TEST(maps_of_many_pieces),
};
SUITE_MAIN("monitor-symbol", tests)
