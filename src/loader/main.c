/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The loader on the target: S mode, MMU off, one hart; the others wait in the firmware. */
#include "load.h"
#include "iommu.h"
#include "say.h"
#include "sbi.h"
#include "table.h"

#include <libfdt.h>

#define TREE_BYTES 0x40000

extern const char loader_verdict[]; /* build.mk: what is proved of the kernel in this image */
extern uint8_t loader_first[], loader_end[], kernel_first[], kernel_end[]; /* loader.ld, entry.S */

/* entry.S: 1 if satp holds that value when it has been written, with translation for that moment. */
bool satp_holds(uint64_t satp);

/* entry.S: turns the MMU on and goes to entry, with the boot hart's index in a0. */
_Noreturn void kernel_enter(uint64_t satp, uint64_t entry, uint64_t boot_hart);
_Noreturn void loader_main(uint64_t hartid, uint64_t tree);
_Noreturn void loader_fault(uint64_t cause, uint64_t pc, uint64_t value);

static _Alignas(8) uint8_t tree_copy[TREE_BYTES];
static struct machine machine;

void *memory_at(uint64_t pa)
{
    return (void *)(uintptr_t)pa;
}

uint64_t device_read(uint64_t at, unsigned bytes)
{
    return bytes == 4 ? *(volatile uint32_t *)(uintptr_t)at : *(volatile uint64_t *)(uintptr_t)at;
}

/* What was written to memory before is there first. */
void device_write(uint64_t at, unsigned bytes, uint64_t v)
{
    __asm__ volatile("fence w, o" : : : "memory");
    if (bytes == 4)
        *(volatile uint32_t *)(uintptr_t)at = (uint32_t)v;
    else
        *(volatile uint64_t *)(uintptr_t)at = v;
}

/* A hart ignores a write of satp with a mode that it has not [priv, satp]. One leaf of 512 GiB at level 3 maps the
 * loader to itself while the hart tries. */
bool hart_takes_sv48(void)
{
    static _Alignas(4096) uint64_t identity[FRAME_WORDS];
    identity[0] = PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D;
    return satp_holds(UINT64_C(9) << 60 | (uintptr_t)identity / FRAME_BYTES);
}

static void stop_on(struct fault f)
{
    if (f.error == LDR_OK)
        return;
    fault_say(f);
    sbi_power_off();
}

/* The tree can lie anywhere: work on a copy. */
static struct fault copy_tree(uint64_t pa, uint64_t *bytes)
{
    const void *tree = memory_at(pa);
    if (pa == 0 || pa % 8 != 0 || fdt_check_header(tree) != 0)
        return (struct fault){LDR_BAD_TREE, FDT_ERR_BADMAGIC, 0};
    *bytes = fdt_totalsize(tree);
    if (*bytes > TREE_BYTES)
        return (struct fault){LDR_BIG_TREE, *bytes, TREE_BYTES};
    if (pa < (uintptr_t)loader_end && pa + *bytes > (uintptr_t)loader_first)
        return (struct fault){LDR_BAD_TREE, FDT_ERR_NOSPACE, 0};
    memcpy(tree_copy, tree, *bytes);
    return NO_FAULT;
}

static void tell(const struct load_result *r)
{
    say(loader_verdict, 0, 0);
    say("septum loader: # harts, # MiB of memory", machine.hart_count, ranges_total(&machine.banks) >> 20);
    say(", # MiB free, bundle of # bytes", r->free_bytes >> 20, r->bundle_bytes);
    say(", Sv#, H extension: #\n", (machine.features & BOOT_HAS_SV48) != 0 ? 48 : 39, machine.features & BOOT_HAS_H);
    if (r->iommu)
        say("septum loader: IOMMU at @, on: no device reaches memory until it is assigned\n", machine.iommu, 0);
    else if (machine.iommu != 0)
        say("septum loader: note: the IOMMU at @ is left alone: it does not answer, or lacks version 1 with Sv39x4 and "
            "extended device contexts\n", machine.iommu, 0);
    if (machine.harts_left_out > 0)
        say("septum loader: note: # harts stay off: this build drives # at most, with numbers below 64\n",
            machine.harts_left_out, HARTS);
    if (machine.windows_left_out > 0)
        say("septum loader: note: # devices are left out: more than # pages, or without an interrupt of their own\n",
            machine.windows_left_out, WINDOWS);
}

void loader_fault(uint64_t cause, uint64_t pc, uint64_t value)
{
    say("\nseptum loader: trap # at @", cause, pc);
    say(", stval @: this is a bug, or memory that the device tree tells of is not there\n", value, 0);
    sbi_power_off();
}

void loader_main(uint64_t hartid, uint64_t tree)
{
    uint64_t tree_bytes = 0;
    struct load_result result;
    stop_on(copy_tree(tree, &tree_bytes));
    stop_on(machine_read(&machine, tree_copy, sizeof tree_copy, hartid));
    struct load_input in = {(uintptr_t)loader_first, (uintptr_t)loader_end, tree,
                            tree + tree_bytes,       kernel_first,          (uint64_t)(kernel_end - kernel_first),
                            loader_verdict};
    stop_on(load(&machine, &in, &result));
    tell(&result);
    kernel_enter(result.satp, result.entry, machine.boot_hart);
}
