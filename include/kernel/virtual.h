/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The virtual S mode of a vCPU in shadow mode: what its CSRs hold, what a trap, sret and an interrupt do to them.
 * The guest's registers are words of vcpu[t]: vcpu[t].csr[] at the VS registers of the same names (sip's bits in HVIP,
 * at the VS positions), .senvcfg, .scounteren; the privilege is shadow[t].supervisor. Only bits that the guest may set
 * are kept (virtual_settle); all else that a read shows is made when it is read. `own` of the thread's hart.
 */
#pragma once

#include <kernel/shadow.h>

/* What the writer of a CSR must see to: any of these bits. INTERRUPT: one may be due that was not. TIMER: stimecmp or sie
 * changed. SPACE: satp, SUM or MXR changed, another root. FP: FS changed. ILLEGAL, alone: nothing was written. */
enum virtual_effect {
	EFFECT_NONE = 0, EFFECT_INTERRUPT = 1, EFFECT_TIMER = 2, EFFECT_SPACE = 4, EFFECT_FP = 8, EFFECT_ILLEGAL = 16
};

struct csr_value {
	uint64_t ok; /* 1, or 0: an illegal instruction */
	uint64_t value;
};

#include "../../spec/model/virtual.acsl"

/* A CSR as the guest reads it at that time. */
/*@ requires t: t < THREADS;
    terminates \true;
    assigns \nothing;
    ensures legal: CsrReadable(t, number) ==> \result.ok == 1;
    ensures illegal: !CsrReadable(t, number) ==> \result.ok == 0 && \result.value == 0;
    ensures exact: CsrReadable(t, number) ==> \result.value == CsrRead(t, number, now);
*/
struct csr_value virtual_read(uint64_t t, uint64_t number, uint64_t now);
/* Writes a CSR; returns bits of enum virtual_effect. */
/*@ requires t: t < THREADS;
    terminates \true;
    assigns vcpu[t];
    ensures illegal: !CsrWritable{Pre}(t, number) ==> \result == EFFECT_ILLEGAL && vcpu[t] == \old(vcpu[t]);
    ensures exact: CsrWritable{Pre}(t, number) ==> CsrWritten{Pre,Post}(t, number, value);
    ensures effect: CsrWritable{Pre}(t, number) ==> \result == WriteEffect{Pre,Post}(t, number);
    ensures view: \result / EFFECT_SPACE % 2 == 0 ==> ViewSame{Pre,Post}(t);
    ensures kept: VcpuRest{Pre,Post}(t);
*/
uint64_t virtual_write(uint64_t t, uint64_t number, uint64_t value);
/* Takes a trap of the instruction at pc; the new pc. */
/*@ requires t: t < THREADS;
    terminates \true;
    assigns vcpu[t], shadow[t].supervisor;
    ensures exact: TrapTaken{Pre,Post}(t, pc, cause, value);
    ensures pc: \result == TrapTarget{Pre}(t, cause);
    ensures kept: VcpuRest{Pre,Post}(t);
*/
uint64_t virtual_trap(uint64_t t, uint64_t pc, uint64_t cause, uint64_t value);
/* sret in virtual S mode; the new pc. */
/*@ requires t: t < THREADS;
    terminates \true;
    assigns vcpu[t], shadow[t].supervisor;
    ensures exact: TrapReturned{Pre,Post}(t);
    ensures pc: \result == ReturnTarget{Pre}(t);
    ensures kept: VcpuRest{Pre,Post}(t);
*/
uint64_t virtual_sret(uint64_t t);
/* The cause of the first interrupt that sip and sie have, taken now or not: what ends a wfi; or 0. */
/*@ requires t: t < THREADS;
    terminates \true;
    assigns \nothing;
    ensures exact: FirstDue(t, now, \result);
*/
uint64_t virtual_pending(uint64_t t, uint64_t now);
/* The cause of the interrupt to take now, or 0. */
/*@ requires t: t < THREADS;
    terminates \true;
    assigns \nothing;
    ensures exact: InterruptChosen(t, now, \result);
*/
uint64_t virtual_interrupt(uint64_t t, uint64_t now);
/* Of words that came from elsewhere, what the guest itself could have written stays. */
/*@ requires t: t < THREADS;
    terminates \true;
    assigns vcpu[t];
    ensures exact: Settled{Pre,Post}(t);
    ensures kept: VcpuRest{Pre,Post}(t);
*/
void virtual_settle(uint64_t t);
