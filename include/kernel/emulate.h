/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The privileged instructions of a guest in shadow mode. Registers stand on the vCPU page. [unpriv 2.8, priv 10.3] */
#pragma once

#include <kernel/virtual.h>

/* What an instruction did, and what must follow. NOT: not ours, nothing has happened. NEXT: done, and nothing else changes
 * for the guest. ENTER: done, interrupts, root and CSRs are to be looked at. TIMER: so is the timer. WAIT: wfi, not done,
 * the caller's matter. */
enum step { STEP_NOT = 0, STEP_NEXT = 1, STEP_ENTER = 2, STEP_TIMER = 3, STEP_WAIT = 4 };

/* Does the instruction at pc for thread t's guest, if it is privileged and legal; then the page's pc is the next one's. */
/*@ requires inv: Inv;
    requires ranges: Ranges && t < THREADS;
    requires shadow: ShadowInv && ShadowOn(t);
    requires bound: vcpu[t].guest != NOBODY;
    terminates \true;
    assigns vcpu[t], shadow[t], ram[0 .. FRAMES-1], info[0 .. FRAMES-1];
    ensures inv: Inv;
    ensures ranges: Ranges;
    ensures shadow: ShadowInv && ShadowOn(t);
    ensures kept: BindingsSame{Pre,Post};
    ensures step: \result <= STEP_WAIT;
*/
uint64_t emulate(uint64_t t, uint64_t pc, uint64_t insn, uint64_t now);
