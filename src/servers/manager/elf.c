/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "elf.h"

#include <lib/text.h>
#include <septum/proto.h>

#include <string.h>

#define ELF_END    UINT64_C(0x20000000) /* the first window of a server's address space: septum/proto.h */
#define ELF_LOAD   1u
#define ELF_RISCV  243u
#define ELF_EXEC   2u
#define ELF_FLAG_X 1u
#define ELF_FLAG_W 2u
#define ELF_FLAG_R 4u

struct elf_header {
    uint8_t ident[16];
    uint16_t type;
    uint16_t machine;
    uint32_t version;
    uint64_t entry;
    uint64_t program_offset;
    uint64_t section_offset;
    uint32_t flags;
    uint16_t header_bytes;
    uint16_t program_bytes;
    uint16_t program_count;
    uint16_t section_bytes;
    uint16_t section_count;
    uint16_t section_names;
};

struct elf_program {
    uint32_t type;
    uint32_t flags;
    uint64_t offset;
    uint64_t va;
    uint64_t pa;
    uint64_t file_bytes;
    uint64_t memory_bytes;
    uint64_t align;
};

static bool refuse(char *why, size_t why_bytes, const char *text)
{
    text_format(why, why_bytes, "%s", text);
    return false;
}

static bool header_is_good(const struct elf_header *h, uint64_t bytes)
{
    static const uint8_t ident[7] = {0x7f, 'E', 'L', 'F', 2, 1, 1};

    return memcmp(h->ident, ident, sizeof ident) == 0 && h->type == ELF_EXEC && h->machine == ELF_RISCV &&
           h->program_bytes == sizeof(struct elf_program) && h->program_offset <= bytes &&
           h->program_count <= (bytes - h->program_offset) / sizeof(struct elf_program);
}

static uint64_t rights_of(uint32_t flags)
{
    return ((flags & ELF_FLAG_R) != 0 ? (uint64_t)MAP_READ : 0) |
           ((flags & ELF_FLAG_W) != 0 ? (uint64_t)MAP_WRITE : 0) |
           ((flags & ELF_FLAG_X) != 0 ? (uint64_t)MAP_EXECUTE : 0);
}

/* Takes in one loadable segment that must lie above `floor`; returns its end, or 0. */
static uint64_t segment_take(const struct elf_program *p, uint64_t bytes, uint64_t floor, struct elf_segment *to)
{
    if (p->va % FRAME_BYTES != 0 || p->va < floor || p->va >= ELF_END || p->memory_bytes > ELF_END - p->va)
        return 0;
    if (p->file_bytes > p->memory_bytes || p->offset > bytes || p->file_bytes > bytes - p->offset)
        return 0;
    if ((p->flags & ELF_FLAG_R) == 0 || ((p->flags & ELF_FLAG_W) != 0 && (p->flags & ELF_FLAG_X) != 0))
        return 0;
    to->va = p->va;
    to->pages = (p->memory_bytes + FRAME_BYTES - 1) / FRAME_BYTES;
    to->offset = p->offset;
    to->file_bytes = p->file_bytes;
    to->rights = rights_of(p->flags);
    return to->va + to->pages * FRAME_BYTES;
}

static bool entry_is_good(const struct elf_image *image)
{
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *s = &image->segment[i];

        if ((s->rights & MAP_EXECUTE) != 0 && image->entry >= s->va && image->entry - s->va < s->file_bytes)
            return image->entry % 2 == 0;
    }
    return false;
}

bool elf_read(const void *data, uint64_t bytes, struct elf_image *image, char *why, size_t why_bytes)
{
    struct elf_header h;
    uint64_t floor = SERVER_VA_BASE;

    memset(image, 0, sizeof *image);
    if (bytes < sizeof h)
        return refuse(why, why_bytes, "is too short for an ELF file");
    memcpy(&h, data, sizeof h);
    if (!header_is_good(&h, bytes))
        return refuse(why, why_bytes, "is not a static 64-bit RISC-V ELF file");
    image->entry = h.entry;
    for (uint64_t i = 0; i < h.program_count; i++) {
        struct elf_program p;

        memcpy(&p, (const uint8_t *)data + h.program_offset + i * sizeof p, sizeof p);
        if (p.type != ELF_LOAD || p.memory_bytes == 0)
            continue;
        if (image->segment_count == ELF_SEGMENTS)
            return refuse(why, why_bytes, "has too many segments");
        floor = segment_take(&p, bytes, floor, &image->segment[image->segment_count]);
        if (floor == 0)
            return refuse(why, why_bytes, "has a segment of bad address, size or rights");
        image->segment_count++;
    }
    if (!entry_is_good(image))
        return refuse(why, why_bytes, "has its entry outside its code");
    return true;
}
