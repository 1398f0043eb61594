/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The machine's 16550 UART, mapped at CONSOLE_VA_UART. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The firmware has set speed and frame; this turns the FIFOs and the receive interrupt on. */
void uart_start(void);

/* Waits for room in the FIFO; a UART that never has some loses the bytes. */
void uart_put(const uint8_t *text, size_t bytes);

/* A byte that came in; false: none. */
bool uart_get(uint8_t *byte);
