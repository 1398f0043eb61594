/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/ipc.h>
#include <kernel/irq.h>

struct irq irq[IRQS];

void irq_take(uint64_t h)
{
	uint32_t n = plic_claim(h);
	if (n == 0)
		return;
	plic_complete(h, n); /* first: of a disabled source it would be ignored [plic 1.0.0, 9] */
	plic_enable(h, n, 0);
	if (thread_live(irq[n].thread))
		ipc_notify(irq[n].thread % NAME_SLOTS, irq[n].bits);
}

void irq_bind(uint32_t n, uint64_t t, uint64_t bits)
{
	if (thread_live(irq[n].thread))
		plic_enable(thread[irq[n].thread % NAME_SLOTS].hart, n, 0);
	irq[n].thread = thread_name(t);
	irq[n].bits = bits;
	plic_enable(thread[t].hart, n, 1);
}

void irq_ack(uint32_t n)
{
	if (thread_live(irq[n].thread))
		plic_enable(thread[irq[n].thread % NAME_SLOTS].hart, n, 1);
}
