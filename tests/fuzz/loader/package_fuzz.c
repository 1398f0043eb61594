/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A good bundle with bytes changed as the input says (two bytes of place, one of value, each), sealed again or not. */
#include "board.h"
#include "check.h"
#include "package.h"

#include <string.h>

#define ROOM 0x10000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static _Alignas(4096) uint8_t good[ROOM];
    if (bytes < 3)
        return 0;
    uint64_t whole = board_bundle(good);
    for (size_t i = 3; i + 3 <= bytes; i += 3)
        good[((unsigned)data[i] << 8 | data[i + 1]) % whole] = data[i + 2];
    struct bundle *b = (struct bundle *)(void *)good;
    bool file_is_there = b->file[1].offset <= ROOM && b->file[1].bytes <= ROOM - b->file[1].offset;
    if (data[0] % 4 != 0 && file_is_there)
        board_seal(good);
    uint64_t room = data[0] % 8 < 7 ? whole : ((unsigned)data[1] << 8 | data[2]) % (whole + 1);
    uint8_t *copy = aligned_alloc(8, room / 8 * 8 + 8);
    DEMAND(copy != NULL);
    memcpy(copy, good, room);
    struct manager_file m;
    if (package_read(copy, room / 8 * 8, &m).error == LDR_OK) {
        DEMAND(m.byte >= copy + sizeof *b && m.bytes <= room && m.byte + m.bytes <= copy + room);
        DEMAND(m.bundle_bytes <= room);
    }
    free(copy);
    return 0;
}
