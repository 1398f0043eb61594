/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The monitor's end of the console ring. */
#pragma once

#include "monitor.h"

/* Output of the guest. The two bytes that frame the monitor's own messages come out as question marks. */
void console_guest(struct hart *h, const uint8_t *text, size_t bytes);

/* A message of the monitor itself, in its frame. */
void console_message(struct hart *h, const char *text, size_t bytes);

/* As console_message, formatted; "guest 'NAME': " stands before it, a newline behind. */
__attribute__((format(printf, 2, 3))) void console_say(struct hart *h, const char *format, ...);

/* The next byte of input, or -1. Under device_lock. */
int console_input(struct monitor *m);

/* What the console shows of the guest. */
void console_state(struct monitor *m, enum guest_state state);
