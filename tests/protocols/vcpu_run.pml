/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Entering a guest against notifications and kicks: none is lost.
 *
 * runner    src/kernel/trap.c: trap_guest, trap_leave; src/kernel/vcpu.c: trap_run, publish, vcpu_resume,
 *           vcpu_exit, vcpu_leave, take_inject; running_publish, running_clear, pending_look, pending_take of
 *           src/kernel/hart/hart.c
 * notifier  src/kernel/ipc.c: ipc_notify, ipc_kick; pending_set, running_look of src/kernel/hart/hart.c
 * kicker    src/servers/monitor/hart.c: sets `inject`; src/kernel/ipc.c: ipc_kick
 *
 * The guest runs on for ever once nobody wants it: a runner that stays there without both messages is an invalid end.
 *
 * MUTANTS: LOOK_THEN_PUBLISH NO_RUNNER_FENCE NO_LOOK INJECT_THEN_PUBLISH NO_PUBLISH_AGAIN LOOK_THEN_SET
 * MUTANTS: NO_NOTIFIER_FENCE NO_KICK_FENCE NO_IPI
 */
#define HARTS 3
#define VARS 4
#define LOCK 0
#define RUNNING 1
#define PENDING 2
#define INJECT 3
#include "memory.pml"

#define NOBODY 0
#define THREAD 1

bit ipi; /* pending at the runner's hart */

inline publish() {
	store_release(RUNNING, THREAD);
#ifndef NO_RUNNER_FENCE
	fence()
#endif
}

inline take_inject() {
	load(INJECT, x);
	if
	:: x != 0 -> swap(INJECT, 0, x); kicked = 1
	:: else
	fi
}

active proctype runner() {
	byte me = 0, x, exits = 2;
	bit noticed, kicked;

reenter: /* without the lock */
#ifdef LOOK_THEN_PUBLISH
	load(PENDING, x);
	publish();
#else
#ifdef INJECT_THEN_PUBLISH
	take_inject();
#endif
	publish();
	load(PENDING, x);
#endif
#ifdef NO_LOOK
	x = 0;
#endif
	if
	:: x != 0 -> store_release(RUNNING, NOBODY); lock_take(); goto slow
	:: else
	fi;
#ifndef INJECT_THEN_PUBLISH
	take_inject();
#endif
guest:
	x = 0;
	if
	:: noticed && kicked -> goto done
	:: ipi -> store_release(RUNNING, NOBODY); lock_take(); ipi = 0; goto resume
	:: exits > 0 -> exits--; store_release(RUNNING, NOBODY); goto reenter /* the monitor answers, and runs it again */
	fi;
resume: /* with the lock, before the hart leaves the kernel */
#ifndef NO_PUBLISH_AGAIN
	publish();
#endif
	load(PENDING, x);
	if
	:: x != 0 -> store_release(RUNNING, NOBODY); goto slow
	:: else -> take_inject(); lock_give(); goto guest
	fi;
slow: /* VCPU_RUN ends */
	swap(PENDING, 0, x);
	if
	:: x != 0 -> noticed = 1
	:: else
	fi;
	lock_give();
	goto reenter;
done:	skip
}

inline wake() {
#ifdef NO_IPI
	skip
#else
	if
	:: x == THREAD -> send_ipi(ipi)
	:: else
	fi
#endif
}

active proctype notifier() {
	byte me = 1, x;
	lock_take();
#ifdef LOOK_THEN_SET
	load(RUNNING, x);
#endif
	store(PENDING, 1);
#ifndef NO_NOTIFIER_FENCE
	fence();
#endif
#ifndef LOOK_THEN_SET
	load(RUNNING, x);
#endif
	wake();
	lock_give()
}

active proctype kicker() {
	byte me = 2, x;
	store_release(INJECT, 1); /* in the monitor: an amoor.rl orders nothing that comes after it */
	lock_take();
#ifndef NO_KICK_FENCE
	fence();
#endif
	load(RUNNING, x);
	wake();
	lock_give()
}

init { atomic { run drain(0); run drain(1); run drain(2) } }
