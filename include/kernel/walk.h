/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The kernel's own walk of a domain's tables. What the hart's walk can reach is stated in spec/model/walk.acsl. */
#pragma once

#include <kernel/domain.h>
#include <kernel/table.h>

/* Where domain d's walk of va comes to the entry of that level; NOWHERE if a table is missing. */
/*@ requires inv: Inv;
    requires live: Live(d);
    requires va: va < SPACE_END && level <= 2;
    terminates \true;
    assigns \nothing;
    ensures found: \result != NOWHERE ==> Entry(\result / 512, \result % 512) &&
      info[\result / 512].owner == d && info[\result / 512].kind == FRAME_TABLE0 + level;
    ensures exact: \result == WalkPlace(d, va, level);
*/
uint64_t walk_find(uint32_t d, uint64_t va, uint64_t level);
