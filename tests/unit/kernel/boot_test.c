/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Each rule of the boot information, broken; the first state. */
#include "suite.h"

static int begin(void **state)
{
    (void)state;
    host_reset(WORLD_FRAMES);
    world_boot();
    return 0;
}

/* Breaks the boot information, demands the fault, mends it. */
#define BREAKS(fault, field, value)                                                                                    \
    do {                                                                                                               \
        struct bootinfo good = boot;                                                                                   \
        boot.field = value;                                                                                            \
        assert_int_equal(boot_check(), fault);                                                                         \
        boot = good;                                                                                                   \
    } while (0)

static void good_information_passes(void **state)
{
    (void)state;
    assert_int_equal(boot_check(), BOOT_OK);
    boot.features = BOOT_HAS_SV48;
    boot.kernel_root = SATP_SV48 | 0x80300;
    assert_int_equal(boot_check(), BOOT_OK);
    boot.region[5].first = UINT64_MAX; /* beyond the counts nothing is looked at */
    boot.segment[6].va = 1;
    boot.window[3].base = 1;
    assert_int_equal(boot_check(), BOOT_OK);
}

static void numbers(void **state)
{
    (void)state;
    BREAKS(BOOT_BAD_MAGIC, magic, 0);
    BREAKS(BOOT_BAD_VERSION, version, 2);
    BREAKS(BOOT_BAD_RAM, ram_base, WORLD_RAM_BASE + 4096);
    BREAKS(BOOT_BAD_RAM, ram_base, UINT64_C(0xffffffffffe00000));
    BREAKS(BOOT_BAD_RAM, frame_count, 0);
    BREAKS(BOOT_BAD_RAM, frame_count, FRAMES + 1);
    BREAKS(BOOT_BAD_KERNEL, kernel_pa, WORLD_RAM_BASE - 4096);
    BREAKS(BOOT_BAD_KERNEL, kernel_pa, WORLD_RAM_BASE + WORLD_FRAMES * FRAME_BYTES);
    BREAKS(BOOT_BAD_KERNEL, kernel_root, 0x80300);
    BREAKS(BOOT_BAD_KERNEL, kernel_root, 9 * UINT64_C(0x1000000000000000));
    BREAKS(BOOT_BAD_KERNEL, features, BOOT_HAS_SV48); /* the root is one of Sv39 */
    BREAKS(BOOT_BAD_HARTS, hart_count, 0);
    BREAKS(BOOT_BAD_HARTS, hart_count, HARTS + 1);
    BREAKS(BOOT_BAD_HARTS, boot_hart, 2);
    BREAKS(BOOT_BAD_TIMEBASE, timebase, 0);
    BREAKS(BOOT_BAD_COUNT, region_count, BOOT_REGIONS + 1);
    BREAKS(BOOT_BAD_COUNT, segment_count, BOOT_SEGMENTS + 1);
    BREAKS(BOOT_BAD_COUNT, window_count, WINDOWS + 1);
    BREAKS(BOOT_BAD_BUNDLE, bundle_bytes, 5 * FRAME_BYTES);
    BREAKS(BOOT_BAD_BUNDLE, bundle_bytes, 4 * FRAME_BYTES + 1);
    BREAKS(BOOT_BAD_BUNDLE, bundle_bytes, UINT64_MAX);
    BREAKS(BOOT_BAD_CONTEXT, plic_context[0], 15872);
    BREAKS(BOOT_BAD_CONTEXT, plic_context[boot.hart_count - 1], UINT64_MAX);
    BREAKS(BOOT_OK, plic_context[boot.hart_count - 1], 15871);
    BREAKS(BOOT_OK, bundle_bytes, 0);
    BREAKS(BOOT_BAD_MANAGER, manager_entry, BOOT_VA_END);
    BREAKS(BOOT_BAD_MANAGER, manager_stack, BOOT_VA_END + 16);
    BREAKS(BOOT_BAD_MANAGER, manager_stack, 0x1008);
}

static void ranges(void **state)
{
    (void)state;
    BREAKS(BOOT_BAD_ORDER, region_count, 0);
    BREAKS(BOOT_BAD_ORDER, region[0].count, BOOT_TABLES_MIN - 1);
    BREAKS(BOOT_BAD_ORDER, region[1].first, WORLD_REGION);
    BREAKS(BOOT_BAD_RANGE, region[1].count, WORLD_FRAMES - WORLD_BLOCKS + 1);
    BREAKS(BOOT_BAD_RANGE, region[1].count, UINT64_MAX);
    BREAKS(BOOT_BAD_RANGE, region[1].first, UINT64_MAX);
    BREAKS(BOOT_BAD_RANGE, bundle_first, UINT64_MAX);
    BREAKS(BOOT_BAD_RANGE, bundle_first, WORLD_KERNEL);
    BREAKS(BOOT_BAD_RANGE, bundle_first, WORLD_KERNEL - 3);
    BREAKS(BOOT_BAD_RANGE, segment[2].first, WORLD_FRAMES);
    BREAKS(BOOT_BAD_OVERLAP, region[0].count, WORLD_BLOCKS - WORLD_REGION + 1);
    BREAKS(BOOT_BAD_OVERLAP, bundle_first, WORLD_REGION - 3);
    BREAKS(BOOT_BAD_OVERLAP, bundle_first, WORLD_SEGMENTS + 5);
    BREAKS(BOOT_BAD_OVERLAP, segment[2].first, WORLD_SEGMENTS);
    BREAKS(BOOT_BAD_OVERLAP, segment[2].first, WORLD_FRAMES - 1);
}

static void segments(void **state)
{
    (void)state;
    BREAKS(BOOT_BAD_SEGMENT, segment[0].va, 0);
    BREAKS(BOOT_BAD_SEGMENT, segment[0].va, 0x400800);
    BREAKS(BOOT_BAD_SEGMENT, segment[0].va, BOOT_VA_END);
    BREAKS(BOOT_BAD_SEGMENT, segment[0].va, BOOT_VA_END - 0x1000);
    BREAKS(BOOT_BAD_SEGMENT, segment[0].rights, MAP_WRITE);
    BREAKS(BOOT_BAD_SEGMENT, segment[0].rights, 9);
    BREAKS(BOOT_BAD_SEGMENT, segment[0].rights, 0);
}

static void windows(void **state)
{
    (void)state;
    BREAKS(BOOT_BAD_WINDOW, window[0].base, WORLD_UART + 1);
    BREAKS(BOOT_BAD_WINDOW, window[0].base, WORLD_RAM_BASE);
    BREAKS(BOOT_BAD_WINDOW, window[0].base, WORLD_RAM_BASE + (WORLD_FRAMES - 1) * FRAME_BYTES);
    BREAKS(BOOT_BAD_WINDOW, window[0].base, UINT64_C(0xfffffffffffff000)
                                                - 0x1000 * ((UINT64_C(1) << 52) - 1 - (UINT64_C(1) << 44)));
    BREAKS(BOOT_BAD_WINDOW, window[0].base, WORLD_UART + FRAME_BYTES);
    BREAKS(BOOT_BAD_WINDOW, window[0].irq, IRQS);
    BREAKS(BOOT_BAD_WINDOW, window[0].base, WORLD_IOMMU);
    BREAKS(BOOT_BAD_IOMMU, iommu, WORLD_IOMMU + 8);
    BREAKS(BOOT_BAD_IOMMU, iommu, WORLD_RAM_BASE);
    BREAKS(BOOT_BAD_IOMMU, iommu, WORLD_RAM_BASE + (WORLD_FRAMES - 1) * FRAME_BYTES);
    boot.window[0].base = WORLD_RAM_BASE + WORLD_FRAMES * FRAME_BYTES;
    assert_int_equal(boot_check(), BOOT_OK);
}

static void the_first_state(void **state)
{
    (void)state;
    static struct host_walk walk;

    host_start(0);
    assert_int_equal(frame_count, WORLD_FRAMES);
    assert_int_equal(ram_base_pfn, WORLD_RAM_BASE / FRAME_BYTES);
    assert_true(domain_live(MANAGER_NAME));
    assert_int_equal(info[WORLD_KERNEL].kind, FRAME_NONE);
    assert_int_equal(info[0].kind, FRAME_NONE);
    assert_int_equal(info[WORLD_BUNDLE + 3].owner, MANAGER_NAME);
    assert_int_equal(info[WORLD_FRAMES - 1].owner, MANAGER_NAME);
    host_walk_root(dom[MANAGER_SLOT].root, &walk);
    assert_null(walk.wrong);
    uint32_t leaves = 0;
    for (uint32_t k = 0; k < walk.count; k++)
        if (walk.entry[k].entry >> 1 & 7) {
            uint64_t p = (walk.entry[k].entry >> 10) - ram_base_pfn;
            leaves++;
            assert_true(p >= WORLD_SEGMENTS && p < WORLD_SEGMENTS + 6);
            assert_int_equal(info[p].at_owner, walk.entry[k].at);
        }
    assert_int_equal(leaves, 6);
    /* The manager is told of the frames that the kernel has not taken for its tables. */
    uint64_t told = ram[WORLD_SEGMENTS + 4].word[BOOT_WORD_REGION];
    assert_int_equal(info[told - 1].kind, FRAME_TABLE0);
    assert_int_equal(info[told].kind, FRAME_DATA);
    assert_int_equal(ram[WORLD_SEGMENTS + 4].word[BOOT_WORD_REGION + 1], WORLD_BLOCKS - told);
    assert_int_equal(hart[0].current, MANAGER);
    assert_int_equal(host_hart[0].mode, HOST_IN_SERVER);
    assert_int_equal(host_hart[0].sepc, boot.manager_entry);
    assert_int_equal(host_hart[0].x[2], boot.manager_stack);
    assert_int_equal(host_hart[1].started, 1);
    assert_int_equal(cap[MANAGER_SLOT].slot[BOOT_CAP_SYSTEM].type, CAP_SYSTEM);
    assert_int_equal(cap[MANAGER_SLOT].slot[BOOT_CAP_WINDOW + 1].name, 1);
    assert_int_equal(cap[MANAGER_SLOT].slot[BOOT_CAP_IRQ].name, 10);
    assert_int_equal(cap[MANAGER_SLOT].slot[BOOT_CAP_IRQ + 1].type, CAP_NONE);
}

static void bad_information_is_refused_aloud(void **state)
{
    (void)state;
    boot.magic = 0;
    if (setjmp(host_off) == 0) {
        host_start(0);
        fail();
    }
    assert_non_null(strstr(host_output, "rule (enum boot_fault) 0000000000000001"));
}

/* Two segments at one place pass the check, and fail as they are mapped. */
static void a_space_that_cannot_be_built(void **state)
{
    (void)state;
    boot.segment[1].va = boot.segment[0].va;
    assert_int_equal(boot_check(), BOOT_OK);
    assert_int_not_equal(boot_memory(), SEPTUM_OK);
    if (setjmp(host_off) == 0) {
        host_start(0);
        fail();
    }
}

/* More tables than the first region has frames. */
static void too_many_tables(void **state)
{
    (void)state;
    boot.region[0].count = BOOT_TABLES_MIN;
    boot.segment_count = 1;
    boot.segment[0] = (struct boot_segment){0x200000 - 4096, WORLD_BLOCKS, 512 + 2, MAP_READ};
    boot.region_count = 1;
    assert_int_equal(boot_check(), BOOT_OK);
    OK(boot_memory());
    boot.segment[0].count = 0;
    for (uint32_t k = 0; k < BOOT_SEGMENTS; k++)
        boot.segment[k] = (struct boot_segment){0x1ff000 + k * 0x400000, WORLD_BLOCKS + 2 * k, 2, MAP_READ};
    boot.segment_count = BOOT_SEGMENTS;
    assert_int_equal(boot_check(), BOOT_OK);
    assert_int_not_equal(boot_memory(), SEPTUM_OK);
}

#define BOOT_TEST(name) cmocka_unit_test_setup(name, begin)

static const struct CMUnitTest tests[] = {
    BOOT_TEST(good_information_passes),
    BOOT_TEST(numbers),
    BOOT_TEST(ranges),
    BOOT_TEST(segments),
    BOOT_TEST(windows),
    BOOT_TEST(the_first_state),
    BOOT_TEST(bad_information_is_refused_aloud),
    BOOT_TEST(a_space_that_cannot_be_built),
    BOOT_TEST(too_many_tables),
};

SUITE_MAIN("kernel/boot", tests)
