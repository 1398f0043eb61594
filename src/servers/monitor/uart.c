/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "uart.h"

enum { RBR = 0, IER = 1, IIR = UART_FCR, LCR = 3, MCR = 4, LSR = UART_LSR, MSR = 6, SCR = UART_SCR };

#define IER_RECEIVED 0x01u
#define IER_EMPTY    0x02u
#define IER_LINE     0x04u
#define IER_MODEM    0x08u
#define IER_BITS     0x0fu
#define FCR_ENABLE   0x01u
#define FCR_CLEAR_RX 0x02u
#define FCR_TRIGGER  0xc0u
#define LCR_DLAB     0x80u
#define MCR_LOOP     0x10u
#define MCR_BITS     0x1fu
#define MSR_ONLINE   0xb0u /* carrier, data set ready, clear to send */

#define IIR_MODEM    0x00u
#define IIR_NONE     0x01u
#define IIR_EMPTY    0x02u
#define IIR_RECEIVED 0x04u
#define IIR_LINE     0x06u
#define IIR_TIMEOUT  0x0cu
#define IIR_FIFOS    0xc0u

void uart_reset(struct uart *u)
{
    *u = (struct uart){.mcr = 0x08, .dll = 1};
}

static uint32_t uart_depth(const struct uart *u)
{
    return (u->fcr & FCR_ENABLE) != 0 ? UART_FIFO : 1;
}

static uint32_t uart_trigger(const struct uart *u)
{
    static const uint8_t level[4] = {1, 4, 8, 14};

    return (u->fcr & FCR_ENABLE) != 0 ? level[u->fcr >> 6] : 1;
}

/* The interrupt of the highest priority that is due; what waits below the trigger level has timed out. */
static uint8_t uart_cause(const struct uart *u)
{
    if ((u->ier & IER_LINE) != 0 && u->overrun)
        return IIR_LINE;
    if ((u->ier & IER_RECEIVED) != 0 && u->count != 0)
        return u->count >= uart_trigger(u) ? IIR_RECEIVED : IIR_TIMEOUT;
    if ((u->ier & IER_EMPTY) != 0 && u->empty_interrupt)
        return IIR_EMPTY;
    if ((u->ier & IER_MODEM) != 0 && u->msr_delta != 0)
        return IIR_MODEM;
    return IIR_NONE;
}

bool uart_interrupt(const struct uart *u)
{
    return u->ier != 0 && uart_cause(u) != IIR_NONE;
}

static void uart_push(struct uart *u, uint8_t byte)
{
    if (u->count >= uart_depth(u)) {
        u->overrun = true;
        return;
    }
    u->fifo[(u->first + u->count) % UART_FIFO] = byte;
    u->count++;
}

uint32_t uart_room(const struct uart *u)
{
    uint32_t depth = uart_depth(u);

    if ((u->mcr & MCR_LOOP) != 0 || u->count >= depth)
        return 0;
    return depth - u->count;
}

void uart_receive(struct uart *u, uint8_t byte)
{
    if ((u->mcr & MCR_LOOP) == 0)
        uart_push(u, byte);
}

int uart_take(struct uart *u)
{
    int byte = UART_NOTHING;

    if (u->count != 0) {
        byte = u->fifo[u->first];
        u->first = (uint8_t)((u->first + 1u) % UART_FIFO);
        u->count--;
    }
    return byte;
}

/* In loopback the modem's inputs are the outputs: RTS, DTR, OUT1, OUT2 come back as CTS, DSR, RI, DCD. */
static uint8_t uart_modem(const struct uart *u)
{
    uint32_t out = u->mcr;

    if ((out & MCR_LOOP) == 0)
        return MSR_ONLINE;
    return (uint8_t)((out & 2u) << 3 | (out & 1u) << 5 | (out & 4u) << 4 | (out & 8u) << 4);
}

static void uart_write_mcr(struct uart *u, uint8_t value)
{
    uint32_t before = uart_modem(u);
    uint32_t changed;

    u->mcr = value & MCR_BITS;
    changed = before ^ uart_modem(u);
    if ((changed & 0x40u) != 0 && (before & 0x40u) == 0)
        changed &= ~0x40u; /* the ring indicator tells its trailing edge only */
    u->msr_delta |= (uint8_t)(changed >> 4);
}

static uint8_t uart_read_iir(struct uart *u)
{
    uint8_t cause = uart_cause(u);

    if (cause == IIR_EMPTY)
        u->empty_interrupt = false;
    return (uint8_t)(cause | ((u->fcr & FCR_ENABLE) != 0 ? IIR_FIFOS : 0u));
}

static uint8_t uart_read_lsr(struct uart *u)
{
    uint8_t value =
        (uint8_t)(UART_LSR_EMPTY | (u->count != 0 ? UART_LSR_READY : 0u) | (u->overrun ? UART_LSR_OVERRUN : 0u));

    u->overrun = false;
    return value;
}

uint8_t uart_read(struct uart *u, uint32_t offset)
{
    bool divisor = (u->lcr & LCR_DLAB) != 0;
    uint8_t value = 0;

    switch (offset & 7u) {
    case RBR:
        if (divisor)
            return u->dll;
        return u->count != 0 ? (uint8_t)uart_take(u) : 0;
    case IER:
        return divisor ? u->dlm : u->ier;
    case IIR:
        return uart_read_iir(u);
    case LCR:
        return u->lcr;
    case MCR:
        return u->mcr;
    case LSR:
        return uart_read_lsr(u);
    case MSR:
        value = (uint8_t)(uart_modem(u) | u->msr_delta);
        u->msr_delta = 0;
        return value;
    default:
        return u->scr;
    }
}

static int uart_send(struct uart *u, uint8_t byte)
{
    u->empty_interrupt = true; /* it is out already */
    if ((u->mcr & MCR_LOOP) == 0)
        return byte;
    uart_push(u, byte);
    return UART_NOTHING;
}

static void uart_write_ier(struct uart *u, uint8_t value)
{
    if ((value & IER_EMPTY) != 0 && (u->ier & IER_EMPTY) == 0)
        u->empty_interrupt = true;
    u->ier = value & IER_BITS;
}

static void uart_write_fcr(struct uart *u, uint8_t value)
{
    bool toggled = ((value ^ u->fcr) & FCR_ENABLE) != 0;

    u->fcr = (value & FCR_ENABLE) != 0 ? value & (FCR_ENABLE | FCR_TRIGGER) : 0;
    if (toggled || (value & (FCR_ENABLE | FCR_CLEAR_RX)) == (FCR_ENABLE | FCR_CLEAR_RX))
        u->count = 0;
}

int uart_write(struct uart *u, uint32_t offset, uint8_t value)
{
    bool divisor = (u->lcr & LCR_DLAB) != 0;

    switch (offset & 7u) {
    case RBR:
        if (!divisor)
            return uart_send(u, value);
        u->dll = value;
        break;
    case IER:
        if (divisor)
            u->dlm = value;
        else
            uart_write_ier(u, value);
        break;
    case IIR:
        uart_write_fcr(u, value);
        break;
    case LCR:
        u->lcr = value;
        break;
    case MCR:
        uart_write_mcr(u, value);
        break;
    case SCR:
        u->scr = value;
        break;
    default:
        break; /* LSR and MSR are read-only */
    }
    return UART_NOTHING;
}
