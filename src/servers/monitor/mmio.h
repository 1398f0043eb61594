/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The guest's devices, and which address reaches which of them. */
#pragma once

#include "clock.h"
#include "plic.h"
#include "power.h"
#include "rtc.h"
#include "uart.h"

#define UART_GPA   UINT64_C(0x10000000)
#define UART_BYTES UINT64_C(0x100)
#define UART_IRQ   10u
#define PLIC_GPA   UINT64_C(0x0c000000)
#define POWER_GPA  UINT64_C(0x00100000)
#define RTC_GPA    UINT64_C(0x00101000)
#define RTC_IRQ    11u
#define SMALL_PAGE UINT64_C(0x1000) /* what power switch and RTC take */

struct devices {
    struct uart uart;
    struct plic plic;
    struct rtc rtc;
    struct clock clock;
};

struct mmio {
    uint64_t gpa;
    uint64_t value; /* what is stored, or was loaded */
    uint32_t bytes; /* 1, 2, 4, 8 */
    bool store;
};

enum mmio_answer {
    MMIO_DONE = 0,
    MMIO_SENT = 1,      /* done; value is a byte for the console */
    MMIO_TAKEN = 2,     /* done; the UART may have room for input now */
    MMIO_ALARM = 3,     /* done; the RTC's alarm may be another */
    MMIO_OFF = 4,       /* the guest turns itself off */
    MMIO_RESET = 5,     /* the guest starts anew */
    MMIO_FAILED = 6,    /* the guest turns itself off and reports a failure; value is its code */
    MMIO_NO_DEVICE = 7, /* nothing there */
    MMIO_BAD_WIDTH = 8, /* the register cannot be accessed like this */
};

/* As after power on, but for the clocks: those go on. */
void devices_reset(struct devices *d, uint32_t cpus);

/* Is there a device at that address? */
static inline bool devices_cover(uint64_t gpa)
{
    return gpa - UART_GPA < UART_BYTES || gpa - PLIC_GPA < PLIC_BYTES || gpa - POWER_GPA < SMALL_PAGE ||
           gpa - RTC_GPA < SMALL_PAGE;
}

enum mmio_answer devices_access(struct devices *d, struct mmio *m);

/* A byte of console input, if the UART has room for it. */
bool devices_receive(struct devices *d, uint8_t byte);

/* Time has passed: what was due happens. Returns the value of `time` to come back at, 0: nothing will be due. */
uint64_t devices_tick(struct devices *d);
