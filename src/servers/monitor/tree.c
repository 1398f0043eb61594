/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "tree.h"

#include "isa.h"
#include "mmio.h"
#include "virtio.h"

#include <lib/text.h>
#include <libfdt.h>
#include <string.h>

#define PHANDLE_PLIC    1u
#define PHANDLE_POWER   2u
#define PHANDLE_CPU(i)  (3u + (i))
#define PHANDLE_INTC(i) (3u + GUEST_CPUS + (i))
#define UART_CLOCK      3686400u
#define IRQ_SUPERVISOR  9u
#define IRQ_NOT_WIRED   0xffffffffu
#define NODE_NAME_BYTES 48

/* A tree being written. libfdt's errors add up to `failed`: one look at the end is enough. */
struct writer {
    void *fdt;
    int failed;
};

static void put_u32(struct writer *w, const char *name, uint32_t value)
{
    w->failed |= fdt_property_u32(w->fdt, name, value);
}

static void put_bytes(struct writer *w, const char *name, const void *value, size_t bytes)
{
    w->failed |= fdt_property(w->fdt, name, value, (int)bytes);
}

static void put_text(struct writer *w, const char *name, const char *value)
{
    put_bytes(w, name, value, strlen(value) + 1);
}

/* reg with two cells of address and two of size */
static void put_reg(struct writer *w, uint64_t first, uint64_t bytes)
{
    fdt64_t reg[2] = {cpu_to_fdt64(first), cpu_to_fdt64(bytes)};

    put_bytes(w, "reg", reg, sizeof reg);
}

static void begin(struct writer *w, const char *name)
{
    w->failed |= fdt_begin_node(w->fdt, name);
}

static void begin_at(struct writer *w, const char *name, uint64_t address)
{
    char text[NODE_NAME_BYTES];

    (void)text_format(text, sizeof text, "%s@%lx", name, address);
    begin(w, text);
}

static void end(struct writer *w)
{
    w->failed |= fdt_end_node(w->fdt);
}

static void put_cpu(struct writer *w, const struct tree *tree, const struct isa *isa, uint32_t i)
{
    bool sv48 = (tree->start->features & BOOT_HAS_SV48) != 0 && tree->start->mode != BUNDLE_SHADOW;

    begin_at(w, "cpu", i);
    put_text(w, "device_type", "cpu");
    put_u32(w, "reg", i);
    put_text(w, "status", "okay");
    put_text(w, "compatible", "riscv");
    put_text(w, "riscv,isa", isa->string);
    put_text(w, "riscv,isa-base", "rv64i");
    put_bytes(w, "riscv,isa-extensions", isa->list, isa->list_bytes);
    put_text(w, "mmu-type", sv48 ? "riscv,sv48" : "riscv,sv39");
    put_u32(w, "phandle", PHANDLE_CPU(i));
    begin(w, "interrupt-controller");
    put_u32(w, "#interrupt-cells", 1);
    put_bytes(w, "interrupt-controller", "", 0);
    put_text(w, "compatible", "riscv,cpu-intc");
    put_u32(w, "phandle", PHANDLE_INTC(i));
    end(w);
    end(w);
}

static void put_cpus(struct writer *w, const struct tree *tree)
{
    struct isa isa;

    isa_filter(tree->start, &isa);
    begin(w, "cpus");
    put_u32(w, "#address-cells", 1);
    put_u32(w, "#size-cells", 0);
    put_u32(w, "timebase-frequency", (uint32_t)tree->start->timebase);
    for (uint32_t i = 0; i < tree->cpus; i++)
        put_cpu(w, tree, &isa, i);
    end(w);
}

static void put_chosen(struct writer *w, const struct tree *tree)
{
    char path[NODE_NAME_BYTES];
    char bootargs[BUNDLE_ARGS_BYTES + 1] = {0};
    uint64_t first = tree->initrd_first;
    uint64_t behind = tree->initrd_end;

    memcpy(bootargs, tree->start->guest.bootargs, BUNDLE_ARGS_BYTES);
    (void)text_format(path, sizeof path, "/soc/serial@%lx", UART_GPA);
    begin(w, "chosen");
    put_text(w, "stdout-path", path);
    put_text(w, "bootargs", bootargs);
    if (tree->seed != NULL)
        put_bytes(w, "rng-seed", tree->seed, SEED_BYTES);
    if (first != behind) {
        w->failed |= fdt_property_u64(w->fdt, "linux,initrd-start", first);
        w->failed |= fdt_property_u64(w->fdt, "linux,initrd-end", behind);
    }
    end(w);
}

static void put_memory(struct writer *w, const struct tree *tree)
{
    begin_at(w, "memory", tree->memory_first);
    put_text(w, "device_type", "memory");
    put_reg(w, tree->memory_first, tree->memory_bytes);
    end(w);
}

static void put_uart(struct writer *w)
{
    begin_at(w, "serial", UART_GPA);
    put_text(w, "compatible", "ns16550a");
    put_reg(w, UART_GPA, UART_BYTES);
    put_u32(w, "clock-frequency", UART_CLOCK);
    put_u32(w, "interrupts", UART_IRQ);
    put_u32(w, "interrupt-parent", PHANDLE_PLIC);
    end(w);
}

/* The transports, as QEMU's virt has them: the monitor sees memory as the guest's harts do. */
static void put_virtio(struct writer *w, const struct tree *tree)
{
    for (uint32_t i = 0; i < tree->start->device_count && i < GUEST_DEVICES; i++) {
        begin_at(w, "virtio_mmio", VIRTIO_GPA + VIRTIO_STRIDE * i);
        put_text(w, "compatible", "virtio,mmio");
        put_reg(w, VIRTIO_GPA + VIRTIO_STRIDE * i, VIRTIO_STRIDE);
        put_u32(w, "interrupts", VIRTIO_IRQ + i);
        put_u32(w, "interrupt-parent", PHANDLE_PLIC);
        put_bytes(w, "dma-coherent", "", 0);
        end(w);
    }
}

static void put_rtc(struct writer *w)
{
    begin_at(w, "rtc", RTC_GPA);
    put_text(w, "compatible", "google,goldfish-rtc");
    put_reg(w, RTC_GPA, SMALL_PAGE);
    put_u32(w, "interrupts", RTC_IRQ);
    put_u32(w, "interrupt-parent", PHANDLE_PLIC);
    end(w);
}

/* The power switch's register, and what is to be written to it for what. */
static void put_power(struct writer *w)
{
    static const char compatible[] = "sifive,test1\0sifive,test0\0syscon";

    begin_at(w, "test", POWER_GPA);
    put_bytes(w, "compatible", compatible, sizeof compatible);
    put_reg(w, POWER_GPA, SMALL_PAGE);
    put_u32(w, "phandle", PHANDLE_POWER);
    end(w);
}

static void put_syscon(struct writer *w, const char *name, const char *compatible, uint32_t value)
{
    begin(w, name);
    put_text(w, "compatible", compatible);
    put_u32(w, "regmap", PHANDLE_POWER);
    put_u32(w, "offset", 0);
    put_u32(w, "value", value);
    end(w);
}

/* Two contexts for each hart; that of M mode is wired to nothing. */
static void put_plic(struct writer *w, const struct tree *tree)
{
    static const char compatible[] = "sifive,plic-1.0.0\0riscv,plic0";
    fdt32_t wires[4 * GUEST_CPUS];

    for (uint32_t i = 0; i < tree->cpus; i++) {
        wires[4 * i] = cpu_to_fdt32(PHANDLE_INTC(i));
        wires[4 * i + 1] = cpu_to_fdt32(IRQ_NOT_WIRED);
        wires[4 * i + 2] = cpu_to_fdt32(PHANDLE_INTC(i));
        wires[4 * i + 3] = cpu_to_fdt32(IRQ_SUPERVISOR);
    }
    begin_at(w, "plic", PLIC_GPA);
    put_bytes(w, "compatible", compatible, sizeof compatible);
    put_reg(w, PLIC_GPA, PLIC_BYTES);
    put_u32(w, "#address-cells", 0);
    put_u32(w, "#interrupt-cells", 1);
    put_bytes(w, "interrupt-controller", "", 0);
    put_bytes(w, "interrupts-extended", wires, tree->cpus * 4u * sizeof wires[0]);
    put_u32(w, "riscv,ndev", PLIC_SOURCES - 1u);
    put_u32(w, "phandle", PHANDLE_PLIC);
    end(w);
}

uint32_t tree_write(const struct tree *tree, void *buffer, uint32_t bytes)
{
    struct writer w = {buffer, fdt_create(buffer, (int)bytes)};

    if (w.failed != 0 || tree->cpus > GUEST_CPUS)
        return 0;
    w.failed |= fdt_finish_reservemap(w.fdt);
    begin(&w, "");
    put_u32(&w, "#address-cells", 2);
    put_u32(&w, "#size-cells", 2);
    put_text(&w, "compatible", "septum,guest");
    put_text(&w, "model", "Septum guest");
    put_chosen(&w, tree);
    put_memory(&w, tree);
    put_cpus(&w, tree);
    put_syscon(&w, "poweroff", "syscon-poweroff", POWER_OFF);
    put_syscon(&w, "reboot", "syscon-reboot", POWER_RESET);
    begin(&w, "soc");
    put_u32(&w, "#address-cells", 2);
    put_u32(&w, "#size-cells", 2);
    put_text(&w, "compatible", "simple-bus");
    put_bytes(&w, "ranges", "", 0);
    put_uart(&w);
    put_virtio(&w, tree);
    put_rtc(&w);
    put_power(&w);
    put_plic(&w, tree);
    end(&w);
    end(&w);
    w.failed |= fdt_finish(w.fdt);
    return w.failed != 0 ? 0 : (uint32_t)fdt_totalsize(w.fdt);
}
