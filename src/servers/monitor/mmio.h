/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The guest's devices, and which address reaches which of them. */
#pragma once

#include "plic.h"
#include "uart.h"

#define UART_GPA   UINT64_C(0x10000000)
#define UART_BYTES UINT64_C(0x100)
#define UART_IRQ   10u
#define PLIC_GPA   UINT64_C(0x0c000000)

struct devices {
    struct uart uart;
    struct plic plic;
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
    MMIO_NO_DEVICE = 3, /* nothing there */
    MMIO_BAD_WIDTH = 4, /* the register cannot be accessed like this */
};

void devices_reset(struct devices *d, uint32_t cpus);

/* Is there a device at that address? */
static inline bool devices_cover(uint64_t gpa)
{
    return gpa - UART_GPA < UART_BYTES || gpa - PLIC_GPA < PLIC_BYTES;
}

enum mmio_answer devices_access(struct devices *d, struct mmio *m);

/* A byte of console input, if the UART has room for it. */
bool devices_receive(struct devices *d, uint8_t byte);
