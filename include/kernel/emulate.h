/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The privileged instructions of a guest in shadow mode. Registers stand on the vCPU page. [unpriv 2.8, priv 10.3] */
#pragma once

#include <kernel/virtual.h>

/* What an instruction did: bits of enum virtual_effect, or one of these, alone. NOT: not ours, nothing has happened. ENTER:
 * done, interrupts, root and CSRs are to be looked at. WAIT: wfi, not done, the caller's matter. */
enum step { STEP_NOT = EFFECT_ILLEGAL, STEP_ENTER = 32, STEP_WAIT = 64 };

/*@ predicate IsStep(integer step) = 0 <= step <= 16 || step == STEP_ENTER || step == STEP_WAIT;
    // The guest's present root goes on to be the one for its registers.
    predicate RootStays(integer step) = step != STEP_ENTER && step / EFFECT_SPACE % 2 == 0;
*/

/* Does the instruction at pc for thread t's guest, if it is privileged and legal; then the page's pc is the next one's. */
/*@ requires inv: Inv;
    requires ranges: Ranges && t < THREADS;
    requires shadow: ShadowInv && ShadowOn(t);
    requires bound: vcpu[t].guest != NOBODY;
    requires own: Own(t);
    terminates \true;
    assigns vcpu[t], shadow[t], shadow_lag[t], shadow_walk[t], ram[0 .. FRAMES-1], info[0 .. FRAMES-1];
    ensures inv: Inv;
    ensures ranges: Ranges;
    ensures shadow: ShadowInv && ShadowOn(t);
    ensures kept: BindingsSame{Pre,Post};
    ensures step: IsStep(\result);
    ensures hart: HartKept{Pre,Post}(t);
    ensures root: RootStays(\result) && AtRoot{Pre}(t) ==> AtRoot(t);
*/
uint64_t emulate(uint64_t t, uint64_t pc, uint64_t insn, uint64_t now);
