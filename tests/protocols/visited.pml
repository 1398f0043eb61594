/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Fencing only the harts that ever had an address space: a hart that comes to it meanwhile walks the changed table, or
 * is fenced.
 *
 * walker  src/kernel/hart/space.c: visit, then satp or hgatp is written, and the hart walks the table
 * fencer  src/kernel/table.c: a leaf is cleared; src/kernel/hart/space.c: fence_space
 *
 * MUTANTS: WALK_THEN_VISIT NO_VISIT_FENCE NO_FENCER_FENCE LOOK_THEN_CLEAR NO_REMOTE_FENCE
 */
#define HARTS 2
#define VARS 3
#define LOCK 0
#define VISITED 1
#define CLEARED 2 /* 1: the leaf is gone */
#include "memory.pml"

bit translation; /* the walker's hart holds the old leaf */
bit reused;      /* the frame has another owner */

active proctype walker() {
	byte me = 0, x, walks = 2;
#ifdef WALK_THEN_VISIT
	load(CLEARED, x);
	translation = !x;
#endif
	store(VISITED, 1);
#ifndef NO_VISIT_FENCE
	fence();
#endif
#ifdef WALK_THEN_VISIT
	walks = 0;
#endif
	do
	:: walks > 0 -> atomic { translation = translation || !SEEN(CLEARED); walks-- }
	:: atomic { translation -> assert(!reused) }; break
	:: walks == 0 && !translation -> break
	od
}

active proctype fencer() {
	byte me = 1, x;
#ifdef LOOK_THEN_CLEAR
	load(VISITED, x);
#endif
	store(CLEARED, 1);
#ifndef NO_FENCER_FENCE
	fence();
#endif
#ifndef LOOK_THEN_CLEAR
	load(VISITED, x);
#endif
	if
#ifndef NO_REMOTE_FENCE
	:: x != 0 -> atomic { DRAINED -> translation = 0 } /* by the other hart's firmware */
#endif
	:: else
	fi;
	atomic { reused = 1; assert(!translation) }
}

init { atomic { run drain(0); run drain(1) } }
