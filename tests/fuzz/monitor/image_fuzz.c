/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Any kernel file: what is accepted lies in the file and in memory, every byte of it. */
#include "image.h"
#include "input.h"

#include <septum/bundle.h>
#include <string.h>

#define RAM   UINT64_C(0x80000000)
#define BYTES UINT64_C(0x1000000)

static void check(const struct image *image, uint64_t file_bytes, const struct memory *m)
{
    uint64_t end = RAM;

    DEMAND(image->count >= 1 && image->count <= IMAGE_PIECES);
    for (uint32_t i = 0; i < image->count; i++) {
        const struct image_piece *p = &image->piece[i];

        DEMAND(p->gpa >= RAM && p->gpa <= RAM + BYTES && p->memory_bytes <= RAM + BYTES - p->gpa);
        DEMAND(p->file_offset <= file_bytes && p->file_bytes <= file_bytes - p->file_offset);
        DEMAND(p->file_bytes <= p->memory_bytes);
        if (p->gpa + p->memory_bytes > end)
            end = p->gpa + p->memory_bytes;
    }
    DEMAND(image->end == end);
    DEMAND(image->entry % 2 == 0 && memory_at(m, image->entry, 1) != NULL);
}

/* Magic numbers where they belong, so that more than the first check is met. */
static void dress(uint8_t *file, size_t size, uint32_t kind)
{
    static const uint8_t elf[] = {0x7f, 'E', 'L', 'F', 2, 1};
    static const uint8_t executable[] = {2, 0, 243, 0};
    static const uint8_t magic[] = {'R', 'S', 'C', 5};

    if (size < 64)
        return;
    if (kind == BUNDLE_KERNEL_ELF) {
        memcpy(file, elf, sizeof elf);
        memcpy(file + 16, executable, sizeof executable);
        file[54] = 56;
        file[55] = 0;
    } else {
        memcpy(file + 56, magic, sizeof magic);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory;
    const struct memory m = {&memory, RAM, BYTES, NULL};
    struct input in = {data, size};
    uint32_t choice = (uint32_t)input_take(&in, 1);
    uint32_t kind = BUNDLE_KERNEL_IMAGE + choice % 4u;
    uint64_t more = input_take(&in, 3); /* of the file, behind the head */
    uint8_t *file = malloc(in.left + 1);
    struct image image;

    memcpy(file, in.at, in.left);
    if ((choice & 0x80u) == 0)
        dress(file, in.left, kind);
    if ((choice & 0x40u) != 0)
        more = 0;
    if (image_plan(kind, file, in.left, in.left + more, &m, &image) == NULL)
        check(&image, in.left + more, &m);
    free(file);
    return 0;
}
