/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* SiFive's test device as QEMU's virt has it: one register, by which a guest turns itself off or starts anew. */
#pragma once

#include <stdint.h>

#define POWER_FAIL  0x3333u /* the high half is a code of the guest's choice */
#define POWER_OFF   0x5555u
#define POWER_RESET 0x7777u

enum power_wish { POWER_NOTHING, POWER_WISHES_OFF, POWER_WISHES_RESET, POWER_TELLS_FAILURE };

/* What a store to the register at that offset means. Loads read zero. */
static inline enum power_wish power_write(uint64_t offset, uint32_t value)
{
    if (offset != 0)
        return POWER_NOTHING;
    switch (value & 0xffffu) {
    case POWER_OFF:
        return POWER_WISHES_OFF;
    case POWER_RESET:
        return POWER_WISHES_RESET;
    case POWER_FAIL:
        return POWER_TELLS_FAILURE;
    default:
        return POWER_NOTHING;
    }
}
