/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/walk.h>

/* The table that entry i of t points to, or NO_FRAME. */
/*@ requires inv: Inv;
    requires entry: Entry(t, i);
    terminates \true;
    assigns \nothing;
    ensures exact: \result == WalkNext(t, i);
    ensures child: \result != NO_FRAME ==> \result < frame_count && info[\result].kind == info[t].kind - 1 &&
      info[\result].owner == info[t].owner && info[t].kind != FRAME_TABLE0;
*/
static uint64_t walk_next(uint64_t t, uint64_t i)
{
	uint64_t e = ram[t].word[i];

	if (!pte_pointer(e))
		return NO_FRAME;
	//@ assert child: Child(t, i, PteFrame(e));
	return pte_frame(e);
}

/* The place of entry i of t. */
/*@ requires range: t < FRAMES && i < 512;
    terminates \true;
    assigns \nothing;
    ensures place: \result == Place(t, i) && \result / 512 == t && \result % 512 == i && \result != NOWHERE;
*/
static uint64_t walk_place(uint64_t t, uint64_t i) { return t * 512 + i; }

uint64_t walk_find(uint32_t d, uint64_t va, uint64_t level)
{
	uint64_t t = dom[d % NAME_SLOTS].root;

	if (t == NO_ROOT)
		return NOWHERE;
	//@ assert root: Entry(t, va / 0x40000000);
	if (level == 2)
		return walk_place(t, va / 0x40000000);
	t = walk_next(t, va / 0x40000000);
	if (t == NO_FRAME)
		return NOWHERE;
	//@ assert middle: Entry(t, va / 0x200000 % 512) && info[t].owner == d && info[t].kind == FRAME_TABLE1;
	if (level == 1)
		return walk_place(t, va / 0x200000 % 512);
	t = walk_next(t, va / 0x200000 % 512);
	if (t == NO_FRAME)
		return NOWHERE;
	//@ assert last: Entry(t, va / 0x1000 % 512) && info[t].owner == d && info[t].kind == FRAME_TABLE0;
	return walk_place(t, va / 0x1000 % 512);
}

#include "../../spec/model/walk.acsl"
