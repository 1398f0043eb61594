/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Which root table a hart may be given. kernel_lock. */
#ifndef KERNEL_ROOT_H
#define KERNEL_ROOT_H

#include <kernel/hart.h>

/* The root of the living domain of that name and kind; NO_ROOT if it has none, is dead, or is of the other kind. */
/*@ requires inv: Inv;
    terminates \true;
    assigns \nothing;
    ensures root: \result != NO_ROOT ==> IsRoot(name, \result, kind);
*/
uint64_t root_of(uint32_t name, uint32_t kind);

#endif
