/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * What a server gets from src/servers/lib, and what it gives.
 *
 * Every thread begins at _start (crt0.S) with sp at the top of its stack and a0 = its argument; crt0 sets gp, clears
 * tp and calls server_main(argument), which must not return. There is no thread-local storage, no heap and no
 * stdio; bss is zero because frames are. Of libc only what needs none of these may be used (string.h).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Given by the server: its threads; the argument tells them apart. */
_Noreturn void server_main(uint64_t argument);

/* Given by the server: where its own messages go (the console's ring, the UART, the firmware). Must not fail. */
void server_put(const char *text, size_t bytes);

/* Formats as text_format (lib/text.h) and puts it; at most 255 bytes. */
__attribute__((format(printf, 1, 2))) void server_log(const char *format, ...);

/* Says why, then ends the thread by an illegal instruction, so that the manager sees the fault and acts on it. */
__attribute__((format(printf, 1, 2))) _Noreturn void server_panic(const char *format, ...);
