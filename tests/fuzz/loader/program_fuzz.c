/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The input as an ELF (odd first byte), or a good ELF with bytes changed as the input says. */
#include "board.h"
#include "check.h"
#include "program.h"

#include <septum/proto.h>
#include <string.h>

static void demand_sound(const struct program *p, uint64_t bytes)
{
    bool entry = false;
    DEMAND(p->count > 0 && p->count <= PROGRAM_SEGMENTS);
    for (uint64_t i = 0; i < p->count; i++) {
        const struct program_segment *s = &p->segment[i];
        DEMAND(s->va % FRAME_BYTES == 0 && s->va >= SERVER_VA_BASE && s->frames > 0);
        DEMAND(s->va + s->frames * FRAME_BYTES <= 0x20000000);
        DEMAND(s->offset <= bytes && s->file_bytes <= bytes - s->offset);
        DEMAND(s->skip < FRAME_BYTES && s->skip + s->file_bytes <= s->frames * FRAME_BYTES);
        DEMAND((s->rights & MAP_READ) != 0 && (s->rights & (MAP_WRITE | MAP_EXECUTE)) != (MAP_WRITE | MAP_EXECUTE));
        DEMAND(i == 0 || s[-1].va + s[-1].frames * FRAME_BYTES <= s->va);
        entry = entry ||
                ((s->rights & MAP_EXECUTE) != 0 && p->entry >= s->va && p->entry < s->va + s->frames * FRAME_BYTES);
    }
    DEMAND(entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static uint8_t good[0x4000];
    struct program p;
    if (bytes == 0)
        return 0;
    const uint8_t *file = data + 1;
    uint64_t length = bytes - 1;
    if (data[0] % 2 == 0) {
        length = board_elf(good);
        for (size_t i = 1; i + 2 <= bytes; i += 2)
            good[data[i]] = data[i + 1];
        file = good;
    }
    if (program_read(file, length, &p).error == LDR_OK)
        demand_sound(&p, length);
    return 0;
}
