/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Memory with store buffers, weaker than TSO: a hart's stores wait in its buffer and reach memory in any order, but
 * for two to one variable, and for a release store, which waits for all before it. A fence waits for all. An atomic
 * operation works on memory at once. A hart sees its own stores. Loads are not reordered among themselves: what rests
 * on acquire loads is not shown by these models.
 *
 * Before inclusion: HARTS, VARS. Each process has `byte me` (its hart) and uses 0 as every variable's first value.
 */
#define DEPTH 3

typedef buffer {
	byte n;
	byte var[DEPTH];
	byte value[DEPTH];
	bit last[DEPTH] /* a release store */
}
byte mem[VARS];
buffer sb[HARTS];

#define OWN(k, v) (sb[me].n > k && sb[me].var[k] == v)
#define DRAINED (sb[me].n == 0)
/* What the hart reads of v. */
#define SEEN(v)                                                                                                        \
	(OWN(2, v) -> sb[me].value[2] : (OWN(1, v) -> sb[me].value[1] : (OWN(0, v) -> sb[me].value[0] : mem[v])))

inline put(where, what, release) {
	atomic {
		sb[me].n < DEPTH;
		sb[me].var[sb[me].n] = where;
		sb[me].value[sb[me].n] = what;
		sb[me].last[sb[me].n] = release;
		sb[me].n++
	}
}
inline store(where_, what_) { put(where_, what_, 0) }
inline store_release(where_, what_) { put(where_, what_, 1) }
inline load(where, into) { atomic { into = SEEN(where) } }
inline fence() { DRAINED }
/* An atomic exchange, acquire and release. */
inline swap(where, what, into) { atomic { DRAINED -> into = mem[where]; mem[where] = what } }

/* The kernel's lock, shown right by lock.pml: taken by an atomic operation, given back by a release store. */
inline lock_take() { atomic { mem[LOCK] == 0 && !OWN(0, LOCK) && !OWN(1, LOCK) && !OWN(2, LOCK) -> mem[LOCK] = 1 } }
inline lock_give() { store_release(LOCK, 0) }

/* The firmware orders the caller's stores before the interrupt. */
inline send_ipi(flag) { atomic { DRAINED -> flag = 1 } }

inline commit(h, k) {
	mem[sb[h].var[k]] = sb[h].value[k];
	if
	:: k < 1 && sb[h].n > 1 -> sb[h].var[0] = sb[h].var[1]; sb[h].value[0] = sb[h].value[1]; sb[h].last[0] = sb[h].last[1]
	:: else
	fi;
	if
	:: k < 2 && sb[h].n > 2 -> sb[h].var[1] = sb[h].var[2]; sb[h].value[1] = sb[h].value[2]; sb[h].last[1] = sb[h].last[2]
	:: else
	fi;
	sb[h].n--;
	sb[h].var[sb[h].n] = 0; sb[h].value[sb[h].n] = 0; sb[h].last[sb[h].n] = 0
}

/* One for each hart. */
proctype drain(byte h) {
end:	do
	:: d_step { sb[h].n > 0 -> commit(h, 0) }
	:: d_step { sb[h].n > 1 && !sb[h].last[1] && sb[h].var[1] != sb[h].var[0] -> commit(h, 1) }
	:: d_step {
		sb[h].n > 2 && !sb[h].last[2] && sb[h].var[2] != sb[h].var[0] && sb[h].var[2] != sb[h].var[1] ->
			commit(h, 2)
	   }
	od
}
