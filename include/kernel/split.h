/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A 2 MiB leaf becomes a table of 4 KiB leaves. [priv 10.4] */
#pragma once

#include <kernel/entry.h>

/* The 2 MiB leaf (t, i) becomes the table f of 512 leaves with the same rights. */
/*@ requires inv: Inv;
    requires entry: Entry(t, i) && info[t].kind == FRAME_TABLE1;
    requires leaf: Leaf(ram[t].word[i]);
    requires idle: Idle(f) && info[f].owner == info[t].owner;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], stale[0 .. DOMAINS-1], unordered;
    INV_KEPT;
    ensures kept: MemoryKept{Pre,Post};
    ensures table: info[f].kind == FRAME_TABLE0 && info[f].owner == \old(info[f].owner);
    ensures linked: Pointer(ram[t].word[i]) && PteFrame(ram[t].word[i]) == f && info[f].at_owner == Place(t, i);
    ensures word: \forall integer u, j; 0 <= u < FRAMES && 0 <= j < 512 && u != f && (u != t || j != i) ==>
      ram[u].word[j] == \old(ram[u].word[j]);
    ensures same: \forall integer j; 0 <= j < 512 ==>
      Covers(f, j, PteFrame(\old(ram[t].word[i])) + j) &&
      ram[f].word[j] % 1024 == \old(ram[t].word[i]) % 1024;
    ensures others: CleanBut{Pre}(\old(info[t].owner) % NAME_SLOTS) ==>
      CleanBut{Post}(\old(info[t].owner) % NAME_SLOTS);
*/
void table_split(uint64_t t, uint64_t i, uint64_t f);
