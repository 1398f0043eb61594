/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * What the tables no longer say, a hart or the IOMMU may still hold. The ghost `stale[s]` says who, of slot s's tables,
 * since an entry was written: 3, harts and the IOMMU; 2, the IOMMU, which has not been told; 1, the IOMMU, which has been
 * told to forget; 0, nobody. fence_space(s) takes it down step by step; each kernel entry begins and ends with all of it
 * 0 (T6, T11). The ghost `loose` is 1 from the moment a device context is written until
 * fence_contexts(). The ghost
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
/*@ ghost extern int loose; */

/*@ predicate Clean{L} = old_code == 0 && loose == 0 && \forall integer s; 0 <= s < DOMAINS ==> stale[s] == 0;
    predicate CleanBut{L}(integer d) =
      \forall integer s; 0 <= s < DOMAINS && s != d ==> stale[s] == 0;
*/

/* Neither a hart nor a device holds a translation of the address space `slot` (ASID, VMID, GSCID) from before, and what
 * devices did by one is done. SEPTUM_OK, as what calls on tables end with. */
/*@ requires slot: slot < DOMAINS;
    terminates \true;
    assigns stale[slot];
    ensures fenced: stale[slot] == 0;
    ensures ok: \result == SEPTUM_OK;
*/
int fence_space(uint32_t slot);

/* The harts' part: local and remote. */
/*@ requires slot: slot < DOMAINS;
    terminates \true;
    assigns stale[slot];
    ensures fenced: stale[slot] == 2;
*/
void fence_harts(uint32_t slot);

/* The IOMMU is told to forget its translations of that GSCID: IOTINVAL.GVMA. Where there is none, nothing. */
/*@ requires slot: slot < DOMAINS;
    requires harts: stale[slot] == 2;
    terminates \true;
    assigns stale[slot];
    ensures told: stale[slot] == 1;
*/
void iommu_forget(uint32_t slot);

/* It has done so, and what devices read and wrote before is done, too: IOFENCE.C, and a wait for it. */
/*@ requires slot: slot < DOMAINS;
    requires told: stale[slot] == 1;
    terminates \true;
    assigns stale[slot];
    ensures done: stale[slot] == 0;
*/
void iommu_finish(uint32_t slot);

/* The IOMMU goes by the device contexts as they are now, and what devices did by the old ones is done: IODIR.INVAL_DDT,
 * IOFENCE.C, and a wait for it. */
/*@ terminates \true; assigns loose; ensures done: loose == 0; */
void fence_contexts(void);

/* No hart holds an instruction from before: FENCE.I, local and remote. */
/*@ terminates \true; assigns old_code; ensures fetched: old_code == 0; */
void fence_code(void);

/* Stores before it are seen by every hart's page-table walker before stores after it. */
/*@ terminates \true; assigns unordered; ensures ordered: unordered == 0; */
void fence_stores(void);
