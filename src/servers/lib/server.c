/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Messages of a server, and its end. */
#include <lib/server.h>
#include <lib/text.h>

#define LOG_BYTES 256

void server_log(const char *format, ...)
{
    char line[LOG_BYTES];
    size_t bytes;
    va_list list;

    va_start(list, format);
    bytes = text_format_list(line, sizeof line, format, list);
    va_end(list);
    server_put(line, bytes);
}

_Noreturn void server_panic(const char *format, ...)
{
    char line[LOG_BYTES];
    size_t bytes;
    va_list list;

    va_start(list, format);
    bytes = text_format_list(line, sizeof line, format, list);
    va_end(list);
    server_put("panic: ", 7);
    server_put(line, bytes);
    server_put("\n", 1);
    for (;;)
        __asm__ volatile("unimp");
}
