/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Single entries of page tables: how they are read and made, and the one store to a table that is in use.
 * [priv 10.3, 10.4, 15.5]
 */
#pragma once

#include <kernel/memory.h>
#include <riscv/pte.h>

/* The entry for that page. */
/*@ requires page: page < PTE_PAGES && flags < 1024;
    terminates \true;
    assigns \nothing;
    ensures exact: \result == page * 1024 + flags && \result / 1024 == page;
    ensures page: PtePage(\result) == page;
    ensures flags: \result % 1024 == flags && \result % 2 == flags % 2 && (\result / 2) % 8 == (flags / 2) % 8;
*/
uint64_t pte(uint64_t page, uint64_t flags);

/* The frame that entry e names; FRAMES or more if it is outside ram. */
/*@ requires sizes: Sizes;
    terminates \true;
    assigns \nothing;
    ensures inside: 0 <= PteFrame(e) < FRAMES ==> \result == PteFrame(e);
    ensures outside: !(0 <= PteFrame(e) < FRAMES) ==> \result >= FRAMES;
*/
uint64_t pte_frame(uint64_t e);

/* Does it lead to a further table? */
/*@ terminates \true;
    assigns \nothing;
    ensures pointer: \result != 0 <==> Pointer(e);
*/
int pte_pointer(uint64_t e);

/* Does the walk end at it? */
/*@ terminates \true;
    assigns \nothing;
    ensures leaf: \result != 0 <==> Leaf(e);
*/
int pte_leaf(uint64_t e);

/* Every store to a live table is this one. */
/*@ requires range: t < FRAMES && i < 512;
    requires ordered: Pointer(e) ==> unordered == 0;
    requires code: Executable(e) ==> old_code == 1;
    terminates \true;
    assigns ram[t].word[i], stale[info[t].owner % NAME_SLOTS];
    ensures written: ram[t].word[i] == e;
    ensures marked: stale[info[t].owner % NAME_SLOTS] == 3;
*/
void entry_write(uint64_t t, uint64_t i, uint64_t e);

/* Frame q remembers on domain d's side that it is mapped at `at`. */
/*@ requires range: q < FRAMES;
    terminates \true;
    assigns info[q].at_owner, info[q].at_borrower;
    ensures owner: info[q].owner == d ==>
      info[q].at_owner == at && info[q].at_borrower == \old(info[q].at_borrower);
    ensures borrower: info[q].owner != d ==>
      info[q].at_borrower == at && info[q].at_owner == \old(info[q].at_owner);
*/
void place_set(uint64_t q, uint32_t d, uint64_t at);
