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
    ensures allowed: \result == SEPTUM_OK <==> \old(IdleOf(d, p) && dom[d % NAME_SLOTS].root == NO_ROOT &&
      (dom[d % NAME_SLOTS].kind == SEPTUM_GUEST ==>
        p % 4 == 0 && \forall integer j; p < j < p + 4 ==> IdleOf(d, j)));
    ensures word: \forall integer u; 0 <= u < FRAMES && (u < p || p + 4 <= u) ==> FrameSame{Pre,Post}(u);
    ensures slots: SlotOnly{Pre,Post}(d % NAME_SLOTS) &&
      dom[d % NAME_SLOTS].sealed == \old(dom[d % NAME_SLOTS].sealed);
    ensures refused: \result != SEPTUM_OK ==> RamSame{Pre,Post} && InfoSame{Pre,Post} &&
      dom[d % NAME_SLOTS].root == \old(dom[d % NAME_SLOTS].root);
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
    ensures allowed: \result == SEPTUM_OK <==>
      \old(IdleOf(d, p) && level <= 1 && va < SPACE_END && FreeAt(d, va, level + 1));
    ensures linked: \result == SEPTUM_OK ==> \let x = WalkPlace{Pre}(d, va, level + 1); x != NOWHERE &&
      !Valid(WordAt{Pre}(x)) && Pointer(WordAt(x)) && PteFrame(WordAt(x)) == p && info[p].at_owner == x &&
      \forall integer u, j; 0 <= u < FRAMES && 0 <= j < 512 && u != p && (u != x / 512 || j != x % 512) ==>
        ram[u].word[j] == \old(ram[u].word[j]);
    ensures rest: InfoOutside{Pre,Post}(p, 1);
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
    ensures allowed: \result == SEPTUM_OK <==> \old(Live(d) && p < frame_count && info[p].owner == d &&
      (info[p].kind == FRAME_TABLE0 || info[p].kind == FRAME_TABLE1) &&
      \forall integer j; 0 <= j < 512 ==> !Valid(ram[p].word[j]));
    ensures word: \result == SEPTUM_OK ==> WordOnly{Pre,Post}(\old(info[p].at_owner)) &&
      \forall integer u, j; 0 <= u < FRAMES && 0 <= j < 512 ==>
        ram[u].word[j] == 0 || ram[u].word[j] == \old(ram[u].word[j]);
    ensures rest: InfoOutside{Pre,Post}(p, 1);
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
    ensures exact: \result == SEPTUM_OK <==> \old(Live(d) && level <= 1 && va < SPACE_END &&
      va % (Pages(level) * FRAME_BYTES) == 0 && RightsValid(rights) && p + Pages(level) <= frame_count &&
      p % Pages(level) == 0 && FreeAt(d, va, level) &&
      \forall integer q; p <= q < p + Pages(level) ==> Mappable(d, q, Pages(level)));
    ensures mapped: \result == SEPTUM_OK ==> !UnmappedBy(d, p);
    ensures put: \result == SEPTUM_OK ==> \let x = WalkPlace{Pre}(d, va, level); x != NOWHERE &&
      !Valid(WordAt{Pre}(x)) && PteFrame(WordAt(x)) == p && WordAt(x) % 1024 == PTE_USER + 2 * rights &&
      WordOnly{Pre,Post}(x);
    ensures places: \result == SEPTUM_OK ==> InfoOutside{Pre,Post}(p, Pages(level)) &&
      \forall integer q; p <= q < p + Pages(level) ==> Holds{Pre}(d, q) &&
        PlaceSet{Pre,Post}(q, d, WalkPlace{Pre}(d, va, level));
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
    ensures allowed: \result == SEPTUM_OK <==> Live(d) && p < frame_count && !UnmappedBy{Pre}(d, p);
    ensures cleared: \result == SEPTUM_OK ==> \let x = PlaceIn{Pre}(d, p); WordAt(x) == 0 && WordOnly{Pre,Post}(x);
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
    ensures exact: \result == SEPTUM_OK <==>
      Live(d) && p < frame_count && !UnmappedBy{Pre}(d, p) && RightsValid(rights);
    ensures set: \result == SEPTUM_OK ==> \let x = PlaceIn{Pre}(d, p); WordOnly{Pre,Post}(x) &&
      PtePage(WordAt(x)) == PtePage(WordAt{Pre}(x)) && WordAt(x) % 1024 == PTE_USER + 2 * rights;
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
    ensures allowed: \result == SEPTUM_OK <==> \old(Live(d) && p < frame_count && IdleOf(d, f) &&
      !UnmappedBy(d, p) && info[PlaceIn(d, p) / 512].kind == FRAME_TABLE1);
    ensures linked: \result == SEPTUM_OK ==> \let x = PlaceIn{Pre}(d, p); Leaf(WordAt{Pre}(x)) &&
      Pointer(WordAt(x)) && PteFrame(WordAt(x)) == f && info[f].at_owner == x &&
      \forall integer u, j; 0 <= u < FRAMES && 0 <= j < 512 && u != f && (u != x / 512 || j != x % 512) ==>
        ram[u].word[j] == \old(ram[u].word[j]);
    ensures leaves: \result == SEPTUM_OK ==> \let e = WordAt{Pre}(PlaceIn{Pre}(d, p)); \forall integer j; 0 <= j < 512 ==>
      Covers(f, j, PteFrame(e) + j) && ram[f].word[j] % 1024 == e % 1024;
    ensures refused: \result != SEPTUM_OK ==> RamSame{Pre,Post} && InfoSame{Pre,Post};
*/
int space_split(uint32_t d, uint64_t p, uint64_t f);

/* May frame p become a table of domain d, or a part of an arena? */
/*@ requires inv: Inv;
    terminates \true;
    assigns \nothing;
    ensures ok: \result == SEPTUM_OK <==> IdleOf(d, p);
*/
int idle_frame(uint32_t d, uint64_t p);
