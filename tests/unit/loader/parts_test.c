/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Ranges, ISA strings' reading, CRC, messages, the bundle, the ELF, the kernel image. */
#include "suite.h"

#include "board.h"
#include <lib/crc32.h>
#include "image.h"
#include "isa.h"
#include "package.h"
#include "program.h"
#include "say.h"
#include "table.h"

static _Alignas(4096) uint8_t file[0x10000];

static void ranges_merge_and_stay_sorted(void **state)
{
    (void)state;
    struct ranges s = {0};
    assert_true(ranges_add(&s, 30, 40) && ranges_add(&s, 10, 20) && ranges_add(&s, 50, 60) && ranges_add(&s, 5, 5));
    assert_int_equal(s.count, 3);
    assert_int_equal(s.r[0].first, 10);
    assert_true(ranges_add(&s, 20, 30));
    assert_int_equal(s.count, 2);
    assert_int_equal(s.r[0].end, 40);
    assert_true(ranges_add(&s, 0, 100));
    assert_int_equal(s.count, 1);
    assert_int_equal(ranges_total(&s), 100);
}

static void ranges_remove_splits(void **state)
{
    (void)state;
    struct ranges s = {0};
    ranges_add(&s, 0, 100);
    ranges_add(&s, 200, 300);
    assert_true(ranges_remove(&s, 40, 50));
    assert_int_equal(s.count, 3);
    assert_true(ranges_hold(&s, 0, 40) && ranges_hold(&s, 50, 100));
    assert_false(ranges_hold(&s, 0, 41) || ranges_hold(&s, 7, 7) || ranges_touch(&s, 40, 50));
    assert_true(ranges_touch(&s, 39, 50) && ranges_touch(&s, 40, 51));
    assert_true(ranges_remove(&s, 90, 210));
    assert_int_equal(s.r[1].end, 90);
    assert_int_equal(s.r[2].first, 210);
    assert_true(ranges_remove(&s, 0, UINT64_MAX));
    assert_int_equal(s.count, 0);
}

static void ranges_refuse_what_has_no_room(void **state)
{
    (void)state;
    struct ranges s = {0};
    for (uint64_t i = 0; i < RANGES; i++)
        assert_true(ranges_add(&s, 100 * i, 100 * i + 50));
    struct ranges before = s;
    assert_false(ranges_add(&s, 60, 70));
    assert_false(ranges_remove(&s, 10, 20));
    assert_memory_equal(&s, &before, sizeof s);
}

static void ranges_find_is_aligned_and_lowest(void **state)
{
    (void)state;
    struct ranges s = {0};
    uint64_t place;
    ranges_add(&s, 0x1000, 0x3000);
    ranges_add(&s, 0x7000, 0x20000);
    assert_true(ranges_find(&s, 0x2000, 0x1000, &place));
    assert_int_equal(place, 0x1000);
    assert_true(ranges_find(&s, 0x2000, 0x2000, &place));
    assert_int_equal(place, 0x8000);
    assert_false(ranges_find(&s, 0x2000, 0x40000, &place));
    assert_false(ranges_find(&s, 0x19001, 0x1000, &place));
    assert_int_equal(round_up(UINT64_MAX, 4096), UINT64_MAX - 4095);
}

static void isa_names_are_found_whole(void **state)
{
    (void)state;
    assert_true(isa_has("rv64imafdch_zicbom_sstc", "h"));
    assert_true(isa_has("rv64imafdc_h_sstc", "h"));
    assert_true(isa_has("rv64i2p1_m2p0_h1p0_sstc1p0", "h") && isa_has("rv64i2p1_sstc1p0", "sstc"));
    assert_false(isa_has("rv64imafdc_shtvala", "h") || isa_has("rv64imafdc_zh", "h"));
    assert_false(isa_has("rv64imaczicbohm", "h"));
    assert_false(isa_has("rv64imac_sstcx", "sstc") || isa_has("rv64imac_xsstc", "sstc"));
    assert_false(isa_has("", "h") || isa_has("h", "h"));
}

static void crc_is_that_of_zlib(void **state)
{
    (void)state;
    assert_int_equal(crc32_add(0, "123456789", 9), 0xcbf43926);
    assert_int_equal(crc32_add(crc32_add(0, "1234", 4), "56789", 5), 0xcbf43926);
    assert_int_equal(crc32_add(0, file, 0), 0);
}

static void every_error_has_two_lines(void **state)
{
    (void)state;
    for (int e = LDR_OK + 1; e < LDR_ERRORS; e++) {
        board_reset();
        fault_say((struct fault){(enum loader_error)e, 0x100001, 77});
        assert_non_null(strstr(said, "error[LDR-"));
        assert_non_null(strstr(said, "fix: "));
        assert_null(strpbrk(said, "@%#"));
    }
    board_reset();
    say("@ # % %", 0xbeef, 0);
    assert_string_equal(said, "0xbeef 0 0 0");
    board_reset();
    fault_say((struct fault){LDR_LITTLE_MEMORY, 0x400000, 0x500001});
    assert_non_null(strstr(said, "4 MiB there, at least 6 MiB needed"));
}

static enum loader_error package_after(void (*bend)(struct bundle *b), bool seal)
{
    struct manager_file m;
    uint64_t bytes = board_bundle(file);
    bend((struct bundle *)(void *)file);
    if (seal)
        board_seal(file);
    return package_read(file, bytes, &m).error;
}

static void bend_magic(struct bundle *b)
{
    b->magic ^= 1;
}
static void bend_version(struct bundle *b)
{
    b->version++;
}
static void bend_name(struct bundle *b)
{
    b->guest[3].name[2] = 'x';
}
static void bend_total(struct bundle *b)
{
    b->total_bytes++;
}
static void bend_files(struct bundle *b)
{
    b->file_count = BUNDLE_FILES + 1;
}
static void bend_guests(struct bundle *b)
{
    b->guest_count = BUNDLE_GUESTS + 1;
}
static void bend_offset(struct bundle *b)
{
    b->file[0].offset += 8;
}
static void bend_early(struct bundle *b)
{
    b->file[0].offset = 0;
}
static void bend_late(struct bundle *b)
{
    b->file[0].offset = b->total_bytes + 4096;
}
static void bend_bytes(struct bundle *b)
{
    b->file[0].bytes = UINT64_MAX;
}
static void bend_terminator(struct bundle *b)
{
    memset(b->file[0].name, 'x', BUNDLE_NAME_BYTES);
}
static void bend_kind(struct bundle *b)
{
    b->file[1].kind = BUNDLE_INITRD;
}
static void bend_manager(struct bundle *b)
{
    b->file[1].name[0] = 'M';
}
static void bend_code(struct bundle *b)
{
    ((uint8_t *)b)[b->file[1].offset + 0x1234] ^= 1;
}

static void bundle_is_checked(void **state)
{
    (void)state;
    assert_int_equal(package_after(bend_magic, true), LDR_BUNDLE_MAGIC);
    assert_int_equal(package_after(bend_version, true), LDR_BUNDLE_VERSION);
    assert_int_equal(package_after(bend_name, false), LDR_BUNDLE_CRC);
    assert_int_equal(package_after(bend_total, true), LDR_BUNDLE_CUT);
    assert_int_equal(package_after(bend_files, true), LDR_BUNDLE_COUNTS);
    assert_int_equal(package_after(bend_guests, true), LDR_BUNDLE_COUNTS);
    assert_int_equal(package_after(bend_offset, true), LDR_BUNDLE_FILE);
    assert_int_equal(package_after(bend_early, true), LDR_BUNDLE_FILE);
    assert_int_equal(package_after(bend_late, true), LDR_BUNDLE_FILE);
    assert_int_equal(package_after(bend_bytes, true), LDR_BUNDLE_FILE);
    assert_int_equal(package_after(bend_terminator, true), LDR_BUNDLE_FILE);
    assert_int_equal(package_after(bend_kind, true), LDR_NO_MANAGER);
    assert_int_equal(package_after(bend_manager, true), LDR_NO_MANAGER);
    assert_int_equal(package_after(bend_code, false), LDR_MANAGER_CRC);
}

static void good_bundle_is_read(void **state)
{
    (void)state;
    struct manager_file m;
    uint64_t bytes = board_bundle(file);
    assert_int_equal(package_read(file, bytes + 5, &m).error, LDR_OK);
    assert_ptr_equal(m.byte, file + bytes - 0x4000);
    assert_int_equal(m.bytes, 0x4000);
    assert_int_equal(m.bundle_bytes, bytes);
    assert_int_equal(package_read(file, 7, &m).error, LDR_BUNDLE_MAGIC);
    assert_int_equal(package_read(file, sizeof(struct bundle) - 1, &m).error, LDR_BUNDLE_CUT);
    assert_int_equal(package_read(file, bytes - 1, &m).error, LDR_BUNDLE_CUT);
}

static void good_program_is_read(void **state)
{
    (void)state;
    struct program p;
    assert_int_equal(program_read(file, board_elf(file), &p).error, LDR_OK);
    assert_int_equal(p.entry, 0x400010);
    assert_int_equal(p.count, 3);
    assert_int_equal(p.segment[0].rights, MAP_READ | MAP_EXECUTE);
    assert_int_equal(p.segment[1].rights, MAP_READ);
    assert_int_equal(p.segment[2].rights, MAP_READ | MAP_WRITE);
    assert_int_equal(p.segment[2].frames, 3);
    file[120 + 16 + 1] = 0x18; /* begins 0x800 bytes into its page */
    assert_int_equal(program_read(file, 0x4000, &p).error, LDR_OK);
    assert_int_equal(p.segment[1].va, 0x401000);
    assert_int_equal(p.segment[1].skip, 0x800);
    assert_int_equal(p.segment[1].frames, 1);
}

/* The good ELF with one byte set; what program_read says of it, and which check. */
static struct fault program_with(uint64_t at, uint8_t value)
{
    struct program p;
    uint64_t bytes = board_elf(file);
    file[at] = value;
    return program_read(file, bytes, &p);
}

static void assert_refused(struct fault f, enum loader_error error)
{
    assert_int_equal(f.error, error);
}

static void program_header_is_checked(void **state)
{
    (void)state;
    struct program p;
    board_elf(file);
    assert_refused(program_read(file, 63, &p), LDR_ELF_HEADER);
    assert_refused(program_read(file, 231, &p), LDR_ELF_HEADER);
    static const uint8_t at[] = {0, 4, 5, 6, 16, 18, 39, 52, 54};
    for (unsigned i = 0; i < sizeof at; i++)
        assert_refused(program_with(at[i], 0x33), LDR_ELF_HEADER);
    assert_refused(program_with(56, 0), LDR_ELF_MANY_SEGMENTS);
    assert_refused(program_with(26, 0x41), LDR_ELF_ENTRY);
    assert_refused(program_with(25, 0x10), LDR_ELF_ENTRY);
    assert_refused(program_with(24, 0x11), LDR_ELF_ENTRY);
}

static void program_segments_are_checked(void **state)
{
    (void)state;
    static const struct {
        uint64_t at;
        uint8_t value, check;
    } bad[] = {
        {64, 2, 1},       {64, 3, 1},          {120 + 9, 0xff, 2},  {120 + 9, 0x39, 2}, {120 + 33, 0x09, 2},
        {176 + 47, 1, 4}, {64 + 18, 0x3f, 4},  {176 + 19, 0x20, 4}, {120 + 4, 7, 6},    {120 + 4, 2, 6},
        {120 + 4, 12, 6}, {120 + 17, 0x0f, 5}, {176 + 17, 0x10, 5},
    };
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fault f = program_with(bad[i].at, bad[i].value);
        assert_refused(f, LDR_ELF_SEGMENT);
        assert_int_equal(f.b, bad[i].check);
    }
    board_elf(file);
    memset(file + 120 + 32, 0, 16);
    struct program p;
    assert_int_equal(program_read(file, 0x4000, &p).b, 3);
}

static void program_has_at_most_six_segments(void **state)
{
    (void)state;
    struct program p;
    board_elf(file);
    for (uint64_t i = 3; i < 7; i++) {
        memcpy(file + 64 + 56 * i, file + 120, 56);
        file[64 + 56 * i + 17] = (uint8_t)(0x20 + 0x10 * i);
    }
    file[56] = 6;
    file[176 + 41] = 1; /* the data segment is smaller, to leave room */
    assert_int_equal(program_read(file, 0x4000, &p).error, LDR_OK);
    assert_int_equal(p.count, PROGRAM_SEGMENTS);
    file[56] = 7;
    assert_refused(program_read(file, 0x4000, &p), LDR_ELF_MANY_SEGMENTS);
}

static uint64_t image_with(uint64_t at, uint64_t value)
{
    struct kernel_header h;
    board_kernel(file);
    memcpy(file + at, &value, sizeof value);
    struct fault f = image_read(file, BOARD_KERNEL_BYTES, &h);
    assert_int_equal(f.error, f.a == 0 ? LDR_OK : LDR_KERNEL_IMAGE);
    return f.a;
}

static void kernel_image_is_checked(void **state)
{
    (void)state;
    struct kernel_header h;
    assert_int_equal(image_with(0, KERNEL_MAGIC), 0);
    assert_int_equal(image_read(file, sizeof h - 1, &h).a, 1);
    assert_int_equal(image_read(file, BOARD_KERNEL_BYTES + 1, &h).a, 5);
    assert_int_equal(image_with(0, 0), 2);
    assert_int_equal(image_with(offsetof(struct kernel_header, info), KERNEL_INFO + 4096), 3);
    assert_int_equal(image_with(offsetof(struct kernel_header, plic), 0), 3);
    assert_int_equal(image_with(offsetof(struct kernel_header, ram), KERNEL_INFO), 3);
    assert_int_equal(image_with(offsetof(struct kernel_header, text_bytes), 0x2001), 4);
    assert_int_equal(image_with(offsetof(struct kernel_header, bss_bytes), 0x00fff000), 4);
    assert_int_equal(image_with(offsetof(struct kernel_header, bss_bytes), UINT64_C(0xfffffffffffff000)), 4);
    assert_int_equal(image_with(offsetof(struct kernel_header, entry), 0x102), 6);
    assert_int_equal(image_with(offsetof(struct kernel_header, entry), 0x2000), 6);
    assert_int_equal(image_with(offsetof(struct kernel_header, entry), 8), 6);
    assert_int_equal(image_with(offsetof(struct kernel_header, boot), 0x2ff8), 7);
    assert_int_equal(image_with(offsetof(struct kernel_header, boot), 0x3014), 7);
    assert_int_equal(image_with(offsetof(struct kernel_header, boot), 0xdf00), 7);
    assert_int_equal(image_with(offsetof(struct kernel_header, root), 0x2000), 8);
    assert_int_equal(image_with(offsetof(struct kernel_header, root), 0xe000), 8);
    assert_int_equal(image_with(offsetof(struct kernel_header, root), 0x5008), 8);
    assert_int_equal(image_with(offsetof(struct kernel_header, top), 0x2000), 8);
    assert_int_equal(image_with(offsetof(struct kernel_header, top), 0x6800), 8);
    assert_int_equal(image_with(offsetof(struct kernel_header, top), 0x5000), 8); /* the other one's */
    assert_int_equal(image_with(offsetof(struct kernel_header, contexts), 0xb000), 9);
    assert_int_equal(image_with(offsetof(struct kernel_header, contexts), 0x7040), 9);
    assert_int_equal(image_with(offsetof(struct kernel_header, iommu), 0xc000), 9);
    assert_int_equal(image_with(offsetof(struct kernel_header, iommu), 0x2000), 9);
}

static void nothing_is_mapped_twice(void **state)
{
    (void)state;
    struct ranges supply = {0};
    board_reset();
    struct table_builder t = {BOARD_BASE, &supply, &supply};
    memset(memory_at(BOARD_BASE), 0, 4096);
    assert_false(table_map(&t, KERNEL_VA_SV39, BOARD_BASE, 4096, PTE_R, LEAF_4K)); /* no frame for a table */
    ranges_add(&supply, BOARD_BASE + 0x1000, BOARD_BASE + 0x10000);
    assert_true(table_map(&t, KERNEL_VA_SV39, BOARD_BASE, 0x200000, PTE_R, LEAF_2M));
    assert_true(table_map(&t, KERNEL_VA_SV39 + 0x200000, BOARD_BASE, 4096, PTE_R, LEAF_2M));
    assert_int_equal(ranges_total(&supply), 0xf000 - 2 * 0x1000);
    assert_false(table_map(&t, KERNEL_VA_SV39 + 0x1000, BOARD_BASE, 4096, PTE_R, LEAF_4K));
    assert_false(table_map(&t, KERNEL_VA_SV39 + 0x200000, BOARD_BASE, 4096, PTE_R, LEAF_4K));
    assert_false(table_map(&t, KERNEL_VA_SV39 + 0x200000, BOARD_BASE, 0x200000, PTE_R, LEAF_2M));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(ranges_merge_and_stay_sorted),
    cmocka_unit_test(ranges_remove_splits),
    cmocka_unit_test(ranges_refuse_what_has_no_room),
    cmocka_unit_test(ranges_find_is_aligned_and_lowest),
    cmocka_unit_test(isa_names_are_found_whole),
    cmocka_unit_test(crc_is_that_of_zlib),
    cmocka_unit_test(every_error_has_two_lines),
    cmocka_unit_test(bundle_is_checked),
    cmocka_unit_test(good_bundle_is_read),
    cmocka_unit_test(good_program_is_read),
    cmocka_unit_test(program_header_is_checked),
    cmocka_unit_test(program_segments_are_checked),
    cmocka_unit_test(program_has_at_most_six_segments),
    cmocka_unit_test(kernel_image_is_checked),
    cmocka_unit_test(nothing_is_mapped_twice),
};

SUITE_MAIN("loader parts", tests)
