/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The kernel's ticket lock: one at a time, in the order of the tickets, and what was written under it is seen.
 *
 * src/kernel/hart/hart.c: kernel_lock, kernel_unlock. Tickets are counted modulo 4 here, so that they wrap.
 *
 * MUTANTS: TICKET_NOT_ATOMIC UNLOCK_RELAXED UNLOCK_EARLY BARGE NO_WAIT
 */
#define HARTS 3
#define VARS 4
#define LOCK 0
#define NEXT 1
#define SERVING 2
#define DATA 3
#define ROUNDS 2
#include "memory.pml"

byte inside;  /* holders */
byte entered; /* holders so far, modulo 4 */
byte finished;

inline take_ticket() {
#ifdef TICKET_NOT_ATOMIC
	load(NEXT, ticket);
	store(NEXT, (ticket + 1) % 4);
	fence()
#else
	atomic { !OWN(0, NEXT) && !OWN(1, NEXT) && !OWN(2, NEXT) -> ticket = mem[NEXT]; mem[NEXT] = (ticket + 1) % 4 }
#endif
}

inline wait_turn() {
#ifdef BARGE
	lock_take(); /* whoever comes first */
	inside++;
#else
#ifdef NO_WAIT
	inside++;
#else
	atomic { SEEN(SERVING) == ticket -> inside++ }
#endif
#endif
}

inline give() {
#ifdef BARGE
	lock_give();
#endif
	load(SERVING, x);
#ifdef UNLOCK_RELAXED
	store(SERVING, (x + 1) % 4)
#else
	store_release(SERVING, (x + 1) % 4)
#endif
}

proctype hart(byte me) {
	byte ticket, x, round;
	do
	:: round < ROUNDS ->
		take_ticket();
		wait_turn();
		assert(inside == 1);
		atomic { assert(entered == ticket); entered = (entered + 1) % 4 };
#ifdef UNLOCK_EARLY
		give();
#endif
		load(DATA, x);
		store(DATA, x + 1);
		atomic { inside--; x = 0 };
#ifndef UNLOCK_EARLY
		give();
#endif
		round++
	:: else -> break
	od;
	fence();
	atomic {
		finished++;
		if
		:: finished == HARTS -> assert(mem[DATA] == HARTS * ROUNDS)
		:: else
		fi
	}
}

init { atomic { run drain(0); run drain(1); run drain(2); run hart(0); run hart(1); run hart(2) } }
