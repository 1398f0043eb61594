/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The walk of a guest's own tables in software, for guests in shadow mode: Sv39 through the stage-2 tables. The guest
 * writes its tables whenever it likes: each entry is read once, and what was read is part of the result. kernel_lock.
 */
#pragma once

#include <kernel/shadow.h>
#include <kernel/walk.h>

/* What an entry of the guest's, or the attempt to read it, means for the walk. */
enum says { SAYS_LEAF = 0, SAYS_NEXT = 1, SAYS_PAGE_FAULT = 2, SAYS_ACCESS_FAULT = 3 };

struct walked {
	uint64_t cause;  /* 0, or the exception: 12, 13, 15 page fault; 1, 5, 7 access fault */
	uint64_t gpa;    /* guest-physical address */
	uint64_t rights; /* that the guest's leaf gives in its present mode: MAP_READ, … */
	uint64_t level;  /* of the guest's leaf; 2 where it is in Bare mode */
	uint64_t place;  /* of the stage-2 leaf; NOWHERE: none */
	uint64_t common; /* 1: global, and for the supervisor alone */
	uint64_t e2, e1, e0; /* the entries as they were read */
};

#include "../../spec/model/gwalk.acsl"

/* The place of the stage-2 leaf that covers a guest-physical address. */
/*@ requires inv: Inv;
    requires live: Live(d);
    terminates \true;
    assigns \nothing;
    ensures exact: \result == StageLeaf(d, gpa);
    ensures place: StagePlace(d, gpa, \result);
*/
uint64_t stage_leaf(uint32_t d, uint64_t gpa);

/* The frame behind a guest-physical address that the leaf covers; a number beyond frame_count for a device's window. */
/*@ requires inv: Inv;
    requires place: Entry(at / 512, at % 512) && info[at / 512].kind != FRAME_TABLE2 &&
      Leaf(ram[at / 512].word[at % 512]);
    terminates \true;
    assigns \nothing;
    ensures inside: 0 <= StageFrame(at, gpa) < frame_count ==> \result == StageFrame(at, gpa);
    ensures outside: !(0 <= StageFrame(at, gpa) < frame_count) ==> \result >= frame_count;
    ensures covered: \result < frame_count ==> Covers(at / 512, at % 512, \result) &&
      Holds(info[at / 512].owner, \result);
*/
uint64_t stage_frame(uint64_t at, uint64_t gpa);

/* The guest's access to va in its present mode: MAP_READ, MAP_WRITE or MAP_EXECUTE. */
/*@ requires inv: Inv;
    requires vcpu: t < THREADS && Live(vcpu[t].guest);
    requires access: access == MAP_READ || access == MAP_WRITE || access == MAP_EXECUTE;
    requires own: Own(t);
    terminates \true;
    assigns \nothing;
    ensures exact: \result.cause == WalkCause(t, va, access, \result);
    ensures translated: \result.cause == 0 ==> Translates(t, va, \result);
    ensures stage: \result.cause == 0 ==> \result.place == StageLeaf(vcpu[t].guest, \result.gpa);
    ensures common: \result.cause == 0 && \result.common != 0 ==> Common(t, \result);
    ensures walked: \result.cause == 0 ==> Walked(t, va, \result);
    ensures allowed: \result.cause == 0 ==> Allows(\result.rights, access);
*/
struct walked guest_walk(uint64_t t, uint64_t va, uint64_t access);

/* The translation that guest_walk found for va goes into the present root's tables, with the lesser of the guest's and
 * stage 2's rights. 0: stage 2 has no memory there, or does not give that access: the monitor's matter. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    requires walked: Walked(t, va, w) && Found(t, va, w);
    requires access: access == MAP_READ || access == MAP_WRITE || access == MAP_EXECUTE;
    requires own: Own(t);
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t], shadow_lag[t], shadow_walk[t];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures only: ArenaOnly{Pre,Post}(t) && ArenaSame{Pre,Post}(t);
    ensures owners: OwnersSame{Pre,Post};
    ensures hart: HartKept{Pre,Post}(t);
    ensures filled: \result != 0 ==> FilledAt(t, va, w);
    ensures new: Once{Pre}(t) ==> TlbFilled{Pre,Post}(t, va, w);
    ensures once: OnceKept{Pre,Post}(t);
    ensures common: \result != 0 ==> ForAll(t, va, w.common);
    ensures root: \result != 0 && RootFor{Pre}(t, \old(shadow[t].now)) ==> RootFor(t, shadow[t].now);
*/
int shadow_fill(uint64_t t, uint64_t va, struct walked w, uint64_t access);
