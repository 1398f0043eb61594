/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Device windows: pages outside ram, each with one owner, mapped at one remembered place. Each call returns an enum
 * septum_status; anything but SEPTUM_OK means that nothing changed. The caller holds kernel_lock.
 */
#ifndef KERNEL_WINDOW_H
#define KERNEL_WINDOW_H

#include <kernel/domain.h>
#include <kernel/table.h>
#include <kernel/walk.h>

/* Window w of domain `from` becomes `to`'s. */
/*@ requires inv: Inv;
    terminates \true;
    assigns window[0 .. WINDOWS-1];
    ensures inv: Inv;
    ensures allowed: \result == SEPTUM_OK ==> w < WINDOWS && Live(from) && Live(to) && Peers(from, to) &&
      \old(window[w].owner) == from;
    ensures given: \result == SEPTUM_OK ==> window[w].owner == to && WindowUnmapped(w);
    ensures refused: \result != SEPTUM_OK ==> WindowsSame{Pre,Post};
*/
int window_give(uint64_t w, uint32_t from, uint32_t to);

/* A window whose owner is dead becomes `to`'s. */
/*@ requires inv: Inv;
    terminates \true;
    assigns window[0 .. WINDOWS-1];
    ensures inv: Inv;
    ensures allowed: \result == SEPTUM_OK ==> w < WINDOWS && Live(to) && !Live(\old(window[w].owner)) &&
      \old(window[w].owner) != NOBODY;
    ensures taken: \result == SEPTUM_OK ==> window[w].owner == to && WindowUnmapped(w);
    ensures refused: \result != SEPTUM_OK ==> WindowsSame{Pre,Post};
*/
int window_reclaim(uint64_t w, uint32_t to);

/* Maps the window, which is domain d's, readable and writable at va. */
/*@ requires inv: Inv;
    requires clean: Clean;
    terminates \true;
    assigns ram[0 .. FRAMES-1], window[0 .. WINDOWS-1], stale[0 .. DOMAINS-1];
    ensures inv: Inv;
    ensures kept: MemoryKeptBut{Pre,Post}(d % NAME_SLOTS);
    ensures clean: Clean;
    ensures allowed: \result == SEPTUM_OK ==> w < WINDOWS && Live(d) && \old(window[w].owner) == d;
    ensures refused: \result != SEPTUM_OK ==> RamSame{Pre,Post} && WindowsSame{Pre,Post};
*/
int window_map(uint64_t w, uint32_t d, uint64_t va);

/* Takes the window out of its owner's tables. */
/*@ requires inv: Inv;
    requires clean: Clean;
    terminates \true;
    assigns ram[0 .. FRAMES-1], stale[0 .. DOMAINS-1];
    ensures inv: Inv;
    ensures kept: w < WINDOWS ==> MemoryKeptBut{Pre,Post}(\old(window[w].owner) % NAME_SLOTS);
    ensures clean: Clean;
    ensures gone: \result == SEPTUM_OK ==> w < WINDOWS && WindowUnmapped(w);
    ensures refused: \result != SEPTUM_OK ==> RamSame{Pre,Post};
*/
int window_unmap(uint64_t w);

#endif
