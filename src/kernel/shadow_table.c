/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/frame.h>
#include <kernel/shadow_table.h>

#define POINTER_PART 256u

/*@ lemma low_bits: \forall integer e; 0 <= e ==> (e / 2) % 2 == (e % 16 / 2) % 2 &&
      (e / 4) % 2 == (e % 16 / 4) % 2 && (e / 8) % 2 == (e % 16 / 8) % 2 && e % 16 == (e % 1024) % 16;
*/

#include "../../spec/model/shadow_less.acsl"

/*@ // Frame f is no table that hardware walks for a domain, and of the vCPUs' tables in use it is t's only, if any's.
    predicate Alone{L}(integer t, integer f) = (\forall integer u, j; Entry(u, j) ==> u != f) &&
      (\forall integer k, u; ShadowOn(k) && InUse(k, u) && k != t ==> u != f);
    predicate EntryOk{L}(integer t, integer level, integer i, integer e) = Guests(level, i) &&
      (Pointer(e) ==> PointerOk(t, level, i, e)) && (level == SHADOW_TOP && i == 0 ==> Pointer(e)) &&
      (Leaf(e) ==> LeafOk(level, e)) &&
      (\forall integer q; Spans(level, e, q) && stale[vcpu[t].guest % NAME_SLOTS] == 0 ==>
        Staged(vcpu[t].guest, q, e));
*/

/* Every store to a shadow table that is in use is this one. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t) && InUse(t, f);
    requires ok: EntryOk(t, info[f].at_borrower, i, e);
    requires way: Once(t) && Pointer(e) ==> PteFrame(e) == shadow[t].high || OnlyWay(t, f, i, PteFrame(e));
    terminates \true;
    assigns ram[f].word[i], shadow_lag[t];
    INV_KEPT;
    SHADOW_KEPT;
    ensures lag: Lags{Pre,Post}(t, info[f].at_borrower, f, i, va);
    ensures written: ram[f].word[i] == e;
    ensures once: OnceKept{Pre,Post}(t);
*/
static void shadow_store(uint64_t t, uint64_t f, uint64_t i, uint64_t e) /*@ ghost (uint64_t va) */
{
	(void)t;
	/*@ ghost
	    if (ram[f].word[i] != 0) {
	      if (shadow_lag[t] == 0) shadow_lag[t] = va / 0x1000 + 2;
	      if (shadow_lag[t] != va / 0x1000 + 2) shadow_lag[t] = SHADOW_STALE;
	      if (ram[f].word[i] % 2 == 1)
	        if (ram[f].word[i] / 2 % 8 == 0) shadow_lag[t] = SHADOW_STALE;
	      if (info[f].at_borrower == SHADOW_L0)
	        if (i != va / 0x1000 % 512) shadow_lag[t] = SHADOW_STALE;
	      if (info[f].at_borrower == SHADOW_L1)
	        if (i != va / 0x200000 % 512) shadow_lag[t] = SHADOW_STALE;
	    }
	*/
	//@ assert alone: Alone(t, f);
	//@ assert no_root: info[f].kind == FRAME_SHADOW;
	ram[f].word[i] = e;
	//@ assert stage: \forall integer g, q, x; Staged{Pre}(g, q, x) ==> Staged(g, q, x);
	/*@ assert maps: \forall integer k, u, j, q; ShadowMaps(k, u, j, q) && (u != f || j != i) ==>
	      ShadowMaps{Pre}(k, u, j, q); */
	//@ assert leads: \forall integer u, j, c; Leads(t, u, j, c) && (u != f || j != i) ==> Leads{Pre}(t, u, j, c);
	//@ assert leads_here: \forall integer c; Leads(t, f, i, c) ==> Pointer(e) && c == PteFrame(e);
}

/* The frame f of the arena, which is not in use, becomes as a new table of that level is. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t) && InArena(t, f) && !InUse(t, f);
    terminates \true;
    assigns ram[f];
    INV_KEPT;
    SHADOW_KEPT;
    ensures zero: \forall integer i; 0 <= i < 512 && (level != SHADOW_LOW || i < 256) ==> ram[f].word[i] == 0;
    ensures kernel: level == SHADOW_LOW ==>
      \forall integer i; 256 <= i < 512 ==> ram[f].word[i] == kernel_root_table[i];
    ensures ways: \forall integer g, j, c; Leads(t, g, j, c) ==> Leads{Pre}(t, g, j, c);
    ensures once: OnceKept{Pre,Post}(t);
*/
static void shadow_wipe(uint64_t t, uint64_t f, uint64_t level)
{
	(void)t;
	//@ assert alone: Alone(t, f);
	//@ assert no_root: info[f].kind == FRAME_SHADOW;
	zero_frame(f);
	//@ assert stage: \forall integer g, q, e; Staged{Pre}(g, q, e) ==> Staged(g, q, e);
	//@ assert leads: \forall integer u, i, c; Leads(t, u, i, c) ==> Leads{Pre}(t, u, i, c);
	if (level != SHADOW_LOW)
		return;
	/*@ loop invariant range: 256 <= k <= 512;
	    loop invariant zero: \forall integer i; 0 <= i < 256 ==> ram[f].word[i] == 0;
	    loop invariant kernel: \forall integer i; 256 <= i < k ==> ram[f].word[i] == kernel_root_table[i];
	    loop assigns k, ram[f];
	    loop variant 512 - k;
	*/
	for (uint64_t k = 256; k < 512; k++)
		ram[f].word[k] = kernel_root_table[k];
	//@ assert stage_still: \forall integer g, q, e; Staged{Pre}(g, q, e) ==> Staged(g, q, e);
	//@ assert leads_still: \forall integer u, i, c; Leads(t, u, i, c) ==> Leads{Pre}(t, u, i, c);
}

/* The next frame of the arena, which is as a new table is, is in use. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t) && Room(t) >= 1;
    requires next: f == shadow[t].first + shadow[t].used && level <= SHADOW_TOP;
    requires zero: \forall integer i; 0 <= i < 512 && (level != SHADOW_LOW || i < 256) ==> ram[f].word[i] == 0;
    requires kernel: level == SHADOW_LOW ==>
      \forall integer i; 256 <= i < 512 ==> ram[f].word[i] == kernel_root_table[i];
    terminates \true;
    assigns info[f].at_borrower, shadow[t].used;
    INV_KEPT;
    SHADOW_KEPT;
    ensures table: info[f].at_borrower == level && shadow[t].used == \old(shadow[t].used) + 1;
    ensures blank: Blank(t, f) && NoWay(t, f);
    ensures ways: \forall integer g, j, c; Leads(t, g, j, c) ==> Leads{Pre}(t, g, j, c);
    ensures once: OnceKept{Pre,Post}(t);
*/
static void shadow_use(uint64_t t, uint64_t f, uint64_t level)
{
	//@ assert kind: info[f].kind == FRAME_SHADOW;
	//@ assert alone: \forall integer u, j; Entry(u, j) ==> u != f;
	//@ assert covered_kind: \forall integer u, j, q; Entry(u, j) && 0 <= q < frame_count && Covers(u, j, q) ==> q != f;
	/*@ assert user: \forall integer g, q, e; 0 <= q < frame_count && Staged(g, q, e) ==>
	      IsUserPage(info[q].kind); */
	//@ assert inside: \forall integer k, u, i, q; ShadowMaps(k, u, i, q) ==> 0 <= q < frame_count;
	/*@ assert apart: \forall integer k, u, i, q; ShadowMaps(k, u, i, q) &&
	      stale[vcpu[k].guest % NAME_SLOTS] == 0 ==> q != f; */
	info[f].at_borrower = level;
	/*@ assert sides: \forall integer q; 0 <= q < FRAMES && q != f ==> info[q].at_owner == \at(info[q].at_owner, Pre) &&
	      info[q].at_borrower == \at(info[q].at_borrower, Pre); */
	//@ assert words: RamSame{Pre,Here};
	//@ assert mapped: \forall integer at, d, q; 0 <= q < FRAMES && q != f && Maps{Pre}(at, d, q) ==> Maps(at, d, q);
	//@ assert leaf_place: LeafPlace;
	//@ assert at: \forall integer g, q; 0 <= q < FRAMES && q != f ==> StageAt(g, q) == StageAt{Pre}(g, q);
	//@ assert covered: \forall integer at, g, q, e; CoveredAt{Pre}(at, g, q, e) ==> CoveredAt(at, g, q, e);
	//@ assert stage: \forall integer g, q, e; 0 <= q < FRAMES && q != f && Staged{Pre}(g, q, e) ==> Staged(g, q, e);
	shadow[t].used++;
	//@ assert levels: \forall integer k, u, l; ShadowOn(k) && IsLevel{Pre}(k, u, l) ==> IsLevel(k, u, l);
	//@ assert use: \forall integer k, u; ShadowOn(k) && InUse(k, u) && u != f ==> InUse{Pre}(k, u);
	//@ assert kept: \forall integer k, u, i; ShadowEntry(k, u, i) && u != f ==> ShadowEntry{Pre}(k, u, i);
	//@ assert only: \forall integer k; ShadowOn(k) && InUse(k, f) ==> k == t;
	//@ assert fresh: \forall integer i; Guests(level, i) ==> ram[f].word[i] == 0;
	//@ assert own: \forall integer k, i; ShadowEntry(k, f, i) ==> ram[f].word[i] == 0;
	/*@ assert entries: \forall integer k, u, i; ShadowEntry(k, u, i) && ram[u].word[i] != 0 ==>
	      ShadowEntry{Pre}(k, u, i) && u != f; */
	//@ assert maps: \forall integer k, u, i, q; ShadowMaps(k, u, i, q) ==> ShadowMaps{Pre}(k, u, i, q);
	//@ assert leads: \forall integer u, i, c; Leads(t, u, i, c) ==> Leads{Pre}(t, u, i, c) && c != f;
}

uint64_t shadow_take(uint64_t t, uint64_t level)
{
	uint64_t f = shadow[t].first + shadow[t].used;

	shadow_wipe(t, f, level);
	shadow_use(t, f, level);
	//@ assert tables: TablesLess{Pre,Here}(t);
	//@ assert tops: TopsLess{Pre,Here}(t) && Now(t);
	//@ assert less: TlbLess{Pre,Here}(t);
	return f;
}

void shadow_link(uint64_t t, uint64_t f, uint64_t i, uint64_t c, uint64_t part)
{
	uint64_t e = pte(c + ram_base_pfn, PTE_POINTER + POINTER_PART * part);

	//@ assert pointer: Pointer(e) && !Leaf(e) && PteFrame(e) == c;
	//@ assert ok: PointerOk(t, info[f].at_borrower, i, e);
	shadow_store(t, f, i, e) /*@ ghost (0) */;
	//@ assert still: c != shadow[t].high && Blank{Pre}(t, c) ==> Blank(t, c);
	//@ assert tables: TablesLess{Pre,Here}(t);
	//@ assert tops: TopsLess{Pre,Here}(t) && Now(t);
	//@ assert less: TlbLess{Pre,Here}(t);
	/* The hart's walker sees the table as it is, and the hart has lost what this entry gave before: a large leaf, or what
	 * it may have found in the table from a former use. After the store: before it the hart could find all that again. */
	hart_fence_shadow(0, 0, 0) /*@ ghost (t) */;
}

uint64_t shadow_child(uint64_t t, uint64_t f, uint64_t i, uint64_t part)
{
	uint64_t e = ram[f].word[i];
	uint64_t level = info[f].at_borrower;
	uint64_t c = 0;

	//@ assert entry: ShadowEntry(t, f, i);
	if (pte_pointer(e)) {
		//@ assert below: PointerOk(t, level, i, e);
		c = pte_frame(e);
		//@ assert leads: Leads(t, f, i, c);
		//@ assert way: Once(t) ==> c == shadow[t].high || OnlyWay(t, f, i, c);
		if (part <= e / POINTER_PART % 2)
			return c;
	} else {
		c = shadow_take(t, level == SHADOW_L1 ? SHADOW_L0 : SHADOW_L1);
	}
	//@ assert only: ArenaOnly{Pre,Here}(t) && InArena{Pre}(t, f);
	shadow_link(t, f, i, c, part);
	return c;
}

/*@ lemma low_sixteen: \forall integer x; 0 <= x ==> x % 1024 % 16 == x % 16; */

void shadow_put(uint64_t t, uint64_t f, uint64_t i, uint64_t p, uint64_t rights) /*@ ghost (uint64_t va) */
{
	uint64_t e = pte(p + ram_base_pfn, PTE_USER + 2 * rights);

	//@ assert flags: e % 1024 == PTE_USER + 2 * rights && PtePage(e) == p + ram_base_pfn;
	//@ assert leaf: UserLeaf(e) && PteFrame(e) == p && Leaf(e) && !Pointer(e);
	//@ assert bits: e % 1024 % 16 == 1 + 2 * rights;
	//@ assert low: e % 16 == 1 + 2 * rights;
	//@ assert within: \forall integer s; Within(2 * rights, s) ==> Within(e, s);
	shadow_store(t, f, i, e) /*@ ghost (va) */;
}

/* What the table f of 4 KiB leaves has for va goes. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t) && IsLevel(t, f, SHADOW_L0);
    terminates \true;
    assigns ram[f].word[va / 0x1000 % 512], shadow_lag[t];
    INV_KEPT;
    SHADOW_KEPT;
    CLEARED_LAG(\result);
    ensures gone: ram[f].word[Index0(va)] == 0;
    ensures none: \result == CLEARED_NONE ==> \old(ram[f].word[Index0(va)]) == 0;
    ensures once: OnceKept{Pre,Post}(t);
*/
static uint64_t clear_last(uint64_t t, uint64_t f, uint64_t va)
{
	uint64_t e = ram[f].word[va / 0x1000 % 512];

	//@ assert no_pointer: ShadowEntry(t, f, Index0(va)) && !Pointer(e);
	//@ assert stands: Stands(info[f].at_borrower, Index0(va), va);
	shadow_store(t, f, va / 0x1000 % 512, 0) /*@ ghost (va) */;
	//@ assert lags: LagsAt{Pre}(t, va) ==> LagsAt(t, va);
	return e != 0 ? CLEARED_LEAF : CLEARED_NONE;
}

/* What the table f of 2 MiB entries has for va goes. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t) && IsLevel(t, f, SHADOW_L1);
    terminates \true;
    assigns ram[0 .. FRAMES-1], shadow_lag[t];
    INV_KEPT;
    SHADOW_KEPT;
    CLEARED_LAG(\result);
    ensures only: ArenaOnly{Pre,Post}(t);
    ensures upper: UpperSame{Pre,Post}(t);
    ensures gone: !LastFinds(ram[f].word[Index1(va)], va);
    ensures less: EntriesLess{Pre,Post};
    ensures once: OnceKept{Pre,Post}(t);
    ensures none: \result == CLEARED_NONE ==> RamSame{Pre,Post};
*/
static uint64_t clear_middle(uint64_t t, uint64_t f, uint64_t va)
{
	uint64_t e = ram[f].word[va / 0x200000 % 512];

	//@ assert entry: ShadowEntry(t, f, va / 0x200000 % 512) && InArena(t, f);
	//@ assert below: Pointer(e) ==> PointerOk(t, SHADOW_L1, va / 0x200000 % 512, e) && InArena(t, PteFrame(e));
	if (pte_pointer(e) && e / POINTER_PART % 2 == 0) {
		uint64_t cleared = clear_last(t, pte_frame(e), va);
		//@ assert still: ram[f].word[Index1(va)] == e && !Leaf(e);
		//@ assert gone: !Leaf(ram[PteFrame(e)].word[Index0(va)]);
		return cleared;
	}
	//@ assert stands: Stands(info[f].at_borrower, Index1(va), va);
	shadow_store(t, f, va / 0x200000 % 512, 0) /*@ ghost (va) */;
	//@ assert lags: !Pointer(e) && LagsAt{Pre}(t, va) ==> LagsAt(t, va);
	//@ assert gone: ram[f].word[Index1(va)] == 0;
	return pte_pointer(e) ? CLEARED_MORE : e != 0 ? CLEARED_LEAF : CLEARED_NONE;
}

uint64_t shadow_clear(uint64_t t, uint64_t f, uint64_t va)
{
	uint64_t e = ram[f].word[va / 0x40000000 % 512];

	//@ assert entry: ShadowEntry(t, f, va / 0x40000000 % 512) && InArena(t, f) && !Leaf(e);
	if (!pte_pointer(e))
		return CLEARED_NONE;
	//@ assert below: PointerOk(t, info[f].at_borrower, va / 0x40000000 % 512, e);
	if (e / POINTER_PART % 2 == 0)
		return clear_middle(t, pte_frame(e), va);
	shadow_store(t, f, va / 0x40000000 % 512, 0) /*@ ghost (va) */;
	return CLEARED_MORE;
}
