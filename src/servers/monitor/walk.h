/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The guest's own page tables, walked in software to fetch the instruction that trapped. */
#ifndef MONITOR_WALK_H
#define MONITOR_WALK_H

#include "memory.h"

#include <septum/abi.h>
#include <stdbool.h>

/* Translates an address the vCPU executes (vsatp and supervisor of its page); false: it would fault. [priv §12.3.2] */
bool walk_execute(const struct memory *m, const struct vcpu_page *page, uint64_t va, uint64_t *gpa);

/* The instruction at pc: 32 bits, or 16 in the low half; false if it cannot be fetched any more. */
bool walk_fetch(const struct memory *m, const struct vcpu_page *page, uint32_t *word);

#endif
