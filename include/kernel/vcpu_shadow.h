/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The way in and out of the hart of a vCPU in shadow mode. While its guest runs, satp holds one of its shadow roots;
 * the hart leaves that root before it says that it is no longer in the guest (running_clear), and says so before it
 * asks for the lock: who changes the guest's tables holds the lock and waits for that (tests/protocols/evict.pml).
 */
#pragma once

#include <kernel/vcpu.h>

/* The hart goes from the guest of thread t to the thread itself, whose VCPU_RUN returns `why`. */
/*@ requires ranges: Ranges && h < HARTS && t < THREADS;
    requires why: why <= EXIT_OTHER;
    requires shadow: ShadowInv;
    terminates \true;
    assigns vcpu[t].inside, shadow_walk[t];
    ensures ranges: Ranges;
    ensures shadow: ShadowInv;
    ensures exit: \result == RESUME_EXIT + why;
*/
uint64_t shadow_exit(uint64_t h, uint64_t t, uint64_t why);
/* The same with a fault's registers on the page. */
/*@ requires ranges: Ranges && h < HARTS && t < THREADS;
    requires bound: vcpu[t].guest != NOBODY;
    requires why: why <= EXIT_OTHER;
    requires shadow: ShadowInv;
    terminates \true;
    assigns vcpu[t].inside, shadow_walk[t];
    ensures ranges: Ranges;
    ensures shadow: ShadowInv;
    ensures exit: \result == RESUME_EXIT + why;
*/
uint64_t shadow_exit_fault(uint64_t h, uint64_t t, uint64_t why, uint64_t cause, uint64_t gpa);
/* The virtual FS follows the hart's while the guest's F registers are there: the hart tells when they get dirty.
 * Once for each trap, before sstatus is the server's. */
/*@ requires ranges: Ranges && h < HARTS && t < THREADS;
    terminates \true;
    assigns vcpu[t].csr[VSSTATUS];
    ensures ranges: Ranges;
    ensures root: AtRoot{Pre}(t) ==> AtRoot(t);
*/
void shadow_take_fs(uint64_t h, uint64_t t);
/* The hart leaves the guest for the kernel's own space; does no harm if it has done so. The thread stays inside VCPU_RUN. */
/*@ requires ranges: Ranges && h < HARTS;
    terminates \true;
    assigns hart[h].space;
    ensures ranges: Ranges;
*/
void shadow_leave(uint64_t h);
/* The guest's own handler has the trap next. */
/*@ requires ranges: Ranges && t < THREADS;
    requires bound: vcpu[t].guest != NOBODY;
    requires shadow: ShadowInv && ShadowOn(t);
    terminates \true;
    assigns vcpu[t], shadow[t].supervisor;
    ensures ranges: Ranges;
    ensures shadow: ShadowInv && ShadowOn(t);
    ensures kept: BindingsSame{Pre,Post};
*/
void shadow_except(uint64_t t, uint64_t pc, uint64_t cause, uint64_t value);
/* Into the guest, which is published as running: the interrupt that is due, the root, the CSRs. EXIT_OTHER with cause 0
 * if it has no arena to run in. */
/*@ SHADOW_GUEST;
    SHADOW_WAY;
    ensures entered: \result == RESUME_GUEST || \result == RESUME_EXIT + EXIT_OTHER;
    ensures own: \result == RESUME_GUEST ==> Own(t);
    ensures root: \result == RESUME_GUEST ==> AtRoot(t);
*/
uint64_t shadow_enter(uint64_t h, uint64_t t);
/* VCPU_RUN without VCPU_RUN_LOAD: RESUME_GUEST if the guest was entered, else RESUME_SERVER and nothing has happened. */
/*@ KERNEL_HOLDS(h < HARTS && t < THREADS);
    requires current: hart[h].current == t && ShadowOn(t) && vcpu[t].guest != NOBODY;
    SHADOW_WAY;
    ensures entered: \result == RESUME_GUEST ==> InGuest(h);
    ensures root: \result == RESUME_GUEST ==> AtRoot(t);
    ensures either: \result == RESUME_GUEST || \result == RESUME_SERVER || \result == RESUME_EXIT + EXIT_OTHER;
*/
uint64_t shadow_reenter(uint64_t h, uint64_t t, uint64_t flags);
/* Is an interrupt pending that the guest has enabled in sie? Takes in `inject`. */
/*@ requires ranges: Ranges && t < THREADS;
    requires bound: vcpu[t].guest != NOBODY;
    terminates \true;
    assigns vcpu[t].csr[HVIP];
    ensures ranges: Ranges;
*/
int shadow_wfi_pending(uint64_t t);
/* When the guest's timer interrupt comes due becomes the vCPU's deadline. */
/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns vcpu[t].deadline;
    ensures ranges: Ranges;
*/
void shadow_due(uint64_t t);
/* The virtual CSRs have been taken from the page: what the guest could not have written goes, and so do all shadows. */
/*@ requires ranges: Ranges && t < THREADS;
    requires shadow: ShadowInv && ShadowOn(t);
    requires caught: Caught;
    terminates \true;
    assigns vcpu[t], shadow[t], shadow_lag[t];
    ensures ranges: Ranges;
    ensures shadow: ShadowInv;
    ensures caught: Caught;
    ensures kept: BindingsSame{Pre,Post};
*/
void shadow_adopt(uint64_t t, uint32_t supervisor);
/* The shadows of every vCPU of that guest go: its stage 2 changes. The guest leaves the harts it runs on, and comes in again
 * when the caller has given back the lock. kernel_lock. */
/*@ requires ranges: Ranges;
    requires shadow: ShadowInv;
    requires caught: Caught;
    terminates \true;
    assigns SHADOW_STATE;
    ensures ranges: Ranges;
    ensures shadow: ShadowInv;
    ensures caught: Caught;
    ensures dropped: \forall integer t; ShadowOn(t) && vcpu[t].guest == guest ==> shadow[t].used == 0;
*/
void shadow_drop_all(uint32_t guest);
/* SFENCE.VMA of the guest's on all its vCPUs; bytes 0: all addresses; asid beyond 65535: all address spaces. They leave
 * their harts for it, as above. kernel_lock. */
/*@ requires inv: Inv;
    requires ranges: Ranges;
    requires shadow: ShadowInv;
    requires caught: Caught;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], SHADOW_STATE;
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures caught: Caught;
    ensures owners: OwnersSame{Pre,Post};
*/
void shadow_fence_all(uint32_t guest, uint64_t va, uint64_t bytes, uint64_t asid);
