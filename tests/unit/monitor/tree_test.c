/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "isa.h"
#include "mmio.h"
#include "suite.h"
#include "tree.h"

#include <libfdt.h>
#include <stdlib.h>

static struct monitor_start start;
static uint8_t fdt[TREE_BYTES] __attribute__((aligned(8)));

static int begin(void **state)
{
    (void)state;
    memset(&start, 0, sizeof start);
    start.timebase = 10000000;
    start.features = BOOT_HAS_SSTC;
    strcpy(start.isa, "rv64imafdch_zicbom_zicntr_zba_zbb_zbs_sstc");
    strcpy(start.guest.bootargs, "console=ttyS0");
    return 0;
}

static int node(const char *path)
{
    int at = fdt_path_offset(fdt, path);

    if (at < 0)
        fail_msg("no node %s", path);
    return at;
}

static const void *property(const char *path, const char *name, int bytes)
{
    int length;
    const void *value = fdt_getprop(fdt, node(path), name, &length);

    if (value == NULL || (bytes >= 0 && length != bytes))
        fail_msg("%s has no %s of %d bytes", path, name, bytes);
    return value;
}

static uint32_t u32(const char *path, const char *name, int cell, int cells)
{
    return fdt32_to_cpu(((const fdt32_t *)property(path, name, 4 * cells))[cell]);
}

static uint64_t u64(const char *path, const char *name, int at, int count)
{
    return fdt64_ld((const fdt64_t *)property(path, name, 8 * count) + at);
}

static void write_tree(uint32_t cpus, uint64_t initrd, uint64_t initrd_end)
{
    struct tree tree = {&start, cpus, 0x80000000, 0x10000000, initrd, initrd_end, NULL};

    assert_int_not_equal(tree_write(&tree, fdt, sizeof fdt), 0);
    assert_int_equal(fdt_check_header(fdt), 0);
}

static void memory_and_chosen(void **state)
{
    (void)state;
    write_tree(1, 0x8f000000, 0x8f000123);
    assert_int_equal(u64("/memory@80000000", "reg", 0, 2), 0x80000000);
    assert_int_equal(u64("/memory@80000000", "reg", 1, 2), 0x10000000);
    assert_string_equal(property("/chosen", "bootargs", -1), "console=ttyS0");
    assert_int_equal(u64("/chosen", "linux,initrd-start", 0, 1), 0x8f000000);
    assert_int_equal(u64("/chosen", "linux,initrd-end", 0, 1), 0x8f000123);
    assert_int_equal(fdt_path_offset(fdt, property("/chosen", "stdout-path", -1)), node("/soc/serial@10000000"));
}

static void no_initrd(void **state)
{
    (void)state;
    write_tree(1, 0, 0);
    assert_null(fdt_getprop(fdt, node("/chosen"), "linux,initrd-start", NULL));
}

static void harts(void **state)
{
    (void)state;
    write_tree(2, 0, 0);
    assert_int_equal(u32("/cpus", "timebase-frequency", 0, 1), 10000000);
    assert_int_equal(u32("/cpus/cpu@1", "reg", 0, 1), 1);
    assert_string_equal(property("/cpus/cpu@1", "mmu-type", -1), "riscv,sv39");
    assert_string_equal(property("/cpus/cpu@0", "riscv,isa", -1),
                        "rv64imafdc_zicntr_zicsr_zifencei_zba_zbb_zbs_sstc_svade");
    assert_true(fdt_path_offset(fdt, "/cpus/cpu@2") < 0);
    start.features = BOOT_HAS_SV48;
    write_tree(1, 0, 0);
    assert_string_equal(property("/cpus/cpu@0", "mmu-type", -1), "riscv,sv48");
}

static void devices(void **state)
{
    (void)state;
    write_tree(2, 0, 0);
    assert_int_equal(u64("/soc/serial@10000000", "reg", 0, 2), UART_GPA);
    assert_int_equal(u32("/soc/serial@10000000", "interrupts", 0, 1), 10);
    assert_string_equal(property("/soc/serial@10000000", "compatible", -1), "ns16550a");
    assert_int_equal(u64("/soc/plic@c000000", "reg", 0, 2), PLIC_GPA);
    assert_int_equal(u32("/soc/plic@c000000", "riscv,ndev", 0, 1), 95);
    assert_int_equal(u32("/soc/serial@10000000", "interrupt-parent", 0, 1),
                     fdt_get_phandle(fdt, node("/soc/plic@c000000")));
    for (int cpu = 0; cpu < 2; cpu++) {
        char path[64];

        snprintf(path, sizeof path, "/cpus/cpu@%d/interrupt-controller", cpu);
        assert_int_equal(u32("/soc/plic@c000000", "interrupts-extended", 4 * cpu, 8), fdt_get_phandle(fdt, node(path)));
        assert_int_equal(u32("/soc/plic@c000000", "interrupts-extended", 4 * cpu + 1, 8), UINT32_MAX);
        assert_int_equal(u32("/soc/plic@c000000", "interrupts-extended", 4 * cpu + 3, 8), 9);
    }
}

static void virtio_transports(void **state)
{
    (void)state;
    start.device_count = 2;
    write_tree(1, 0, 0);
    assert_string_equal(property("/soc/virtio_mmio@10002000", "compatible", -1), "virtio,mmio");
    assert_int_equal(u64("/soc/virtio_mmio@10002000", "reg", 0, 2), 0x10002000);
    assert_int_equal(u64("/soc/virtio_mmio@10002000", "reg", 1, 2), 0x1000);
    assert_int_equal(u32("/soc/virtio_mmio@10001000", "interrupts", 0, 1), 1);
    assert_int_equal(u32("/soc/virtio_mmio@10002000", "interrupts", 0, 1), 2);
    assert_int_equal(u32("/soc/virtio_mmio@10002000", "interrupt-parent", 0, 1),
                     fdt_get_phandle(fdt, node("/soc/plic@c000000")));
    (void)property("/soc/virtio_mmio@10002000", "dma-coherent", 0);
    assert_true(fdt_path_offset(fdt, "/soc/virtio_mmio@10003000") < 0);
}

/* As QEMU's virt has them, so that its drivers find them. */
static void clock_and_power_switch(void **state)
{
    (void)state;
    write_tree(1, 0, 0);
    assert_string_equal(property("/soc/rtc@101000", "compatible", -1), "google,goldfish-rtc");
    assert_int_equal(u64("/soc/rtc@101000", "reg", 0, 2), 0x101000);
    assert_int_equal(u64("/soc/rtc@101000", "reg", 1, 2), 0x1000);
    assert_int_equal(u32("/soc/rtc@101000", "interrupts", 0, 1), 11);
    assert_int_equal(u32("/soc/rtc@101000", "interrupt-parent", 0, 1), fdt_get_phandle(fdt, node("/soc/plic@c000000")));
    assert_memory_equal(property("/soc/test@100000", "compatible", 33), "sifive,test1\0sifive,test0\0syscon", 33);
    assert_int_equal(u64("/soc/test@100000", "reg", 0, 2), 0x100000);
    assert_string_equal(property("/poweroff", "compatible", -1), "syscon-poweroff");
    assert_string_equal(property("/reboot", "compatible", -1), "syscon-reboot");
    assert_int_equal(u32("/poweroff", "value", 0, 1), 0x5555);
    assert_int_equal(u32("/reboot", "value", 0, 1), 0x7777);
    assert_int_equal(u32("/poweroff", "offset", 0, 1), 0);
    assert_int_equal(u32("/poweroff", "regmap", 0, 1), fdt_get_phandle(fdt, node("/soc/test@100000")));
    assert_int_equal(u32("/reboot", "regmap", 0, 1), fdt_get_phandle(fdt, node("/soc/test@100000")));
}

static void seed_is_handed_on(void **state)
{
    static const uint8_t seed[SEED_BYTES] = "thirty-one bytes and their end.";
    struct tree tree = {&start, 1, 0x80000000, 0x10000000, 0, 0, seed};

    (void)state;
    assert_int_not_equal(tree_write(&tree, fdt, sizeof fdt), 0);
    assert_memory_equal(property("/chosen", "rng-seed", SEED_BYTES), seed, SEED_BYTES);
    write_tree(1, 0, 0);
    assert_null(fdt_getprop(fdt, node("/chosen"), "rng-seed", NULL));
}

static void largest_tree_fits(void **state)
{
    (void)state;
    start.device_count = GUEST_DEVICES;
    memset(start.guest.bootargs, 'x', sizeof start.guest.bootargs); /* not even terminated */
    write_tree(GUEST_CPUS, 0x8f000000, 0x8f000123);
    assert_int_equal(strlen(property("/chosen", "bootargs", -1)), BUNDLE_ARGS_BYTES);
}

static void small_buffers_are_refused(void **state)
{
    struct tree tree = {&start, 1, 0x80000000, 0x10000000, 0, 0, NULL};

    (void)state;
    for (uint32_t bytes = 0; bytes < 1024; bytes += 8) {
        uint8_t *buffer = malloc(bytes + 1);

        assert_int_equal(tree_write(&tree, buffer, bytes), 0);
        free(buffer);
    }
    tree.cpus = GUEST_CPUS + 1;
    assert_int_equal(tree_write(&tree, fdt, sizeof fdt), 0);
}

static void isa(const char *host, uint64_t features, const char *expected)
{
    struct isa guest;

    strncpy(start.isa, host, sizeof start.isa);
    start.features = features;
    isa_filter(&start, &guest);
    assert_string_equal(guest.string, expected);
}

/* Whatever the host has, a guest is told of nothing but what the kernel keeps apart. */
static void isa_is_a_whitelist(void **state)
{
    struct isa guest;

    (void)state;
    isa("rv64imafdcbvhsu_zicbom_zicboz_zve64d_ssaia_smstateen_svpbmt", 0, "rv64imafdc_zicntr_zicsr_zifencei_svade");
    isa("rv64imac", BOOT_HAS_SSTC, "rv64imac_zicntr_zicsr_zifencei_sstc_svade");
    isa("rv64gc_zbb", 0, "rv64imafdc_zicntr_zicsr_zifencei_zbb_svade");
    isa("rv64imac_zbbx_xzbb_zbc", 0, "rv64imac_zicntr_zicsr_zifencei_svade");
    isa("rv64imac_sstc", 0, "rv64imac_zicntr_zicsr_zifencei_svade");
    isa("", 0, "rv64i_zicntr_zicsr_zifencei_svade");
    memset(start.isa, 'q', sizeof start.isa); /* not even terminated */
    memcpy(start.isa, "rv64imac_", 9);
    memcpy(start.isa + sizeof start.isa - 4, "_zbb", 4);
    isa_filter(&start, &guest);
    assert_string_equal(guest.string, "rv64imac_zicntr_zicsr_zifencei_zbb_svade");
    assert_memory_equal(guest.list, "i\0m\0a\0c\0zicntr\0zicsr\0zifencei\0zbb\0svade", guest.list_bytes);
}

/* In shadow mode a guest has what the kernel emulates: Sv39, Sstc, of the counters `time` alone, and no extension that
 * would need a root's or an environment's bits. */
static void shadow_mode(void **state)
{
    (void)state;
    start.mode = BUNDLE_SHADOW;
    isa("rv64imafdcvh_zicbom_zicbop_zicboz_zicntr_zihpm_zba_ssaia_sstc_svadu_svinval_svnapot_svpbmt", 0,
        "rv64imafdc_zicsr_zifencei_zba_sstc_svade");
    isa("rv64imac", BOOT_HAS_H | BOOT_HAS_SV48 | BOOT_HAS_SSTC, "rv64imac_zicsr_zifencei_sstc_svade");
    write_tree(1, 0, 0);
    assert_string_equal(property("/cpus/cpu@0", "mmu-type", -1), "riscv,sv39");
    assert_string_equal(property("/cpus/cpu@0", "riscv,isa", -1), "rv64imac_zicsr_zifencei_sstc_svade");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(memory_and_chosen, begin),
    cmocka_unit_test_setup(no_initrd, begin),
    cmocka_unit_test_setup(harts, begin),
    cmocka_unit_test_setup(devices, begin),
    cmocka_unit_test_setup(virtio_transports, begin),
    cmocka_unit_test_setup(clock_and_power_switch, begin),
    cmocka_unit_test_setup(seed_is_handed_on, begin),
    cmocka_unit_test_setup(largest_tree_fits, begin),
    cmocka_unit_test_setup(small_buffers_are_refused, begin),
    cmocka_unit_test_setup(isa_is_a_whitelist, begin),
    cmocka_unit_test_setup(shadow_mode, begin),
};
SUITE_MAIN("monitor-tree", tests)
