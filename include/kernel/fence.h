/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * What the tables no longer say, a hart may still hold. The ghost `stale[s]` is 1 from the moment an entry of slot s's
 * tables is written until fence_space(s); each kernel entry begins and ends with all of it 0 (T6). The ghost
 * `unordered` is 1 while stores to a new table may not have reached the other harts' walkers: such a table must not
 * be linked before fence_stores(). The ghost `old_code` is 1 from the moment a leaf is stored through which code may be
 * fetched until fence_code(): a hart may still hold instructions that a former owner of the frame ran. It is set where
 * leaves are made executable, not where frames change hands: a frame that nobody maps is fetched by nobody.
 */
#pragma once

#include <septum/abi.h>

/*@ ghost extern int stale[DOMAINS]; */
/*@ ghost extern int unordered; */
/*@ ghost extern int old_code; */

/*@ predicate Clean{L} = old_code == 0 && \forall integer s; 0 <= s < DOMAINS ==> stale[s] == 0;
    predicate CleanBut{L}(integer d) =
      \forall integer s; 0 <= s < DOMAINS && s != d ==> stale[s] == 0;
*/

/* No hart holds a translation of the address space `slot` (as ASID and as VMID) from before: local and remote. */
/*@ requires slot: slot < DOMAINS;
    terminates \true;
    assigns stale[slot];
    ensures fenced: stale[slot] == 0;
*/
void fence_space(uint32_t slot);

/* No hart holds an instruction from before: FENCE.I, local and remote. */
/*@ terminates \true; assigns old_code; ensures fetched: old_code == 0; */
void fence_code(void);

/* Stores before it are seen by every hart's page-table walker before stores after it. */
/*@ terminates \true; assigns unordered; ensures ordered: unordered == 0; */
void fence_stores(void);
