/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "uart.h"

#include <septum/proto.h>

#define FIFO_BYTES 16u
#define PATIENCE   10000000u /* polls: more than 16 bytes take at any speed */

enum {
    UART_DATA = 0,
    UART_IER = 1,
    UART_FCR = 2,
    UART_MCR = 4,
    UART_LSR = 5,
};

#define IER_RECEIVE      1u
#define FCR_ENABLE       1u
#define MCR_DTR_RTS_OUT2 11u /* OUT2 lets interrupts out */
#define LSR_READY        1u
#define LSR_EMPTY        32u

static volatile uint8_t *reg(unsigned number)
{
    return (volatile uint8_t *)(uintptr_t)CONSOLE_VA_UART + number;
}

void uart_start(void)
{
    *reg(UART_FCR) = FCR_ENABLE;
    *reg(UART_MCR) = MCR_DTR_RTS_OUT2;
    *reg(UART_IER) = IER_RECEIVE;
}

void uart_put(const uint8_t *text, size_t bytes)
{
    while (bytes > 0) {
        uint32_t polls = 0;

        while ((*reg(UART_LSR) & LSR_EMPTY) == 0 && polls < PATIENCE)
            polls++;
        for (uint32_t i = 0; i < FIFO_BYTES && bytes > 0; i++, bytes--)
            *reg(UART_DATA) = *text++;
    }
}

bool uart_get(uint8_t *byte)
{
    if ((*reg(UART_LSR) & LSR_READY) == 0)
        return false;
    *byte = *reg(UART_DATA);
    return true;
}
