/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The kernel's calls: capabilities are resolved here, the work is done elsewhere. kernel_lock. */
#pragma once

#include <kernel/cap.h>
#include <kernel/irq.h>
#include <kernel/shadow.h>
#include <septum/bootinfo.h>

/*@ // Thread t's domain has a capability of that type with those rights in the slot that its argument i names; or it
    // has the system's.
    predicate Holding{L}(integer t, integer i, integer type, integer rights) =
      Held(thread[t].domain % NAME_SLOTS, context[t].x[REG_A0 + i], type, rights);
    predicate HoldingSystem{L}(integer t) = Held(thread[t].domain % NAME_SLOTS, BOOT_CAP_SYSTEM, CAP_SYSTEM, 0);

    // T4: what a call wants of its caller.
    predicate MayMemory{L}(integer t, integer number) =
      (number == SEPTUM_FRAME_GIVE ==> Holding(t, 1, CAP_DOMAIN, CAP_MEMORY)) &&
      (number == SEPTUM_FRAME_LEND ==>
        Holding(t, 0, CAP_DOMAIN, CAP_MEMORY) && Holding(t, 2, CAP_DOMAIN, CAP_MEMORY)) &&
      (number == SEPTUM_FRAME_REVOKE || number == SEPTUM_FRAME_RELEASE ||
       SEPTUM_SPACE_ROOT <= number <= SEPTUM_SPACE_PROTECT ==> Holding(t, 0, CAP_DOMAIN, CAP_MEMORY)) &&
      (number == SEPTUM_FRAME_RECLAIM || number == SEPTUM_FRAME_INFO ==> HoldingSystem(t)) &&
      (number == SEPTUM_WINDOW_MAP ==> Holding(t, 0, CAP_WINDOW, 0) && Holding(t, 1, CAP_DOMAIN, CAP_MEMORY)) &&
      (number == SEPTUM_WINDOW_UNMAP ==> Holding(t, 0, CAP_WINDOW, 0));
    predicate MayObject{L}(integer t, integer number) =
      (number == SEPTUM_DOMAIN_CREATE ==> HoldingSystem(t)) &&
      (number == SEPTUM_DOMAIN_DESTROY ==> Holding(t, 0, CAP_DOMAIN, CAP_STOP)) &&
      (number == SEPTUM_CAP_GRANT || number == SEPTUM_THREAD_CREATE ==>
        Holding(t, 0, CAP_DOMAIN, CAP_CONTROL)) &&
      (number == SEPTUM_DOMAIN_PEER ==>
        Holding(t, 0, CAP_DOMAIN, CAP_CONTROL) && Holding(t, 1, CAP_DOMAIN, CAP_CONTROL)) &&
      (number == SEPTUM_THREAD_START ==> Holding(t, 0, CAP_THREAD, CAP_CONTROL)) &&
      (number == SEPTUM_THREAD_STOP || number == SEPTUM_THREAD_INFO ==> Holding(t, 0, CAP_THREAD, CAP_STOP));
    predicate MayMachine{L}(integer t, integer number) =
      (number == SEPTUM_IRQ_BIND || number == SEPTUM_IRQ_ACK ==> Holding(t, 0, CAP_IRQ, 0)) &&
      (number == SEPTUM_IRQ_BIND ==> Holding(t, 1, CAP_THREAD, CAP_CONTROL)) &&
      (number == SEPTUM_DEVICE_ASSIGN ==> Holding(t, 1, CAP_DOMAIN, CAP_MEMORY)) &&
      (SEPTUM_DEVICE_ASSIGN <= number <= SEPTUM_DEVICE_FAULT || number == SEPTUM_SYSTEM_OFF ||
       number == SEPTUM_SYSTEM_LOG ==> HoldingSystem(t));
*/

/* Serves the call that thread t, current on its hart, made by ecall; pc already stands behind it. */
/*@ KERNEL_HOLDS(t < THREADS);
    requires ready: thread[t].state == THREAD_READY && hart[thread[t].hart].current == t;
    CALL_KEPT;
*/
void call_dispatch(uint64_t t);
/* VCPU_RUN where the fast path will not do: thread t is inside afterwards, or has its status. */
/*@ KERNEL_HOLDS(h < HARTS && t < THREADS);
    requires home: thread[t].hart == h;
    terminates \true;
    assigns context[0 .. THREADS-1], vcpu[0 .. THREADS-1], hart[0 .. HARTS-1], selected[0 .. HARTS-1],
      shadow[0 .. THREADS-1];
    KERNEL_KEPT;
    ensures currents: CurrentsSame{Pre,Post};
*/
void call_vcpu_run(uint64_t h, uint64_t t, uint64_t flags);
/* Argument i of the call that thread t made. */
/*@ requires slots: t < THREADS && i < 6;
    terminates \true;
    assigns \nothing;
    ensures exact: \result == context[t].x[REG_A0 + i];
*/
uint64_t call_argument(uint64_t t, uint64_t i);
/* The groups of calls of thread t. */
/*@ KERNEL_HOLDS(t < THREADS);
    CALL_KEPT;
    ensures may: \result == SEPTUM_OK ==> MayMemory{Pre}(t, number);
*/
int call_memory(uint64_t t, uint64_t number);
/*@ KERNEL_HOLDS(t < THREADS);
    CALL_KEPT;
    ensures may: \result == SEPTUM_OK ==> number <= SEPTUM_FRAME_RECLAIM && MayMemory{Pre}(t, number);
*/
int calls_on_frames(uint64_t t, uint64_t number);
/*@ KERNEL_HOLDS(t < THREADS);
    CALL_KEPT;
    ensures may: \result == SEPTUM_OK ==> MayMemory{Pre}(t, number);
*/
int calls_on_spaces(uint64_t t, uint64_t number);
/* A window changes hands with its mapping: from the caller, or from who died with it. */
/*@ KERNEL_HOLDS(t < THREADS && SEPTUM_WINDOW_MAP <= number <= SEPTUM_WINDOW_UNMAP);
    CALL_KEPT;
    ensures may: \result == SEPTUM_OK ==> MayMemory{Pre}(t, number);
*/
int calls_on_windows(uint64_t t, uint64_t number);
/*@ KERNEL_HOLDS(t < THREADS);
    CALL_KEPT;
    ensures may: \result == SEPTUM_OK ==> MayObject{Pre}(t, number);
*/
int call_object(uint64_t t, uint64_t number);
/*@ KERNEL_HOLDS(t < THREADS);
    CALL_KEPT;
    ensures may: \result == SEPTUM_OK ==> MayMachine{Pre}(t, number);
*/
int call_machine(uint64_t t, uint64_t number);
