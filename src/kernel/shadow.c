/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/shadow_table.h>
#include <kernel/space.h>
#include <riscv/csr.h>

#include "../../spec/model/shadow_less.acsl"

struct shadow shadow[THREADS];

void shadow_drop(uint64_t t)
{
	shadow[t].used = 0;
	/*@ ghost shadow_lag[t] = 0; */ /* there is no root any more */
	shadow[t].emptied++;
	shadow[t].high = NO_FRAME;
	shadow[t].now = 0;
	shadow[t].hand = 0;
	/*@ loop invariant range: 0 <= r <= SHADOW_ROOTS;
	    loop invariant none: \forall integer k; 0 <= k < r ==> shadow[t].root[k] == NO_FRAME;
	    loop assigns r, shadow[t].root[0 .. SHADOW_ROOTS-1], shadow[t].satp[0 .. SHADOW_SPACES-1];
	    loop variant SHADOW_ROOTS - r;
	*/
	for (uint64_t r = 0; r < SHADOW_ROOTS; r++) {
		shadow[t].root[r] = NO_FRAME;
		shadow[t].satp[r / SHADOW_MODES] = SHADOW_NO_SPACE;
	}
}

void shadow_new(uint64_t t)
{
	shadow_drop(t);
	shadow[t].first = 0;
	shadow[t].count = 0;
	shadow[t].supervisor = 1;
	shadow[t].on = 1;
}

void shadow_end(uint64_t t) { shadow[t].on = 0; }

/* The idle frame p of the guest's joins the arena, at its end. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    requires idle: Idle(p) && info[p].owner == vcpu[t].guest;
    requires next: shadow[t].count == 0 || p == shadow[t].first + shadow[t].count;
    terminates \true;
    assigns info[p].kind, info[p].borrower, info[p].at_owner, shadow[t].first, shadow[t].count;
    INV_KEPT;
    SHADOW_KEPT;
    ensures joined: info[p].kind == FRAME_SHADOW;
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
*/
static void shadow_join(uint64_t t, uint64_t p)
{
	//@ assert unreached: Unreached(p);
	/*@ assert apart: \forall integer k, u, i, q; ShadowMaps(k, u, i, q) &&
	      stale[vcpu[k].guest % NAME_SLOTS] == 0 ==> q != p; */
	//@ assert new: \forall integer k, u; ShadowOn(k) && InArena(k, u) ==> u != p;
	info[p].kind = FRAME_SHADOW;
	info[p].borrower = NOBODY;
	info[p].at_owner = t;
	/*@ assert sides: \forall integer q; 0 <= q < FRAMES && q != p ==> info[q].at_owner == \at(info[q].at_owner, Pre) &&
	      info[q].at_borrower == \at(info[q].at_borrower, Pre); */
	//@ assert words: RamSame{Pre,Here};
	//@ assert at: \forall integer g, q; 0 <= q < FRAMES && q != p ==> StageAt(g, q) == StageAt{Pre}(g, q);
	//@ assert covered: \forall integer at, g, q, e; CoveredAt{Pre}(at, g, q, e) ==> CoveredAt(at, g, q, e);
	//@ assert stage: \forall integer g, q, e; 0 <= q < FRAMES && q != p && Staged{Pre}(g, q, e) ==> Staged(g, q, e);
	if (shadow[t].count == 0)
		shadow[t].first = p;
	shadow[t].count++;
	//@ assert entries: \forall integer k, u, i; ShadowEntry(k, u, i) ==> ShadowEntry{Pre}(k, u, i) && u != p;
	//@ assert maps: \forall integer k, u, i, q; ShadowMaps(k, u, i, q) ==> ShadowMaps{Pre}(k, u, i, q);
	//@ assert leads: \forall integer u, i, c; Leads(t, u, i, c) ==> Leads{Pre}(t, u, i, c);
}

int shadow_arena(uint64_t t, uint64_t p)
{
	int status;

	if (shadow[t].on == 0)
		return SEPTUM_BAD_STATE;
	status = idle_frame(vcpu[t].guest, p);
	if (status != SEPTUM_OK)
		return status;
	if (shadow[t].count != 0 && p != shadow[t].first + shadow[t].count)
		return SEPTUM_BAD_ARGUMENT;
	shadow_join(t, p);
	return SEPTUM_OK;
}

/* Space s is forgotten, with its roots. Their tables stay as they are until the arena is recycled. */
/*@ requires shadow: ShadowInv && ShadowOn(t) && s < SHADOW_SPACES;
    terminates \true;
    assigns shadow[t].satp[0 .. SHADOW_SPACES-1], shadow[t].root[0 .. SHADOW_ROOTS-1];
    ensures shadow: ShadowInv;
    ensures gone: \forall integer r; 0 <= r < SHADOW_ROOTS ==>
      shadow[t].root[r] == (r / SHADOW_MODES == s ? NO_FRAME : \old(shadow[t].root[r]));
    ensures nameless: \forall integer k; 0 <= k < SHADOW_SPACES ==>
      shadow[t].satp[k] == (k == s ? SHADOW_NO_SPACE : \old(shadow[t].satp[k]));
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
*/
static void space_forget(uint64_t t, uint64_t s)
{
	/*@ loop invariant range: 0 <= m <= SHADOW_MODES;
	    loop invariant shadow: ShadowInv;
	    loop invariant gone: \forall integer r; 0 <= r < SHADOW_ROOTS ==> shadow[t].root[r] ==
	      (s * SHADOW_MODES <= r < s * SHADOW_MODES + m ? NO_FRAME : \at(shadow[t].root[r], Pre));
	    loop assigns m, shadow[t].root[0 .. SHADOW_ROOTS-1];
	    loop variant SHADOW_MODES - m;
	*/
	for (uint64_t m = 0; m < SHADOW_MODES; m++)
		shadow[t].root[s * SHADOW_MODES + m] = NO_FRAME;
	shadow[t].satp[s] = SHADOW_NO_SPACE;
	//@ assert leads: \forall integer u, i, c; Leads(t, u, i, c) ==> Leads{Pre}(t, u, i, c);
}

/* The space that these values name, which takes the place of another if it is new. */
/*@ requires shadow: ShadowInv && ShadowOn(t);
    terminates \true;
    assigns shadow[t].satp[0 .. SHADOW_SPACES-1], shadow[t].mxr[0 .. SHADOW_SPACES-1],
      shadow[t].root[0 .. SHADOW_ROOTS-1], shadow[t].hand;
    ensures shadow: ShadowInv;
    ensures named: \result < SHADOW_SPACES && shadow[t].satp[\result] == satp && shadow[t].mxr[\result] == mxr;
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
*/
__attribute__((noinline)) static uint64_t space_find(uint64_t t, uint64_t satp, uint64_t mxr)
{
	uint64_t s;

	/*@ loop invariant range: 0 <= s <= SHADOW_SPACES;
	    loop assigns s;
	    loop variant SHADOW_SPACES - s;
	*/
	for (s = 0; s < SHADOW_SPACES; s++)
		if (shadow[t].satp[s] == satp && shadow[t].mxr[s] == mxr)
			return s;
	s = shadow[t].hand;
	shadow[t].hand = (s + 1) % SHADOW_SPACES;
	space_forget(t, s);
	shadow[t].satp[s] = satp;
	shadow[t].mxr[s] = mxr;
	//@ assert leads: \forall integer u, i, c; Leads(t, u, i, c) ==> Leads{Pre}(t, u, i, c);
	return s;
}

/* The root of space s for a guest of that privilege and status. */
/*@ requires range: s < SHADOW_SPACES;
    terminates \true;
    assigns \nothing;
    ensures range: \result < SHADOW_ROOTS;
    ensures space: \result / SHADOW_MODES == s;
    ensures mode: \result % SHADOW_MODES == (supervisor == 0 ? SHADOW_USER :
      status / 0x40000 % 2 == 1 ? SHADOW_SUM : SHADOW_SUPERVISOR);
*/
static uint64_t root_numbered(uint64_t s, uint64_t supervisor, uint64_t status)
{
	if (supervisor == 0)
		return s * SHADOW_MODES + SHADOW_USER;
	return s * SHADOW_MODES + (status / SSTATUS_SUM % 2 == 1 ? SHADOW_SUM : SHADOW_SUPERVISOR);
}

/* The index of the root that the guest's registers ask for. */
/*@ requires shadow: ShadowInv && ShadowOn(t);
    terminates \true;
    assigns shadow[t].satp[0 .. SHADOW_SPACES-1], shadow[t].mxr[0 .. SHADOW_SPACES-1],
      shadow[t].root[0 .. SHADOW_ROOTS-1], shadow[t].hand;
    ensures shadow: ShadowInv;
    ensures range: \result < SHADOW_ROOTS;
    ensures named: RootFor(t, \result);
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
*/
static uint64_t root_index(uint64_t t)
{
	uint64_t status = vcpu[t].csr[VSSTATUS], satp = vcpu[t].csr[VSATP], mxr = status / SSTATUS_MXR % 2;
	uint64_t s = shadow[t].now / SHADOW_MODES;

	if (shadow[t].satp[s] != satp || shadow[t].mxr[s] != mxr)
		s = space_find(t, satp, mxr);
	//@ assert space: s < SHADOW_SPACES && shadow[t].satp[s] == vcpu[t].csr[VSATP];
	//@ assert view: shadow[t].mxr[s] == vcpu[t].csr[VSSTATUS] / 0x80000 % 2;
	return root_numbered(s, shadow[t].supervisor, status);
}

int shadow_shares(uint64_t t, uint64_t r)
{
	return r % SHADOW_MODES != SHADOW_USER && shadow[t].mxr[r / SHADOW_MODES] == 0 &&
	       shadow[t].satp[r / SHADOW_MODES] / SATP_MODE != 0;
}

/* The top table is root r. */
/*@ requires shadow: Sizes && ShadowInv && ShadowOn(t);
    requires top: IsLevel(t, top, SHADOW_TOP) && Pointer(ram[top].word[0]) && r < SHADOW_ROOTS;
    requires fresh: BlankTop(t, top) && \forall integer s; 0 <= s < SHADOW_ROOTS ==> shadow[t].root[s] != top;
    requires none: shadow_walk[t] == SHADOW_NONE;
    terminates \true;
    assigns shadow[t].root[r];
    SHADOW_KEPT;
    ensures tables: TablesLess{Pre,Post}(t) && TopsLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
    ensures set: shadow[t].root[r] == top;
*/
static void root_set(uint64_t t, uint64_t r, uint64_t top)
{
	shadow[t].root[r] = top;
	//@ assert leads: \forall integer u, i, c; Leads(t, u, i, c) ==> Leads{Pre}(t, u, i, c);
	//@ assert entries: \forall integer k, u, i; ShadowEntry(k, u, i) ==> ShadowEntry{Pre}(k, u, i);
	//@ assert tables: TablesLess{Pre,Here}(t);
	//@ assert blank: BlankTop(t, top);
	//@ assert roots: \forall integer k; 0 <= k < SHADOW_ROOTS ==> RootLess{Pre,Here}(t, k);
}

/* The hart goes to root r. */
/*@ requires shadow: ShadowInv && ShadowOn(t);
    requires root: Sizes && r < SHADOW_ROOTS && shadow[t].root[r] != NO_FRAME;
    terminates \true;
    assigns shadow[t].now, shadow_walk[t];
    SHADOW_KEPT;
    ensures hart: Own(t);
    ensures now: shadow[t].now == r;
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
*/
static void root_enter(uint64_t t, uint64_t r)
{
	//@ assert top: IsLevel(t, shadow[t].root[r], SHADOW_TOP);
	//@ assert asid: SHADOW_ASID(t, r) < 65536;
	shadow[t].now = r;
	//@ assert levels: \forall integer k, u, l; IsLevel{Pre}(k, u, l) ==> IsLevel(k, u, l);
	//@ assert entries: \forall integer k, u, i; ShadowEntry(k, u, i) ==> ShadowEntry{Pre}(k, u, i);
	//@ assert leads: \forall integer u, i, c; Leads(t, u, i, c) ==> Leads{Pre}(t, u, i, c);
	hart_set_shadow(shadow[t].root[r], SHADOW_ASID(t, r));
	/*@ ghost shadow_walk[t] = 2; */
}

/* A new root with that index, with an empty low half and the shared high half, where it may have that. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    requires room: Room(t) >= SHADOW_ROOT_FRAMES && r < SHADOW_ROOTS;
    requires own: Own(t);
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t].used, shadow[t].root[0 .. SHADOW_ROOTS-1],
      shadow_lag[t], shadow_walk[t];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures hart: HartKept{Pre,Post}(t);
    ensures only: ArenaOnly{Pre,Post}(t);
    ensures owners: OwnersSame{Pre,Post};
    ensures made: HasRoot(t, r) && Room(t) == \old(Room(t)) - SHADOW_ROOT_FRAMES;
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
*/
__attribute__((noinline)) static void space_root_make(uint64_t t, uint64_t r)
{
	/* The hart leaves the former root of that index, so that no walk of it comes after the fences of what is linked. */
	hart_restore_space() /*@ ghost (t) */;
	uint64_t low = shadow_take(t, SHADOW_LOW);
	uint64_t top = shadow_take(t, SHADOW_TOP);

	//@ assert blank: Blank(t, low) && NoWay(t, low) && top != low;
	//@ assert fresh: \forall integer s; 0 <= s < SHADOW_ROOTS ==> shadow[t].root[s] != top;
	//@ assert taken: TlbLess{Pre,Here}(t);
	//@ assert only_taken: ArenaOnly{Pre,Here}(t) && InArena{Pre}(t, top) && InArena{Pre}(t, low);
	shadow_link(t, top, 0, low, 0);
	//@ assert linked: TlbLess{Pre,Here}(t) && Blank(t, low) && ram[top].word[511] == 0;
	if (shadow[t].high != NO_FRAME && shadow_shares(t, r))
		shadow_link(t, top, 511, shadow[t].high, 0);
	//@ assert shared: TlbLess{Pre,Here}(t) && Blank(t, low) && BlankTop(t, top);
	//@ assert only_linked: ArenaOnly{Pre,Here}(t);
	/*@ ghost Linked: ; */
	root_set(t, r, top);
	//@ assert now: Now(t);
	//@ assert set: TlbLess{Linked,Here}(t);
}

void shadow_recycle(uint64_t t)
{
	hart_restore_space() /*@ ghost (t) */;
	shadow_drop(t);
}

/* The same where there may be no room for it; the index it then has. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t) && shadow[t].count >= SHADOW_ARENA_LEAST;
    requires root: r < SHADOW_ROOTS && RootFor(t, r);
    requires own: Own(t);
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t], shadow_lag[t], shadow_walk[t];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures hart: HartKept{Pre,Post}(t);
    ensures only: ArenaOnly{Pre,Post}(t) && ArenaSame{Pre,Post}(t);
    ensures owners: OwnersSame{Pre,Post};
    ensures made: \result < SHADOW_ROOTS && HasRoot(t, \result) && RootFor(t, \result);
    ensures room: \old(Room(t)) >= SHADOW_ROOT_FRAMES ==> Room(t) >= \old(Room(t)) - SHADOW_ROOT_FRAMES;
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
*/
__attribute__((noinline)) static uint64_t root_anew(uint64_t t, uint64_t r)
{
	if (shadow[t].count - shadow[t].used < SHADOW_ROOT_FRAMES) {
		shadow_recycle(t);
		r = root_index(t);
	}
	space_root_make(t, r);
	return r;
}

int shadow_root(uint64_t t)
{
	uint64_t r;

	if (shadow[t].count < SHADOW_ARENA_LEAST)
		return 0;
	r = root_index(t);
	if (shadow[t].root[r] == NO_FRAME)
		r = root_anew(t, r);
	root_enter(t, r);
	return 1;
}

/*@ // Root r has no leaf for va but in the half that spaces share.
    predicate Dropped{L}(integer t, integer r, integer va) = RootFinds(t, r, va) ==> ByShared(t, r, va);
    predicate StillLess{P,Q}(integer t) = EntriesLess{P,Q} && \at(ram_base_pfn, Q) == \at(ram_base_pfn, P) &&
      \at(shadow[t].high, Q) == \at(shadow[t].high, P) &&
      (\forall integer r; 0 <= r < SHADOW_ROOTS ==> \at(shadow[t].root[r], Q) == \at(shadow[t].root[r], P));
    lemma less_word{P,Q}: \forall integer f, i; 0 <= i < 512 && EntriesLess{P,Q} && (Leaf(\at(ram[f].word[i], Q)) ||
      Pointer(\at(ram[f].word[i], Q))) ==> \at(ram[f].word[i], Q) == \at(ram[f].word[i], P);
    lemma indices: \forall integer va; 0 <= va ==> 0 <= Index0(va) < 512 && 0 <= Index1(va) < 512 &&
      0 <= Index2(va) < 512 && 0 <= Index3(va) < 512;
    lemma less_last{P,Q}: \forall integer t, e, va; 0 <= va && StillLess{P,Q}(t) && LastFinds{Q}(e, va) ==> LastFinds{P}(e, va);
    lemma less_middle{P,Q}: \forall integer t, e, va; 0 <= va && StillLess{P,Q}(t) && MiddleFinds{Q}(e, va) ==>
      MiddleFinds{P}(e, va);
    lemma less_half{P,Q}: \forall integer t, f, va; 0 <= va && StillLess{P,Q}(t) && HalfFinds{Q}(f, va) ==> HalfFinds{P}(f, va);
    lemma less_root{P,Q}: \forall integer t, r, va; 0 <= va && StillLess{P,Q}(t) && 0 <= r < SHADOW_ROOTS &&
      RootFinds{Q}(t, r, va) ==> RootFinds{P}(t, r, va) && Shadow3{Q}(t, r, Index3(va)) == Shadow3{P}(t, r, Index3(va));
    lemma less_dropped{P,Q}: \forall integer t, r, va; 0 <= va && StillLess{P,Q}(t) && 0 <= r < SHADOW_ROOTS &&
      Dropped{P}(t, r, va) ==> Dropped{Q}(t, r, va);
*/

/*@ lemma still_tlb{P,Q}: \forall integer t; StillLess{P,Q}(t) && TopsSame{P,Q}(t) && Now{Q}(t) ==> TlbLess{P,Q}(t); */

/*@ lemma index_low: \forall integer va; 0 <= va < 0x4000000000 ==> Index3(va) == 0;
    lemma index_high: \forall integer va; 0xffffffc000000000 <= va < 0x10000000000000000 ==> Index3(va) == 511;
    lemma by_top{L}: ShadowInv ==> \forall integer t, r, x; ShadowOn(t) && 0 <= r < SHADOW_ROOTS &&
      shadow[t].root[r] != NO_FRAME && (x == 0 || x == 511) ==> !Leaf(Shadow3(t, r, x)) && (Pointer(Shadow3(t, r, x)) ==>
      IsLevel(t, PteFrame(Shadow3(t, r, x)), x == 0 ? SHADOW_LOW : SHADOW_HIGH));
    lemma by_high{L}: Sizes && ShadowInv ==> \forall integer t, f, l; ShadowOn(t) && IsLevel(t, f, l) ==>
      f != NO_FRAME && (f == shadow[t].high ==> l == SHADOW_HIGH);
    lemma by_root{L}: Sizes && ShadowInv ==> \forall integer t, r, va, x; ShadowOn(t) && 0 <= r < SHADOW_ROOTS &&
      x == Index3(va) && (x == 0 || x == 511) && RootFinds(t, r, va) && ByShared(t, r, va) ==>
      x == 511 && shadow[t].high != NO_FRAME && HalfFinds(shadow[t].high, va);
    lemma by_shared{L}: Inv && ShadowInv ==> \forall integer t, r, va; ShadowOn(t) && 0 <= r < SHADOW_ROOTS &&
      (0 <= va < 0x4000000000 || 0xffffffc000000000 <= va < 0x10000000000000000) && RootFinds(t, r, va) &&
      ByShared(t, r, va) ==> va >= 0x4000000000 && shadow[t].high != NO_FRAME && HalfFinds(shadow[t].high, va);
*/

/*@ // A fence in the TLB's terms.
    lemma tlb_middle_finds{L}: \forall integer m, x, l, e; LeafIn(m, x, l, e) ==> LastFinds(ram[m].word[Index1(x)], x);
    lemma tlb_half_finds{L}: \forall integer f, x, l, e; HalfHas(f, x, l, e) ==> HalfFinds(f, x);
    lemma tlb_root_finds{L}: \forall integer t, k, x, l, e; 0 <= k < SHADOW_ROOTS && Has(t, k, x, l, e) ==>
      RootFinds(t, k, x) && !ByShared(t, k, x);
    lemma tlb_shared_finds{L}: \forall integer t, x, l, e; Has(t, SHADOW_ROOTS, x, l, e) ==>
      shadow[t].high != NO_FRAME && x >= 0x4000000000 && HalfFinds(shadow[t].high, x);
    lemma has_key{L}: \forall integer t, k, x, l, e; Has(t, k, x, l, e) ==> 0 <= k <= SHADOW_ROOTS;
    lemma fenced_own{L}: \forall integer t, k, x, l, e, va, asid, which; 0 <= which < 4 && 0 <= k < SHADOW_ROOTS &&
      Has(t, k, x, l, e) && FencedRoot(t, k, va, asid, which) &&
      (which >= 2 ==> SpaceAsid(t, k / SHADOW_MODES) == asid) ==> which % 2 == 1 && x != va;
    lemma fenced_high{L}: \forall integer t, x, l, e, va, which; 0 <= which < 2 && Has(t, SHADOW_ROOTS, x, l, e) &&
      FencedShared(t, va, which) ==> which == 1 && x != va;
    lemma fenced_key{L}: \forall integer t, k, x, l, e, va, asid, which; 0 <= which < 4 && 0 <= k < SHADOW_ROOTS &&
      Has(t, k, x, l, e) && Fenced(t, va, asid, which) && (which >= 2 ==> SpaceAsid(t, k / SHADOW_MODES) == asid) ==>
      FencedRoot(t, k, va, asid, which) && which % 2 == 1 && x != va;
    lemma fenced_key_shared{L}: \forall integer t, x, l, e, va, asid, which; 0 <= which < 2 &&
      Has(t, SHADOW_ROOTS, x, l, e) && Fenced(t, va, asid, which) ==> FencedShared(t, va, which) && which == 1 && x != va;
    lemma fenced_tlb{L}: \forall integer t, va, asid, which; 0 <= which < 4 && Fenced(t, va, asid, which) ==>
      TlbFenced(t, va, asid, which);
    lemma fenced_nowhere{L}: \forall integer t, va, asid, which; which % 2 == 1 && !GuestVa(va) ==>
      TlbFenced(t, va, asid, which);
*/

/* What root r has for va in tables of its own goes: the high half that spaces share has global leaves only. Returns
 * `cleared`, or the enum cleared of this, whichever is more. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    requires range: r < SHADOW_ROOTS && HasRoot(t, r) && (va < 0x4000000000 || va >= 0xffffffc000000000);
    requires cleared: cleared <= CLEARED_MORE;
    terminates \true;
    assigns ram[0 .. FRAMES-1], shadow_lag[t];
    ensures range: cleared <= \result <= CLEARED_MORE;
    ensures none_lag: \result == CLEARED_NONE ==> shadow_lag[t] == \old(shadow_lag[t]);
    ensures leaf_lag: \result <= CLEARED_LEAF && LagsAt{Pre}(t, va) ==> LagsAt(t, va);
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures only: ArenaOnly{Pre,Post}(t);
    ensures gone: Dropped(t, r, va);
    ensures still: StillLess{Pre,Post}(t);
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
*/
static uint64_t root_clear(uint64_t t, uint64_t r, uint64_t va, uint64_t cleared)
{
	uint64_t top = shadow[t].root[r];
	uint64_t e = ram[top].word[va < SPACE_END ? 0 : 511];

	//@ assert index: Index3(va) == (va < SPACE_END ? 0 : 511);
	//@ assert top: IsLevel(t, top, SHADOW_TOP) && ShadowEntry(t, top, Index3(va)) && !Leaf(e);
	//@ assert half: Pointer(e) ==> PointerOk(t, SHADOW_TOP, Index3(va), e);
	if (!pte_pointer(e) || pte_frame(e) == shadow[t].high)
		return cleared;
	uint64_t now = shadow_clear(t, pte_frame(e), va);
	//@ assert still: StillLess{Pre,Here}(t) && TopsSame{Pre,Here}(t) && Now(t);
	return now > cleared ? now : cleared;
}

/* Of an address: in one address space (asid), or, if `all`, in each, and then what is global, too. The hart holds nothing
 * that the tables have not: what leaves them leaves the hart. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    requires range: va < 0x4000000000 || va >= 0xffffffc000000000;
    terminates \true;
    assigns ram[0 .. FRAMES-1], shadow_lag[t], shadow_walk[t];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures only: ArenaOnly{Pre,Post}(t);
    ensures hart: HartKept{Pre,Post}(t);
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
    ensures fenced: Fenced(t, va, asid, all != 0 ? 1 : 3);
*/
static void fence_page(uint64_t t, uint64_t va, uint64_t asid, int all)
{
	uint64_t cleared = CLEARED_NONE;

	if (all && va >= SPACE_END && shadow[t].high != NO_FRAME)
		cleared = shadow_clear(t, shadow[t].high, va);
	//@ assert still: StillLess{Pre,Here}(t) && TopsSame{Pre,Here}(t) && Now(t);
	/*@ loop invariant range: 0 <= r <= SHADOW_ROOTS;
	    loop invariant inv: Inv;
	    loop invariant shadow: ShadowInv;
	    loop invariant only: ArenaOnly{Pre,Here}(t);
	    loop invariant less: TlbLess{Pre,Here}(t);
	    loop invariant once: OnceKept{Pre,Here}(t);
	    loop invariant gone: \forall integer k; 0 <= k < r &&
	      (all != 0 || SpaceAsid(t, k / SHADOW_MODES) == asid) ==> Dropped(t, k, va);
	    loop invariant shared: all != 0 && va >= 0x4000000000 && shadow[t].high != NO_FRAME ==>
	      !HalfFinds(shadow[t].high, va);
	    loop invariant none: cleared == CLEARED_NONE ==> shadow_lag[t] == \at(shadow_lag[t], Pre);
	    loop invariant leaf: cleared <= CLEARED_LEAF && LagsAt{Pre}(t, va) ==> LagsAt(t, va);
	    loop invariant least: cleared <= CLEARED_MORE;
	    loop assigns r, cleared, ram[0 .. FRAMES-1], shadow_lag[t];
	    loop variant SHADOW_ROOTS - r;
	*/
	for (uint64_t r = 0; r < SHADOW_ROOTS; r++)
		if (shadow[t].root[r] != NO_FRAME && (all || shadow[t].satp[r / SHADOW_MODES] / SATP_PAGES % 65536 == asid))
			cleared = root_clear(t, r, va, cleared);
	if (cleared != CLEARED_NONE)
		hart_fence_shadow(va, 0, cleared == CLEARED_LEAF) /*@ ghost (t) */;
}

/* Of an address space. What is global stays. */
/*@ requires shadow: ShadowInv && ShadowOn(t);
    terminates \true;
    assigns shadow[t].satp[0 .. SHADOW_SPACES-1], shadow[t].root[0 .. SHADOW_ROOTS-1];
    ensures shadow: ShadowInv;
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
    ensures fenced: \forall integer va; Fenced(t, va, asid, 2);
*/
static void fence_asid(uint64_t t, uint64_t asid)
{
	/*@ loop invariant range: 0 <= s <= SHADOW_SPACES;
	    loop invariant shadow: ShadowInv;
	    loop invariant less: TlbLess{Pre,Here}(t);
	    loop invariant once: OnceKept{Pre,Here}(t);
	    loop invariant gone: \forall integer r; 0 <= r < s * SHADOW_MODES && SpaceAsid(t, r / SHADOW_MODES) == asid ==>
	      shadow[t].root[r] == NO_FRAME;
	    loop assigns s, shadow[t].satp[0 .. SHADOW_SPACES-1], shadow[t].root[0 .. SHADOW_ROOTS-1];
	    loop variant SHADOW_SPACES - s;
	*/
	for (uint64_t s = 0; s < SHADOW_SPACES; s++)
		if (shadow[t].satp[s] / SATP_PAGES % 65536 == asid)
			space_forget(t, s);
}

void shadow_fence(uint64_t t, uint64_t va, uint64_t asid, uint64_t which)
{
	if (which % 4 == 0)
		shadow_recycle(t);
	else if (which % 4 == 2)
		fence_asid(t, asid % 65536);
	else if (va < SPACE_END || va >= 0xffffffc000000000u)
		fence_page(t, va, asid % 65536, which % 4 == 1);
}
