/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Page tables: every store to one is entry_write's, in table.c and split.c, and keeps the invariant. The callers
 * (space.c, window.c) check what is asked for; here it is required. [priv 10.3, 10.4, 15.5]
 */
#pragma once

#include <kernel/entry.h>

/* The place of the leaf that covers frame p in domain d's tables; NOWHERE if there is none. There is one at most. */
/*@ requires inv: Inv;
    requires live: Live(d);
    requires frame: p < frame_count;
    terminates \true;
    assigns \nothing;
    ensures found: \result != NOWHERE ==> Entry(\result / 512, \result % 512) &&
      info[\result / 512].owner == d && Covers(\result / 512, \result % 512, p);
    ensures only: \forall integer t, i; Entry(t, i) && info[t].owner == d && Covers(t, i, p) ==>
      t == \result / 512 && i == \result % 512;
    ensures none: \result == NOWHERE ==> UnmappedBy(d, p);
    ensures place: \result != NOWHERE ==> \result == PlaceIn(d, p);
*/
uint64_t table_leaf(uint32_t d, uint64_t p);

/* Does domain d map frame p? */
/*@ requires inv: Inv;
    requires live: Live(d);
    requires frame: p < frame_count;
    terminates \true;
    assigns \nothing;
    ensures unmapped: \result == 0 ==> UnmappedBy(d, p);
    ensures mapped: \result != 0 ==> !UnmappedBy(d, p);
*/
int table_maps(uint32_t d, uint64_t p);

/* A frame that is no table yet is filled with zeros. */
/*@ requires inv: Inv;
    requires data: f < frame_count && info[f].kind == FRAME_DATA;
    terminates \true;
    assigns ram[f], unordered;
    INV_KEPT;
    ensures zero: ZeroFrame(f);
*/
void table_wipe(uint64_t f);

/* The free entry i of table t becomes a leaf over the frames from b on, as many as the level says. */
/*@ requires inv: Inv;
    requires entry: Entry(t, i) && info[t].kind != FRAME_TABLE2 && !Valid(ram[t].word[i]);
    requires frames: b + Span(info[t].kind) <= frame_count && b % Span(info[t].kind) == 0;
    requires held: \forall integer q; b <= q < b + Span(info[t].kind) ==> Holds(info[t].owner, q);
    requires unmapped: UnmappedRange(info[t].owner, b, Span(info[t].kind));
    requires rights: 1 <= rights <= 7 && rights != 2 && rights != 6;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], stale[0 .. DOMAINS-1], old_code;
    INV_KEPT;
    ensures kept: MemoryKept{Pre,Post};
    ensures covers: \forall integer q; b <= q < b + Span(info[t].kind) ==> Covers(t, i, q);
    ensures leaf: PteFrame(ram[t].word[i]) == b && ram[t].word[i] % 1024 == PTE_USER + 2 * rights;
    ensures word: WordOnly{Pre,Post}(Place(t, i));
    ensures places: \forall integer q; b <= q < b + Span(info[t].kind) ==>
      PlaceSet{Pre,Post}(q, info[t].owner, Place(t, i));
    ensures rest: InfoOutside{Pre,Post}(b, Span(info[t].kind));
    ensures others: CleanBut{Pre}(info[t].owner % NAME_SLOTS) ==>
      CleanBut{Post}(info[t].owner % NAME_SLOTS);
    ensures owners: OwnersSame{Pre,Post};
    ensures code: rights < MAP_EXECUTE ==> old_code == \old(old_code);
*/
void table_put(uint64_t t, uint64_t i, uint64_t b, uint64_t rights);

/* A leaf goes. */
/*@ requires inv: Inv;
    requires entry: Entry(t, i);
    requires leaf: Leaf(ram[t].word[i]);
    terminates \true;
    assigns ram[0 .. FRAMES-1], stale[0 .. DOMAINS-1];
    INV_KEPT;
    ensures kept: MemoryKept{Pre,Post};
    ensures gone: ram[t].word[i] == 0;
    ensures rest: \forall integer u, j; 0 <= u < FRAMES && 0 <= j < 512 && (u != t || j != i) ==>
      ram[u].word[j] == \old(ram[u].word[j]);
    ensures others: CleanBut{Pre}(info[t].owner % NAME_SLOTS) ==>
      CleanBut{Post}(info[t].owner % NAME_SLOTS);
*/
void table_clear(uint64_t t, uint64_t i);

/* A leaf gets other rights. */
/*@ requires inv: Inv;
    requires entry: Entry(t, i);
    requires leaf: Leaf(ram[t].word[i]);
    requires rights: 1 <= rights <= 7 && rights != 2 && rights != 6;
    terminates \true;
    assigns ram[0 .. FRAMES-1], stale[0 .. DOMAINS-1], old_code;
    INV_KEPT;
    ensures kept: MemoryKept{Pre,Post};
    ensures page: PtePage(ram[t].word[i]) == PtePage(\old(ram[t].word[i]));
    ensures flags: ram[t].word[i] % 1024 == PTE_USER + 2 * rights;
    ensures rest: \forall integer u, j; 0 <= u < FRAMES && 0 <= j < 512 && (u != t || j != i) ==>
      ram[u].word[j] == \old(ram[u].word[j]);
    ensures others: CleanBut{Pre}(info[t].owner % NAME_SLOTS) ==>
      CleanBut{Post}(info[t].owner % NAME_SLOTS);
    ensures code: rights < MAP_EXECUTE ==> old_code == \old(old_code);
*/
void table_protect(uint64_t t, uint64_t i, uint64_t rights);

/* The free entry i of table t becomes a leaf over window w's page. */
/*@ requires inv: Inv;
    requires entry: Entry(t, i) && info[t].kind == FRAME_TABLE0 && !Valid(ram[t].word[i]);
    requires window: w < WINDOWS && window[w].owner == info[t].owner;
    requires unmapped: WindowUnmapped(w);
    requires rights: 1 <= rights <= 7 && rights != 2 && rights != 6;
    terminates \true;
    assigns ram[0 .. FRAMES-1], window[0 .. WINDOWS-1], stale[0 .. DOMAINS-1], old_code;
    INV_KEPT;
    ensures kept: MemoryKept{Pre,Post};
    ensures others: CleanBut{Pre}(info[t].owner % NAME_SLOTS) ==>
      CleanBut{Post}(info[t].owner % NAME_SLOTS);
    ensures code: rights < MAP_EXECUTE ==> old_code == \old(old_code);
    ensures owner: window[w].owner == \old(window[w].owner) && window[w].base_pfn == \old(window[w].base_pfn) &&
      window[w].at == Place(t, i);
    ensures leaf: PtePage(ram[t].word[i]) == window[w].base_pfn && ram[t].word[i] % 1024 == PTE_USER + 2 * rights;
    ensures word: WordOnly{Pre,Post}(Place(t, i));
    ensures rest: WindowOnly{Pre,Post}(w);
*/
void table_put_window(uint64_t t, uint64_t i, uint64_t w, uint64_t rights);

/* The idle frame f of the same owner becomes an empty table under the free entry i of t. */
/*@ requires inv: Inv;
    requires entry: Entry(t, i) && info[t].kind != FRAME_TABLE0 && !Valid(ram[t].word[i]);
    requires idle: Idle(f) && info[f].owner == info[t].owner;
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], stale[0 .. DOMAINS-1], unordered;
    INV_KEPT;
    ensures kept: MemoryKept{Pre,Post};
    ensures table: info[f].kind == \old(info[t].kind) - 1 && ZeroFrame(f) &&
      info[f].owner == \old(info[f].owner);
    ensures linked: Pointer(ram[t].word[i]) && PteFrame(ram[t].word[i]) == f && info[f].at_owner == Place(t, i);
    ensures word: \forall integer u, j; 0 <= u < FRAMES && 0 <= j < 512 && u != f && (u != t || j != i) ==>
      ram[u].word[j] == \old(ram[u].word[j]);
    ensures rest: InfoOutside{Pre,Post}(f, 1);
    ensures others: CleanBut{Pre}(\old(info[t].owner) % NAME_SLOTS) ==>
      CleanBut{Post}(\old(info[t].owner) % NAME_SLOTS);
*/
void table_add(uint64_t t, uint64_t i, uint64_t f);

/* An empty table is a data frame of its owner again; 0 if it was not empty. */
/*@ requires inv: Inv;
    requires table: f < frame_count && Live(info[f].owner) &&
      (info[f].kind == FRAME_TABLE0 || info[f].kind == FRAME_TABLE1);
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], stale[0 .. DOMAINS-1];
    INV_KEPT;
    ensures kept: MemoryKept{Pre,Post};
    ensures done: \result != 0 ==> Idle(f);
    ensures empty: \result != 0 <==> \old(\forall integer j; 0 <= j < 512 ==> !Valid(ram[f].word[j]));
    ensures word: WordOnly{Pre,Post}(\old(info[f].at_owner)) &&
      \forall integer u, j; 0 <= u < FRAMES && 0 <= j < 512 ==>
        ram[u].word[j] == 0 || ram[u].word[j] == \old(ram[u].word[j]);
    ensures rest: InfoOutside{Pre,Post}(f, 1);
    ensures refused: \result == 0 ==> RamSame{Pre,Post} && InfoSame{Pre,Post} &&
      \exists integer j; 0 <= j < 512 && Valid(ram[f].word[j]);
    ensures others: CleanBut{Pre}(\old(info[f].owner) % NAME_SLOTS) ==>
      CleanBut{Post}(\old(info[f].owner) % NAME_SLOTS);
    ensures same: info[f].owner == \old(info[f].owner);
    ensures clean: \result == 0 ==> (Clean{Pre} ==> Clean{Post});
*/
int table_remove(uint64_t f);
