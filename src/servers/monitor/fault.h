/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Guest-page faults: an access to a device is carried out, any other ends the guest. */
#ifndef MONITOR_FAULT_H
#define MONITOR_FAULT_H

#include "monitor.h"

/* NULL: served, back to the guest. Else the rule that denies the access. */
const char *fault_serve(struct hart *h);

/* The guest-physical address of the fault on the page. */
static inline uint64_t fault_gpa(const struct vcpu_page *page)
{
    return page->htval << 2 | (page->stval & 3u);
}

#define CAUSE_FETCH_GUEST_PAGE 20u
#define CAUSE_LOAD_GUEST_PAGE  21u
#define CAUSE_STORE_GUEST_PAGE 23u

#endif
