/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Shadow tables: the translations of a guest that runs in U mode, as a virtual TLB of its vCPU. shadow[t] belongs to
 * the hart of thread t while the thread is its current one; another hart touches it under kernel_lock, after it has
 * evicted the guest (hart_evict).
 */
#ifndef KERNEL_SHADOW_H
#define KERNEL_SHADOW_H

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
	uint64_t first;      /* the arena: frames first .. first + count - 1 */
	uint64_t count;
	uint64_t used;       /* of these, the first `used` are tables */
	uint64_t high;       /* the high half that spaces share: supervisor and global leaves only; NO_FRAME: none yet */
	uint64_t now;        /* index of the present root: space * SHADOW_MODES + mode */
	uint64_t hand;       /* the space that goes next when all are taken */
	uint64_t satp[SHADOW_SPACES];
	uint64_t mxr[SHADOW_SPACES];
	uint64_t root[SHADOW_ROOTS]; /* NO_FRAME: none */
};

extern struct shadow shadow[THREADS];

#endif
