/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The reading of device trees. */
#include "suite.h"

#include "board.h"

#include <libfdt.h>
#include <stdlib.h>

static struct machine m;

static void good_tree_is_read(void **state)
{
    (void)state;
    assert_int_equal(board_machine(&m, "good", 0).error, LDR_OK);
    assert_int_equal(m.ram_base, BOARD_BASE);
    assert_int_equal(m.frame_count, BOARD_BYTES / 4096);
    assert_int_equal(m.timebase, 10000000);
    assert_int_equal(m.initrd_first, BOARD_INITRD);
    assert_int_equal(m.initrd_end, BOARD_INITRD + 0xd800);
    assert_false(ranges_touch(&m.usable, BOARD_BASE, BOARD_BASE + 0x60000));
    assert_true(ranges_hold(&m.usable, BOARD_BASE + 0x60000, 0x83000000));
    assert_true(ranges_hold(&m.usable, 0x83001000, BOARD_BASE + BOARD_BYTES));
    assert_int_equal(m.usable.count, 2);
}

static void harts_keep_the_tree_s_order(void **state)
{
    (void)state;
    assert_int_equal(board_machine(&m, "good", 0).error, LDR_OK);
    assert_int_equal(m.hart_count, 2);
    assert_int_equal(m.hartid[0], 1);
    assert_int_equal(m.hartid[1], 0);
    assert_int_equal(m.boot_hart, 1);
    assert_int_equal(m.plic_context[0], 3);
    assert_int_equal(m.plic_context[1], 1);
    assert_int_equal(m.features, BOOT_HAS_H | BOOT_HAS_SSTC | BOOT_HAS_SV48 | BOOT_HAS_ZICBOM);
    assert_string_equal(m.isa, "rv64imach_zicbom_sstc");
    assert_int_equal(board_machine(&m, "good", 1).error, LDR_OK);
    assert_int_equal(m.boot_hart, 0);
    assert_string_equal(m.isa, "rv64imafdch_zicbom_zicboz_sstc");
}

/* A seed of fewer bytes counts as none. */
static void seed_is_taken_whole(void **state)
{
    (void)state;
    assert_int_equal(board_machine(&m, "good", 0).error, LDR_OK);
    assert_true(m.seeded);
    for (uint8_t i = 0; i < SEED_BYTES; i++)
        assert_int_equal(m.seed[i], i % 4 == 3 ? i / 4 + 1 : 0);
    assert_int_equal(board_machine(&m, "no_initrd", 0).error, LDR_OK);
    assert_false(m.seeded);
    assert_int_equal(m.seed[3], 0);
}

/* Sv48 counts if all harts have it, by the tree and by trying; without it, hardware mode still goes. */
static void one_way_to_run_guests_is_enough(void **state)
{
    (void)state;
    assert_int_equal(board_machine(&m, "no_h", 0).error, LDR_OK);
    assert_int_equal(m.features & (BOOT_HAS_H | BOOT_HAS_SV48), BOOT_HAS_SV48);
    assert_int_equal(board_machine(&m, "one_sv39", 0).error, LDR_OK);
    assert_int_equal(m.features & (BOOT_HAS_H | BOOT_HAS_SV48), BOOT_HAS_H);
    board_takes_sv48 = false;
    struct fault with_h = board_machine(&m, "good", 0);
    uint64_t features = m.features;
    struct fault without_h = board_machine(&m, "no_h", 0);
    board_takes_sv48 = true;
    assert_int_equal(with_h.error, LDR_OK);
    assert_int_equal(features & (BOOT_HAS_H | BOOT_HAS_SV48), BOOT_HAS_H);
    assert_int_equal(without_h.error, LDR_NO_MODE);
}

static void a_hart_whose_guests_could_leave_words_runs_none_in_vs(void **state)
{
    (void)state;
    assert_int_equal(board_machine(&m, "open", 0).error, LDR_OK);
    assert_int_equal(m.features & (BOOT_HAS_H | BOOT_HAS_SV48), BOOT_HAS_SV48);
    assert_int_equal(board_machine(&m, "closed", 0).error, LDR_OK);
    assert_int_equal(m.features & (BOOT_HAS_H | BOOT_HAS_SV48), BOOT_HAS_H | BOOT_HAS_SV48);
}

static void devices_are_sorted_by_sort_and_place(void **state)
{
    (void)state;
    static const struct boot_window expected[] = {
        {0x10000000, 10, "ns16550a"},
        {0x101000, 11, "google,goldfish-rtc"},
        {0x10001000, 1, "virtio,mmio"},
        {0x10002000, 2, "virtio,mmio"},
    };
    assert_int_equal(board_machine(&m, "good", 0).error, LDR_OK);
    assert_int_equal(m.window_count, 4);
    assert_memory_equal(m.window, expected, sizeof expected);
    assert_int_equal(m.plic_base, 0xc000000);
    assert_int_equal(m.plic_bytes, 0x600000);
    assert_int_equal(m.plic_sources, 95);
}

static void odd_devices_are_left_out(void **state)
{
    (void)state;
    static const struct boot_window expected[] = {
        {0x10000000, 10, "ns16550a"},          {0x20020000, 0, "ns16550a"},    {0x20030000, 0, "ns16550a"},
        {0x101000, 11, "google,goldfish-rtc"}, {0x10001000, 1, "virtio,mmio"}, {0x10002000, 2, "virtio,mmio"},
    };
    assert_int_equal(board_machine(&m, "odd_devices", 0).error, LDR_OK);
    assert_int_equal(m.window_count, 6);
    /* The tree's order decides which of two devices has the interrupt both name. */
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(m.window[i].base, expected[i].base);
        assert_string_equal(m.window[i].compatible, expected[i].compatible);
    }
    assert_int_equal(m.window[1].irq, 0);
    assert_int_equal((m.window[0].irq == 10) + (m.window[2].irq == 10), 1);
}

static void the_iommu_is_no_window(void **state)
{
    (void)state;
    assert_int_equal(board_machine(&m, "iommu", 0).error, LDR_OK);
    assert_int_equal(m.iommu, BOARD_IOMMU);
    for (uint64_t i = 0; i < m.window_count; i++)
        assert_int_not_equal(m.window[i].base, BOARD_IOMMU);
    assert_int_equal(board_machine(&m, "iommu_off", 0).error, LDR_OK);
    assert_int_equal(m.iommu, 0);
    assert_int_equal(board_machine(&m, "iommu_in_memory", 0).error, LDR_OK);
    assert_int_equal(m.iommu, 0);
}

/* Slot 0 is the host itself; 2 holds an old kind of virtio device, 4 another vendor's. */
static void bus_fill(void)
{
    board_iommu_reset();
    board_pci_id[0] = 0x00081b36;
    board_pci_id[1] = 0x10491af4;
    board_pci_id[2] = 0x10091af4;
    board_pci_id[4] = 0x10498086;
    board_pci_pin[1] = 1;
}

static uint64_t functions(void)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < m.window_count; i++)
        count += strcmp(m.window[i].compatible, BOOT_PCI_CONFIG) == 0;
    return count;
}

static void virtio_functions_have_windows(void **state)
{
    (void)state;
    bus_fill();
    assert_int_equal(board_machine(&m, "pci", 0).error, LDR_OK);
    assert_int_equal(m.window_count, 4 + BOOT_PCI_WINDOWS);
    assert_int_equal(m.windows_left_out, 0);
    assert_int_equal(m.window[4].base, 0x30008000);
    assert_int_equal(m.window[4].irq, 0);
    assert_string_equal(m.window[4].compatible, BOOT_PCI_CONFIG);
    for (uint64_t i = 0; i < BOOT_PCI_PAGES; i++) {
        assert_int_equal(m.window[5 + i].base, 0x40000000 + i * FRAME_BYTES);
        assert_int_equal(m.window[5 + i].irq, i == 0 ? 0x21 : 0);
        assert_string_equal(m.window[5 + i].compatible, BOOT_PCI_MEMORY);
    }
    board_pci_id[31] = 0x107f1af4;
    board_pci_pin[31] = 4;
    assert_int_equal(board_machine(&m, "pci", 0).error, LDR_OK);
    assert_int_equal(functions(), 2);
    assert_int_equal(m.window[9].base, 0x300f8000);
    assert_int_equal(m.window[10].base, 0x40010000);
    assert_int_equal(m.window[10].irq, 0x22);
    assert_int_equal(board_machine(&m, "pci_bare", 0).error, LDR_OK);
    assert_int_equal(m.iommu, 0);
    assert_int_equal(functions(), 2);
}

static void functions_that_cannot_be_driven_are_left_out(void **state)
{
    (void)state;
    bus_fill();
    board_pci_id[5] = 0x10411af4;
    board_pci_pin[5] = 1; /* the interrupt of slot 1 */
    board_pci_id[6] = 0x10441af4; /* has none */
    assert_int_equal(board_machine(&m, "pci", 0).error, LDR_OK);
    assert_int_equal(functions(), 1);
    assert_int_equal(m.windows_left_out, 2);
    board_pci_pin[5] = 2;
    board_pci_pin[6] = 2;
    assert_int_equal(board_machine(&m, "pci", 0).error, LDR_OK);
    board_pci_id[7] = 0x10421af4;
    board_pci_pin[7] = 2;
    assert_int_equal(board_machine(&m, "pci", 0).error, LDR_OK);
    assert_int_equal(functions(), 4); /* as many as the host has interrupts */
    assert_int_equal(m.window_count, 24);
    assert_int_equal(m.windows_left_out, 0);
    assert_int_equal(board_machine(&m, "pci_crowded", 0).error, LDR_OK);
    assert_int_equal(m.window_count, WINDOWS - 1); /* not enough for another */
    assert_int_equal(functions(), 2);
    assert_int_equal(m.windows_left_out, 2);
    assert_int_equal(board_machine(&m, "pci_little", 0).error, LDR_OK);
    assert_int_equal(functions(), 1);
    assert_int_equal(board_machine(&m, "pci_beside", 0).error, LDR_OK);
    assert_int_equal(functions(), 0);
    assert_int_equal(board_machine(&m, "pci_moved", 0).error, LDR_OK);
    assert_int_equal(functions(), 0);
}

static void harts_beyond_the_most_stay_off(void **state)
{
    (void)state;
    assert_int_equal(board_machine(&m, "many_harts", 1).error, LDR_OK);
    assert_int_equal(m.hart_count, HARTS);
    assert_int_equal(m.harts_left_out, 4);
    for (uint64_t id = 0; id < 12; id++) {
        assert_int_equal(board_machine(&m, "many_harts", id).error, LDR_OK);
        assert_int_equal(m.hartid[m.boot_hart], id);
        assert_int_equal(m.hart_count, HARTS);
        assert_int_equal(m.features & BOOT_HAS_H, BOOT_HAS_H);
    }
}

static void harts_from_64_on_stay_off(void **state)
{
    (void)state;
    assert_int_equal(board_machine(&m, "hart_64", 0).error, LDR_OK);
    assert_int_equal(m.hart_count, 1);
    assert_int_equal(m.hartid[0], 0);
    assert_int_equal(m.harts_left_out, 1);
    assert_int_equal(board_machine(&m, "hart_64", 64).error, LDR_BOOT_HART);
}

static void banks_are_joined_and_rounded_inwards(void **state)
{
    (void)state;
    assert_int_equal(board_machine(&m, "banks", 0).error, LDR_OK);
    assert_int_equal(m.ram_base, 0x80600000);
    assert_int_equal(m.frame_count, (0x82800000 - 0x80600000) / 4096);
    assert_true(ranges_hold(&m.usable, 0x80600000, 0x813ff000));
    assert_false(ranges_touch(&m.usable, 0x813ff000, 0x81800000));
    assert_false(ranges_touch(&m.usable, 0, 0x80600000));
}

static void far_banks_are_cut_off(void **state)
{
    (void)state;
    assert_int_equal(board_machine(&m, "far_bank", 0).error, LDR_OK);
    assert_int_equal(m.frame_count, BOARD_BYTES / 4096);
    assert_false(ranges_touch(&m.usable, BOARD_BASE + BOARD_BYTES, UINT64_MAX));
}

static void each_lack_has_its_error(void **state)
{
    (void)state;
    static const struct {
        const char *tree;
        enum loader_error error;
    } bad[] = {
        {"no_memory", LDR_NO_MEMORY_NODE},
        {"tiny", LDR_LITTLE_MEMORY},
        {"dust", LDR_MANY_RANGES},
        {"no_cpus", LDR_NO_CPU},
        {"harts_off", LDR_NO_CPU},
        {"no_timebase", LDR_NO_TIMEBASE},
        {"no_h_sv39", LDR_NO_MODE},
        {"no_plic", LDR_NO_PLIC},
        {"plic_behind_bridge", LDR_NO_PLIC},
        {"plic_in_memory", LDR_PLIC_PLACE},
        {"plic_misplaced", LDR_PLIC_PLACE},
        {"plic_no_sources", LDR_PLIC_PLACE},
        {"plic_other_hart", LDR_PLIC_CONTEXT},
        {"initrd_unaligned", LDR_BUNDLE_ALIGN},
        {"initrd_outside", LDR_BUNDLE_PLACE},
        {"initrd_in_firmware", LDR_BUNDLE_PLACE},
    };
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fault f = board_machine(&m, bad[i].tree, 0);
        if (f.error != bad[i].error)
            print_error("%s\n", bad[i].tree);
        assert_int_equal(f.error, bad[i].error);
    }
    assert_int_equal(board_machine(&m, "harts_off", 1).error, LDR_NO_MMU);
    assert_int_equal(board_machine(&m, "good", 7).error, LDR_BOOT_HART);
    assert_int_equal(board_machine(&m, "no_initrd", 0).error, LDR_OK);
    assert_int_equal(m.initrd_first, m.initrd_end);
}

static void cut_trees_are_refused(void **state)
{
    (void)state;
    uint64_t bytes;
    uint8_t *tree = board_tree("good", &bytes);
    for (uint64_t room = 0; room < bytes; room += 13) {
        uint8_t *cut = malloc(room + 1);
        assert_non_null(cut);
        memcpy(cut, tree, room);
        assert_int_equal(machine_read(&m, cut, room, 0).error, LDR_BAD_TREE);
        free(cut);
    }
    fdt_set_off_mem_rsvmap(tree, fdt_off_mem_rsvmap(tree) + 1);
    assert_int_equal(machine_read(&m, tree, bytes, 0).error, LDR_BAD_TREE);
    fdt_set_off_mem_rsvmap(tree, fdt_off_mem_rsvmap(tree) - 1);
    assert_int_equal(machine_read(&m, tree, bytes, 0).error, LDR_OK);
    fdt_set_magic(tree, 0);
    assert_int_equal(machine_read(&m, tree, bytes, 0).error, LDR_BAD_TREE);
    free(tree);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(good_tree_is_read),
    cmocka_unit_test(harts_keep_the_tree_s_order),
    cmocka_unit_test(seed_is_taken_whole),
    cmocka_unit_test(one_way_to_run_guests_is_enough),
    cmocka_unit_test(a_hart_whose_guests_could_leave_words_runs_none_in_vs),
    cmocka_unit_test(devices_are_sorted_by_sort_and_place),
    cmocka_unit_test(odd_devices_are_left_out),
    cmocka_unit_test(the_iommu_is_no_window),
    cmocka_unit_test(virtio_functions_have_windows),
    cmocka_unit_test(functions_that_cannot_be_driven_are_left_out),
    cmocka_unit_test(harts_beyond_the_most_stay_off),
    cmocka_unit_test(harts_from_64_on_stay_off),
    cmocka_unit_test(banks_are_joined_and_rounded_inwards),
    cmocka_unit_test(far_banks_are_cut_off),
    cmocka_unit_test(each_lack_has_its_error),
    cmocka_unit_test(cut_trees_are_refused),
};

SUITE_MAIN("loader machine", tests)
