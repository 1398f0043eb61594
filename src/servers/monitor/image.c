/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "image.h"

#include "elf.h"

#include <septum/bundle.h>
#include <string.h>

/* The head of a RISC-V Linux Image. [Linux Documentation/arch/riscv/boot-image-header.rst] */
struct linux_head {
    uint32_t code[2];
    uint64_t text_offset;
    uint64_t image_size;
    uint64_t flags;
    uint32_t version;
    uint32_t reserved1;
    uint64_t reserved2;
    uint64_t magic;
    uint32_t magic2;
    uint32_t pe_offset;
};
#define LINUX_MAGIC      UINT64_C(0x5643534952) /* "RISCV", what headers before 0.2 have alone */
#define LINUX_MAGIC2     0x05435352u /* "RSC\5" */
#define LINUX_BIG_ENDIAN 1u

/* Of the PE header inside an Image: what tells whether the file is whole. */
#define PE_MAGIC         0x00004550u
#define PE_SECTIONS_AT   6u
#define PE_OPTIONAL_AT   20u
#define PE_HEAD_BYTES    24u
#define PE_SECTION_BYTES 40u
#define PE_RAW_BYTES_AT  16u
#define PE_RAW_START_AT  20u

struct head {
    const uint8_t *at;
    uint64_t bytes;
    uint64_t file_bytes;
};

static bool head_read(const struct head *head, uint64_t offset, void *to, size_t bytes)
{
    if (bytes > head->bytes || offset > head->bytes - bytes)
        return false;
    memcpy(to, head->at + offset, bytes);
    return true;
}

/* The sections the PE header lists must be in the file; an Image without one tells nothing. */
static bool image_is_whole(const struct head *head, uint32_t pe)
{
    uint32_t magic;
    uint16_t sections;
    uint16_t optional;
    uint32_t bytes;
    uint32_t start;

    if (!head_read(head, pe, &magic, sizeof magic) || magic != PE_MAGIC ||
        !head_read(head, (uint64_t)pe + PE_SECTIONS_AT, &sections, sizeof sections) ||
        !head_read(head, (uint64_t)pe + PE_OPTIONAL_AT, &optional, sizeof optional))
        return true;
    for (uint64_t i = 0; i < sections; i++) {
        uint64_t at = (uint64_t)pe + PE_HEAD_BYTES + optional + i * PE_SECTION_BYTES;

        if (!head_read(head, at + PE_RAW_BYTES_AT, &bytes, sizeof bytes) ||
            !head_read(head, at + PE_RAW_START_AT, &start, sizeof start))
            return false;
        if ((uint64_t)start + bytes > head->file_bytes)
            return false;
    }
    return true;
}

/* Adds a piece if it lies in memory; false if not. */
static bool image_add(const struct memory *m, struct image *image, struct image_piece piece)
{
    uint64_t end = piece.gpa + piece.memory_bytes;

    if (memory_at(m, piece.gpa, piece.memory_bytes) == NULL)
        return false;
    image->piece[image->count++] = piece;
    if (end > image->end)
        image->end = end;
    return true;
}

static const char *image_plan_raw(const struct head *head, const struct memory *m, struct image *image,
                                  uint64_t memory_bytes)
{
    struct image_piece piece = {m->first + IMAGE_OFFSET, memory_bytes, 0, head->file_bytes};

    image->entry = piece.gpa;
    if (!image_add(m, image, piece))
        return "the kernel needs more memory than the guest has; give it more memory-mib";
    return NULL;
}

static const char *image_plan_linux(const struct head *head, const struct memory *m, struct image *image)
{
    struct linux_head linux;

    if (!head_read(head, 0, &linux, sizeof linux))
        return "the Image is truncated: it ends within its header";
    if (linux.magic2 != LINUX_MAGIC2 && linux.magic != LINUX_MAGIC)
        return "the Image has no RISC-V header (is it compressed, or for another machine?)";
    if ((linux.flags & LINUX_BIG_ENDIAN) != 0)
        return "the Image is big-endian";
    if (!image_is_whole(head, linux.pe_offset))
        return "the Image is truncated: it is shorter than its header says";
    if (linux.image_size < head->file_bytes)
        linux.image_size = head->file_bytes;
    return image_plan_raw(head, m, image, linux.image_size);
}

static const char *image_add_segment(const struct head *head, const struct memory *m, struct image *image,
                                     const struct elf_segment *s)
{
    struct image_piece piece = {s->paddr, s->memsz, s->offset, s->filesz};

    if (s->type != ELF_LOAD || s->memsz == 0)
        return NULL;
    if (image->count == IMAGE_PIECES)
        return "the ELF file has more than 16 loadable segments";
    if (s->filesz > s->memsz)
        return "the ELF file is damaged: a segment is larger in the file than in memory";
    if (s->offset > head->file_bytes || s->filesz > head->file_bytes - s->offset)
        return "the ELF file is truncated: a segment lies behind its end";
    if (!image_add(m, image, piece))
        return "a segment of the ELF file lies outside the guest's memory (from 0x80000000 on)";
    return NULL;
}

static const char *image_plan_elf(const struct head *head, const struct memory *m, struct image *image)
{
    static const uint8_t ident[6] = {0x7f, 'E', 'L', 'F', 2, 1};
    struct elf_head elf;
    struct elf_segment segment;
    const char *error;

    if (!head_read(head, 0, &elf, sizeof elf) || memcmp(elf.ident, ident, sizeof ident) != 0)
        return "the kernel is not a 64-bit little-endian ELF file";
    if (elf.machine != ELF_MACHINE_RISCV || elf.type != ELF_EXECUTABLE)
        return "the ELF file is not an executable for RISC-V";
    if (elf.phentsize != sizeof segment)
        return "the ELF file is damaged: its program headers have a wrong size";
    for (uint64_t i = 0; i < elf.phnum; i++) {
        if (elf.phoff > head->bytes || !head_read(head, elf.phoff + i * sizeof segment, &segment, sizeof segment))
            return "the ELF file's program headers are not in its first 256 KiB";
        error = image_add_segment(head, m, image, &segment);
        if (error != NULL)
            return error;
    }
    if (image->count == 0)
        return "the ELF file has nothing to load";
    if (memory_at(m, elf.entry, 2) == NULL || (elf.entry & 1) != 0)
        return "the ELF file's entry lies outside the guest's memory";
    image->entry = elf.entry;
    return NULL;
}

const char *image_plan(uint32_t kind, const uint8_t *head, uint64_t head_bytes, uint64_t file_bytes,
                       const struct memory *m, struct image *image)
{
    struct head h = {head, head_bytes < file_bytes ? head_bytes : file_bytes, file_bytes};

    *image = (struct image){.end = m->first};
    if (file_bytes == 0)
        return "the kernel file is empty";
    switch (kind) {
    case BUNDLE_KERNEL_IMAGE:
        return image_plan_linux(&h, m, image);
    case BUNDLE_KERNEL_ELF:
        return image_plan_elf(&h, m, image);
    case BUNDLE_KERNEL_RAW:
        return image_plan_raw(&h, m, image, file_bytes);
    default:
        return "the kernel file is of an unknown kind";
    }
}
