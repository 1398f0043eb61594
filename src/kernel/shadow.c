/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/shadow_table.h>
#include <kernel/space.h>
#include <riscv/csr.h>

struct shadow shadow[THREADS];

void shadow_drop(uint64_t t)
{
	shadow[t].used = 0;
	shadow[t].high = NO_FRAME;
	shadow[t].now = 0;
	shadow[t].hand = 0;
	/*@ loop invariant range: 0 <= s <= SHADOW_SPACES;
	    loop assigns s, shadow[t].satp[0 .. SHADOW_SPACES-1];
	    loop variant SHADOW_SPACES - s;
	*/
	for (uint64_t s = 0; s < SHADOW_SPACES; s++)
		shadow[t].satp[s] = SHADOW_NO_SPACE;
	/*@ loop invariant range: 0 <= r <= SHADOW_ROOTS;
	    loop invariant none: \forall integer k; 0 <= k < r ==> shadow[t].root[k] == NO_FRAME;
	    loop assigns r, shadow[t].root[0 .. SHADOW_ROOTS-1];
	    loop variant SHADOW_ROOTS - r;
	*/
	for (uint64_t r = 0; r < SHADOW_ROOTS; r++)
		shadow[t].root[r] = NO_FRAME;
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
*/
static void space_forget(uint64_t t, uint64_t s)
{
	/*@ loop invariant range: 0 <= m <= SHADOW_MODES;
	    loop invariant shadow: ShadowRoots;
	    loop assigns m, shadow[t].root[0 .. SHADOW_ROOTS-1];
	    loop variant SHADOW_MODES - m;
	*/
	for (uint64_t m = 0; m < SHADOW_MODES; m++) {
		hart_fence_shadow(0, SHADOW_ASID(t, s * SHADOW_MODES + m), 2);
		shadow[t].root[s * SHADOW_MODES + m] = NO_FRAME;
	}
	shadow[t].satp[s] = SHADOW_NO_SPACE;
}

/* The space that these values name, which takes the place of another if it is new. */
/*@ requires shadow: ShadowInv && ShadowOn(t);
    terminates \true;
    assigns shadow[t].satp[0 .. SHADOW_SPACES-1], shadow[t].mxr[0 .. SHADOW_SPACES-1],
      shadow[t].root[0 .. SHADOW_ROOTS-1], shadow[t].hand;
    ensures shadow: ShadowInv;
    ensures named: \result < SHADOW_SPACES && shadow[t].satp[\result] == satp && shadow[t].mxr[\result] == mxr;
*/
static uint64_t space_find(uint64_t t, uint64_t satp, uint64_t mxr)
{
	uint64_t s = shadow[t].now / SHADOW_MODES;

	if (shadow[t].satp[s] == satp && shadow[t].mxr[s] == mxr)
		return s;
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
	return s;
}

/* The index of the root that the guest's registers ask for. */
/*@ requires shadow: ShadowInv && ShadowOn(t);
    terminates \true;
    assigns shadow[t].satp[0 .. SHADOW_SPACES-1], shadow[t].mxr[0 .. SHADOW_SPACES-1],
      shadow[t].root[0 .. SHADOW_ROOTS-1], shadow[t].hand;
    ensures shadow: ShadowInv;
    ensures range: \result < SHADOW_ROOTS;
    ensures named: RootFor(t, \result);
*/
static uint64_t root_index(uint64_t t)
{
	uint64_t status = vcpu[t].csr[VSSTATUS];
	uint64_t s = space_find(t, vcpu[t].csr[VSATP], status / SSTATUS_MXR % 2);

	if (shadow[t].supervisor == 0)
		return s * SHADOW_MODES + SHADOW_USER;
	return s * SHADOW_MODES + (status / SSTATUS_SUM % 2 == 1 ? SHADOW_SUM : SHADOW_SUPERVISOR);
}

int shadow_shares(uint64_t t, uint64_t r)
{
	return r % SHADOW_MODES != SHADOW_USER && shadow[t].mxr[r / SHADOW_MODES] == 0 &&
	       shadow[t].satp[r / SHADOW_MODES] / SATP_MODE != 0;
}

/* The top table is root r. */
/*@ requires shadow: ShadowInv && ShadowOn(t);
    requires top: IsLevel(t, top, SHADOW_TOP) && Pointer(ram[top].word[0]) && r < SHADOW_ROOTS;
    terminates \true;
    assigns shadow[t].root[r];
    SHADOW_KEPT;
    ensures set: shadow[t].root[r] == top;
*/
static void root_set(uint64_t t, uint64_t r, uint64_t top)
{
	shadow[t].root[r] = top;
	hart_fence_shadow(0, SHADOW_ASID(t, r), 2);
}

/* The hart goes to root r. */
/*@ requires shadow: ShadowInv && ShadowOn(t);
    requires root: Sizes && r < SHADOW_ROOTS && shadow[t].root[r] != NO_FRAME;
    terminates \true;
    assigns shadow[t].now;
    SHADOW_KEPT;
    ensures now: shadow[t].now == r;
*/
static void root_enter(uint64_t t, uint64_t r)
{
	//@ assert top: IsLevel(t, shadow[t].root[r], SHADOW_TOP);
	//@ assert asid: SHADOW_ASID(t, r) < 65536;
	shadow[t].now = r;
	//@ assert levels: \forall integer k, u, l; IsLevel{Pre}(k, u, l) ==> IsLevel(k, u, l);
	//@ assert entries: \forall integer k, u, i; ShadowEntry(k, u, i) ==> ShadowEntry{Pre}(k, u, i);
	hart_set_shadow(shadow[t].root[r], SHADOW_ASID(t, r));
}

/* A new root with that index, with an empty low half and the shared high half, where it may have that. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    requires room: Room(t) >= SHADOW_ROOT_FRAMES && r < SHADOW_ROOTS;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t].used, shadow[t].root[0 .. SHADOW_ROOTS-1];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures only: ArenaOnly{Pre,Post}(t);
    ensures owners: OwnersSame{Pre,Post};
    ensures made: HasRoot(t, r) && Room(t) == \old(Room(t)) - SHADOW_ROOT_FRAMES;
*/
static void space_root_make(uint64_t t, uint64_t r)
{
	uint64_t low = shadow_take(t, SHADOW_LOW);
	uint64_t top = shadow_take(t, SHADOW_TOP);

	shadow_link(t, top, 0, low, 0);
	if (shadow[t].high != NO_FRAME && shadow_shares(t, r))
		shadow_link(t, top, 511, shadow[t].high, 0);
	root_set(t, r, top);
}

void shadow_recycle(uint64_t t)
{
	hart_restore_space();
	shadow_drop(t);
}

int shadow_root(uint64_t t)
{
	uint64_t r;

	if (shadow[t].count < SHADOW_ARENA_LEAST)
		return 0;
	r = root_index(t);
	if (shadow[t].root[r] == NO_FRAME) {
		if (shadow[t].count - shadow[t].used < SHADOW_ROOT_FRAMES) {
			shadow_recycle(t);
			r = root_index(t);
		}
		space_root_make(t, r);
	}
	root_enter(t, r);
	return 1;
}

/* What the roots of space s have for va; 1 if that is more than its page. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    requires range: s < SHADOW_SPACES && (va < 0x4000000000 || va >= 0xffffffc000000000);
    terminates \true;
    assigns ram[0 .. FRAMES-1];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures only: ArenaOnly{Pre,Post}(t);
*/
static int space_clear(uint64_t t, uint64_t s, uint64_t va)
{
	int more = 0;

	/*@ loop invariant range: 0 <= m <= SHADOW_MODES;
	    loop invariant inv: Inv;
	    loop invariant shadow: ShadowInv;
	    loop invariant only: ArenaOnly{Pre,Here}(t);
	    loop assigns m, more, ram[0 .. FRAMES-1];
	    loop variant SHADOW_MODES - m;
	*/
	for (uint64_t m = 0; m < SHADOW_MODES; m++) {
		uint64_t top = shadow[t].root[s * SHADOW_MODES + m];
		uint64_t e = top == NO_FRAME ? 0 : ram[top].word[va < 0x4000000000u ? 0 : 511];

		if (pte_pointer(e) && shadow_clear(t, pte_frame(e), va))
			more = 1;
	}
	return more;
}

/* For an address: in one of the guest's address spaces, or in all and in what they share. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    terminates \true;
    assigns ram[0 .. FRAMES-1];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures only: ArenaOnly{Pre,Post}(t);
*/
static void fence_page(uint64_t t, uint64_t va, uint64_t asid, uint64_t which)
{
	int more = 0;

	if (va >= 0x4000000000u && va < 0xffffffc000000000u)
		return;
	/*@ loop invariant range: 0 <= s <= SHADOW_SPACES;
	    loop invariant inv: Inv;
	    loop invariant shadow: ShadowInv;
	    loop invariant only: ArenaOnly{Pre,Here}(t);
	    loop assigns s, more, ram[0 .. FRAMES-1];
	    loop variant SHADOW_SPACES - s;
	*/
	for (uint64_t s = 0; s < SHADOW_SPACES; s++)
		if ((which == 1 || shadow[t].satp[s] / SATP_PAGES % 65536 == asid) && space_clear(t, s, va))
			more = 1;
	if (which == 1 && va >= 0x4000000000u && shadow[t].high != NO_FRAME && shadow_clear(t, shadow[t].high, va))
		more = 1;
	hart_fence_shadow(va, 0, more ? 0 : 1);
}

/* For an address space: it is forgotten. What is global may stay. */
/*@ requires shadow: ShadowInv && ShadowOn(t);
    terminates \true;
    assigns shadow[t].satp[0 .. SHADOW_SPACES-1], shadow[t].root[0 .. SHADOW_ROOTS-1];
    ensures shadow: ShadowInv;
*/
static void fence_asid(uint64_t t, uint64_t asid)
{
	/*@ loop invariant range: 0 <= s <= SHADOW_SPACES;
	    loop invariant shadow: ShadowInv;
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
	else
		fence_page(t, va, asid % 65536, which % 4);
	shadow_root(t);
}
