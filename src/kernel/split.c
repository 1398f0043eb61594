/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/split.h>

/*@ predicate SplitLeaf{L}(integer w, integer p, integer e) =
      Leaf(w) && UserLeaf(w) && PteFrame(w) == p && w % 1024 == e % 1024;
*/

/* Fills the frame f with 512 leaves: as the 2 MiB leaf e says, which stands for the frames from b on. */
/*@ requires range: f < FRAMES && b + 512 <= FRAMES;
    requires apart: f < b || b + 512 <= f;
    requires page: b == PteFrame(e) && ram_base_pfn <= PTE_PAGES - FRAMES;
    requires leaf: UserLeaf(e);
    terminates \true;
    assigns ram[f], info[0 .. FRAMES-1], unordered;
    ensures leaves: \forall integer j; 0 <= j < 512 ==> SplitLeaf(ram[f].word[j], b + j, e);
    ensures own: \forall integer q; b <= q < b + 512 && info[q].owner == d ==>
      info[q].at_owner == Place(f, q - b) && info[q].at_borrower == \old(info[q].at_borrower);
    ensures lent: \forall integer q; b <= q < b + 512 && info[q].owner != d ==>
      info[q].at_borrower == Place(f, q - b) && info[q].at_owner == \old(info[q].at_owner);
    ensures rest: \forall integer q; 0 <= q < FRAMES && (q < b || b + 512 <= q) ==>
      info[q].at_owner == \old(info[q].at_owner) && info[q].at_borrower == \old(info[q].at_borrower);
    ensures owners: OwnersSame{Pre,Post};
*/
static void split_fill(uint64_t f, uint64_t b, uint64_t e, uint32_t d)
{
	/*@ ghost unordered = 1; */
	/*@ loop invariant range: 0 <= k <= FRAME_WORDS;
	    loop invariant leaves: \forall integer j; 0 <= j < k ==> SplitLeaf(ram[f].word[j], b + j, e);
	    loop invariant own: \forall integer q; b <= q < b + 512 && info[q].owner == d ==>
	      info[q].at_borrower == \at(info[q].at_borrower, Pre) &&
	      (q < b + k ==> info[q].at_owner == Place(f, q - b));
	    loop invariant lent: \forall integer q; b <= q < b + 512 && info[q].owner != d ==>
	      info[q].at_owner == \at(info[q].at_owner, Pre) &&
	      (q < b + k ==> info[q].at_borrower == Place(f, q - b));
	    loop invariant rest: \forall integer q; 0 <= q < FRAMES && (q < b || b + 512 <= q) ==>
	      info[q].at_owner == \at(info[q].at_owner, Pre) && info[q].at_borrower == \at(info[q].at_borrower, Pre);
	    loop invariant owners: OwnersSame{Pre,Here};
	    loop assigns k, ram[f], info[0 .. FRAMES-1];
	    loop variant FRAME_WORDS - k;
	*/
	for (uint32_t k = 0; k < FRAME_WORDS; k++) {
		ram[f].word[k] = pte(b + k + ram_base_pfn, e % 1024);
		place_set(b + k, d, f * 512 + k);
	}
}

/*@ // Every leaf but (t, i) stands where its frames say, and the frames from b on say that frame f maps them.
    predicate LeafPlaceBut{L}(integer t, integer i) = \forall integer u, j, q; Entry(u, j) &&
      (u != t || j != i) && 0 <= q < frame_count && Covers(u, j, q) ==> Maps(Place(u, j), info[u].owner, q);
    predicate SplitPlaces{L}(integer f, integer b) = \forall integer q; b <= q < b + 512 ==>
      Maps(Place(f, q - b), info[f].owner, q);
    predicate SplitLeaves{L}(integer f, integer b) = \forall integer j; 0 <= j < 512 ==>
      Leaf(ram[f].word[j]) && UserLeaf(ram[f].word[j]) && PteFrame(ram[f].word[j]) == b + j;
*/

/* The frame f, which is filled, takes the place of the 2 MiB leaf (t, i). Until it does, LeafPlace does not hold. */
/*@ requires inv_leaves: Sizes && DomainSlots && LeafRange && LeafFlags;
    requires inv_tables: PointerPlace && KernelHalf && RootShape && PadZero && Roots;
    requires inv_owners: TwoSides && Past && WindowPast && WindowPages && WindowsDistinct;
    requires entry: Entry(t, i) && info[t].kind == FRAME_TABLE1 && Leaf(ram[t].word[i]);
    requires apart: f < PteFrame(ram[t].word[i]) || PteFrame(ram[t].word[i]) + 512 <= f;
    requires frame: f < frame_count && info[f].kind == FRAME_DATA && info[f].owner == info[t].owner;
    requires free: \forall integer u, j; Entry(u, j) && (u != t || j != i) ==> !Covers(u, j, f);
    requires places: LeafPlaceBut(t, i) && SplitPlaces(f, PteFrame(ram[t].word[i]));
    requires leaves: SplitLeaves(f, PteFrame(ram[t].word[i]));
    requires ordered: unordered == 0;
    terminates \true;
    assigns ram[t].word[i], info[f].kind, info[f].at_owner, stale[info[t].owner % NAME_SLOTS];
    INV_KEPT;
    ensures table: info[f].kind == FRAME_TABLE0;
    ensures linked: Pointer(ram[t].word[i]) && PteFrame(ram[t].word[i]) == f && info[f].at_owner == Place(t, i);
    ensures marked: stale[info[t].owner % NAME_SLOTS] == 3;
*/
static void split_link(uint64_t t, uint64_t i, uint64_t f)
{
	//@ assert elsewhere: \forall integer u, j; Entry(u, j) && Pointer(ram[u].word[j]) ==> PteFrame(ram[u].word[j]) != f;
	info[f].kind = FRAME_TABLE0;
	info[f].at_owner = t * 512 + i;
	entry_write(t, i, pte(f + ram_base_pfn, PTE_POINTER));
}

void table_split(uint64_t t, uint64_t i, uint64_t f)
{
	uint64_t e = ram[t].word[i];
	uint64_t b = pte_frame(e);

	//@ assert inside: 0 <= PteFrame(e) && PteFrame(e) + 512 <= frame_count && b == PteFrame(e);
	//@ assert unreached: Unreached(f);
	//@ assert apart: f < b || b + 512 <= f;
	//@ assert pages: \forall integer q; b <= q < b + 512 ==> IsUserPage(info[q].kind);
	split_fill(f, b, e, info[t].owner);
	/*@ assert tables: \forall integer c; 0 <= c < frame_count && IsTable(info[c].kind) ==>
	      info[c].at_owner == \at(info[c].at_owner, Pre); */
	//@ assert others: LeafPlaceBut(t, i);
	//@ assert taken: SplitPlaces(f, b);
	//@ assert kept: MemoryKept{Pre,Here};
	//@ assert pointers: PointerPlace;
	//@ assert roots: KernelHalf && RootShape && PadZero && Roots;
	fence_stores();
	split_link(t, i, f);
}
