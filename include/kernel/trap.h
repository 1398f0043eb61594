/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The C halves of the entries in src/kernel/hart/entry.S. Each returns an enum resume. */
#pragma once

#include <kernel/vcpu.h>

/* The guest of hart h's thread trapped, with that scause; its registers are on the vCPU page. */
/*@ KERNEL_HOLDS(h < HARTS);
    requires guest: InGuest(h);
    requires root: AtRoot(hart[h].current);
    TRAP_KEPT;
*/
uint64_t trap_guest(uint64_t h, uint64_t cause);
/* The guest executed what H makes a virtual instruction; of its registers, only those are on the vCPU page that C does
 * not keep, so no other context may be chosen. RESUME_SERVER: it waits, the caller goes on with trap_guest. */
/*@ KERNEL_HOLDS(h < HARTS);
    requires guest: InGuest(h);
    requires root: AtRoot(hart[h].current);
    TRAP_KEPT;
    ensures same: hart[h].current == \old(hart[h].current);
    ensures either: \result == RESUME_GUEST || \result == RESUME_SERVER;
*/
uint64_t trap_virtual(uint64_t h);
/* A server trapped; its registers are in its context. */
/*@ KERNEL_HOLDS(h < HARTS);
    requires server: hart[h].current < THREADS && thread[hart[h].current].hart == h;
    TRAP_KEPT;
*/
uint64_t trap_server(uint64_t h);
/* A server called VCPU_RUN; pc, sp, gp and tp are in its context. */
/*@ KERNEL_HOLDS(h < HARTS);
    requires server: hart[h].current < THREADS && thread[hart[h].current].hart == h;
    TRAP_KEPT;
*/
uint64_t trap_run(uint64_t h, uint64_t flags);
/* The same where the short way will not do. */
/*@ KERNEL_HOLDS(h < HARTS);
    requires server: hart[h].current < THREADS && thread[hart[h].current].hart == h;
    TRAP_KEPT;
*/
__attribute__((noinline)) uint64_t trap_run_locked(uint64_t h, uint64_t flags);
/* An interrupt ended the hart's sleep. */
/*@ KERNEL_HOLDS(h < HARTS);
    TRAP_KEPT;
*/
uint64_t trap_idle(uint64_t h);
/* Chooses what the hart runs next, and prepares it. */
/*@ KERNEL_HOLDS(h < HARTS);
    TRAP_KEPT;
*/
uint64_t trap_leave(uint64_t h);

/* An interrupt of the machine's ended the guest's run. */
/*@ TRAP_GUEST;
    TRAP_KEPT;
*/
uint64_t trap_interrupt(uint64_t h, uint64_t t);
/* The guest of hart h's thread t waits for an interrupt; none is pending that it has enabled. */
/*@ TRAP_GUEST;
    TRAP_KEPT;
*/
uint64_t trap_wfi(uint64_t h, uint64_t t);
