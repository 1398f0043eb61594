/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The kernel's calls: capabilities are resolved here, the work is done elsewhere. kernel_lock. */
#pragma once

#include <kernel/cap.h>
#include <kernel/irq.h>
#include <kernel/shadow.h>
#include <septum/bootinfo.h>

#include "../../spec/model/authority.acsl"

/*@ // What AUDIT_READ tells thread t: these four words, and the count of calls. Words i .. i + 3 of frame p.
    predicate Told{L}(integer t, integer a, integer b, integer c, integer d) = context[t].x[REG_A1] == a &&
      context[t].x[REG_A2] == b && context[t].x[REG_A3] == c && context[t].x[REG_A4] == d &&
      context[t].x[REG_A5] == changes;
    predicate ToldFrame{L}(integer t, integer p) = 0 <= p < frame_count && Told(t, info[p].at_owner,
      info[p].at_borrower, info[p].owner + AUDIT_HIGH * info[p].borrower, info[p].kind);
    // Of a frame that no domain ever maps.
    predicate ToldTable{L}(integer t, integer p, integer i) = 0 <= p < frame_count && info[p].kind >= FRAME_TABLE0 &&
      Told(t, ram[p].word[i], ram[p].word[i + 1], ram[p].word[i + 2], ram[p].word[i + 3]);
    predicate ToldKernel{L}(integer t, integer i) = Told(t, kernel_root_table[i], kernel_root_table[i + 1],
      kernel_root_table[i + 2], kernel_root_table[i + 3]);
    predicate ToldDevice{L}(integer t, integer n, integer i) = Told(t, device_owner[n], device_context[n].tc,
      device_context[n].iohgatp, device_context[n].rest[i]);
    predicate ToldShadow{L}(integer t, integer k) = Told(t, (shadow[k].on == 0 ? NOBODY : vcpu[k].guest),
      shadow[k].first, shadow[k].used, shadow[k].emptied);
    predicate ToldRecord{L}(integer t, integer what, integer n, integer i) = 0 <= what <= AUDIT_SHADOW &&
      (what == AUDIT_FRAME ==> ToldFrame(t, n)) &&
      (what == AUDIT_TABLE ==> ToldTable(t, n, i % 128 * 4)) &&
      (what == AUDIT_KERNEL ==> ToldKernel(t, i % 128 * 4)) &&
      (what == AUDIT_DOMAIN ==> \let s = n % DOMAINS; Told(t, dom[s].kind, dom[s].name, dom[s].root, dom[s].sealed)) &&
      (what == AUDIT_WINDOW ==> \let w = n % WINDOWS; Told(t, window[w].base_pfn, window[w].at, window[w].owner, 0)) &&
      (what == AUDIT_DEVICE ==> ToldDevice(t, n % DEVICES, i % 6)) &&
      (what == AUDIT_SHADOW ==> ToldShadow(t, n % THREADS));
*/

/* Serves the call that thread t, current on its hart, made by ecall; pc already stands behind it. */
/*@ KERNEL_HOLDS(t < THREADS);
    requires ready: thread[t].state == THREAD_READY && hart[thread[t].hart].current == t;
    CALL_KEPT;
    ensures authority: Authority{Pre,Post}(\old(CallerSlot(t)));
    ensures peers: PeersKept{Pre,Post}(t, \old(context[t].x[REG_A7]));
*/
void call_dispatch(uint64_t t);
/* VCPU_RUN where the fast path will not do: thread t is inside afterwards, or has its status. */
/*@ KERNEL_HOLDS(h < HARTS && t < THREADS);
    requires home: thread[t].hart == h;
    terminates \true;
    assigns context[0 .. THREADS-1], vcpu[0 .. THREADS-1], hart[0 .. HARTS-1], selected[0 .. HARTS-1],
      SHADOW_STATE;
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
/* The values that thread t's call answers. */
/*@ requires slot: t < THREADS;
    terminates \true;
    assigns context[t].x[REG_A1 .. REG_A5];
    ensures ok: \result == SEPTUM_OK;
    ensures exact: context[t].x[REG_A1] == a && context[t].x[REG_A2] == b && context[t].x[REG_A3] == c &&
      context[t].x[REG_A4] == d && context[t].x[REG_A5] == e;
*/
int call_answer(uint64_t t, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e);
/* The groups of calls of thread t. */
/*@ KERNEL_HOLDS(t < THREADS);
    terminates \true;
    assigns MEMORY_STATE, context[0 .. THREADS-1];
    CALL_ENSURES;
    ensures may: \result == SEPTUM_OK ==> MayMemory{Pre}(t, number);
    ensures answer: AnswerOnly{Pre,Post}(t);
    ensures refused: \result != SEPTUM_OK ==> MemorySame{Pre,Post};
*/
int call_memory(uint64_t t, uint64_t number);
/* AUDIT_READ: what it asks for. Nothing changes but the registers that hold the answer. */
/*@ KERNEL_HOLDS(t < THREADS);
    terminates \true;
    assigns context[t].x[REG_A1 .. REG_A5];
    ensures may: \result == SEPTUM_OK ==> Holding{Pre}(t, 0, CAP_AUDIT, 0);
    ensures exact: \result == SEPTUM_OK ==> ToldRecord(t, \old(context[t].x[REG_A1]), \old(context[t].x[REG_A2]),
      \old(context[t].x[REG_A3]));
    ensures refused: \result != SEPTUM_OK ==> context[t] == \old(context[t]);
*/
int call_audit(uint64_t t);
/*@ KERNEL_HOLDS(t < THREADS);
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1];
    CALL_ENSURES;
    ensures may: \result == SEPTUM_OK ==> number <= SEPTUM_FRAME_RECLAIM && MayMemory{Pre}(t, number);
    ensures refused: \result != SEPTUM_OK ==> RamSame{Pre,Post} && InfoSame{Pre,Post};
*/
int calls_on_frames(uint64_t t, uint64_t number);
/*@ KERNEL_HOLDS(t < THREADS);
    terminates \true;
    assigns ram[0 .. FRAMES-1], info[0 .. FRAMES-1], dom[0 .. DOMAINS-1], stale[0 .. DOMAINS-1], unordered, old_code,
      SHADOW_STATE;
    CALL_ENSURES;
    ensures may: \result == SEPTUM_OK ==> MayMemory{Pre}(t, number);
    ensures refused: \result != SEPTUM_OK ==> RamSame{Pre,Post} && InfoSame{Pre,Post} && SlotsSame{Pre,Post};
*/
int calls_on_spaces(uint64_t t, uint64_t number);
/* A window changes hands with its mapping: from the caller, or from who died with it. */
/*@ KERNEL_HOLDS(t < THREADS && SEPTUM_WINDOW_MAP <= number <= SEPTUM_WINDOW_UNMAP);
    terminates \true;
    assigns ram[0 .. FRAMES-1], window[0 .. WINDOWS-1], stale[0 .. DOMAINS-1], old_code, SHADOW_STATE;
    CALL_ENSURES;
    ensures may: \result == SEPTUM_OK ==> MayMemory{Pre}(t, number);
    ensures refused: \result != SEPTUM_OK ==> RamSame{Pre,Post} && WindowsSame{Pre,Post};
*/
int calls_on_windows(uint64_t t, uint64_t number);
/*@ KERNEL_HOLDS(t < THREADS && thread[t].state != THREAD_FREE);
    terminates \true;
    assigns OBJECT_STATE;
    CALL_ENSURES;
    ensures may: \result == SEPTUM_OK ==> MayObject{Pre}(t, number);
    ensures authority: Authority{Pre,Post}(\old(CallerSlot(t)));
    ensures peers: PeersKept{Pre,Post}(t, number);
    ensures refused: \result != SEPTUM_OK && \result != SEPTUM_BUSY ==> ObjectsSame{Pre,Post};
*/
int call_object(uint64_t t, uint64_t number);
/*@ KERNEL_HOLDS(t < THREADS);
    terminates \true;
    assigns MACHINE_STATE;
    CALL_ENSURES;
    ensures may: \result == SEPTUM_OK ==> MayMachine{Pre}(t, number);
    ensures answer: AnswerOnly{Pre,Post}(t);
    ensures refused: \result != SEPTUM_OK ==> MachineSame{Pre,Post};
*/
int call_machine(uint64_t t, uint64_t number);
