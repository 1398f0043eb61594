/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * vCPUs. Thread t's vCPU is vcpu[t]. What a guest's exit and the next entry touch (vcpu_exit, vcpu_reenter) belongs to
 * the hart: no lock is held. VS registers and hgatp stay in the hart until another vCPU is loaded there.
 */
#ifndef KERNEL_VCPU_H
#define KERNEL_VCPU_H

#include <kernel/thread.h>

/* What the assembly does next: the C halves of the entries return one of these. */
enum resume { RESUME_GUEST = 0, RESUME_SERVER = 1, RESUME_IDLE = 2, RESUME_EXIT = 4 /* plus VCPU_RUN's result */ };

/* Words of struct vcpu_page. */
enum {
	PAGE_PC = 0, PAGE_INJECT = 32, PAGE_SCAUSE = 33, PAGE_STVAL = 34, PAGE_HTVAL = 35, PAGE_HTINST = 36,
	PAGE_DEADLINE = 37, PAGE_VS = 38, PAGE_SUPERVISOR = 48, PAGE_SCOUNTEREN = 49, PAGE_F = 50
};

/* The hart was in the guest of its thread t and goes to the thread itself, whose VCPU_RUN returns `why`. */
uint64_t vcpu_exit(uint64_t h, uint64_t t, uint64_t why);
/* The same with the fault's registers on the page. */
uint64_t vcpu_exit_fault(uint64_t h, uint64_t t, uint64_t why, uint64_t cause);
/* VCPU_RUN with flags 0 or VCPU_RUN_TIMER: RESUME_GUEST if the guest was entered, else RESUME_SERVER and nothing has happened. */
uint64_t vcpu_reenter(uint64_t h, uint64_t t, uint64_t flags);
/* The hart was in the guest of thread t: keeps what the guest's next entry needs. The thread stays inside. */
void vcpu_leave(uint64_t h, uint64_t t);
/* Thread t's guest goes on behind the instruction that trapped, which has 4 bytes. */
void vcpu_skip(uint64_t t);
/* Thread t is inside VCPU_RUN and runs next: enters its guest, or ends the call if there is something to tell. */
uint64_t vcpu_resume(uint64_t h, uint64_t t);
/* Takes in the whole page of thread t's vCPU; what the monitor may not choose is masked. */
void vcpu_take_state(uint64_t h, uint64_t t);
/* Takes in the deadline of the guest's timer. */
void vcpu_take_deadline(uint64_t h, uint64_t t);
/* Writes all state of thread t's vCPU to its page. */
void vcpu_show_state(uint64_t h, uint64_t t);
/* Binds thread t's vCPU to a guest and a page. */
void vcpu_bind(uint64_t t, uint32_t guest, uint64_t page);
/* Unbinds every vCPU of a guest that is about to end: BUSY if one is still in a hart (which was told to leave). */
int vcpu_unbind_all(uint32_t guest);
/* The guest's F registers come into the hart. */
void vcpu_take_fp(uint64_t h, uint64_t t);
/* The guest's trap handler gets an illegal-instruction exception [priv 15.6.1]. */
void vcpu_reflect(uint64_t t);
/* wfi: 1 if an interrupt is pending for the guest, which then goes on behind it. */
int vcpu_wfi_pending(uint64_t t);
/* Raises the timer interrupt of guests that are due, on harts without Sstc. */
void vcpu_tick(uint64_t h, uint64_t t, uint64_t now);
/* When the timer interrupt of thread t's guest is due, if the guest wants it. */
uint64_t vcpu_timer(uint64_t t);
/* A fence the guest asked for (VCPU_FENCE_…), on every hart that runs a vCPU of it. */
void vcpu_fence(uint64_t h, uint64_t t, uint64_t what, uint64_t va, uint64_t bytes, uint64_t asid);
/* The hart goes to a server: CSRs as servers have them. */
void vcpu_to_server(void);

#endif
