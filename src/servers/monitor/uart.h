/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A 16550A: FIFOs, interrupts with their priorities, loopback. It sends at once, so its transmitter is ever empty. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define UART_FIFO    16u
#define UART_NOTHING (-1)

#define UART_FCR         2u /* for writing */
#define UART_SCR         7u /* the last register */
#define UART_LSR         5u /* the line status register, and its bits */
#define UART_LSR_READY   0x01u
#define UART_LSR_OVERRUN 0x02u
#define UART_LSR_EMPTY   0x60u /* holding register and shifter */

struct uart {
    uint8_t ier;
    uint8_t fcr; /* the FIFO enable and the trigger level only */
    uint8_t lcr;
    uint8_t mcr;
    uint8_t scr;
    uint8_t dll;
    uint8_t dlm;
    uint8_t msr_delta; /* the low half of MSR */
    bool overrun;
    bool empty_interrupt; /* "transmitter empty" is due until IIR is read or THR written */
    uint8_t first;        /* of the receive FIFO */
    uint8_t count;
    uint8_t fifo[UART_FIFO];
};

void uart_reset(struct uart *u);

/* The line status, if reading it changes nothing; else UART_NOTHING. Guests poll it: one byte is looked at, no lock taken. */
static inline int uart_peek_status(const struct uart *u)
{
    uint32_t count = __atomic_load_n(&u->count, __ATOMIC_RELAXED);

    if (__atomic_load_n(&u->overrun, __ATOMIC_RELAXED))
        return UART_NOTHING;
    return (int)(UART_LSR_EMPTY | (count != 0 ? UART_LSR_READY : 0u));
}

/* Reads the register at offset 0 .. 7. */
uint8_t uart_read(struct uart *u, uint32_t offset);

/* Writes it; returns the byte that goes out on the line, or UART_NOTHING. */
int uart_write(struct uart *u, uint32_t offset, uint8_t value);

/* How many bytes the line may bring now without an overrun. */
uint32_t uart_room(const struct uart *u);

/* A byte from the line. */
void uart_receive(struct uart *u, uint8_t byte);

/* Takes the oldest received byte, or UART_NOTHING. */
int uart_take(struct uart *u);

/* The level of the interrupt line. */
bool uart_interrupt(const struct uart *u);
