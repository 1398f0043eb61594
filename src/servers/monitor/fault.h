/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Guest-page faults: an access to a device is carried out, any other ends the guest. */
#ifndef MONITOR_FAULT_H
#define MONITOR_FAULT_H

#include "monitor.h"

#define CAUSE_FETCH_GUEST_PAGE 20u
#define CAUSE_LOAD_GUEST_PAGE  21u
#define CAUSE_STORE_GUEST_PAGE 23u

/* NULL: served, back to the guest. Else the rule that denies the access. */
const char *fault_serve(struct hart *h);

/* The guest-physical address of the fault on the page. */
static inline uint64_t fault_gpa(const struct vcpu_page *page)
{
    return page->htval << 2 | (page->stval & 3u);
}

/* lb or lbu as htinst hands it over: all but rd, the address offset (rs1), the length and the sign. */
#define HTINST_BYTE_MASK UINT64_C(0xfffffffffff0307d)
#define HTINST_BYTE_LOAD 0x1u

/* The one read that guests repeat most, the UART's line status, in a few instructions. False: see fault_serve. */
static inline bool fault_fast(struct vcpu_page *page, const struct uart *uart)
{
    uint64_t htinst = page->htinst;
    int value;

    if (page->scause != CAUSE_LOAD_GUEST_PAGE || fault_gpa(page) != UART_GPA + UART_LSR ||
        (htinst & HTINST_BYTE_MASK) != HTINST_BYTE_LOAD)
        return false;
    value = uart_peek_status(uart);
    if (value == UART_NOTHING)
        return false;
    page_set(page, (uint32_t)htinst >> 7 & 31u, (uint64_t)value);
    page->pc += (htinst & 2u) + 2u;
    return true;
}

#endif
