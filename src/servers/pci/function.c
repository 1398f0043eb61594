/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "function.h"

#include <stdbool.h>

#define REG_ID           0x00u /* vendor, device */
#define REG_COMMAND      0x04u /* and status, whose bits a 0 leaves alone */
#define REG_HEADER       0x0cu
#define REG_BAR          0x10u
#define REG_CAPABILITIES 0x34u

#define COMMAND_MEMORY      2u
#define COMMAND_MASTER      4u
#define STATUS_CAPABILITIES (1u << 20)
#define HEADER_TYPE(word)   ((word) >> 16 & 0x7fu)
#define VENDOR              0x1af4u
#define MODERN_FIRST        0x1040u

#define BARS       6u
#define BAR_IO     1u
#define BAR_KIND   6u
#define BAR_64     4u
#define BAR_FLAGS  15u
#define PAGE_BYTES 4096u

#define CAPABILITY_VENDOR 9u
#define CAPABILITY_FIRST  0x40u
#define CAPABILITY_LAST   0xecu /* so that its five words end within the 256 bytes */
#define CAPABILITIES_MOST 48u

/* The kinds of registers, and the least bytes of each. */
enum part { PART_COMMON, PART_NOTIFY, PART_ISR, PART_DEVICE, PARTS };
static const uint32_t part_least[PARTS] = {56, 2, 1, 0};

struct registers {
    bool there[PARTS];
    uint32_t bar[PARTS];
    uint32_t offset[PARTS];
    uint32_t bytes[PARTS];
    uint32_t multiplier;
};

uint32_t function_off(uint32_t f)
{
    const uint32_t id = world_read(f, REG_ID);

    world_write(f, REG_COMMAND, 0);
    if (id % 0x10000 != VENDOR || id / 0x10000 <= MODERN_FIRST || HEADER_TYPE(world_read(f, REG_HEADER)) != 0)
        return 0;
    return id / 0x10000 - MODERN_FIRST;
}

/* The first capability of each kind counts [virtio 1.2 4.1.4.1]. */
static void registers_find(uint32_t f, struct registers *r)
{
    uint32_t at = 0;

    *r = (struct registers){0};
    if ((world_read(f, REG_COMMAND) & STATUS_CAPABILITIES) != 0)
        at = world_read(f, REG_CAPABILITIES) & 0xfcu;
    for (uint32_t i = 0; i < CAPABILITIES_MOST && at >= CAPABILITY_FIRST && at <= CAPABILITY_LAST; i++) {
        const uint32_t head = world_read(f, at);
        const uint32_t part = (head >> 24) - 1;

        if ((head & 0xffu) == CAPABILITY_VENDOR && part < PARTS && !r->there[part]) {
            r->there[part] = true;
            r->bar[part] = world_read(f, at + 4) & 0xffu;
            r->offset[part] = world_read(f, at + 8);
            r->bytes[part] = world_read(f, at + 12);
            if (part == PART_NOTIFY)
                r->multiplier = world_read(f, at + 16);
        }
        at = head >> 8 & 0xfcu;
    }
}

static enum pci_fault registers_judge(const struct registers *r)
{
    const uint64_t room = BOOT_PCI_PAGES * PAGE_BYTES;

    for (uint32_t p = 0; p < PARTS; p++) {
        if (!r->there[p] && part_least[p] == 0)
            continue;
        if (!r->there[p] || r->bar[p] >= BARS || r->bar[p] != r->bar[PART_COMMON] || r->bytes[p] < part_least[p] ||
            r->offset[p] % 4 != 0)
            return PCI_NO_REGISTERS;
        if ((uint64_t)r->offset[p] + r->bytes[p] > room)
            return PCI_TOO_LARGE;
    }
    return PCI_OK;
}

struct bar {
    uint64_t bytes; /* 0: there is none, or it is of I/O ports, which stay off */
    bool wide;      /* takes the next register, too */
};

/* A BAR keeps only the bits that choose a place: the rest tells its size [pci 3.0, 6.2.5.1]. */
static struct bar bar_measure(uint32_t f, uint32_t i)
{
    const uint32_t at = REG_BAR + 4 * i;
    struct bar bar = {0, false};
    uint32_t low;
    uint64_t kept;

    world_write(f, at, UINT32_MAX);
    low = world_read(f, at);
    if (low == 0 || (low & BAR_IO) != 0) {
        world_write(f, at, 0);
        return bar;
    }
    bar.wide = (low & BAR_KIND) == BAR_64 && i + 1 < BARS;
    kept = UINT64_C(0xffffffff) << 32 | (low & ~BAR_FLAGS);
    if (bar.wide) {
        world_write(f, at + 4, UINT32_MAX);
        kept = (uint64_t)world_read(f, at + 4) << 32 | (low & ~BAR_FLAGS);
    }
    bar.bytes = kept == 0 ? UINT64_MAX : ~kept + 1;
    return bar;
}

/* False: it does not keep the address, so its size is none that a BAR can have. */
static bool bar_place(uint32_t f, uint32_t i, const struct bar *bar, uint64_t address)
{
    const uint32_t at = REG_BAR + 4 * i;

    world_write(f, at, (uint32_t)address);
    if (bar->wide)
        world_write(f, at + 4, (uint32_t)(address >> 32));
    return (world_read(f, at) & ~BAR_FLAGS) == (uint32_t)address &&
           (!bar->wide || world_read(f, at + 4) == (uint32_t)(address >> 32));
}

/* The one with the registers first; each other behind it, on pages that are nobody's window. */
static bool bars_place(uint32_t f, uint32_t main, uint64_t memory)
{
    uint64_t next = BOOT_PCI_PAGES * PAGE_BYTES;
    bool found = false;
    struct bar bar;

    for (uint32_t i = 0; i < BARS; i += bar.wide ? 2 : 1) {
        bar = bar_measure(f, i);
        if (bar.bytes == 0)
            continue;
        if (i == main) {
            found = bar.bytes <= BOOT_PCI_PAGES * PAGE_BYTES && bar_place(f, i, &bar, memory);
            continue;
        }
        if (bar.bytes > BOOT_PCI_BYTES)
            return false;
        if (bar.bytes < PAGE_BYTES)
            bar.bytes = PAGE_BYTES;
        next = (next + bar.bytes - 1) / bar.bytes * bar.bytes;
        if (next + bar.bytes > BOOT_PCI_BYTES || !bar_place(f, i, &bar, memory + next))
            return false;
        next += bar.bytes;
    }
    return found;
}

enum pci_fault function_on(uint32_t f, uint64_t memory, struct device_function *out)
{
    struct registers r;
    enum pci_fault fault;

    registers_find(f, &r);
    fault = registers_judge(&r);
    if (fault != PCI_OK)
        return fault;
    if (!bars_place(f, r.bar[PART_COMMON], memory))
        return PCI_TOO_LARGE;
    *out = (struct device_function){
        .type = world_read(f, REG_ID) / 0x10000 - MODERN_FIRST,
        .common = r.offset[PART_COMMON],
        .notify = r.offset[PART_NOTIFY],
        .notify_multiplier = r.multiplier,
        .isr = r.offset[PART_ISR],
        .device = r.offset[PART_DEVICE],
        .device_bytes = r.bytes[PART_DEVICE],
    };
    world_write(f, REG_COMMAND, COMMAND_MEMORY | COMMAND_MASTER);
    return PCI_OK;
}
