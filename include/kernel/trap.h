/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The C halves of the entries in src/kernel/hart/entry.S. Each returns an enum resume. */
#ifndef KERNEL_TRAP_H
#define KERNEL_TRAP_H

#include <kernel/call.h>
#include <kernel/vcpu.h>

/* The guest of hart h's thread trapped; its registers are on the vCPU page. */
/*@ requires inv: Inv;
    requires clean: Clean;
    requires ranges: Ranges && h < HARTS;
    requires guest: InGuest(h);
    terminates \true;
    assigns KERNEL_STATE;
    KERNEL_KEPT;
    ensures guest: \result == RESUME_GUEST ==> InGuest(h);
    ensures thread: \result != RESUME_IDLE ==> hart[h].current < THREADS && thread[hart[h].current].hart == h;
*/
uint64_t trap_guest(uint64_t h);
/* A server trapped; its registers are in its context. */
/*@ requires inv: Inv;
    requires clean: Clean;
    requires ranges: Ranges && h < HARTS;
    requires server: hart[h].current < THREADS && thread[hart[h].current].hart == h;
    terminates \true;
    assigns KERNEL_STATE;
    KERNEL_KEPT;
    ensures guest: \result == RESUME_GUEST ==> InGuest(h);
    ensures thread: \result != RESUME_IDLE ==> hart[h].current < THREADS && thread[hart[h].current].hart == h;
*/
uint64_t trap_server(uint64_t h);
/* A server called VCPU_RUN; pc, sp, gp and tp are in its context. */
/*@ requires inv: Inv;
    requires clean: Clean;
    requires ranges: Ranges && h < HARTS;
    requires server: hart[h].current < THREADS && thread[hart[h].current].hart == h;
    terminates \true;
    assigns KERNEL_STATE;
    KERNEL_KEPT;
    ensures guest: \result == RESUME_GUEST ==> InGuest(h);
    ensures thread: \result != RESUME_IDLE ==> hart[h].current < THREADS && thread[hart[h].current].hart == h;
*/
uint64_t trap_run(uint64_t h, uint64_t flags);
/* An interrupt ended the hart's sleep. */
/*@ requires inv: Inv;
    requires clean: Clean;
    requires ranges: Ranges && h < HARTS;
    terminates \true;
    assigns KERNEL_STATE;
    KERNEL_KEPT;
    ensures guest: \result == RESUME_GUEST ==> InGuest(h);
    ensures thread: \result != RESUME_IDLE ==> hart[h].current < THREADS && thread[hart[h].current].hart == h;
*/
uint64_t trap_idle(uint64_t h);
/* Chooses what the hart runs next, and prepares it. */
/*@ requires inv: Inv;
    requires clean: Clean;
    requires ranges: Ranges && h < HARTS;
    terminates \true;
    assigns KERNEL_STATE;
    KERNEL_KEPT;
    ensures guest: \result == RESUME_GUEST ==> InGuest(h);
    ensures thread: \result != RESUME_IDLE ==> hart[h].current < THREADS && thread[hart[h].current].hart == h;
*/
uint64_t trap_leave(uint64_t h);

#endif
