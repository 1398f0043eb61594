/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "board.h"
#include "say.h"
#include "table.h"

#include <lib/crc32.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char said[4096];
bool board_takes_sv48 = true;
static uint8_t *memory;

void board_reset(void)
{
    if (memory == NULL && (memory = aligned_alloc(4096, BOARD_BYTES)) == NULL)
        abort();
    memset(memory, 0xa5, BOARD_BYTES);
    memset(said, 0, sizeof said);
    board_iommu_reset();
}

void *memory_at(uint64_t pa)
{
    if (pa < BOARD_BASE || pa >= BOARD_BASE + BOARD_BYTES)
        abort();
    return memory + (pa - BOARD_BASE);
}

bool hart_takes_sv48(void)
{
    return board_takes_sv48;
}

void say_byte(char c)
{
    size_t length = strlen(said);
    if (length + 1 < sizeof said)
        said[length] = c;
}

void *board_tree(const char *name, uint64_t *bytes)
{
    char path[256];
    snprintf(path, sizeof path, TREES "/%s.dtb", name);
    FILE *f = fopen(path, "rb");
    void *tree = malloc(0x10000);
    if (f == NULL || tree == NULL)
        abort();
    *bytes = fread(tree, 1, 0x10000, f);
    fclose(f);
    return realloc(tree, *bytes);
}

struct fault board_machine(struct machine *m, const char *name, uint64_t boot_hartid)
{
    uint64_t bytes;
    void *tree = board_tree(name, &bytes);
    struct fault f = machine_read(m, tree, bytes, boot_hartid);
    free(tree);
    return f;
}

static void put(uint8_t *at, uint64_t value, unsigned bytes)
{
    memcpy(at, &value, bytes);
}

static void put_program_header(uint8_t *at, uint64_t flags, uint64_t va, uint64_t offset, uint64_t file_bytes,
                               uint64_t memory_bytes)
{
    put(at, 1, 4);
    put(at + 4, flags, 4);
    put(at + 8, offset, 8);
    put(at + 16, va, 8);
    put(at + 24, va, 8);
    put(at + 32, file_bytes, 8);
    put(at + 40, memory_bytes, 8);
    put(at + 48, 4096, 8);
}

uint64_t board_elf(uint8_t *file)
{
    memset(file, 0, 0x4000);
    memcpy(file, "\177ELF\2\1\1", 7);
    put(file + 16, 2, 2);
    put(file + 18, 243, 2);
    put(file + 20, 1, 4);
    put(file + 24, 0x400010, 8);
    put(file + 32, 64, 8);
    put(file + 52, 64, 2);
    put(file + 54, 56, 2);
    put(file + 56, 3, 2);
    put_program_header(file + 64, 5, 0x400000, 0x1000, 0x1000, 0x1000);
    put_program_header(file + 120, 4, 0x401000, 0x2000, 0x800, 0x800);
    put_program_header(file + 176, 6, 0x402000, 0x3000, 0x100, 0x2100);
    memset(file + 0x1000, 0x11, 0x1000);
    memset(file + 0x2000, 0x22, 0x1000);
    memset(file + 0x3000, 0x33, 0x1000);
    return 0x4000;
}

void board_seal(uint8_t *byte)
{
    struct bundle *b = (struct bundle *)(void *)byte;
    b->file[1].crc32 = crc32_add(0, byte + b->file[1].offset, b->file[1].bytes);
    b->header_crc32 = 0;
    b->header_crc32 = crc32_add(0, byte, sizeof *b);
}

uint64_t board_bundle(uint8_t *byte)
{
    struct bundle *b = (struct bundle *)(void *)byte;
    uint64_t first = round_up(sizeof *b, 4096);
    memset(byte, 0, first + 0x1000);
    b->magic = BUNDLE_MAGIC;
    b->version = BUNDLE_VERSION;
    b->file_count = 2;
    b->file[0] = (struct bundle_file){"manager", first, 16, BUNDLE_KERNEL_RAW, 0};
    b->file[1] = (struct bundle_file){"manager", first + 0x1000, 0, BUNDLE_SERVER, 0};
    b->file[1].bytes = board_elf(byte + first + 0x1000);
    b->total_bytes = first + 0x1000 + b->file[1].bytes;
    board_seal(byte);
    return b->total_bytes;
}

void board_kernel(uint8_t *byte)
{
    struct kernel_header h = {KERNEL_MAGIC, KERNEL_INFO, KERNEL_PLIC, KERNEL_RAM, 0x100, 0x2000, 0x1000,
                              0x1000,       0xa000,      0x3010,      0x5000,     0x6000, 0x7000, 0xb000};
    memset(byte, 0x77, BOARD_KERNEL_BYTES);
    memcpy(byte, &h, sizeof h);
}

bool board_walk(uint64_t satp, uint64_t va, uint64_t *pa, uint64_t *bits)
{
    uint64_t table = (satp & ((UINT64_C(1) << 44) - 1)) << 12;
    int top = (int)(satp >> 60) - 6; /* mode 8, Sv39: level 2; mode 9, Sv48: level 3 */
    int64_t above = (int64_t)va >> (20 + 9 * top);
    if (above != 0 && above != -1)
        return false; /* not canonical */
    for (int level = top; level >= 0; level--) {
        const uint64_t *word = memory_at(table);
        uint64_t entry = word[va >> (12 + 9 * level) & 511];
        uint64_t size = UINT64_C(4096) << (9 * level);
        if ((entry & PTE_V) == 0)
            return false;
        table = entry >> 10 << 12;
        if ((entry & (PTE_R | PTE_X)) != 0) {
            if (table % size != 0)
                abort();
            *pa = table + va % size;
            *bits = entry & 0x3ff;
            return true;
        }
        if ((entry & 0x3ff) != PTE_V)
            abort();
    }
    return false;
}
