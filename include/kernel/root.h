/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Root tables: how one is made, and which a hart may be given. kernel_lock. [priv 10.4.1, 15.5.1] */
#pragma once

#include <kernel/hart.h>
#include <kernel/table.h>

/* The root of the living domain of that name and kind; NO_ROOT if it has none, is dead, or is of the other kind. */
/*@ requires inv: Inv;
    terminates \true;
    assigns \nothing;
    ensures root: \result != NO_ROOT ==> IsRoot(name, \result, kind) && \result == dom[name % NAME_SLOTS].root;
*/
uint64_t root_of(uint32_t name, uint32_t kind);

/* An idle frame (of a guest: four aligned ones) becomes the root of its owner, which has none. */
/*@ requires inv: Inv;
    requires devices: Contexts;
    requires idle: Idle(f) && Live(info[f].owner);
    requires none: dom[info[f].owner % NAME_SLOTS].root == NO_ROOT;
    requires guest: dom[info[f].owner % NAME_SLOTS].kind == SEPTUM_GUEST ==>
      f % 4 == 0 && \forall integer j; f < j < f + 4 ==> Idle(j) && info[j].owner == info[f].owner;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], dom[0 .. DOMAINS-1], unordered;
    INV_KEPT;
    ensures devices: Contexts;
    ensures kept: MemoryKept{Pre,Post};
    ensures root: dom[info[f].owner % NAME_SLOTS].root == f;
    ensures owner: info[f].owner == \old(info[f].owner);
    ensures word: \forall integer u; 0 <= u < FRAMES && (u < f || f + 4 <= u) ==> FrameSame{Pre,Post}(u);
    ensures slots: SlotOnly{Pre,Post}(info[f].owner % NAME_SLOTS) &&
      dom[info[f].owner % NAME_SLOTS].sealed == \old(dom[info[f].owner % NAME_SLOTS].sealed);
    ensures names: \forall integer s; 0 <= s < DOMAINS ==>
      dom[s].kind == \old(dom[s].kind) && dom[s].name == \old(dom[s].name);
*/
void root_make(uint64_t f);
