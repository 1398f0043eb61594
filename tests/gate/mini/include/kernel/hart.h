/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The trusted primitives of the miniature kernel, as the prover sees them. */
#ifndef KERNEL_HART_H
#define KERNEL_HART_H

#include <stdint.h>

struct hw {
	uint64_t stale;
};
/*@ ghost struct hw HW; */

/*@ predicate Fresh{L} = HW.stale == 0; */

/* Any value: others write what it reads. */
/*@ terminates \true;
    assigns \nothing;
    exits never: \false; */
uint64_t shared_read(uint64_t p);

/* Drops every translation that tables no longer grant. */
/*@ terminates \true;
    assigns HW.stale;
    exits never: \false;
    ensures fresh: Fresh; */
void fence_all(void);

#endif
