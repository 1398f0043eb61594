/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A good function with bytes changed as the input says (a place, a value), of its configuration space and of the bits that
 * its BARs keep. Whatever it says: it is off, or answers on its own addresses only.
 */
#include "pci/function.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BARS      6u
#define WORDS     64u
#define MEMORY    UINT64_C(0x40010000)
#define PAGES     (BOOT_PCI_PAGES * FRAME_BYTES)
#define READS     1000u
#define DEMAND(x) ((x) ? (void)0 : abort())

static struct {
    uint32_t word[WORDS];
    uint32_t mask[BARS];
} space;
static uint32_t reads;

uint32_t world_read(uint32_t f, uint32_t at)
{
    DEMAND(f == 1 && at % 4 == 0 && at < 4 * WORDS && reads < READS);
    reads++;
    return space.word[at / 4];
}

void world_write(uint32_t f, uint32_t at, uint32_t value)
{
    DEMAND(f == 1);
    if (at == 4) {
        space.word[1] = (space.word[1] & 0xffff0000) | value;
        return;
    }
    DEMAND(at >= 16 && at < 16 + 4 * BARS && at % 4 == 0 && (space.word[1] & 7) == 0);
    const uint32_t i = at / 4 - 4;
    space.word[4 + i] = (space.word[4 + i] & ~space.mask[i]) | (value & space.mask[i]);
}

static void good(void)
{
    static const uint32_t part[][4] = {{0x80, 1, 0, 0x94}, {0x94, 3, 0x1000, 0xa8}, {0xa8, 4, 0x2000, 0xbc}, {0xbc, 2, 0x3000, 0}};

    memset(&space, 0, sizeof space);
    space.word[0] = 0x10491af4;
    space.word[1] = 0x00100000;
    space.word[4 + 4] = 12;
    space.word[13] = 0x80;
    space.mask[1] = 0xfffff000;
    space.mask[4] = 0xffffc000;
    space.mask[5] = 0xffffffff;
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t *w = &space.word[part[i][0] / 4];

        w[0] = part[i][1] << 24 | part[i][3] << 8 | 9;
        w[1] = 4;
        w[2] = part[i][2];
        w[3] = 0x1000;
    }
}

/* The low bits of a BAR tell its kind, and no device lets them be written. */
static void kinds_stay(void)
{
    for (uint32_t i = 0; i < BARS; i++) {
        space.mask[i] &= ~15u;
        i += (space.word[4 + i] & 7) == 4;
    }
}

/* Each BAR that answers does so behind the first pages, but for the one with the registers, and within what is its own. */
static void demand_places(void)
{
    uint32_t with_registers = 0;

    for (uint32_t i = 0; i < BARS; i++) {
        const uint32_t word = space.word[4 + i];
        const bool wide = (word & 7) == 4 && i + 1 < BARS;
        const uint64_t address = (wide ? (uint64_t)space.word[5 + i] << 32 : 0) | (word & ~15u);

        if (word % 2 == 1 || word == 0)
            continue;
        DEMAND(address >= MEMORY && address < MEMORY + BOOT_PCI_BYTES);
        with_registers += address < MEMORY + PAGES;
        i += wide;
    }
    DEMAND(with_registers == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct device_function out = {0};

    good();
    for (size_t i = 0; i + 3 <= bytes; i += 3)
        ((uint8_t *)&space)[((size_t)data[i] | (size_t)data[i + 1] << 8) % sizeof space] = data[i + 2];
    kinds_stay();
    reads = 0;
    if (function_off(1) == 0)
        return 0;
    DEMAND((space.word[1] & 0xffff) == 0);
    if (function_on(1, MEMORY, &out) != PCI_OK) {
        DEMAND((space.word[1] & 0xffff) == 0);
        return 0;
    }
    DEMAND((space.word[1] & 0xffff) == 6);
    DEMAND(out.common + UINT64_C(56) <= PAGES && out.notify + UINT64_C(2) <= PAGES && out.isr + UINT64_C(1) <= PAGES);
    DEMAND((uint64_t)out.device + out.device_bytes <= PAGES);
    demand_places();
    return 0;
}
