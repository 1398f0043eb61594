/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Which of the two ways a guest is run in: what its description asks for, and what the harts have. */
#pragma once

#include <stdint.h>

/*
 * The mode of a guest that asks for `asked` (enum bundle_mode) on harts with these features (BOOT_HAS_...): hardware,
 * or shadow. BUNDLE_AUTO: these harts cannot; then *lack says what they lack, and *remedy how to mend it.
 */
uint32_t mode_choose(uint32_t asked, uint64_t features, const char **lack, const char **remedy);
