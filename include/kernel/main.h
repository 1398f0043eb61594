/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The first C of each hart. Both return an enum resume. */
#pragma once

#include <kernel/boot.h>
#include <kernel/trap.h>

/* The boot hart, from the loader: translation on, stack set. */
/*@ requires unused: Unused;
    requires clean: Clean;
    requires off: \forall integer t; 0 <= t < THREADS ==> shadow[t].on == 0;
    terminates \true;
    assigns KERNEL_STATE, machine_features, hart_count, frame_count, ram_base_pfn;
    ensures inv: \result != RESUME_OFF ==> Inv;
    ensures devices: \result != RESUME_OFF ==> Contexts;
    ensures clean: \result != RESUME_OFF ==> Clean;
    ensures ranges: \result != RESUME_OFF ==> Ranges;
    ensures shadow: \result != RESUME_OFF ==> ShadowInv;
    ensures caught: \result != RESUME_OFF ==> Caught;
    ensures server: \result != RESUME_GUEST || InGuest(boot.boot_hart);
    ensures root: \result != RESUME_GUEST || AtRoot(hart[boot.boot_hart].current);
*/
uint64_t main_first(void);
/* Hart h, started by the first. */
/*@ KERNEL_HOLDS(h < HARTS);
    terminates \true;
    assigns KERNEL_STATE;
    KERNEL_KEPT;
    ensures guest: \result == RESUME_GUEST ==> InGuest(h);
    ensures root: \result == RESUME_GUEST ==> AtRoot(hart[h].current);
*/
uint64_t main_second(uint64_t h);
/* The kernel itself trapped, which the proof excludes, or the IOMMU does not answer: says so by the firmware and powers off. */
/*@ terminates \true; assigns \nothing; */
void main_panic(uint64_t cause);
