/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Frames of the miniature kernel: an owner each, and a mark where one is mapped. */
#ifndef KERNEL_FRAME_H
#define KERNEL_FRAME_H

#include <kernel/hart.h>

#define FRAMES 64u
#define OWNERS 4u

struct frame_info {
	uint32_t owner;
	uint32_t mapped;
};
extern struct frame_info info[FRAMES];

/*@ axiomatic Own {
      predicate MayGive(integer owner, integer caller, integer mapped);
      logic integer OwnerAfter(integer owner, integer caller, integer mapped, integer to);
    }
    predicate OwnersKnown{L} = \forall integer p; 0 <= p < FRAMES ==> 0 <= info[p].owner < OWNERS;
*/

/* Gives frame p to another owner, if the caller may. */
/*@ requires inv: OwnersKnown;
    requires to: to < OWNERS;
    terminates \true;
    assigns info[0 .. FRAMES - 1];
    exits never: \false;
    ensures inv: OwnersKnown;
    ensures owner: p < FRAMES ==> info[p].owner ==
      OwnerAfter(\old(info[p].owner), caller, \old(info[p].mapped), to);
    behavior ok:
      assumes may: p < FRAMES && MayGive(info[p].owner, caller, info[p].mapped);
      ensures done: \result == 0;
    behavior err_refused:
      assumes may_not: !(p < FRAMES && MayGive(info[p].owner, caller, info[p].mapped));
      ensures refused: \result == 1;
    complete behaviors;
    disjoint behaviors;
*/
int frame_give(uint32_t caller, uint64_t p, uint32_t to);

/* How many frames the owner has. */
/*@ terminates \true;
    assigns \nothing;
    exits never: \false;
    ensures bound: 0 <= \result <= FRAMES; */
uint32_t frame_count_of(uint32_t owner);

/* Takes the mark of a mapping away; the fence is the caller's to pay. */
/*@ requires frame: p < FRAMES;
    terminates \true;
    assigns info[p].mapped, HW.stale;
    exits never: \false;
    ensures clear: info[p].mapped == 0; */
void frame_unmark(uint64_t p);

#endif
