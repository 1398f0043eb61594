/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Address spaces: a server's (Sv39, its lower half) and a guest's (stage 2, Sv39x4, its first 256 GiB). Each call
 * returns an enum septum_status; anything but SEPTUM_OK means that nothing changed. All numbers may be anything.
 * The caller holds kernel_lock.
 */
#pragma once

#include <kernel/walk.h>

/* Frame p (of a guest: p .. p + 3, aligned) of domain d becomes its root table. */
/*@ requires inv: Inv;
    requires devices: Contexts;
    requires clean: Clean;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], dom[0 .. DOMAINS-1], stale[0 .. DOMAINS-1], unordered;
    ensures inv: Inv;
    ensures devices: Contexts;
    ensures kept: MemoryKeptBut{Pre,Post}(d % NAME_SLOTS);
    ensures clean: Clean;
    ensures root: \result == SEPTUM_OK ==> Live(d) && dom[d % NAME_SLOTS].root == p;
    ensures refused: \result != SEPTUM_OK ==> RamSame{Pre,Post} && InfoSame{Pre,Post};
    ensures names: \forall integer s; 0 <= s < DOMAINS ==>
      dom[s].kind == \old(dom[s].kind) && dom[s].name == \old(dom[s].name);
*/
int space_root(uint32_t d, uint64_t p);

/* Frame p of domain d becomes a table of that level (0 or 1) under va. */
/*@ requires inv: Inv;
    requires clean: Clean;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], stale[0 .. DOMAINS-1], unordered;
    ensures inv: Inv;
    ensures kept: MemoryKeptBut{Pre,Post}(d % NAME_SLOTS);
    ensures clean: Clean;
    ensures table: \result == SEPTUM_OK ==> Live(d) && p < frame_count && info[p].owner == d &&
      info[p].kind == FRAME_TABLE0 + level && ZeroFrame(p);
    ensures refused: \result != SEPTUM_OK ==> RamSame{Pre,Post} && InfoSame{Pre,Post};
*/
int space_table(uint32_t d, uint64_t va, uint64_t level, uint64_t p);

/* The empty table p of domain d is a data frame again. */
/*@ requires inv: Inv;
    requires clean: Clean;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], stale[0 .. DOMAINS-1];
    ensures inv: Inv;
    ensures kept: MemoryKeptBut{Pre,Post}(d % NAME_SLOTS);
    ensures clean: Clean;
    ensures data: \result == SEPTUM_OK ==> Live(d) && Idle(p) && info[p].owner == d;
    ensures refused: \result != SEPTUM_OK ==> RamSame{Pre,Post} && InfoSame{Pre,Post};
*/
int space_untable(uint32_t d, uint64_t p);

/* Maps frame p (level 1: p .. p + 511, aligned), which d owns or has on loan, at va. */
/*@ requires inv: Inv;
    requires clean: Clean;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], stale[0 .. DOMAINS-1], old_code;
    ensures inv: Inv;
    ensures kept: MemoryKeptBut{Pre,Post}(d % NAME_SLOTS);
    ensures clean: Clean;
    ensures allowed: \result == SEPTUM_OK ==> Live(d) && p < frame_count && Holds{Pre}(d, p) &&
      UnmappedBy{Pre}(d, p);
    ensures mapped: \result == SEPTUM_OK ==> !UnmappedBy(d, p);
    ensures owners: OwnersSame{Pre,Post};
    ensures refused: \result != SEPTUM_OK ==> RamSame{Pre,Post} && InfoSame{Pre,Post};
*/
int space_map(uint32_t d, uint64_t va, uint64_t p, uint64_t level, uint64_t rights);

/* Takes away the leaf, 4 KiB or 2 MiB, that maps frame p in domain d. */
/*@ requires inv: Inv;
    requires clean: Clean;
    terminates \true;
    assigns ram[0 .. FRAMES-1], stale[0 .. DOMAINS-1];
    ensures inv: Inv;
    ensures kept: MemoryKeptBut{Pre,Post}(d % NAME_SLOTS);
    ensures clean: Clean;
    ensures gone: \result == SEPTUM_OK ==> Live(d) && p < frame_count && UnmappedBy(d, p);
    ensures refused: \result != SEPTUM_OK ==> RamSame{Pre,Post};
*/
int space_unmap(uint32_t d, uint64_t p);

/* The leaf that maps frame p in domain d gets other rights. */
/*@ requires inv: Inv;
    requires clean: Clean;
    terminates \true;
    assigns ram[0 .. FRAMES-1], stale[0 .. DOMAINS-1], old_code;
    ensures inv: Inv;
    ensures kept: MemoryKeptBut{Pre,Post}(d % NAME_SLOTS);
    ensures clean: Clean;
    ensures allowed: \result == SEPTUM_OK ==> Live(d) && p < frame_count && Holds(d, p);
    ensures refused: \result != SEPTUM_OK ==> RamSame{Pre,Post};
*/
int space_protect(uint32_t d, uint64_t p, uint64_t rights);

/* The 2 MiB leaf that maps frame p in domain d becomes a table of 4 KiB leaves, for which d gives its frame f. */
/*@ requires inv: Inv;
    requires clean: Clean;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], stale[0 .. DOMAINS-1], unordered;
    ensures inv: Inv;
    ensures kept: MemoryKeptBut{Pre,Post}(d % NAME_SLOTS);
    ensures clean: Clean;
    ensures table: \result == SEPTUM_OK ==> Live(d) && f < frame_count && info[f].owner == d &&
      info[f].kind == FRAME_TABLE0;
    ensures refused: \result != SEPTUM_OK ==> RamSame{Pre,Post} && InfoSame{Pre,Post};
*/
int space_split(uint32_t d, uint64_t p, uint64_t f);

/* May frame p become a table of domain d, or a part of an arena? */
/*@ requires inv: Inv;
    terminates \true;
    assigns \nothing;
    ensures ok: \result == SEPTUM_OK ==> Live(d) && Idle(p) && info[p].owner == d;
*/
int idle_frame(uint32_t d, uint64_t p);
