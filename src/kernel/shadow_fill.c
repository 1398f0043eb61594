/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/gwalk.h>
#include <kernel/shadow_table.h>

/*@ lemma low_thousand: \forall integer e; 0 <= e ==> (e / 2) % 2 == (e % 1024 / 2) % 2 &&
      (e / 4) % 2 == (e % 1024 / 4) % 2;
    lemma user_write: \forall integer e; 0 <= e && UserLeaf(e) ==> (e / 4) % 2 == 1 ==> (e / 2) % 2 == 1;
*/

#include "../../spec/model/shadow_put.acsl"

/* The guest's rights that the stage-2 entry s gives, too. */
/*@ requires range: SomeRights(p);
    terminates \true;
    assigns \nothing;
    ensures exact: \result == Lesser(p, s);
    ensures some: \result <= 7 && ((s / 4 % 2 == 1 ==> s / 2 % 2 == 1) && \result != 0 ==> SomeRights(\result));
    ensures within: Within(2 * \result, s);
*/
static uint64_t lesser(uint64_t p, uint64_t s)
{
	uint64_t out = 0;

	if (p % 2 == 1 && s / 2 % 2 == 1)
		out = MAP_READ;
	if (p / 2 % 2 == 1 && s / 4 % 2 == 1)
		out += MAP_WRITE;
	if (p / 4 % 2 == 1 && s / 8 % 2 == 1)
		out += MAP_EXECUTE;
	return out;
}

/* The hart stands on a root, and there is room for a fill. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    requires own: Own(t);
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t], shadow_lag[t], shadow_walk[t];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures hart: HartKept{Pre,Post}(t);
    ensures only: ArenaOnly{Pre,Post}(t) && ArenaSame{Pre,Post}(t);
    ensures owners: OwnersSame{Pre,Post};
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
    ensures room: \result != 0 ==> HasRoot(t, shadow[t].now) && Room(t) >= SHADOW_FILL_FRAMES;
    ensures root: \result != 0 && RootFor{Pre}(t, \old(shadow[t].now)) ==> RootFor(t, shadow[t].now);
*/
static int fill_room(uint64_t t)
{
	if (shadow[t].root[shadow[t].now] != NO_FRAME && shadow[t].count - shadow[t].used >= SHADOW_FILL_FRAMES)
		return 1;
	if (shadow[t].count - shadow[t].used < SHADOW_ROOT_FRAMES + SHADOW_FILL_FRAMES)
		shadow_recycle(t);
	return shadow_root(t);
}

/* The high half that spaces share is f. */
/*@ requires shadow: ShadowInv && ShadowOn(t);
    requires high: Sizes && IsLevel(t, f, SHADOW_HIGH);
    requires first: shadow[t].high == NO_FRAME && Blank(t, f);
    terminates \true;
    assigns shadow[t].high;
    SHADOW_KEPT;
    ensures high: shadow[t].high == f;
    ensures tables: TablesLess{Pre,Post}(t) && TopsLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
*/
static void high_set(uint64_t t, uint64_t f)
{
	shadow[t].high = f;
	//@ assert leads: \forall integer u, i, c; Leads(t, u, i, c) ==> Leads{Pre}(t, u, i, c) && c != NO_FRAME;
	//@ assert levels: \forall integer k, u, l; IsLevel{Pre}(k, u, l) ==> IsLevel(k, u, l);
	//@ assert entries: \forall integer k, u, i; ShadowEntry(k, u, i) ==> ShadowEntry{Pre}(k, u, i);
	//@ assert tables: TablesLess{Pre,Here}(t);
	//@ assert blank: Blank(t, f);
	//@ assert roots: \forall integer r; 0 <= r < SHADOW_ROOTS ==> RootLess{Pre,Here}(t, r);
}

/* The shared high half, or a new one. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t) && Room(t) >= 1;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t].used, shadow[t].high;
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures only: ArenaOnly{Pre,Post}(t);
    ensures owners: OwnersSame{Pre,Post};
    ensures room: Room(t) >= \old(Room(t)) - 1 && LevelsSame{Pre,Post}(t);
    ensures high: IsLevel(t, \result, SHADOW_HIGH);
    ensures shared: shared != 0 ==> \result == shadow[t].high;
    ensures own: shared == 0 ==> \result != shadow[t].high && Blank(t, \result) && NoWay(t, \result);
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
*/
static uint64_t high_take(uint64_t t, int shared)
{
	if (shared && shadow[t].high != NO_FRAME)
		return shadow[t].high;
	uint64_t f = shadow_take(t, SHADOW_HIGH);
	/*@ ghost Taken: ; */
	if (shared) {
		high_set(t, f);
		//@ assert now: Now(t);
		//@ assert less: TlbLess{Taken,Here}(t);
	}
	return f;
}

/* The high half of the present root: the one that spaces share for a page that they all have, or the root's own. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    requires room: HasRoot(t, shadow[t].now) && Room(t) >= SHADOW_FILL_FRAMES;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t].used, shadow[t].high, shadow_lag[t], shadow_walk[t];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures hart: HartKept{Pre,Post}(t);
    ensures only: ArenaOnly{Pre,Post}(t);
    ensures owners: OwnersSame{Pre,Post};
    ensures room: Room(t) >= \old(Room(t)) - 1;
    ensures high: IsLevel(t, \result, SHADOW_HIGH);
    ensures linked: Pointer(Shadow3(t, shadow[t].now, 511)) && PteFrame(Shadow3(t, shadow[t].now, 511)) == \result;
    ensures common: \result == shadow[t].high ==> common != 0;
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
*/
static uint64_t fill_high(uint64_t t, uint64_t common)
{
	uint64_t top = shadow[t].root[shadow[t].now];
	uint64_t e = ram[top].word[511];
	int shared = common != 0 && shadow_shares(t, shadow[t].now);

	//@ assert top: IsLevel(t, top, SHADOW_TOP) && ShadowEntry(t, top, 511);
	//@ assert own: Pointer(e) ==> PointerOk(t, SHADOW_TOP, 511, e);
	//@ assert own_high: Pointer(e) ==> IsLevel(t, PteFrame(e), SHADOW_HIGH);
	if (pte_pointer(e) && (shared || pte_frame(e) != shadow[t].high))
		return pte_frame(e);
	uint64_t f = high_take(t, shared);
	shadow_link(t, top, 511, f, 0);
	//@ assert taken: IsLevel(t, f, SHADOW_HIGH);
	return f;
}

/* The half of the present root where va stands. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    requires room: HasRoot(t, shadow[t].now) && Room(t) >= SHADOW_FILL_FRAMES;
    requires va: Canonical(va);
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t].used, shadow[t].high, shadow_lag[t], shadow_walk[t];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures hart: HartKept{Pre,Post}(t);
    ensures only: ArenaOnly{Pre,Post}(t);
    ensures owners: OwnersSame{Pre,Post};
    ensures room: Room(t) >= \old(Room(t)) - 1;
    ensures half: IsLevel(t, \result, va < SPACE_END ? SHADOW_LOW : SHADOW_HIGH);
    ensures common: \result == shadow[t].high ==> common != 0;
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
    ensures linked: Pointer(Shadow3(t, shadow[t].now, Index3(va))) &&
      PteFrame(Shadow3(t, shadow[t].now, Index3(va))) == \result;
*/
static uint64_t fill_half(uint64_t t, uint64_t va, uint64_t common)
{
	uint64_t top = shadow[t].root[shadow[t].now];

	//@ assert index: Index3(va) == (va < SPACE_END ? 0 : 511);
	if (va >= SPACE_END)
		return fill_high(t, common);
	//@ assert top: IsLevel(t, top, SHADOW_TOP) && ShadowEntry(t, top, 0);
	//@ assert low: PointerOk(t, SHADOW_TOP, 0, ram[top].word[0]);
	return pte_frame(ram[top].word[0]);
}

/*@ // The tables above it.
    predicate Uppers{L}(integer t, integer va) = IsLevel(t, shadow[t].root[shadow[t].now], SHADOW_TOP) &&
      IsLevel(t, PteFrame(Shadow3(t, shadow[t].now, Index3(va))), va < SPACE_END ? SHADOW_LOW : SHADOW_HIGH);
*/

/* The table of 2 MiB entries of the present root where va stands; part as in shadow_child. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    requires room: HasRoot(t, shadow[t].now) && Room(t) >= SHADOW_FILL_FRAMES;
    requires va: Canonical(va) && part <= 1;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t].used, shadow[t].high, shadow_lag[t], shadow_walk[t];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures hart: HartKept{Pre,Post}(t);
    ensures only: ArenaOnly{Pre,Post}(t);
    ensures owners: OwnersSame{Pre,Post};
    ensures room: Room(t) >= \old(Room(t)) - 2;
    ensures middle: IsLevel(t, \result, SHADOW_L1) && Middle(t, va, \result) && Uppers(t, va);
    ensures common: ForAll(t, va, common);
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
*/
static uint64_t fill_middle(uint64_t t, uint64_t va, uint64_t common, uint64_t part)
{
	uint64_t half = fill_half(t, va, common);

	//@ assert index: Guests(info[half].at_borrower, va / 0x40000000 % 512);
	//@ assert now: ShadowOn(t) && shadow[t].now < SHADOW_ROOTS && HasRoot(t, shadow[t].now);
	//@ assert top: IsLevel(t, shadow[t].root[shadow[t].now], SHADOW_TOP);
	//@ assert apart: shadow[t].root[shadow[t].now] != half;
	return shadow_child(t, half, va / 0x40000000 % 512, part);
}

/*@ // The leaf at that place of the guest's stage 2 covers frame p with these rights.
    predicate Gives{L}(integer t, integer at, integer p, integer rights) = 0 <= at && p < frame_count &&
      Entry(at / 512, at % 512) && info[at / 512].owner == vcpu[t].guest && info[at / 512].kind != FRAME_TABLE2 &&
      Covers(at / 512, at % 512, p) && Within(2 * rights, ram[at / 512].word[at % 512]);
*/

/*@ // Where nothing stood the hart is caught up with as before; of a leaf it may hold what is under that.
    predicate PutLag{P,Q}(integer t, integer va, integer stood) = (Own{Q}(t) <==> Own{P}(t)) &&
      (Own{P}(t) && \at(shadow_lag[t], P) == 0 ==> LagsAt{Q}(t, va) && (stood == 0 ==> \at(shadow_lag[t], Q) == 0));
*/

/*@ // The rights and the frame are the composition's.
    predicate Parts{L}(struct walked w, integer p, integer rights) =
      rights == Lesser(w.rights, ram[w.place / 512].word[w.place % 512]) && p == StageFrame(w.place, w.gpa);
*/

/* A leaf as the stage-2 leaf at that place is. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    requires table: IsLevel(t, f, SHADOW_L1) && i < 512;
    requires rights: SomeRights(rights) && Gives(t, at, p, rights) && info[at / 512].kind == FRAME_TABLE1;
    terminates \true;
    assigns ram[f].word[i], shadow_lag[t];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures lag: Lags{Pre,Post}(t, SHADOW_L1, f, i, va);
    ensures leaf: Leaf(ram[f].word[i]) && ram[f].word[i] % 1024 == PTE_USER + 2 * rights;
    ensures block: PteFrame(ram[f].word[i]) == PteFrame(ram[at / 512].word[at % 512]);
    ensures once: OnceKept{Pre,Post}(t);
*/
static void put_big(uint64_t t, uint64_t f, uint64_t i, uint64_t at, uint64_t p, uint64_t rights) /*@ ghost (uint64_t va) */
{
	uint64_t b = pte_frame(ram[at / 512].word[at % 512]);

	(void)p;
	//@ assert block: b == PteFrame(ram[at / 512].word[at % 512]) && b + 512 <= frame_count && b % 512 == 0;
	//@ assert covered: \forall integer q; b <= q < b + 512 ==> Covers(at / 512, at % 512, q);
	//@ assert maps: \forall integer q; b <= q < b + 512 ==> Maps(at, vcpu[t].guest, q);
	//@ assert place: \forall integer q; b <= q < b + 512 ==> StageAt(vcpu[t].guest, q) == at;
	shadow_put(t, f, i, b, rights) /*@ ghost (va) */;
}

/* A leaf over frame p, which the stage-2 leaf covers. What stood there. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t) && Room(t) >= 1;
    requires table: IsLevel(t, f, SHADOW_L1) && Middle(t, va, f) && Uppers(t, va);
    requires rights: SomeRights(rights) && Gives(t, w.place, p, rights) && Parts(w, p, rights);
    requires common: ForAll(t, va, w.common) && OnRoot(t) && GuestVa(va);
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t].used, shadow_lag[t], shadow_walk[t];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures lag: PutLag{Pre,Post}(t, va, \result);
    ensures last: !Pointer(\result);
    ensures only: ArenaOnly{Pre,Post}(t);
    ensures owners: OwnersSame{Pre,Post};
    ensures filled: FilledIn(f, va, w);
    ensures middle: Middle(t, va, f) && IsLevel(t, f, SHADOW_L1);
    ensures new: (Once{Pre}(t) ==> TlbFilled{Pre,Post}(t, va, w)) && ForAll(t, va, w.common);
    ensures once: OnceKept{Pre,Post}(t);
*/
static uint64_t put_small(uint64_t t, uint64_t f, uint64_t va, struct walked w, uint64_t p, uint64_t rights)
{
	//@ assert outside: !InArena(t, w.place / 512);
	uint64_t last = shadow_child(t, f, va / 0x200000 % 512, w.level != 0);
	uint64_t old = ram[last].word[va / 0x1000 % 512];
	//@ assert no_pointer: ShadowEntry(t, last, Index0(va)) && !Pointer(old);

	/*@ ghost Child: ; */
	//@ assert less: TlbLess{Pre,Here}(t);
	//@ assert apart: last != f && last != w.place / 512;
	//@ assert gives: Gives(t, w.place, p, rights) && Parts(w, p, rights);
	//@ assert covered: Covers(w.place / 512, w.place % 512, p);
	//@ assert maps: Maps(w.place, vcpu[t].guest, p);
	//@ assert place: StageAt(vcpu[t].guest, p) == w.place;
	//@ assert staged: Staged(vcpu[t].guest, p, 2 * rights);
	//@ assert upper_1: UpperSame{Pre,Here}(t) && LevelsSame{Pre,Here}(t);
	shadow_put(t, last, va / 0x1000 % 512, p, rights) /*@ ghost (va) */;
	//@ assert composed: Composed(w, 0, ram[last].word[Index0(va)]);
	//@ assert upper_2: UpperSame{Pre,Here}(t);
	//@ assert top: Shadow3(t, shadow[t].now, Index3(va)) == \at(Shadow3(t, shadow[t].now, Index3(va)), Pre);
	/*@ assert half: Shadow2(t, shadow[t].now, Index3(va), Index2(va)) ==
	      \at(Shadow2(t, shadow[t].now, Index3(va), Index2(va)), Pre); */
	//@ assert put: PutLess{Child,Here}(t, last, Index0(va));
	//@ assert ends: EndsIn(f, va, 0, last, Index0(va)) && Middle(t, va, f);
	//@ assert root: OnRoot(t);
	//@ assert now: Now(t);
	//@ assert level: info[last].at_borrower == SHADOW_L0;
	//@ assert way: Ends(t, FillKey(t, va), va, 0, last, Index0(va));
	//@ assert ways: Once{Pre}(t) ==> Once(t);
	//@ assert one: Once{Pre}(t) ==> PutOne{Child,Here}(t, last, Index0(va), va);
	//@ assert filled: Once{Pre}(t) ==> TlbFilled{Child,Here}(t, va, w);
	return old;
}

/* The leaf over frame p for va. What stood there: 0, nothing; 1, a leaf; 2, a pointer. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    requires room: HasRoot(t, shadow[t].now) && Room(t) >= SHADOW_FILL_FRAMES;
    requires walked: w.level <= 2 && Canonical(va);
    requires rights: SomeRights(rights) && Gives(t, w.place, p, rights) && Parts(w, p, rights);
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t].used, shadow[t].high, shadow_lag[t], shadow_walk[t];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures only: ArenaOnly{Pre,Post}(t);
    ensures owners: OwnersSame{Pre,Post};
    ensures filled: FilledAt(t, va, w);
    ensures new: (Once{Pre}(t) ==> TlbFilled{Pre,Post}(t, va, w)) && ForAll(t, va, w.common);
    ensures once: OnceKept{Pre,Post}(t);
    ensures stood: 0 <= \result <= 2;
    ensures lag: PutLag{Pre,Post}(t, va, \result) || \result == 2;
    ensures hart: Own(t) <==> \old(Own(t));
*/
static int fill_put(uint64_t t, uint64_t va, struct walked w, uint64_t p, uint64_t rights)
{
	//@ assert outside: !InArena(t, w.place / 512);
	uint64_t f = fill_middle(t, va, w.common, w.level == 2);
	uint64_t old;

	//@ assert gives: Gives(t, w.place, p, rights) && Parts(w, p, rights);
	//@ assert only: ArenaOnly{Pre,Here}(t) && OwnersSame{Pre,Here} && InArena{Pre}(t, f);
	//@ assert same: \forall integer q; InArena(t, q) <==> InArena{Pre}(t, q);
	/*@ ghost Middle: ; */
	//@ assert less: TlbLess{Pre,Here}(t) && ForAll(t, va, w.common);
	if (w.level != 0 && info[w.place / 512].kind == FRAME_TABLE1) {
		old = ram[f].word[va / 0x200000 % 512];
		put_big(t, f, va / 0x200000 % 512, w.place, p, rights) /*@ ghost (va) */;
		//@ assert composed: Composed(w, 1, ram[f].word[Index1(va)]);
		//@ assert middle_big: Middle(t, va, f) && IsLevel(t, f, SHADOW_L1);
		//@ assert only_big: ArenaOnly{Pre,Here}(t) && OwnersSame{Pre,Here};
		//@ assert put_big: PutLess{Middle,Here}(t, f, Index1(va));
		//@ assert ends_big: EndsIn(f, va, 1, f, Index1(va));
		//@ assert one_big: Once{Pre}(t) ==> PutOne{Middle,Here}(t, f, Index1(va), va);
		//@ assert new_big: Once{Pre}(t) ==> TlbFilled{Middle,Here}(t, va, w);
		//@ assert filled_big: FilledAt(t, va, w);
	} else {
		old = put_small(t, f, va, w, p, rights);
		//@ assert middle_small: Middle(t, va, f) && IsLevel(t, f, SHADOW_L1);
		//@ assert only_small: ArenaOnly{Pre,Here}(t) && OwnersSame{Pre,Here};
		//@ assert filled_small: FilledAt(t, va, w);
	}
	return old == 0 ? 0 : pte_pointer(old) ? 2 : 1;
}

int shadow_fill(uint64_t t, uint64_t va, struct walked w, uint64_t access)
{
	if (w.place == NOWHERE)
		return 0;
	uint64_t rights = lesser(w.rights, ram[w.place / 512].word[w.place % 512]);
	uint64_t p = stage_frame(w.place, w.gpa);
	if (rights / access % 2 == 0 || p >= frame_count)
		return 0;
	//@ assert user: UserLeaf(ram[w.place / 512].word[w.place % 512]);
	/*@ assert write: ram[w.place / 512].word[w.place % 512] / 4 % 2 == 1 ==>
	      ram[w.place / 512].word[w.place % 512] / 2 % 2 == 1; */
	//@ assert nonzero: rights != 0;
	//@ assert some: SomeRights(rights);
	//@ assert gives: Gives(t, w.place, p, rights) && Parts(w, p, rights);
	//@ assert outside: !InArena(t, w.place / 512);
	if (!fill_room(t))
		return 0;
	//@ assert same: \forall integer q; InArena(t, q) <==> InArena{Pre}(t, q);
	//@ assert only: ArenaOnly{Pre,Here}(t);
	//@ assert less: TlbLess{Pre,Here}(t);
	//@ assert gives_still: Gives(t, w.place, p, rights) && Parts(w, p, rights);
	int stood = fill_put(t, va, w, p, rights);
	//@ assert only_put: ArenaOnly{Pre,Here}(t);
	//@ assert owners_put: OwnersSame{Pre,Here};
	/* Where there was no entry the hart may know that there was none: then it faults once more, and finds this one to be
	 * fenced [priv 10.2.1]. Other spaces may share the table, and a fence for an address is for leaves only. */
	if (stood)
		hart_fence_shadow(va, 0, (uint64_t)(2 - stood)) /*@ ghost (t) */;
	return 1;
}
