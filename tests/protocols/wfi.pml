/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A guest's wfi: its thread sleeps until a notification, a kick or its timer, and none of them is lost.
 *
 * runner    src/kernel/trap.c: trap_virtual, wfi_sleep, trap_idle, trap_guest, trap_leave; src/kernel/sched.c:
 *           sched_tick, sched_next (the hart's timer); src/kernel/vcpu.c: vcpu_wfi_pending, vcpu_timer, vcpu_resume
 * notifier  src/kernel/ipc.c: ipc_notify, ipc_kick; src/kernel/thread.c: thread_wake_guest; sched_poke
 * kicker    the same, after `inject` was set by the monitor
 * clock     time reaches the guest's deadline
 *
 * A hart that idles for ever before its guest has had all three is an invalid end.
 *
 * MUTANTS: NO_PENDING_LOOK NO_INJECT_LOOK NO_POKE NO_ALARM NO_TICK SLEEP_UNLOCKED NO_WAKE
 */
#define HARTS 3
#define VARS 5
#define LOCK 0
#define RUNNING 1
#define PENDING 2
#define INJECT 3
#define ASLEEP 4 /* the thread's state: 1 THREAD_WFI, 0 THREAD_READY */
#include "memory.pml"

#define NOBODY 0
#define THREAD 1

bit ipi, due; /* due: the deadline has come */
bit idle;     /* hart[h].current: nobody; guarded by the lock */

inline take_inject() {
	load(INJECT, x);
	if
	:: x != 0 -> swap(INJECT, 0, x); kicked = 1
	:: else
	fi
}

/* vcpu_wfi_pending, in x. */
inline look() {
	take_inject();
	x = x != 0 || (due && !timed)
}

active proctype runner() {
	byte me = 0, x, y;
	bit noticed, kicked, timed, alarm;

	store_release(RUNNING, THREAD);
	fence();
guest:
	x = 0; y = 0;
	if
	:: noticed && kicked && timed -> goto done
	:: due && !timed -> timed = 1; goto guest /* the guest's own timer interrupt */
	:: ipi -> store_release(RUNNING, NOBODY); lock_take(); ipi = 0; goto leave
	:: !(noticed && kicked && timed) -> skip /* wfi */
	fi;
	look();
	if
	:: x != 0 -> goto guest
	:: else
	fi;
	store_release(RUNNING, NOBODY);
	lock_take();
#ifdef SLEEP_UNLOCKED
	load(PENDING, y); look(); lock_give(); lock_take();
#else
#ifndef NO_PENDING_LOOK
	load(PENDING, y);
#endif
#ifdef NO_INJECT_LOOK
	x = due && !timed;
#else
	look();
#endif
#endif
	if
	:: x == 0 && y == 0 -> store(ASLEEP, 1)
	:: else
	fi;
leave: /* with the lock: sched_tick, sched_next */
	x = 0;
	y = due; /* hart_time */
	load(ASLEEP, x);
#ifndef NO_TICK
	if
	:: x != 0 && y && !timed -> store(ASLEEP, 0); x = 0
	:: else
	fi;
#endif
	assert(x == 0 || !y || timed); /* else the hart is woken again and again, for nothing */
	y = 0;
	if
	:: x != 0 -> idle = 1; alarm = !timed; lock_give(); goto sleep
	:: else -> idle = 0; alarm = 0
	fi;
	store_release(RUNNING, THREAD);
	fence();
	load(PENDING, x);
	if
	:: x != 0 -> swap(PENDING, 0, x); noticed = 1 /* VCPU_RUN ends, and is called again */
	:: else
	fi;
	take_inject();
	lock_give();
	goto guest;
sleep:
#ifdef NO_ALARM
	ipi;
#else
	ipi || (alarm && due);
#endif
	lock_take();
	ipi = 0;
	goto leave;
done:	skip
}

/* ipc_kick */
inline kick() {
	load(ASLEEP, x);
	if
	:: x != 0 ->
#ifndef NO_WAKE
		store(ASLEEP, 0);
#endif
#ifndef NO_POKE
		if
		:: idle -> send_ipi(ipi)
		:: else
		fi
#else
		skip
#endif
	:: else ->
		load(RUNNING, x);
		if
		:: x == THREAD -> send_ipi(ipi)
		:: else
		fi
	fi
}

active proctype notifier() {
	byte me = 1, x;
	lock_take();
	store(PENDING, 1);
	fence();
	kick();
	lock_give()
}

active proctype kicker() {
	byte me = 2, x;
	store_release(INJECT, 1);
	lock_take();
	fence();
	kick();
	lock_give()
}

active proctype clock() { due = 1 }

init { atomic { run drain(0); run drain(1); run drain(2) } }
