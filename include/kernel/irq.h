/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Interrupts of devices: each is delivered to its one owner as a notification, and masked until acknowledged. */
#pragma once

#include <kernel/thread.h>

struct irq {
	uint32_t thread; /* name of the thread that is told, or 0 */
	uint32_t pad;
	uint64_t bits;
};

extern struct irq irq[IRQS];

/*@ // Thread k is told of interrupt n.
    predicate IrqOwner{L}(integer n, integer k) =
      n != 0 && ThreadLive(irq[n].thread) && k == irq[n].thread % NAME_SLOTS; */

/* Claims one interrupt of hart h's and tells its owner. More than one: the hart traps again. */
/*@ requires ranges: Ranges && h < HARTS;
    terminates \true;
    assigns thread[0 .. THREADS-1], context[0 .. THREADS-1], told[0 .. THREADS-1], claimed;
    ensures ranges: Ranges;
    ensures homes: Homes{Pre,Post};
    ensures others: \forall integer k; 0 <= k < THREADS && !IrqOwner{Pre}(claimed, k) ==>
      Untouched{Pre,Post}(k) && told[k] == \old(told[k]);
    ensures owner: \forall integer k; 0 <= k < THREADS && IrqOwner{Pre}(claimed, k) ==>
      told[k] == (\old(told[k]) | irq[claimed].bits);
*/
void irq_take(uint64_t h);
/* From now on thread t is told of interrupt n by these bits. */
/*@ requires ranges: Ranges && 0 < n < IRQS && t < THREADS;
    terminates \true;
    assigns irq[n];
    ensures bound: irq[n].thread == ThreadName(t) && irq[n].bits == bits;
*/
void irq_bind(uint32_t n, uint64_t t, uint64_t bits);
/* Lets the next one through. */
/*@ requires ranges: Ranges && n < IRQS;
    terminates \true;
    assigns \nothing;
*/
void irq_ack(uint32_t n);
