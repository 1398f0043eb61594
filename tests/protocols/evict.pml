/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Who changes a shadow guest's stage 2 (or fences for another vCPU of it) touches the shadow tables of a vCPU that
 * another hart may be using: that hart neither walks nor writes them meanwhile, and each sees what the other wrote.
 *
 * runner   src/kernel/vcpu_shadow.c: shadow_reenter, shadow_exit, shadow_leave; src/kernel/trap_shadow.c: instruction
 *          (writes its own tables without the lock while it is published), page_fault; src/kernel/vcpu.c: vcpu_resume
 * changer  src/kernel/vcpu_shadow.c: shadow_fence_all, shadow_drop_all; hart_evict of src/kernel/hart/hart.c
 *
 * MUTANTS: PUBLISH_UNLOCKED CLEAR_FIRST CLEAR_RELAXED NO_WAIT LOOK_UNLOCKED LOCK_FIRST
 */
#define HARTS 2
#define VARS 3
#define LOCK 0
#define RUNNING 1
#define TABLE 2 /* a word of the shadow tables */
#include "memory.pml"

#define NOBODY 0
#define THREAD 1

bit ipi, root, changing; /* root: satp of the runner's hart holds a shadow root */
bit last;                /* what was written to TABLE last */

inline clear() {
#ifdef CLEAR_RELAXED
	store(RUNNING, NOBODY);
#else
	store_release(RUNNING, NOBODY);
#endif
}

inline leave() {
#ifdef CLEAR_FIRST
	clear();
	root = 0;
#else
	root = 0;
	clear();
#endif
}

inline touch() {
	assert(!changing);
	load(TABLE, x);
	assert(x == last);
	atomic { x = 1 - x; last = x };
	store(TABLE, x);
	assert(!changing);
	x = 0
}

active proctype runner() {
	byte me = 0, x, rounds;
server:
	rounds++;
	if
	:: rounds > 3 -> goto done
	:: else
	fi;
#ifndef PUBLISH_UNLOCKED
	lock_take();
#endif
	store_release(RUNNING, THREAD);
	fence();
#ifndef PUBLISH_UNLOCKED
	lock_give();
#endif
guest:
	atomic { assert(!changing); root = 1 };
	do
	:: touch(); break      /* a trap that the hart serves itself */
	:: leave(); goto server /* SBI, MMIO */
#ifdef LOCK_FIRST
	:: ipi -> ipi = 0; lock_take(); leave(); lock_give(); goto slow
#else
	:: ipi -> ipi = 0; leave(); goto slow /* so does a page fault, which wants the lock */
#endif
	od;
	leave();
	goto server;
slow:
	lock_take();
	store_release(RUNNING, THREAD);
	fence();
	lock_give();
	goto guest;
done:	skip
}

active proctype changer() {
	byte me = 1, x, y;
	do
	:: y < 2 ->
		y++;
#ifdef LOOK_UNLOCKED
		send_ipi(ipi);
		SEEN(RUNNING) == NOBODY;
		lock_take();
#else
		lock_take();
		send_ipi(ipi);
#ifndef NO_WAIT
		SEEN(RUNNING) == NOBODY;
#endif
#endif
		atomic { assert(!root); changing = 1 };
		load(TABLE, x);
		assert(x == last);
		atomic { x = 1 - x; last = x };
		store(TABLE, x);
		atomic { assert(!root); changing = 0 };
		lock_give();
		x = 0
	:: y == 2 -> break
	od
}

init { atomic { run drain(0); run drain(1) } }
