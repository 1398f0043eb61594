/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "mode.h"

#include <septum/bootinfo.h>
#include <septum/bundle.h>

uint32_t mode_choose(uint32_t asked, uint64_t features, const char **lack, const char **remedy)
{
    uint32_t mode = asked;

    if (mode == BUNDLE_AUTO)
        mode = (features & BOOT_HAS_H) != 0 ? BUNDLE_HARDWARE : BUNDLE_SHADOW;
    if (mode == BUNDLE_HARDWARE && (features & BOOT_HAS_H) == 0) {
        *lack = "hardware mode, but the harts have no H extension";
        *remedy = "write mode = \"shadow\" or \"auto\", or use harts with it (H=on)";
        return BUNDLE_AUTO;
    }
    if (mode == BUNDLE_SHADOW && (features & BOOT_HAS_SV48) == 0) {
        *lack = "shadow mode, but the harts have no Sv48 translation";
        *remedy = "use harts with it, or write mode = \"hardware\" and use harts with the H extension";
        return BUNDLE_AUTO;
    }
    return mode;
}
