/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The stage-2 leaf behind a guest-physical address. */
#include <kernel/gwalk.h>

/* Is there a leaf at that place? */
/*@ requires entry: at != NOWHERE ==> Entry(at / 512, at % 512) && frame_count <= FRAMES;
    terminates \true;
    assigns \nothing;
    ensures leaf: \result != 0 <==> LeafAt(at);
*/
static int leaf_at(uint64_t at) { return at != NOWHERE && pte_leaf(ram[at / 512].word[at % 512]); }

uint64_t stage_leaf(uint32_t d, uint64_t gpa)
{
	if (gpa >= SPACE_END)
		return NOWHERE;
	uint64_t at = walk_find(d, gpa, 1);
	if (leaf_at(at))
		return at;
	at = walk_find(d, gpa, 0);
	return leaf_at(at) ? at : NOWHERE;
}

uint64_t stage_frame(uint64_t at, uint64_t gpa)
{
	uint64_t p = pte_frame(ram[at / 512].word[at % 512]);

	return info[at / 512].kind == FRAME_TABLE1 ? p + gpa / 0x1000 % 512 : p;
}

#include "../../spec/model/shadow_walk.acsl"
