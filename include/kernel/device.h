/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Devices that do DMA, by the number that the IOMMU knows them by, each with a context: its accesses go through the
 * stage 2 of the domain it is assigned to, or nowhere (T11). A server drives its device by a domain of its own that is
 * all device: a guest without vCPUs. Each call returns an enum septum_status; anything but SEPTUM_OK means that nothing
 * changed. The caller holds kernel_lock.
 */
#pragma once

#include <kernel/domain.h>

/*@ // Of the contexts, only n changed.
    predicate ContextOnly{P,Q}(integer n) = \forall integer m; 0 <= m < DEVICES && m != n ==> ContextSame{P,Q}(m);
*/

/* The device, which has no owner, is domain d's, a guest: its DMA goes through d's stage 2. */
/*@ requires inv: Inv;
    requires devices: Contexts;
    requires clean: Clean;
    terminates \true;
    assigns device_owner[0 .. DEVICES-1], device_context[0 .. DEVICES-1], loose;
    ensures inv: Inv;
    ensures devices: Contexts;
    ensures clean: Clean;
    ensures allowed: \result == SEPTUM_OK ==> n < DEVICES && \old(device_owner[n]) == NOBODY && Live(d);
    ensures assigned: \result == SEPTUM_OK ==> device_owner[n] == d && LeadsTo(n, d);
    ensures rest: ContextOnly{Pre,Post}(n);
    ensures refused: \result != SEPTUM_OK ==> ContextOnly{Pre,Post}(DEVICES);
*/
int device_assign(uint64_t n, uint32_t d);

/* The device's DMA goes nowhere. */
/*@ requires inv: Inv;
    requires devices: Contexts;
    requires clean: Clean;
    terminates \true;
    assigns device_owner[0 .. DEVICES-1], device_context[0 .. DEVICES-1], loose;
    ensures inv: Inv;
    ensures devices: Contexts;
    ensures clean: Clean;
    ensures allowed: \result == SEPTUM_OK <==> n < DEVICES && \old(device_owner[n]) != NOBODY;
    ensures taken: \result == SEPTUM_OK ==> device_owner[n] == NOBODY && LeadsNowhere(n);
    ensures rest: ContextOnly{Pre,Post}(n);
    ensures refused: \result != SEPTUM_OK ==> ContextOnly{Pre,Post}(DEVICES);
*/
int device_take(uint64_t n);

/* All that is assigned to the domain goes nowhere. */
/*@ requires inv: Inv;
    requires devices: Contexts;
    requires clean: Clean;
    terminates \true;
    assigns device_owner[0 .. DEVICES-1], device_context[0 .. DEVICES-1], loose;
    ensures inv: Inv;
    ensures devices: Contexts;
    ensures clean: Clean;
    ensures rest: DevicesOnly{Pre,Post}(d);
    ensures none: d != NOBODY ==> \forall integer n; 0 <= n < DEVICES ==> device_owner[n] != d;
*/
void device_end(uint32_t d);
