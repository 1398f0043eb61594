/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The whole of the loading, on a board of 64 MiB, up to tables walked by other code than that which wrote them. */
#include "suite.h"

#include "board.h"
#include "table.h"

#include <septum/proto.h>

static struct machine m;
static struct load_result result;
static uint64_t va; /* of the kernel's first byte */
static _Alignas(8) uint8_t kernel[BOARD_KERNEL_BYTES];
static const struct load_input input = {
    BOARD_LOADER, BOARD_LOADER + BOARD_LOADER_BYTES, BOARD_TREE, BOARD_TREE + 0x2345, kernel, sizeof kernel,
    "septum kernel 0: NOT VERIFIED: a test"};

static struct fault run(const char *tree)
{
    board_reset();
    struct fault f = board_machine(&m, tree, 0);
    if (f.error != LDR_OK)
        return f;
    if (m.initrd_first != m.initrd_end)
        (void)board_bundle(memory_at(m.initrd_first));
    board_kernel(kernel);
    va = (m.features & BOOT_HAS_SV48) != 0 ? UINT64_C(0x6000000000) : UINT64_C(0xffffffe000000000);
    return load(&m, &input, &result);
}

static uint64_t walk(uint64_t at, uint64_t *bits)
{
    uint64_t pa;
    assert_true(board_walk(result.satp, at, &pa, bits));
    assert_int_equal(*bits & (PTE_V | PTE_G | PTE_A | PTE_D | 0x10), PTE_V | PTE_G | PTE_A | PTE_D);
    assert_false((*bits & PTE_W) != 0 && (*bits & PTE_X) != 0);
    return pa;
}

static const struct bootinfo *boot(void)
{
    uint64_t bits, kernel_pa = walk(va, &bits);
    return memory_at(kernel_pa + 0x3010);
}

static void image_is_mapped_with_its_rights(void **state)
{
    (void)state;
    uint64_t bits;
    assert_int_equal(run("good").error, LDR_OK);
    uint64_t kernel_pa = walk(va, &bits);
    assert_int_equal(kernel_pa % 0x200000, 0);
    assert_int_equal(boot()->kernel_pa, kernel_pa);
    for (uint64_t offset = 0; offset < 0xe000; offset += 0x1000) {
        assert_int_equal(walk(va + offset, &bits), kernel_pa + offset);
        uint64_t rights = offset < 0x2000 ? PTE_R | PTE_X : offset < 0x3000 ? PTE_R : PTE_R | PTE_W;
        assert_int_equal(bits & (PTE_R | PTE_W | PTE_X), rights);
    }
    uint64_t pa;
    assert_false(board_walk(result.satp, va + 0xe000, &pa, &bits));
    assert_memory_equal(memory_at(kernel_pa), kernel, 0x3000);
    const uint64_t *bss = memory_at(kernel_pa + 0x4000);
    assert_int_equal(bss[0] | bss[511], 0);
    assert_int_equal(result.entry, va + 0x100);
}

static void nothing_stands_in_the_lower_half(void **state)
{
    (void)state;
    static const char *const trees[] = {"good", "one_sv39"};
    for (unsigned t = 0; t < 2; t++) {
        assert_int_equal(run(trees[t]).error, LDR_OK);
        const uint64_t *root = memory_at(boot()->kernel_pa + 0x5000);
        for (unsigned i = 0; i < 256; i++)
            assert_int_equal(root[i], 0);
        assert_int_equal(result.satp, boot()->kernel_root);
    }
}

static void both_modes_use_the_same_table(void **state)
{
    (void)state;
    static const char *const trees[] = {"good", "no_h", "one_sv39"};
    for (unsigned t = 0; t < 3; t++) {
        assert_int_equal(run(trees[t]).error, LDR_OK);
        uint64_t root = boot()->kernel_pa / 4096 + 5;
        const uint64_t *top = memory_at((root + 1) * 4096);
        bool sv48 = t != 2;
        assert_int_equal(boot()->features & BOOT_HAS_SV48, sv48 ? BOOT_HAS_SV48 : 0);
        assert_int_equal(result.satp >> 60, sv48 ? 9 : 8);
        assert_int_equal(result.satp % (UINT64_C(1) << 60), sv48 ? root + 1 : root);
        assert_int_equal(result.entry, va + 0x100);
        assert_int_equal(top[0], sv48 ? root << 10 | PTE_V : 0);
        for (unsigned i = 1; i < 512; i++)
            assert_int_equal(top[i], 0);
    }
}

static void direct_map_is_all_that_is_usable(void **state)
{
    (void)state;
    static const char *const trees[] = {"good", "banks", "crumbs", "one_sv39"};
    for (unsigned t = 0; t < 4; t++) {
        assert_int_equal(run(trees[t]).error, LDR_OK);
        uint64_t text = boot()->kernel_pa;
        for (uint64_t p = 0; p < m.frame_count + 600; p++) {
            uint64_t pa, bits, expected = m.ram_base + p * 4096;
            bool mapped = board_walk(result.satp, va + KERNEL_RAM + p * 4096, &pa, &bits);
            bool constant = expected >= text && expected < text + 0x3000;
            assert_int_equal(mapped, !constant && ranges_hold(&m.usable, expected, expected + 4096));
            if (mapped) {
                assert_int_equal(pa, expected);
                assert_int_equal(bits, PTE_V | PTE_R | PTE_W | PTE_G | PTE_A | PTE_D);
            }
        }
    }
}

/* What info holds is the kernel's matter: it writes every word. */
static void info_and_plic_are_there(void **state)
{
    (void)state;
    uint64_t bits, pa;
    assert_int_equal(run("good").error, LDR_OK);
    uint64_t bytes = m.frame_count * 32;
    for (uint64_t at = 0; at < bytes; at += 8) {
        uint64_t *word = memory_at(walk(va + KERNEL_INFO + at, &bits));
        assert_int_not_equal(*word, at);
        *word = at; /* each word has a place of its own */
        assert_int_equal(bits & (PTE_R | PTE_W | PTE_X), PTE_R | PTE_W);
    }
    assert_false(board_walk(result.satp, va + KERNEL_INFO + bytes, &pa, &bits));
    assert_int_equal(walk(va + KERNEL_PLIC, &bits), m.plic_base);
    assert_int_equal(walk(va + KERNEL_PLIC + 0x5ffffc, &bits), m.plic_base + 0x5ffffc);
    assert_int_equal(bits & (PTE_R | PTE_W | PTE_X), PTE_R | PTE_W);
    assert_false(board_walk(result.satp, va + KERNEL_PLIC + 0x600000, &pa, &bits));
}

/* 1: in a region, 2: in a segment, 4: bundle. */
static unsigned use_of(const struct bootinfo *b, uint64_t p)
{
    unsigned use = 0, uses = 0;
    for (uint64_t i = 0; i < b->region_count; i++)
        if (p >= b->region[i].first && p < b->region[i].first + b->region[i].count)
            use |= 1, uses++;
    for (uint64_t i = 0; i < b->segment_count; i++)
        if (p >= b->segment[i].first && p < b->segment[i].first + b->segment[i].count)
            use |= 2, uses++;
    if (p >= b->bundle_first && p < b->bundle_first + b->bundle_count)
        use |= 4, uses++;
    assert_true(uses <= 1);
    return use;
}

static void mark_tables(uint64_t table, int level, uint8_t *mark)
{
    const uint64_t *word = memory_at(table);
    mark[(table - m.ram_base) / 4096] = 1;
    for (int i = 0; level > 0 && i < 512; i++)
        if ((word[i] & (PTE_V | PTE_R | PTE_X)) == PTE_V)
            mark_tables(word[i] >> 10 << 12, level - 1, mark);
}

static void nothing_kept_is_given_away(void **state)
{
    (void)state;
    static uint8_t mark[BOARD_BYTES / 4096];
    static const char *const trees[] = {"good", "banks", "crumbs"};
    for (unsigned t = 0; t < 3; t++) {
        assert_int_equal(run(trees[t]).error, LDR_OK);
        const struct bootinfo *b = boot();
        memset(mark, 0, sizeof mark);
        mark_tables((result.satp & 0xfffffffffff) << 12, (int)(result.satp >> 60) - 6, mark);
        for (uint64_t offset = 0; offset < 0xe000; offset += 4096)
            mark[(b->kernel_pa + offset - m.ram_base) / 4096] = 1;
        for (uint64_t at = 0; at < m.frame_count * 32; at += 4096) {
            uint64_t bits, pa = walk(va + KERNEL_INFO + at, &bits);
            mark[(pa - m.ram_base) / 4096] = 1;
        }
        for (uint64_t p = 0; p < m.frame_count; p++) {
            uint64_t pa = m.ram_base + p * 4096;
            unsigned use = use_of(b, p);
            if (mark[p] != 0 || !ranges_hold(&m.usable, pa, pa + 4096))
                assert_int_equal(use, 0);
            else if (t != 2)
                assert_int_not_equal(use, 0);
        }
        assert_true(b->region_count > 0 && b->region_count <= BOOT_REGIONS);
    }
}

static void loader_s_own_memory_is_free_afterwards(void **state)
{
    (void)state;
    assert_int_equal(run("good").error, LDR_OK);
    const struct bootinfo *b = boot();
    for (uint64_t pa = BOARD_LOADER; pa < BOARD_LOADER + BOARD_LOADER_BYTES; pa += 4096) {
        assert_int_equal(use_of(b, (pa - m.ram_base) / 4096), 1);
        assert_int_equal(*(uint8_t *)memory_at(pa), 0xa5); /* and untouched until then */
    }
    assert_int_equal(use_of(b, (BOARD_TREE - m.ram_base) / 4096), 1);
    assert_int_equal(*(uint8_t *)memory_at(BOARD_TREE + 0x2000), 0xa5);
}

static void manager_is_loaded(void **state)
{
    (void)state;
    static const struct {
        uint64_t va, count, rights;
        uint8_t byte;
    } expected[] = {
        {0x400000, 1, MAP_READ | MAP_EXECUTE, 0x11},
        {0x401000, 1, MAP_READ, 0x22},
        {0x402000, 3, MAP_READ | MAP_WRITE, 0x33},
        {BOOT_VA_INFO, 1, MAP_READ, 0},
        {SERVER_VA_STACK - SERVER_STACK_BYTES, 16, MAP_READ | MAP_WRITE, 0},
    };
    assert_int_equal(run("good").error, LDR_OK);
    const struct bootinfo *b = boot();
    assert_int_equal(b->segment_count, 5);
    for (unsigned i = 0; i < 5; i++) {
        const struct boot_segment *s = &b->segment[i];
        const uint8_t *byte = memory_at(m.ram_base + s->first * 4096);
        assert_int_equal(s->va, expected[i].va);
        assert_int_equal(s->count, expected[i].count);
        assert_int_equal(s->rights, expected[i].rights);
        if (i != 3)
            assert_int_equal(byte[0], expected[i].byte);
        if (i != 0)
            assert_int_equal(byte[4095], 0);
    }
    const uint8_t *rodata = memory_at(m.ram_base + b->segment[1].first * 4096);
    assert_true(rodata[0x7ff] == 0x22 && rodata[0x800] == 0);
    assert_int_equal(b->manager_entry, 0x400010);
    assert_int_equal(b->manager_stack, SERVER_VA_STACK);
    const char *page = memory_at(m.ram_base + b->segment[3].first * 4096);
    assert_memory_equal(page, b, sizeof *b);
    assert_string_equal(page + BOOT_VERDICT, input.verdict);
    assert_int_equal(page[4095], 0);
    assert_int_equal(page[BOOT_SEED], 1);
    assert_memory_equal(page + BOOT_SEED + 1, m.seed, SEED_BYTES);
}

static void boot_information_is_complete(void **state)
{
    (void)state;
    assert_int_equal(run("good").error, LDR_OK);
    const struct bootinfo *b = boot();
    assert_int_equal(b->magic, BOOTINFO_MAGIC);
    assert_int_equal(b->version, SEPTUM_ABI_VERSION);
    assert_int_equal(b->ram_base, m.ram_base);
    assert_int_equal(b->frame_count, m.frame_count);
    assert_int_equal(b->timebase, m.timebase);
    assert_int_equal(b->features, m.features);
    assert_int_equal(b->hart_count, 2);
    assert_int_equal(b->boot_hart, 1);
    assert_memory_equal(b->hartid, m.hartid, sizeof m.hartid);
    assert_memory_equal(b->plic_context, m.plic_context, sizeof m.plic_context);
    assert_int_equal(b->plic_sources, 95);
    assert_int_equal(b->bundle_first, (BOARD_INITRD - BOARD_BASE) / 4096);
    assert_int_equal(b->bundle_count, 14);
    assert_int_equal(b->bundle_bytes, result.bundle_bytes);
    assert_int_equal(b->window_count, 4);
    assert_memory_equal(b->window, m.window, sizeof m.window);
    assert_string_equal(b->isa, m.isa);
    for (uint64_t i = 1; i < b->region_count; i++)
        assert_true(b->region[i].first > b->region[i - 1].first + b->region[i - 1].count);
}

static void each_lack_has_its_error(void **state)
{
    (void)state;
    struct fault f = run("little");
    assert_int_equal(f.error, LDR_LITTLE_MEMORY);
    assert_int_equal(f.a, 0x380000);
    assert_true(f.b > f.a);
    assert_int_equal(run("no_initrd").error, LDR_NO_BUNDLE);
    assert_int_equal(run("good").error, LDR_OK);
    struct load_input bad = input;
    bad.loader_end = BOARD_INITRD + 1;
    assert_int_equal(load(&m, &bad, &result).error, LDR_BUNDLE_PLACE);
    bad = input;
    bad.kernel_bytes = 8;
    assert_int_equal(load(&m, &bad, &result).error, LDR_KERNEL_IMAGE);
    m.initrd_end = m.initrd_first + 4096;
    assert_int_equal(load(&m, &input, &result).error, LDR_BUNDLE_CUT);
}

static void an_iommu_is_switched_on(void **state)
{
    (void)state;
    uint64_t bits;
    assert_int_equal(run("iommu").error, LDR_OK);
    uint64_t kernel_pa = walk(va, &bits), contexts = kernel_pa + 0x7000, pages = kernel_pa + 0xb000;
    assert_true(result.iommu);
    assert_int_equal(boot()->iommu, BOARD_IOMMU);
    assert_int_equal(walk(va + KERNEL_IOMMU, &bits), BOARD_IOMMU);
    assert_int_equal(bits & (PTE_R | PTE_W | PTE_X), PTE_R | PTE_W);
    assert_int_equal(board_iommu.ddtp, pages >> 12 << 10 | 3);
    assert_true(board_iommu.queues_on_first);
    assert_int_equal(board_iommu.cqb, (pages + 0x1000) >> 12 << 10 | 7);
    assert_int_equal(board_iommu.fqb, (pages + 0x2000) >> 12 << 10 | 6);
    const uint64_t *root = memory_at(pages);
    for (uint64_t i = 0; i < FRAME_WORDS; i++)
        assert_int_equal(root[i], i < 4 ? (contexts + i * 4096) >> 12 << 10 | 1 : 0);
    const uint64_t *context = memory_at(contexts);
    for (uint64_t i = 0; i < 4 * FRAME_WORDS; i++)
        assert_int_equal(context[i], 0);
}

static void assert_no_iommu(struct fault f, uint64_t mode)
{
    uint64_t pa, bits;
    assert_int_equal(f.error, LDR_OK);
    assert_false(result.iommu);
    assert_int_equal(boot()->iommu, 0);
    assert_false(board_walk(result.satp, va + KERNEL_IOMMU, &pa, &bits));
    assert_int_equal(board_iommu.ddtp, mode);
}

/* Loads again on the machine as it was read, with the IOMMU as it is now. */
static struct fault again(void)
{
    board_iommu.ddtp = 1;
    return load(&m, &input, &result);
}

static void an_iommu_that_cannot_serve_is_none(void **state)
{
    (void)state;
    assert_no_iommu(run("good"), 1);
    assert_no_iommu(run("iommu_off"), 1);
    assert_no_iommu(run("iommu_in_memory"), 1);
    assert_int_equal(run("iommu").error, LDR_OK);
    board_iommu.capabilities = UINT64_C(0x78e2cd0f10); /* no Sv39x4 */
    assert_no_iommu(again(), 0);
    board_iommu.capabilities = UINT64_C(0x78e28f0f10); /* contexts of the base format */
    assert_no_iommu(again(), 0);
    board_iommu.capabilities = UINT64_C(0x78e2cf0f20); /* version 2 */
    assert_no_iommu(again(), 0);
    board_iommu.capabilities = UINT64_C(0x78e2cf0f10);
    board_iommu.fctl_fixed = 4; /* GXL */
    assert_no_iommu(again(), 0);
    board_iommu.fctl_fixed = 0;
    assert_int_equal(again().error, LDR_OK);
    assert_true(result.iommu);
    board_iommu.silent = true;
    assert_no_iommu(again(), 1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(image_is_mapped_with_its_rights),
    cmocka_unit_test(nothing_stands_in_the_lower_half),
    cmocka_unit_test(both_modes_use_the_same_table),
    cmocka_unit_test(direct_map_is_all_that_is_usable),
    cmocka_unit_test(info_and_plic_are_there),
    cmocka_unit_test(an_iommu_is_switched_on),
    cmocka_unit_test(an_iommu_that_cannot_serve_is_none),
    cmocka_unit_test(nothing_kept_is_given_away),
    cmocka_unit_test(loader_s_own_memory_is_free_afterwards),
    cmocka_unit_test(manager_is_loaded),
    cmocka_unit_test(boot_information_is_complete),
    cmocka_unit_test(each_lack_has_its_error),
};

SUITE_MAIN("loader load", tests)
