/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Device windows: pages outside ram, each with one owner, mapped at one remembered place. Each call returns an enum
 * septum_status; anything but SEPTUM_OK means that nothing changed. The caller holds kernel_lock.
 */
#pragma once

#include <kernel/walk.h>

/*@ // Domain d may have window w: it has it, or it gets it from `from`, within P, or from an owner who is dead.
    predicate WindowMay{L}(integer w, integer from, integer d) =
      0 <= w < WINDOWS && window[w].owner != NOBODY && Live(d) &&
      (window[w].owner == d || !Live(window[w].owner) || (window[w].owner == from && Peers(from, d)));
*/

/* Maps the window, which is domain d's or becomes it, readable and writable at va: from the domain `from`, which gives it
 * away with that, or from who has died. */
/*@ requires inv: Inv;
    requires clean: Clean;
    terminates \true;
    assigns ram[0 .. FRAMES-1], window[0 .. WINDOWS-1], stale[0 .. DOMAINS-1], old_code;
    ensures inv: Inv;
    ensures kept: MemoryKeptBut{Pre,Post}(d % NAME_SLOTS);
    ensures clean: Clean;
    ensures allowed: \result == SEPTUM_OK ==> WindowMay{Pre}(w, from, d);
    ensures given: \result == SEPTUM_OK ==> window[w].owner == d;
    ensures exact: \result == SEPTUM_OK <==> \old(WindowMay(w, from, d) &&
      (Live(window[w].owner) ==> WindowUnmapped(w)) && va < SPACE_END && va % FRAME_BYTES == 0 && FreeAt(d, va, 0));
    ensures put: \result == SEPTUM_OK ==> \let x = WalkPlace{Pre}(d, va, 0); x != NOWHERE &&
      !Valid(WordAt{Pre}(x)) && PtePage(WordAt(x)) == window[w].base_pfn &&
      WordAt(x) % 1024 == PTE_USER + 2 * (MAP_READ + MAP_WRITE) && WordOnly{Pre,Post}(x) &&
      window[w].at == x && window[w].base_pfn == \old(window[w].base_pfn);
    ensures rest: WindowOnly{Pre,Post}(w);
    ensures refused: \result != SEPTUM_OK ==> RamSame{Pre,Post} && WindowsSame{Pre,Post};
*/
int window_map(uint64_t w, uint32_t from, uint32_t d, uint64_t va);

/* Takes the window out of its owner's tables. */
/*@ requires inv: Inv;
    requires clean: Clean;
    terminates \true;
    assigns ram[0 .. FRAMES-1], stale[0 .. DOMAINS-1];
    ensures inv: Inv;
    ensures kept: w < WINDOWS ==> MemoryKeptBut{Pre,Post}(\old(window[w].owner) % NAME_SLOTS);
    ensures clean: Clean;
    ensures gone: \result == SEPTUM_OK ==> w < WINDOWS && WindowUnmapped(w);
    ensures allowed: \result == SEPTUM_OK <==> \old(w < WINDOWS && Live(window[w].owner) && !WindowUnmapped(w));
    ensures cleared: \result == SEPTUM_OK ==> WordAt(window[w].at) == 0 && WordOnly{Pre,Post}(window[w].at);
    ensures refused: \result != SEPTUM_OK ==> RamSame{Pre,Post};
*/
int window_unmap(uint64_t w);
