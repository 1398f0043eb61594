/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Domains by slot and generation. Guarded by kernel_lock, all of it. */
#ifndef KERNEL_DOMAIN_H
#define KERNEL_DOMAIN_H

#include <septum/abi.h>

#define NOBODY 0u
#define NO_ROOT FRAMES /* a domain without a root table */

struct domain {
	uint32_t kind;       /* 0: free, else enum septum_domain_kind */
	uint32_t generation; /* of the slot; counted up by each creation */
	uint32_t root;       /* first frame of its root table, or NO_ROOT */
	uint32_t sealed;     /* 1: P takes no new pair on this domain's word */
};

extern struct domain dom[DOMAINS];
extern uint8_t peer[DOMAINS][DOMAINS]; /* P over slots: 1 where the two may affect each other */

/*@ logic integer SlotOf(integer name) = name % NAME_SLOTS;
    logic integer GenerationOf(integer name) = name / NAME_SLOTS;
    logic integer NameOf{L}(integer slot) = dom[slot].generation * NAME_SLOTS + slot;
    predicate Live{L}(integer name) =
      name > 0 && dom[SlotOf(name)].kind != 0 && dom[SlotOf(name)].generation == GenerationOf(name);
*/

#endif
