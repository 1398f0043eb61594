/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/frame.h>

void table_wipe(uint64_t f)
{
	/*@ ghost unordered = 1; */
	zero_frame(f);
}

/* Is entry at % 512 of frame at / 512 a leaf of domain d's tables that covers frame p? */
/*@ requires inv: Inv;
    requires live: Live(d);
    requires frame: p < frame_count;
    terminates \true;
    assigns \nothing;
    ensures yes: \result != 0 ==> Entry(at / 512, at % 512) && info[at / 512].owner == d &&
      Covers(at / 512, at % 512, p);
    ensures no: \result == 0 ==> \forall integer t, i; Entry(t, i) && info[t].owner == d &&
      at == Place(t, i) ==> !Covers(t, i, p);
*/
static int table_covers(uint64_t at, uint32_t d, uint64_t p)
{
	uint64_t t = at / 512;

	if (t >= frame_count || info[t].owner != d || (info[t].kind != FRAME_TABLE0 && info[t].kind != FRAME_TABLE1) ||
	    !pte_leaf(ram[t].word[at % 512]))
		return 0;
	uint64_t b = pte_frame(ram[t].word[at % 512]);
	return b <= p && p - b < (info[t].kind == FRAME_TABLE0 ? 1 : 512);
}

uint64_t table_leaf(uint32_t d, uint64_t p)
{
	uint64_t at = info[p].owner == d ? info[p].at_owner : info[p].at_borrower;

	/*@ assert here: \forall integer t, i; Entry(t, i) && info[t].owner == d && Covers(t, i, p) ==>
	      at == Place(t, i); */
	return table_covers(at, d, p) ? at : NOWHERE;
}

int table_maps(uint32_t d, uint64_t p) { return table_leaf(d, p) != NOWHERE; }

void table_put(uint64_t t, uint64_t i, uint64_t b, uint64_t rights)
{
	uint64_t n = info[t].kind == FRAME_TABLE0 ? 1 : 512;
	uint32_t d = info[t].owner;

	/*@ assert elsewhere: \forall integer u, j, q; Entry(u, j) && 0 <= q < frame_count && Covers(u, j, q) ==>
	      (info[u].owner != d || q < b || b + n <= q); */
	/*@ loop invariant range: 0 <= k <= n;
	    loop invariant done: \forall integer q; b <= q < b + k ==> Maps(Place(t, i), d, q);
	    loop invariant side: \forall integer q; b <= q < b + n ==>
	      (info[q].owner == d ==> info[q].at_borrower == \at(info[q].at_borrower, Pre)) &&
	      (info[q].owner != d ==> info[q].at_owner == \at(info[q].at_owner, Pre));
	    loop invariant rest: \forall integer q; 0 <= q < FRAMES && (q < b || b + n <= q) ==>
	      info[q].at_owner == \at(info[q].at_owner, Pre) && info[q].at_borrower == \at(info[q].at_borrower, Pre);
	    loop invariant owners: OwnersSame{Pre,Here};
	    loop assigns k, info[0 .. FRAMES-1];
	    loop variant n - k;
	*/
	for (uint64_t k = 0; k < n; k++)
		place_set(b + k, d, t * 512 + i);
	/*@ assert kept: \forall integer at, e, q; 0 <= q < frame_count && Maps{Pre}(at, e, q) &&
	      (e != d || q < b || b + n <= q) ==> Maps(at, e, q); */
	//@ assert places: LeafPlace;
	/*@ assert tables: \forall integer c; 0 <= c < frame_count && IsTable(info[c].kind) ==>
	      info[c].at_owner == \at(info[c].at_owner, Pre); */
	/*@ ghost if (rights >= MAP_EXECUTE) old_code = 1; */
	entry_write(t, i, pte(b + ram_base_pfn, PTE_USER + 2 * rights));
}

void table_clear(uint64_t t, uint64_t i) { entry_write(t, i, 0); }

void table_protect(uint64_t t, uint64_t i, uint64_t rights)
{
	uint64_t e = ram[t].word[i];

	/*@ ghost if (rights >= MAP_EXECUTE) old_code = 1; */
	entry_write(t, i, pte(e / 1024 % PTE_PAGES, PTE_USER + 2 * rights));
}

void table_put_window(uint64_t t, uint64_t i, uint64_t w, uint64_t rights)
{
	window[w].at = t * 512 + i;
	/*@ ghost if (rights >= MAP_EXECUTE) old_code = 1; */
	entry_write(t, i, pte(window[w].base_pfn, PTE_USER + 2 * rights));
}

/* The frame f, which is empty and which nobody reaches, becomes the table under entry i of t. */
/*@ requires inv: Inv;
    requires entry: Entry(t, i) && info[t].kind != FRAME_TABLE0 && !Valid(ram[t].word[i]);
    requires frame: f < frame_count && info[f].kind == FRAME_DATA && info[f].owner == info[t].owner;
    requires unreached: Unreached(f);
    requires zero: ZeroFrame(f);
    requires ordered: unordered == 0;
    terminates \true;
    assigns ram[t].word[i], info[f].kind, info[f].at_owner, stale[info[t].owner % NAME_SLOTS];
    INV_KEPT;
    ensures table: info[f].kind == info[t].kind - 1;
    ensures linked: Pointer(ram[t].word[i]) && PteFrame(ram[t].word[i]) == f && info[f].at_owner == Place(t, i);
*/
static void table_link(uint64_t t, uint64_t i, uint64_t f)
{
	/*@ assert elsewhere: \forall integer u, j; Entry(u, j) && Pointer(ram[u].word[j]) ==>
	      PteFrame(ram[u].word[j]) != f; */
	info[f].kind = info[t].kind - 1;
	info[f].at_owner = t * 512 + i;
	entry_write(t, i, pte(f + ram_base_pfn, PTE_POINTER));
}

void table_add(uint64_t t, uint64_t i, uint64_t f)
{
	//@ assert unreached: Unreached(f);
	table_wipe(f);
	fence_stores();
	table_link(t, i, f);
}

/* Has table f no valid entry? */
/*@ requires range: f < FRAMES;
    terminates \true;
    assigns \nothing;
    ensures empty: \result != 0 ==> \forall integer j; 0 <= j < 512 ==> !Valid(ram[f].word[j]);
    ensures used: \result == 0 ==> \exists integer j; 0 <= j < 512 && Valid(ram[f].word[j]);
*/
static int table_empty(uint64_t f)
{
	/*@ loop invariant range: 0 <= k <= FRAME_WORDS;
	    loop invariant free: \forall integer j; 0 <= j < k ==> !Valid(ram[f].word[j]);
	    loop assigns k;
	    loop variant FRAME_WORDS - k;
	*/
	for (uint32_t k = 0; k < FRAME_WORDS; k++)
		if (ram[f].word[k] % 2 == 1)
			return 0;
	return 1;
}

int table_remove(uint64_t f)
{
	uint64_t t = info[f].at_owner / 512;
	uint64_t i = info[f].at_owner % 512;

	if (!table_empty(f))
		return 0;
	if (t < frame_count && info[t].kind == info[f].kind + 1 && info[t].owner == info[f].owner)
		if ((info[t].kind == FRAME_TABLE1 || i < ROOT_SLOTS) && pte_pointer(ram[t].word[i]) &&
		    pte_frame(ram[t].word[i]) == f)
			entry_write(t, i, 0);
	info[f].kind = FRAME_DATA;
	info[f].at_owner = NOWHERE;
	info[f].borrower = NOBODY;
	return 1;
}
