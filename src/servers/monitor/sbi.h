/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The guest's firmware: SBI 2.0 with BASE, TIME, IPI, RFENCE, HSM, SRST, DBCN and the two console calls of old.
 * A call takes a7 (extension), a6 (function) and a0 .. a5 from the vCPU page, and answers in a0 and a1.
 */
#pragma once

#include "monitor.h"

#define ECALL_BYTES        4u /* the page's pc already stands behind it */
#define SBI_LEGACY_PUTCHAR 0x01u
#define SBI_LEGACY_GETCHAR 0x02u
#define SBI_BASE           0x10u
#define SBI_TIME           0x54494d45u
#define SBI_IPI            0x735049u
#define SBI_RFENCE         0x52464e43u
#define SBI_HSM            0x48534du
#define SBI_SRST           0x53525354u
#define SBI_DBCN           0x4442434eu

#define SBI_SUCCESS               INT64_C(0)
#define SBI_ERR_FAILED            INT64_C(-1)
#define SBI_ERR_NOT_SUPPORTED     INT64_C(-2)
#define SBI_ERR_INVALID_PARAM     INT64_C(-3)
#define SBI_ERR_DENIED            INT64_C(-4)
#define SBI_ERR_INVALID_ADDRESS   INT64_C(-5)
#define SBI_ERR_ALREADY_AVAILABLE INT64_C(-6)

#define SBI_VERSION      0x02000000u /* 2.0 */
#define SBI_IMPL_ID      0x53455054u /* "SEPT": none of those that the specification lists */
#define SBI_IMPL_VERSION 0x00010000u

/* What the thread does next. */
enum sbi_after {
    SBI_RETURN = 0, /* back to the guest */
    SBI_TIMER = 1,  /* back to the guest, with the new deadline of its page */
    SBI_PARK = 2,   /* the hart stands still */
    SBI_RELOAD = 3, /* back to the guest, with all of its page */
    SBI_FENCE = 4,  /* back to the guest, which sees what it has written to its tables and code */
};

/* BASE, functions 0, 1, 2, 4, 5, 6; SBI_BASE_NONE where there is no fixed answer. */
extern const uint64_t sbi_base_value[8];
#define SBI_BASE_NONE  (UINT64_C(1) << 63)
#define SBI_BASE_PROBE 3u

/*
 * The calls that are answered without looking at anything shared: those that a guest repeats most. True: done, and
 * *timer is set if the page has a new deadline.
 */
static inline bool sbi_fast(struct vcpu_page *page, bool *timer)
{
    uint64_t extension = page->x[REG_A7 - 1];
    uint64_t function = page->x[REG_A6 - 1];
    uint64_t value = 0;

    if (__builtin_expect(extension == SBI_TIME, 1)) {
        if (function != 0)
            return false;
        page->deadline = page->x[REG_A0 - 1];
        *timer = true;
    } else if (extension == SBI_BASE) {
        if (function >= sizeof sbi_base_value / sizeof sbi_base_value[0])
            return false;
        value = sbi_base_value[function];
        if ((value & SBI_BASE_NONE) != 0)
            return false;
    } else {
        return false;
    }
    page->x[REG_A0 - 1] = SBI_SUCCESS;
    page->x[REG_A0] = value;
    return true;
}

/* Any call. */
enum sbi_after sbi_call(struct hart *h);
