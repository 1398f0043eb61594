/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The guest's harts among themselves: start, stop, interrupts, and the halt of all. */
#pragma once

#include "monitor.h"

/* Raises the software interrupt of a hart that is not stopped. */
void hart_software(struct hart *h, uint32_t to);

/* Injects the external interrupts as the PLIC drives them. Under device_lock. */
void hart_external(struct hart *h);

/* The guest has written by its virtio console, or by the UART: so it is there that what is typed now goes to. */
void hart_speaks(struct hart *h, bool virtio);

/* Moves console input to the UART while that has room, if it goes there. Under device_lock. */
void hart_input(struct hart *h);

/* What is due by now happens, and the console is asked to ring when more will be. Under device_lock. */
void hart_clock(struct hart *h);

/* HSM; the answer is an SBI error. hart_stop: the thread parks then. */
int64_t hart_start(struct hart *h, uint64_t to, uint64_t pc, uint64_t argument);
void hart_stop(struct hart *h);

/* Sleeps, as the guest's wfi would, until something may have happened for it. */
void hart_suspend(struct hart *h);

/* Asks for the end of the guest's present life; the first wish counts. All harts park. */
void hart_halt(struct hart *h, enum guest_wish wish);

/* Sets the state a hart starts in: [SBI 2.0 §9.1] */
void hart_prepare(struct hart *h);

/*
 * The guest takes an exception, as the hart itself would deliver it. [priv §10.1.3, §22.1] The page holds all of its
 * state but floating point, and is taken in again whole.
 */
void hart_trap(struct hart *h, uint64_t cause, uint64_t value);

/* Stays here while the console holds the guest's CPUs; to be called between exit and entry. */
void hart_pause(struct hart *h);

/* If the hart was asked to start: it is started, and its page prepared. */
bool hart_unpark(struct hart *h);

/* Thread 0: waits until the threads of all other harts are parked. */
void hart_await_parked(struct hart *h);
