/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Shadow tables: the translations of a guest that runs in U mode, as a virtual TLB of its vCPU. shadow[t] belongs to
 * the hart of thread t while the thread is its current one; another hart touches it under kernel_lock, after it has
 * evicted the guest (hart_evict).
 */
#pragma once

#include <kernel/thread.h>

#define SHADOW_SPACES 8 /* address spaces of the guest that are remembered */
#define SHADOW_MODES 3
#define SHADOW_ROOTS 24 /* SHADOW_SPACES * SHADOW_MODES */

/* What an address space looks like from: virtual user, virtual supervisor, the same with SUM. */
enum shadow_mode { SHADOW_USER = 0, SHADOW_SUPERVISOR = 1, SHADOW_SUM = 2 };

/* What an arena frame that is in use is: tables of 4 KiB leaves, of 2 MiB leaves, the guest's low half with the
 * kernel's above it, the guest's high half, and the top of Sv48. Stands in info[p].at_borrower. */
enum shadow_level { SHADOW_L0 = 0, SHADOW_L1 = 1, SHADOW_LOW = 2, SHADOW_HIGH = 3, SHADOW_TOP = 4 };

struct shadow {
	uint32_t on;         /* 1: the vCPU is in shadow mode */
	uint32_t supervisor; /* 1: virtual S mode, 0: virtual U mode */
	uint64_t first, count; /* the arena: frames first .. first + count - 1 */
	uint64_t used;       /* of these, the first `used` are tables */
	uint64_t emptied;    /* how often they were given up, all at once: a table in use stays what it is until then */
	uint64_t high;       /* the high half that spaces share: supervisor and global leaves only; NO_FRAME: none yet */
	uint64_t now;        /* index of the present root: space * SHADOW_MODES + mode */
	uint64_t hand;       /* the space that goes next when all are taken */
	uint64_t owed;       /* 1: another hart has taken entries away; what the own hart holds goes before the guest runs */
	uint64_t satp[SHADOW_SPACES], mxr[SHADOW_SPACES];
	uint64_t root[SHADOW_ROOTS]; /* NO_FRAME: none */
};

#define SHADOW_ROOT_FRAMES 2  /* that a root takes: the top and its low half */
#define SHADOW_FILL_FRAMES 3  /* that a fill takes at most: a high half and two tables */
/* An instruction wants up to four pages at once (itself and its operand, each across two pages): with this many frames
 * all of them fit, so that a guest whose arena is recycled gets on. A smaller arena is none. */
#define SHADOW_ARENA_LEAST 16
#define SHADOW_NO_SPACE UINT64_MAX                               /* in satp[]: no such value */
#define SHADOW_ASID(t, r) (DOMAINS + (t) * SHADOW_ROOTS + (r))   /* the hart's, of that root */

extern struct shadow shadow[THREADS];

#include "../../spec/model/shadow.acsl"

/* Thread t's vCPU, just bound to a living guest, is in shadow mode from now on: supervisor, without an arena. */
/*@ requires shadow: ShadowInv && t < THREADS;
    requires live: Live(vcpu[t].guest);
    terminates \true;
    assigns shadow[t], shadow_lag[t];
    ensures shadow: ShadowInv;
    ensures caught: shadow_lag[t] == 0;
    ensures new: shadow[t].on == 1 && shadow[t].count == 0 && shadow[t].used == 0;
    ensures once: Once(t);
*/
void shadow_new(uint64_t t);

/* Before thread t's vCPU is unbound: it is in no mode, its arena's frames stay the guest's until that ends. The guest is
 * on no hart. */
/*@ requires shadow: ShadowInv && t < THREADS;
    terminates \true;
    assigns shadow[t].on;
    ensures shadow: ShadowInv;
    ensures off: !ShadowOn(t);
*/
void shadow_end(uint64_t t);

/* VCPU_ARENA: the frame joins the arena. enum septum_status. kernel_lock. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && t < THREADS;
    terminates \true;
    assigns info[0 .. FRAMES-1], shadow[t];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures allowed: \result == SEPTUM_OK ==> ShadowOn(t) && \old(info[p].owner) == vcpu[t].guest &&
      \old(info[p].kind) == FRAME_DATA && info[p].kind == FRAME_SHADOW;
    ensures rest: FrameOnly{Pre,Post}(p);
    ensures refused: \result != SEPTUM_OK ==> InfoSame{Pre,Post} && shadow[t] == \old(shadow[t]);
    ensures hart: HartKept{Pre,Post}(t);
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
*/
int shadow_arena(uint64_t t, uint64_t p);

/* The hart goes to the root of thread t's present space and mode, which is made if need be. 0: the arena is too small,
 * the hart is where it was. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    requires own: Own(t);
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t], shadow_lag[t], shadow_walk[t];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures only: ArenaOnly{Pre,Post}(t) && ArenaSame{Pre,Post}(t);
    ensures owners: OwnersSame{Pre,Post};
    ensures hart: HartKept{Pre,Post}(t);
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
    ensures root: \result != 0 ==> shadow[t].root[shadow[t].now] != NO_FRAME && RootFor(t, shadow[t].now);
    ensures least: \result != 0 ==> shadow[t].count >= SHADOW_ARENA_LEAST;
    ensures room: \result != 0 && \old(shadow[t].count - shadow[t].used) >= SHADOW_ROOT_FRAMES ==>
      shadow[t].count - shadow[t].used >= \old(shadow[t].count - shadow[t].used) - SHADOW_ROOT_FRAMES;
*/
int shadow_root(uint64_t t);

/* The guest's sfence.vma; which: bit 0 va is given, bit 1 asid is given. Unless va is, the hart may
 * be without a root until shadow_root. */
/*@ requires inv: Inv;
    requires shadow: ShadowInv && ShadowOn(t);
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], shadow[t], shadow_lag[t], shadow_walk[t];
    ensures inv: Inv;
    ensures shadow: ShadowInv;
    ensures only: ArenaOnly{Pre,Post}(t) && ArenaSame{Pre,Post}(t);
    ensures owners: OwnersSame{Pre,Post};
    ensures hart: HartKept{Pre,Post}(t);
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: OnceKept{Pre,Post}(t);
    ensures fenced: which % 2 == 0 || va < 0x4000000000 || va >= 0xffffffc000000000 ==>
      Fenced(t, va, asid % 65536, which % 4);
    ensures tlb: TlbFenced(t, va, asid % 65536, which % 4);
    ensures root: which % 2 == 1 ==> (RootFor(t, shadow[t].now) <==> RootFor{Pre}(t, \old(shadow[t].now)));
*/
void shadow_fence(uint64_t t, uint64_t va, uint64_t asid, uint64_t which);

/* Everything thread t's shadow tables hold is gone. No hart stands on them: the guest's own is in the kernel's space;
 * what its TLB holds goes before the next root is used. */
/*@ requires shadow: ShadowInv && t < THREADS;
    terminates \true;
    assigns shadow[t], shadow_lag[t];
    ensures shadow: ShadowInv;
    ensures hart: HartKept{Pre,Post}(t) && shadow_lag[t] == 0;
    ensures dropped: shadow[t].used == 0 && ArenaSame{Pre,Post}(t);
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: Once(t);
    ensures none: shadow[t].now == 0 && shadow[t].hand == 0 && shadow[t].high == NO_FRAME &&
      (\forall integer r; 0 <= r < SHADOW_ROOTS ==> shadow[t].root[r] == NO_FRAME);
*/
void shadow_drop(uint64_t t);

/* The same on the guest's own hart, which goes back to its server's space first. */
/*@ requires shadow: ShadowInv && t < THREADS;
    terminates \true;
    assigns shadow[t], shadow_lag[t], shadow_walk[t];
    ensures shadow: ShadowInv;
    ensures hart: HartKept{Pre,Post}(t) && shadow_lag[t] == 0;
    ensures off: Own(t) ==> shadow_walk[t] == SHADOW_NONE || shadow_walk[t] == SHADOW_OFF;
    ensures dropped: shadow[t].used == 0 && ArenaSame{Pre,Post}(t);
    ensures less: TlbLess{Pre,Post}(t);
    ensures once: Once(t);
    ensures none: shadow[t].high == NO_FRAME &&
      (\forall integer r; 0 <= r < SHADOW_ROOTS ==> shadow[t].root[r] == NO_FRAME);
*/
void shadow_recycle(uint64_t t);

/* May root r use the high half that spaces share? */
/*@ requires range: t < THREADS && r < SHADOW_ROOTS;
    terminates \true;
    assigns \nothing;
*/
int shadow_shares(uint64_t t, uint64_t r);
