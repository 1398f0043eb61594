/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * vCPUs. Thread t's vCPU is vcpu[t]. What a guest's exit and the next entry touch (vcpu_exit, trap_run) belongs to
 * the hart: no lock is held. VS registers and hgatp stay in the hart until another vCPU is loaded there.
 */
#pragma once

#include <kernel/call.h>
#include <kernel/root.h>

/* What the assembly does next: the C halves of the entries return one of these. */
enum resume { RESUME_GUEST = 0, RESUME_SERVER = 1, RESUME_IDLE = 2, RESUME_OFF = 3, RESUME_EXIT = 4 /* plus VCPU_RUN's result */ };

/* The hart was in the guest of its thread t and goes to the thread itself, whose VCPU_RUN returns `why`. */
/*@ requires ranges: Ranges && h < HARTS && t < THREADS;
    requires why: why <= EXIT_OTHER;
    requires shadow: ShadowInv;
    terminates \true;
    assigns vcpu[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures shadow: ShadowInv;
    ensures kept: BindingsSame{Pre,Post};
    ensures exit: \result == RESUME_EXIT + why;
*/
uint64_t vcpu_exit(uint64_t h, uint64_t t, uint64_t why);
/* The same with the fault's registers on the page. */
/*@ requires ranges: Ranges && h < HARTS && t < THREADS;
    requires bound: vcpu[t].guest != NOBODY;
    requires why: why <= EXIT_OTHER;
    requires shadow: ShadowInv;
    terminates \true;
    assigns vcpu[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures shadow: ShadowInv;
    ensures kept: BindingsSame{Pre,Post};
    ensures exit: \result == RESUME_EXIT + why;
*/
uint64_t vcpu_exit_fault(uint64_t h, uint64_t t, uint64_t why, uint64_t cause);
/* The hart was in the guest of thread t: keeps what the guest's next entry needs. The thread stays inside. */
/*@ requires ranges: Ranges && h < HARTS && t < THREADS;
    terminates \true;
    assigns vcpu[0 .. THREADS-1], hart[h].space;
    ensures ranges: Ranges;
    ensures kept: BindingsSame{Pre,Post};
*/
void vcpu_leave(uint64_t h, uint64_t t);
/* Thread t's guest goes on behind the instruction that trapped, which has 4 bytes. */
/*@ requires ranges: Ranges && t < THREADS;
    requires bound: vcpu[t].guest != NOBODY;
    terminates \true;
    assigns \nothing;
*/
void vcpu_skip(uint64_t t);
/* Thread t is inside VCPU_RUN and runs next: enters its guest, or ends the call if there is something to tell. */
/*@ KERNEL_HOLDS(h < HARTS && t < THREADS);
    requires current: hart[h].current == t && thread[t].hart == h;
    terminates \true;
    assigns vcpu[0 .. THREADS-1], hart[0 .. HARTS-1], selected[0 .. HARTS-1], context[0 .. THREADS-1],
      ram[0 .. FRAMES-1], info[0 .. FRAMES-1], SHADOW_STATE;
    KERNEL_KEPT;
    ensures currents: CurrentsSame{Pre,Post};
    ensures entered: \result == RESUME_GUEST ==> InGuest(h) && AtRoot(t);
    ensures either: \result == RESUME_GUEST || \result == RESUME_SERVER;
*/
uint64_t vcpu_resume(uint64_t h, uint64_t t);
/* Takes in the whole page of thread t's vCPU; what the monitor may not choose is masked. With VCPU_RUN_CLEAR floating
 * point becomes zero: else it stays what it was. */
/*@ requires ranges: Ranges && h < HARTS && t < THREADS;
    requires bound: vcpu[t].guest != NOBODY;
    requires shadow: ShadowInv;
    requires caught: Caught;
    terminates \true;
    assigns vcpu[0 .. THREADS-1], hart[0 .. HARTS-1], selected[0 .. HARTS-1], SHADOW_STATE;
    ensures ranges: Ranges;
    ensures caught: Caught;
    ensures shadow: ShadowInv;
    ensures currents: CurrentsSame{Pre,Post};
    ensures kept: BindingsSame{Pre,Post};
*/
void vcpu_take_state(uint64_t h, uint64_t t, uint64_t flags);
/* What VCPU_RUN_TIMER and VCPU_RUN_FENCE ask for; the vCPU is loaded. */
/*@ requires ranges: Ranges && h < HARTS && t < THREADS;
    requires bound: vcpu[t].guest != NOBODY;
    requires shadow: ShadowInv;
    requires caught: Caught;
    terminates \true;
    assigns vcpu[0 .. THREADS-1], hart[h].alarm, shadow[t], shadow_lag[t];
    ensures ranges: Ranges;
    ensures caught: Caught;
    ensures shadow: ShadowInv;
    ensures on: ShadowOn(t) <==> \old(ShadowOn(t));
    ensures currents: CurrentsSame{Pre,Post};
    ensures kept: BindingsSame{Pre,Post};
*/
void vcpu_take_flags(uint64_t h, uint64_t t, uint64_t flags);
/* Writes all state of thread t's vCPU to its page. */
/*@ requires ranges: Ranges && h < HARTS && t < THREADS;
    requires bound: vcpu[t].guest != NOBODY;
    terminates \true;
    assigns vcpu[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures kept: BindingsSame{Pre,Post};
*/
void vcpu_show_state(uint64_t h, uint64_t t);
/* Binds thread t's vCPU to a guest and a page. */
/*@ requires inv: Inv;
    requires ranges: Ranges && t < THREADS;
    requires page: page < frame_count && page < FRAMES && info[page].kind == FRAME_VCPU &&
      info[page].owner == thread[t].domain;
    requires guest: guest != NOBODY && Live(guest) && dom[guest % NAME_SLOTS].kind == SEPTUM_GUEST;
    requires alive: thread[t].state != THREAD_FREE && vcpu[t].guest == NOBODY;
    requires shadow: ShadowInv;
    requires caught: Caught;
    terminates \true;
    assigns vcpu[0 .. THREADS-1], hart[0 .. HARTS-1], SHADOW_STATE;
    ensures ranges: Ranges;
    ensures caught: Caught;
    ensures shadow: ShadowInv;
    ensures currents: CurrentsSame{Pre,Post};
    ensures bound: vcpu[t].guest == guest && vcpu[t].page == page;
*/
void vcpu_bind(uint64_t t, uint32_t guest, uint64_t page, uint16_t mode);
/* Unbinds every vCPU of a guest that is about to end: BUSY if one is still in a hart (which was told to leave). */
/*@ requires inv: Inv;
    requires ranges: Ranges;
    requires shadow: ShadowInv;
    requires caught: Caught;
    terminates \true;
    assigns thread[0 .. THREADS-1], vcpu[0 .. THREADS-1], hart[0 .. HARTS-1], selected[0 .. HARTS-1],
      shadow[0 .. THREADS-1], told[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures caught: Caught;
    ensures shadow: ShadowInv;
    ensures homes: Homes{Pre,Post};
    ensures currents: CurrentsSame{Pre,Post};
    ensures result: \result == SEPTUM_OK || \result == SEPTUM_BUSY;
    ensures unbound: \result == SEPTUM_OK ==> \forall integer t; 0 <= t < thread_top ==>
      vcpu[t].guest != guest || guest == NOBODY;
*/
int vcpu_unbind_all(uint32_t guest);
/* The guest's F registers come into the hart. */
/*@ requires ranges: Ranges && h < HARTS && t < THREADS;
    terminates \true;
    assigns hart[0 .. HARTS-1];
    ensures ranges: Ranges;
    ensures currents: CurrentsSame{Pre,Post};
    ensures loaded: hart[h].loaded == \old(hart[h].loaded);
*/
void vcpu_take_fp(uint64_t h, uint64_t t);
/* The guest's trap handler gets an illegal-instruction exception [priv 15.6.1]. */
/*@ requires ranges: Ranges && t < THREADS;
    requires bound: vcpu[t].guest != NOBODY;
    terminates \true;
    assigns \nothing;
*/
void vcpu_reflect(uint64_t t);
/* Not 0: an interrupt is pending that the guest has enabled, and `inject` tells of no change. Hardware mode, loaded. */
/*@ requires ranges: Ranges && t < THREADS;
    requires bound: vcpu[t].guest != NOBODY;
    terminates \true;
    assigns \nothing;
*/
int vcpu_interrupted(uint64_t t);
/* wfi: 1 if an interrupt is pending for the guest, which then goes on behind it. Takes in `inject`. */
/*@ requires ranges: Ranges && t < THREADS;
    requires bound: vcpu[t].guest != NOBODY;
    terminates \true;
    assigns vcpu[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures kept: BindingsSame{Pre,Post};
*/
int vcpu_wfi_pending(uint64_t t);
/* Raises the timer interrupt of guests that are due, on harts without Sstc. */
/*@ requires ranges: Ranges && h < HARTS && t < THREADS;
    terminates \true;
    assigns vcpu[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures kept: BindingsSame{Pre,Post};
*/
void vcpu_tick(uint64_t h, uint64_t t, uint64_t now);
/* When the timer interrupt of thread t's guest is due, if the guest wants it. */
/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns \nothing;
*/
uint64_t vcpu_timer(uint64_t t);
/* A fence the guest asked for (VCPU_FENCE_…), on every hart that runs a vCPU of it. */
/*@ requires inv: Inv;
    requires ranges: Ranges && h < HARTS && t < THREADS;
    requires home: thread[t].hart == h && vcpu[t].guest != NOBODY;
    requires shadow: ShadowInv;
    requires caught: Caught;
    terminates \true;
    assigns vcpu[0 .. THREADS-1], hart[0 .. HARTS-1], selected[0 .. HARTS-1], SHADOW_STATE,
      ram[0 .. FRAMES-1], info[0 .. FRAMES-1];
    ensures inv: Inv;
    ensures caught: Caught;
    ensures ranges: Ranges;
    ensures shadow: ShadowInv;
    ensures currents: CurrentsSame{Pre,Post};
    ensures kept: BindingsSame{Pre,Post};
*/
void vcpu_fence(uint64_t h, uint64_t t, uint64_t what, uint64_t va, uint64_t bytes, uint64_t asid);
/* The hart goes to a server: CSRs as servers have them. FS = VS = Off: a server has no floating point. */
/*@ terminates \true;
    assigns \nothing;
*/
void vcpu_to_server(void);

/* The hart's timer fires in time for thread t's guest. */
/*@ requires ranges: Ranges && h < HARTS && t < THREADS;
    terminates \true;
    assigns hart[h].alarm;
    ensures ranges: Ranges;
*/
void vcpu_arm(uint64_t h, uint64_t t);
/* Takes in the deadline on the page; the vCPU is loaded. */
/*@ requires ranges: Ranges && h < HARTS && t < THREADS;
    requires bound: vcpu[t].guest != NOBODY;
    terminates \true;
    assigns vcpu[0 .. THREADS-1], hart[h].alarm;
    ensures ranges: Ranges;
    ensures kept: BindingsSame{Pre,Post};
*/
void vcpu_set_timer(uint64_t h, uint64_t t);
/* The hart's VS registers go to thread t's vCPU, whose they are. */
/*@ requires ranges: Ranges && t < THREADS;
    terminates \true;
    assigns vcpu[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures kept: BindingsSame{Pre,Post};
*/
void vcpu_save_vs(uint64_t t);
/* The hart holds the state of thread t's vCPU, and no translation of another vCPU under its VMID; 0 if the guest has
 * no root any more. */
/*@ requires inv: Inv;
    requires ranges: Ranges && h < HARTS && t < THREADS;
    requires home: thread[t].hart == h && vcpu[t].guest != NOBODY;
    requires shadow: ShadowInv;
    terminates \true;
    assigns vcpu[0 .. THREADS-1], hart[h].loaded, hart[h].last[0 .. DOMAINS-1], selected[h];
    ensures ranges: Ranges;
    ensures shadow: ShadowInv;
    ensures currents: CurrentsSame{Pre,Post};
    ensures kept: BindingsSame{Pre,Post};
    ensures loaded: \result != 0 ==> hart[h].loaded == t;
*/
int vcpu_load(uint64_t h, uint64_t t);
