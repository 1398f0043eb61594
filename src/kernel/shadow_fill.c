/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/gwalk.h>
#include <kernel/shadow_table.h>

/* The rights that are in both. */
/*@ requires range: p <= 7 && q <= 7;
    terminates \true;
    assigns \nothing;
    ensures exact: \result == Lesser(p, q) && \result <= 7;
    ensures write: (p / 2 % 2 == 1 ==> p % 2 == 1) && (q / 2 % 2 == 1 ==> q % 2 == 1) && \result != 0 ==>
      SomeRights(\result);
    ensures within: Within(2 * \result, 2 * q);
*/
static uint64_t lesser(uint64_t p, uint64_t q)
{
	uint64_t out = 0;

	if (p % 2 == 1 && q % 2 == 1)
		out = MAP_READ;
	if (p / 2 % 2 == 1 && q / 2 % 2 == 1)
		out += MAP_WRITE;
	if (p / 4 % 2 == 1 && q / 4 % 2 == 1)
		out += MAP_EXECUTE;
	return out;
}

/* The hart stands on a root, and there is room for a fill. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures only: ArenaOnly{Pre,Post}(t) && ArenaSame{Pre,Post}(t);
    ensures owners: OwnersSame{Pre,Post};
    ensures room: \result != 0 ==> HasLow(t, shadow[t].now) && Room(t) >= SHADOW_FILL_FRAMES;
*/
static int fill_room(uint64_t t)
{
	if (shadow[t].root[shadow[t].now] != NO_FRAME && shadow[t].count - shadow[t].used >= SHADOW_FILL_FRAMES)
		return 1;
	if (shadow[t].count - shadow[t].used < SHADOW_ROOT_FRAMES + SHADOW_FILL_FRAMES)
		shadow_recycle(t);
	return shadow_root(t);
}

/* The high half of the present root: the one that spaces share for a page that they all have, or the root's own. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    requires room: HasLow(t, shadow[t].now) && Room(t) >= SHADOW_FILL_FRAMES;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t].used, shadow[t].high;
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures only: ArenaOnly{Pre,Post}(t);
    ensures owners: OwnersSame{Pre,Post};
    ensures room: Room(t) >= \old(Room(t)) - 1;
    ensures high: IsLevel(t, \result, SHADOW_HIGH);
*/
static uint64_t fill_high(uint64_t t, uint64_t common)
{
	uint64_t top = shadow[t].root[shadow[t].now];
	uint64_t e = ram[top].word[511];
	int shared = common != 0 && shadow_shares(t, shadow[t].now);
	uint64_t f;

	if (pte_pointer(e) && (shared || pte_frame(e) != shadow[t].high))
		return pte_frame(e);
	f = shared ? shadow[t].high : NO_FRAME;
	if (f == NO_FRAME)
		f = shadow_take(t, SHADOW_HIGH);
	if (shared)
		shadow[t].high = f;
	shadow_link(t, top, 511, f, 0);
	hart_fence_shadow(0, SHADOW_ASID(t, shadow[t].now), 2);
	return f;
}

/* The leaf over frame p for va; 1 if an entry stood there. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    requires room: HasLow(t, shadow[t].now) && Room(t) >= SHADOW_FILL_FRAMES;
    requires walked: Walked(t, va, w) && w.place != NOWHERE;
    requires frame: p < frame_count && p == StageFrame(w.place, w.gpa);
    requires rights: SomeRights(rights) && Within(2 * rights, ram[w.place / 512].word[w.place % 512]);
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t].used, shadow[t].high;
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures only: ArenaOnly{Pre,Post}(t);
    ensures owners: OwnersSame{Pre,Post};
*/
static int fill_put(uint64_t t, uint64_t va, struct walked w, uint64_t p, uint64_t rights)
{
	uint64_t old;
	uint64_t f = va < SPACE_END ? pte_frame(ram[shadow[t].root[shadow[t].now]].word[0]) : fill_high(t, w.common);

	f = shadow_child(t, f, va / 0x40000000 % 512, w.level == 2);
	if (w.level != 0 && info[w.place / 512].kind == FRAME_TABLE1) {
		old = ram[f].word[va / 0x200000 % 512];
		shadow_put(t, f, va / 0x200000 % 512, p - p % 512, rights);
	} else {
		f = shadow_child(t, f, va / 0x200000 % 512, w.level != 0);
		old = ram[f].word[va / 0x1000 % 512];
		shadow_put(t, f, va / 0x1000 % 512, p, rights);
	}
	return old != 0;
}

int shadow_fill(uint64_t t, uint64_t va, struct walked w, uint64_t access)
{
	uint64_t rights, p;

	if (w.place == NOWHERE)
		return 0;
	rights = lesser(w.rights, ram[w.place / 512].word[w.place % 512] / 2 % 8);
	p = stage_frame(w.place, w.gpa);
	if (rights / access % 2 == 0 || p >= frame_count || !fill_room(t))
		return 0;
	/* Where there was no entry the hart may know that there was none: then it faults once more, and finds this one to be
	 * fenced [priv 10.2.1]. A fence for an address is for leaves only. */
	if (fill_put(t, va, w, p, rights))
		hart_fence_shadow(0, SHADOW_ASID(t, shadow[t].now), 2);
	return 1;
}
