/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The choice of the next thread: highest priority, round robin within it, budgets per period. kernel_lock. */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include <kernel/thread.h>

/* A thread became ready: its hart looks again if it should run there now. */
void sched_poke(uint32_t t);
/* Time has passed on hart h: charges its thread, refills budgets, ends waits that are over. */
void sched_tick(uint32_t h, uint64_t now);
/* Chooses hart h's next thread and arms the hart's timer; the thread, or NO_THREAD. */
uint32_t sched_next(uint32_t h, uint64_t now);

#endif
