/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The end of a guest while its vCPU may be running on another hart: no hart reaches a frame that was reclaimed, by its
 * guest or by a translation it kept.
 *
 * runner     src/kernel/vcpu.c: trap_run (fast, no lock), vcpu_resume, load, vcpu_exit, vcpu_leave;
 *            src/kernel/ipc.c: ipc_reply_wait (takes the bits without looking at the guest)
 * destroyer  src/kernel/call_object.c: domain_destroy; src/kernel/vcpu.c: vcpu_unbind_all;
 *            src/kernel/domain.c: domain_end; fence_space of src/kernel/hart/space.c; then SEPTUM_FRAME_RECLAIM
 *
 * MUTANTS: LOOK_THEN_PUBLISH NO_RUNNER_FENCE NO_LOOK NO_LOADED_LOOK LOOK_THEN_SET NO_DESTROYER_FENCE NOT_BUSY
 * MUTANTS: NO_REMOTE_FENCE REMOTE_FENCE_FIRST KEEP_BOUND
 */
#define HARTS 2
#define VARS 5
#define LOCK 0
#define RUNNING 1
#define PENDING 2
#define UNLOADED 3 /* 1: the hart does not hold the vCPU */
#define UNBOUND 4  /* 1: the vCPU has no guest */
#include "memory.pml"

#define NOBODY 0
#define THREAD 1

bit ipi, inside, translation, reclaimed;

inline publish() {
	store_release(RUNNING, THREAD);
#ifndef NO_RUNNER_FENCE
	fence()
#endif
}

active proctype runner() {
	byte me = 0, x, y;
server: /* the monitor's code */
	if
	:: goto reenter
	:: lock_take(); swap(PENDING, 0, x); x = 0; lock_give(); goto server /* REPLY_WAIT */
	fi;
reenter:
#ifdef LOOK_THEN_PUBLISH
	load(PENDING, x);
	load(UNLOADED, y);
	publish();
#else
	publish();
	load(PENDING, x);
	load(UNLOADED, y);
#endif
#ifdef NO_LOOK
	x = 0;
#endif
#ifdef NO_LOADED_LOOK
	y = 0;
#endif
	if
	:: x != 0 || y != 0 -> store_release(RUNNING, NOBODY); x = 0; y = 0; goto slow
	:: else
	fi;
guest:
	inside = 1;
	do
	:: assert(!reclaimed); translation = 1
	:: ipi -> inside = 0; ipi = 0; store_release(RUNNING, NOBODY); lock_take(); goto resume
	:: inside = 0; store_release(RUNNING, NOBODY); goto server
	od;
slow:
	lock_take();
resume:
	load(UNBOUND, x);
	if
	:: x != 0 -> x = 0; lock_give(); goto dead
	:: else
	fi;
	store(UNLOADED, 0);
	publish();
	load(PENDING, x);
	if
	:: x != 0 -> store_release(RUNNING, NOBODY); swap(PENDING, 0, x); x = 0; lock_give(); goto server
	:: else -> lock_give(); goto guest
	fi;
dead:	skip
}

/* Served by the other hart's firmware, whatever the hart does. */
inline remote_fence() { atomic { DRAINED -> translation = 0 } }

active proctype destroyer() {
	byte me = 1, x;
again:
	lock_take();
#ifdef REMOTE_FENCE_FIRST
	remote_fence();
#endif
#ifdef LOOK_THEN_SET
	load(RUNNING, x);
#endif
	store(PENDING, 1);
#ifndef NO_DESTROYER_FENCE
	fence();
#endif
#ifndef LOOK_THEN_SET
	load(RUNNING, x);
#endif
#ifdef NOT_BUSY
	x = NOBODY;
#endif
	if
	:: x == THREAD -> send_ipi(ipi); lock_give(); x = 0; goto again /* SEPTUM_BUSY */
	:: else
	fi;
#ifndef KEEP_BOUND
	store(UNBOUND, 1);
#endif
	store(UNLOADED, 1);
#ifndef NO_REMOTE_FENCE
#ifndef REMOTE_FENCE_FIRST
	remote_fence();
#endif
#endif
	lock_give();
	lock_take(); /* a later call */
	atomic { assert(!inside && !translation); reclaimed = 1 };
	lock_give()
}

init { atomic { run drain(0); run drain(1) } }
