/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/domain.h>
#include <kernel/root.h>

uint64_t root_of(uint32_t name, uint32_t kind)
{
	uint32_t slot = name % NAME_SLOTS;
	return domain_live(name) && dom[slot].kind == kind ? dom[slot].root : NO_ROOT;
}

/* Writes the upper half of a server's root to a data frame. */
/*@ requires inv: Inv;
    requires data: f < frame_count && info[f].kind == FRAME_DATA;
    terminates \true;
    assigns ram[f], unordered;
    INV_KEPT;
    ensures lower: \forall integer j; 0 <= j < 256 ==> ram[f].word[j] == \old(ram[f].word[j]);
    ensures upper: \forall integer j; 256 <= j < 512 ==> ram[f].word[j] == kernel_root_table[j];
*/
static void root_kernel(uint64_t f)
{
	/*@ ghost unordered = 1; */
	/*@ loop invariant range: 0 <= k <= ROOT_SLOTS;
	    loop invariant lower: \forall integer j; 0 <= j < 256 ==>
	      ram[f].word[j] == \at(ram[f].word[j], Pre);
	    loop invariant upper: \forall integer j; 256 <= j < 256 + k ==>
	      ram[f].word[j] == kernel_root_table[j];
	    loop assigns k, ram[f];
	    loop variant ROOT_SLOTS - k;
	*/
	for (uint32_t k = 0; k < ROOT_SLOTS; k++)
		ram[f].word[ROOT_SLOTS + k] = kernel_root_table[ROOT_SLOTS + k];
}

/* One of the three frames behind a guest's root. */
/*@ requires inv: Inv;
    requires data: f < frame_count && info[f].kind == FRAME_DATA && Unreached(f);
    terminates \true;
    assigns ram[f], info[f].kind, unordered;
    INV_KEPT;
    ensures pad: info[f].kind == FRAME_PAD;
    ensures reach: \forall integer q; Unreached{Pre}(q) ==> Unreached(q);
*/
static void root_pad(uint64_t f)
{
	table_wipe(f);
	info[f].kind = FRAME_PAD;
}

/* The frame f, which is filled, and behind which a guest has its pads, is the root of its owner. */
/*@ requires inv: Inv;
    requires frame: f < frame_count && info[f].kind == FRAME_DATA && Live(info[f].owner);
    requires unreached: Unreached(f);
    requires lower: \forall integer j; 0 <= j < 256 ==> ram[f].word[j] == 0;
    requires upper: \forall integer j; 256 <= j < 512 ==> ram[f].word[j] ==
      (dom[info[f].owner % NAME_SLOTS].kind == SEPTUM_SERVER ? kernel_root_table[j] : 0);
    requires pads: dom[info[f].owner % NAME_SLOTS].kind == SEPTUM_GUEST ==>
      f % 4 == 0 && f + 3 < frame_count &&
      \forall integer j; f < j < f + 4 ==> info[j].kind == FRAME_PAD && info[j].owner == info[f].owner;
    requires ordered: unordered == 0;
    requires devices: Contexts;
    requires none: dom[info[f].owner % NAME_SLOTS].root == NO_ROOT;
    terminates \true;
    assigns info[f].kind, dom[info[f].owner % NAME_SLOTS].root;
    INV_KEPT;
    ensures devices: Contexts;
    ensures root: dom[info[f].owner % NAME_SLOTS].root == f;
*/
static void root_link(uint64_t f)
{
	/*@ assert elsewhere: \forall integer u, j; Entry(u, j) && Pointer(ram[u].word[j]) ==>
	      PteFrame(ram[u].word[j]) != f; */
	info[f].kind = FRAME_TABLE2;
	dom[info[f].owner % NAME_SLOTS].root = (uint32_t)f;
}

void root_make(uint64_t f)
{
	//@ assert sums: (uint64_t)(f + 1) == f + 1 && (uint64_t)(f + 2) == f + 2 && (uint64_t)(f + 3) == f + 3;
	//@ assert unreached: Unreached(f);
	if (dom[info[f].owner % NAME_SLOTS].kind == SEPTUM_SERVER) {
		table_wipe(f);
		root_kernel(f);
		fence_stores();
		root_link(f);
		//@ assert one: MemoryKept{Pre,Here};
	} else {
		//@ assert guest: dom[info[f].owner % NAME_SLOTS].kind == SEPTUM_GUEST;
		//@ assert data: \forall integer j; f <= j < f + 4 ==> info[j].kind == FRAME_DATA;
		//@ assert behind: Idle(f + 1) && Idle(f + 2) && Idle(f + 3);
		//@ assert pads: Unreached(f + 1) && Unreached(f + 2) && Unreached(f + 3);
		table_wipe(f);
		root_pad(f + 1);
		root_pad(f + 2);
		root_pad(f + 3);
		fence_stores();
		root_link(f);
		//@ assert four: MemoryKept{Pre,Here};
	}
}
