/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Files that the manager accepts: tests bend them, the fuzzer begins with them. */
#include "suite.h"

#include <lib/crc32.h>

#include <stdio.h>
#include <string.h>

static void file_add(uint8_t *data, uint32_t kind, const char *name, uint64_t offset, uint64_t bytes)
{
    struct bundle *b = (struct bundle *)(void *)data;
    struct bundle_file *f = &b->file[b->file_count++];

    for (uint64_t i = 0; i < bytes; i++)
        data[offset + i] = (uint8_t)(i * 7 + kind);
    snprintf(f->name, sizeof f->name, "%s", name);
    f->kind = kind;
    f->offset = offset;
    f->bytes = bytes;
    f->crc32 = crc32_add(0, data + offset, bytes);
}

static void guest_add(struct bundle *b, const char *name, uint32_t initrd)
{
    struct bundle_guest *g = &b->guest[b->guest_count++];

    snprintf(g->name, sizeof g->name, "%s", name);
    snprintf(g->bootargs, sizeof g->bootargs, "console=ttyS0");
    g->memory_bytes = 64u << 20;
    g->cpus = 1;
    g->priority = 2;
    g->autostart = 1;
    g->kernel = 3;
    g->initrd = initrd;
    g->map = BUNDLE_NO_FILE;
}

struct bundle *bundle_good(uint8_t *data)
{
    struct bundle *b = (struct bundle *)(void *)data;

    memset(data, 0, GOOD_BYTES);
    b->magic = BUNDLE_MAGIC;
    b->version = BUNDLE_VERSION;
    b->total_bytes = GOOD_BYTES;
    snprintf(b->description, sizeof b->description, "two.dts");
    file_add(data, BUNDLE_SERVER, "manager", 0x8000, 100);
    file_add(data, BUNDLE_SERVER, "monitor", 0x9000, 4096);
    file_add(data, BUNDLE_SERVER, "console", 0xa000, 5000);
    file_add(data, BUNDLE_KERNEL_IMAGE, "Image", 0xc000, 9999);
    file_add(data, BUNDLE_INITRD, "web.cpio.gz", 0xf000, 0x3000);
    guest_add(b, "web", 4);
    guest_add(b, "db", BUNDLE_NO_FILE);
    bundle_seal(b);
    return b;
}

struct bundle *bundle_good_guest(uint8_t *data)
{
    struct bundle *b = bundle_good(data);

    memmove(&b->file[0], &b->file[3], 2 * sizeof b->file[0]);
    b->file_count = 2;
    b->guest_count = 1;
    snprintf(b->guest[0].name, sizeof b->guest[0].name, "new");
    b->guest[0].kernel = 0;
    b->guest[0].initrd = 1;
    bundle_seal(b);
    return b;
}

void bundle_seal(struct bundle *b)
{
    b->header_crc32 = 0;
    b->header_crc32 = crc32_add(0, b, sizeof *b);
}

static void put(uint8_t *data, size_t at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        data[at + i] = (uint8_t)(value >> (8 * i));
}

static void program_put(uint8_t *data, size_t at, uint32_t flags, const uint64_t place[4])
{
    put(data, at, 1, 4);
    put(data, at + 4, flags, 4);
    put(data, at + 8, place[0], 8);
    put(data, at + 16, place[1], 8);
    put(data, at + 32, place[2], 8);
    put(data, at + 40, place[3], 8);
    put(data, at + 48, 0x1000, 8);
}

void elf_good(uint8_t *data)
{
    static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    static const uint64_t text[4] = {0x1000, 0x400000, 0x800, 0x800};
    static const uint64_t rodata[4] = {0x2000, 0x401000, 0x10, 0x10};
    static const uint64_t rest[4] = {0x2800, 0x402000, 0x80, 0x2010};

    memset(data, 0, ELF_BYTES);
    memcpy(data, ident, sizeof ident);
    put(data, 16, 2, 2);
    put(data, 18, 243, 2);
    put(data, 24, 0x400000, 8);
    put(data, 32, 64, 8);
    put(data, 54, 56, 2);
    put(data, 56, 3, 2);
    program_put(data, 64, 5, text);
    program_put(data, 120, 4, rodata);
    program_put(data, 176, 6, rest);
}
