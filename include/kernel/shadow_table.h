/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Tables and entries of an arena: every store to a shadow table is in src/kernel/shadow_table.c and keeps the
 * invariant (spec/model/shadow.acsl). The callers (shadow.c, shadow_fill.c) choose what is stored.
 */
#pragma once

#include <kernel/shadow.h>
#include <kernel/table.h>

/* All tables but u are as they were, entry by entry; those in use stay it. */
/*@ predicate WordsBut{P,Q}(integer u) = \forall integer f, i; 0 <= f < FRAMES && 0 <= i < 512 && f != u ==>
      \at(ram[f].word[i], Q) == \at(ram[f].word[i], P);
    predicate EntriesBut{P,Q}(integer u, integer j) = \forall integer f, i; 0 <= f < FRAMES && 0 <= i < 512 &&
      (f != u || i != j) ==> \at(ram[f].word[i], Q) == \at(ram[f].word[i], P);
    // Of t's tables in use only entry j of table u changed.
    predicate UsedBut{P,Q}(integer t, integer u, integer j) = \forall integer f, i; InUse{P}(t, f) && 0 <= i < 512 &&
      (f != u || i != j) ==> \at(ram[f].word[i], Q) == \at(ram[f].word[i], P);
    predicate LevelsSame{P,Q}(integer t) = \forall integer f; 0 <= f < FRAMES && InUse{P}(t, f) ==>
      \at(info[f].at_borrower, Q) == \at(info[f].at_borrower, P) && InUse{Q}(t, f);
    predicate RootsSame{P,Q}(integer t) = \at(shadow[t].now, Q) == \at(shadow[t].now, P) &&
      \at(shadow[t].high, Q) == \at(shadow[t].high, P) &&
      (\forall integer r; 0 <= r < SHADOW_ROOTS ==> \at(shadow[t].root[r], Q) == \at(shadow[t].root[r], P));
    predicate HasRoot{L}(integer t, integer r) = shadow[t].root[r] != NO_FRAME;
    logic integer Room{L}(integer t) = shadow[t].count - shadow[t].used;
    // The halves of t's spaces, and what is above them, are as they were.
    predicate UpperSame{P,Q}(integer t) = \forall integer u, j; InUse{P}(t, u) && 0 <= j < 512 &&
      \at(info[u].at_borrower, P) > SHADOW_L1 ==> \at(ram[u].word[j], Q) == \at(ram[u].word[j], P);
    // No entry is new: each is as it was, or zero.
    predicate EntriesLess{P,Q} = \forall integer f, i; 0 <= i < 512 ==>
      \at(ram[f].word[i], Q) == \at(ram[f].word[i], P) || \at(ram[f].word[i], Q) == 0;
*/

/* The next frame of the arena becomes an empty table of that level. Nothing leads to it yet. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    requires room: Room(t) >= 1 && level <= SHADOW_TOP;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t].used;
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures only: ArenaOnly{Pre,Post}(t);
    ensures owners: OwnersSame{Pre,Post};
    ensures table: IsLevel(t, \result, level) && !InUse{Pre}(t, \result);
    ensures room: Room(t) == \old(Room(t)) - 1;
    ensures words: WordsBut{Pre,Post}(\result) && LevelsSame{Pre,Post}(t);
    ensures blank: Blank(t, \result) && NoWay(t, \result);
    ensures ways: \forall integer c; NoWay{Pre}(t, c) ==> NoWay(t, c);
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
*/
uint64_t shadow_take(uint64_t t, uint64_t level);

/* Entry i of table f leads to table c; part: 1 if leaves below it are parts of one leaf of the guest's. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t) && InUse(t, f);
    requires entry: Guests(info[f].at_borrower, i) && info[f].at_borrower != SHADOW_L0 && part <= 1;
    requires below: IsLevel(t, c, Below(info[f].at_borrower, i));
    requires blank: c == shadow[t].high || Blank(t, c) || Leads(t, f, i, c);
    requires way: Once(t) ==> c == shadow[t].high || OnlyWay(t, f, i, c);
    terminates \true;
    assigns ram[f].word[i], shadow_lag[t], shadow_walk[t];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures hart: HartKept{Pre,Post}(t) && (Own(t) ==> shadow_lag[t] == 0);
    ensures walk: shadow_walk[t] == (\old(shadow_walk[t]) == SHADOW_OFF ? SHADOW_NONE : \old(shadow_walk[t]));
    ensures linked: Pointer(ram[f].word[i]) && PteFrame(ram[f].word[i]) == c;
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
*/
void shadow_link(uint64_t t, uint64_t f, uint64_t i, uint64_t c, uint64_t part);

/* The table that entry i of table f leads to; if it leads to none, a new one. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t) && InUse(t, f);
    requires entry: Guests(info[f].at_borrower, i) && part <= 1;
    requires level: info[f].at_borrower != SHADOW_L0 && info[f].at_borrower != SHADOW_TOP;
    requires room: Room(t) >= 1;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t].used, shadow_lag[t], shadow_walk[t];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures only: ArenaOnly{Pre,Post}(t);
    ensures owners: OwnersSame{Pre,Post};
    ensures hart: HartKept{Pre,Post}(t);
    ensures table: IsLevel(t, \result, \old(Below(info[f].at_borrower, i)));
    ensures linked: Pointer(ram[f].word[i]) && PteFrame(ram[f].word[i]) == \result;
    ensures room: Room(t) >= \old(Room(t)) - 1 && shadow[t].used >= \old(shadow[t].used);
    ensures levels: LevelsSame{Pre,Post}(t);
    ensures words: UsedBut{Pre,Post}(t, f, i);
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
*/
uint64_t shadow_child(uint64_t t, uint64_t f, uint64_t i, uint64_t part);

/* Entry i of table f, where va stands, becomes a leaf over the frames from p on, of which the guest's stage 2 has each,
 * with these rights at least. The caller fences. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t) && InUse(t, f);
    requires entry: 0 <= i < 512 && info[f].at_borrower <= SHADOW_L1;
    requires frames: p + Pages(info[f].at_borrower) <= frame_count && p % Pages(info[f].at_borrower) == 0;
    requires rights: SomeRights(rights);
    requires staged: \forall integer q; p <= q < p + Pages(info[f].at_borrower) ==>
      Staged(vcpu[t].guest, q, 2 * rights);
    terminates \true;
    assigns ram[f].word[i], shadow_lag[t];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures lag: Lags{Pre,Post}(t, info[f].at_borrower, f, i, va);
    ensures leaf: Leaf(ram[f].word[i]) && PteFrame(ram[f].word[i]) == p &&
      ram[f].word[i] % 1024 == PTE_USER + 2 * rights;
    ensures once: OnceKept{Pre,Post}(t);
*/
void shadow_put(uint64_t t, uint64_t f, uint64_t i, uint64_t p, uint64_t rights) /*@ ghost (uint64_t va) */;

/* How much shadow_clear took away: LEAF: the one that va stands in; MORE: other leaves, too. */
enum cleared { CLEARED_NONE = 0, CLEARED_LEAF = 1, CLEARED_MORE = 2 };

/* Takes away what the half f of an address space has for va. Returns an enum cleared. The caller fences. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    requires half: (IsLevel(t, f, SHADOW_LOW) && va < 0x4000000000) ||
      (IsLevel(t, f, SHADOW_HIGH) && va >= 0xffffffc000000000);
    terminates \true;
    assigns ram[0 .. FRAMES-1], shadow_lag[t];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures only: ArenaOnly{Pre,Post}(t);
    CLEARED_LAG(\result);
    ensures gone: !HalfFinds(f, va);
    ensures less: EntriesLess{Pre,Post};
    ensures once: OnceKept{Pre,Post}(t);
    ensures none: \result == CLEARED_NONE ==> RamSame{Pre,Post};
*/
uint64_t shadow_clear(uint64_t t, uint64_t f, uint64_t va);
