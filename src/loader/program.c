/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "program.h"
#include "range.h"

#include <septum/proto.h>
#include <stdbool.h>
#include <string.h>

#define ELF_MAGIC       0x464c457fu
#define ELF_CLASS64     2
#define ELF_LITTLE      1
#define ELF_VERSION     1
#define ELF_EXECUTABLE  2
#define ELF_RISCV       243
#define ELF_LOAD        1
#define ELF_DYNAMIC     2
#define ELF_INTERPRETER 3
#define ELF_X           1
#define ELF_W           2
#define ELF_R           4
#define PROGRAM_END     UINT64_C(0x20000000) /* the servers' windows begin here (septum/proto.h) */

struct elf_header { /* [elf, 4] */
    uint32_t magic;
    uint8_t class, data, version, abi[9];
    uint16_t type, machine;
    uint32_t version2;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_program_header { /* [elf, 5] */
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

enum header_check { H_SHORT = 1, H_MAGIC, H_CLASS, H_TYPE, H_TABLE };
enum segment_check { S_DYNAMIC = 1, S_FILE, S_SIZE, S_PLACE, S_ORDER, S_RIGHTS };

static enum header_check check_header(const struct elf_header *e, uint64_t bytes)
{
    if (bytes < sizeof *e)
        return H_SHORT;
    if (e->magic != ELF_MAGIC)
        return H_MAGIC;
    if (e->class != ELF_CLASS64 || e->data != ELF_LITTLE || e->version != ELF_VERSION || e->machine != ELF_RISCV)
        return H_CLASS;
    if (e->type != ELF_EXECUTABLE || e->ehsize < sizeof *e)
        return H_TYPE;
    uint64_t table = (uint64_t)e->phnum * sizeof(struct elf_program_header);
    if (e->phentsize != sizeof(struct elf_program_header) || e->phoff > bytes || table > bytes - e->phoff)
        return H_TABLE;
    return 0;
}

static enum segment_check check_segment(const struct elf_program_header *h, uint64_t bytes)
{
    if (h->filesz > h->memsz || h->offset > bytes || h->filesz > bytes - h->offset)
        return S_FILE;
    if (h->memsz == 0)
        return S_SIZE;
    if (h->vaddr < SERVER_VA_BASE || h->vaddr >= PROGRAM_END || h->memsz > PROGRAM_END - h->vaddr)
        return S_PLACE;
    if ((h->flags & ELF_R) == 0 || (h->flags & (ELF_W | ELF_X)) == (ELF_W | ELF_X) ||
        (h->flags & ~(uint32_t)(ELF_R | ELF_W | ELF_X)) != 0)
        return S_RIGHTS;
    return 0;
}

static uint64_t rights_of(uint32_t flags)
{
    return ((flags & ELF_R) != 0 ? MAP_READ : 0u) | ((flags & ELF_W) != 0 ? MAP_WRITE : 0u) |
           ((flags & ELF_X) != 0 ? MAP_EXECUTE : 0u);
}

static enum segment_check take_segment(struct program *p, const struct elf_program_header *h, uint64_t bytes)
{
    enum segment_check bad = check_segment(h, bytes);
    if (bad != 0)
        return bad;
    struct program_segment *s = &p->segment[p->count];
    s->va = round_down(h->vaddr, FRAME_BYTES);
    s->skip = h->vaddr - s->va;
    s->frames = (round_up(h->vaddr + h->memsz, FRAME_BYTES) - s->va) / FRAME_BYTES;
    s->offset = h->offset;
    s->file_bytes = h->filesz;
    s->rights = rights_of(h->flags);
    if (p->count > 0 && s->va < s[-1].va + s[-1].frames * FRAME_BYTES)
        return S_ORDER;
    p->count++;
    return 0;
}

static bool entry_is_code(const struct program *p)
{
    for (uint64_t i = 0; i < p->count; i++) {
        const struct program_segment *s = &p->segment[i];
        uint64_t first = s->va + s->skip;
        if ((s->rights & MAP_EXECUTE) != 0 && p->entry >= first && p->entry - first < s->file_bytes)
            return p->entry % 2 == 0;
    }
    return false;
}

struct fault program_read(const uint8_t *file, uint64_t bytes, struct program *p)
{
    struct elf_header e;
    memset(p, 0, sizeof *p);
    memset(&e, 0, sizeof e);
    memcpy(&e, file, bytes < sizeof e ? bytes : sizeof e);
    enum header_check wrong = check_header(&e, bytes);
    if (wrong != 0)
        return (struct fault){LDR_ELF_HEADER, wrong, 0};
    p->entry = e.entry;
    for (uint64_t i = 0; i < e.phnum; i++) {
        struct elf_program_header h;
        memcpy(&h, file + e.phoff + i * sizeof h, sizeof h);
        if (h.type == ELF_DYNAMIC || h.type == ELF_INTERPRETER)
            return (struct fault){LDR_ELF_SEGMENT, i, S_DYNAMIC};
        if (h.type != ELF_LOAD)
            continue;
        if (p->count == PROGRAM_SEGMENTS)
            return (struct fault){LDR_ELF_MANY_SEGMENTS, PROGRAM_SEGMENTS, 0};
        enum segment_check bad = take_segment(p, &h, bytes);
        if (bad != 0)
            return (struct fault){LDR_ELF_SEGMENT, i, bad};
    }
    if (p->count == 0)
        return (struct fault){LDR_ELF_MANY_SEGMENTS, PROGRAM_SEGMENTS, 0};
    return entry_is_code(p) ? NO_FAULT : (struct fault){LDR_ELF_ENTRY, p->entry, 0};
}
