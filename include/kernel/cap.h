/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Authority: a static table of capabilities per domain. No call names an object any other way. kernel_lock. */
#ifndef KERNEL_CAP_H
#define KERNEL_CAP_H

#include <kernel/thread.h>

struct cap {
	uint32_t type;   /* enum septum_cap_type */
	uint32_t rights; /* CAP_… */
	uint32_t name;   /* name of a domain or thread; number of a window or interrupt */
	uint32_t pad;
	uint64_t badge;
};

extern struct cap cap[DOMAINS][CAPS];

/* Can domain slot d use its slot i as a capability of that type with all those rights, to something that lives? */
int cap_check(uint32_t d, uint64_t i, uint32_t type, uint32_t rights);
/* Fills an empty slot. */
int cap_put(uint32_t d, uint64_t i, uint32_t type, uint32_t name, uint64_t badge);
/* A copy of `from`'s slot i with fewer rights, into slot j of domain `to`, within P. */
int cap_grant(uint32_t from, uint64_t i, uint32_t to, uint64_t j, uint64_t rights, uint64_t badge);
/* Empties a slot; of a slot that is empty or out of range, nothing. */
void cap_drop(uint32_t d, uint64_t i);
/* Empties all slots of a domain. */
void cap_clear(uint32_t d);

#endif
