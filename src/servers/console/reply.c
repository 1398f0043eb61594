/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "reply.h"

#include <lib/text.h>

#include <string.h>

#define TEXT_BYTES 256u

void reply_text(const char *format, ...)
{
    char text[TEXT_BYTES];
    size_t bytes;
    va_list list;

    va_start(list, format);
    bytes = text_format_list(text, sizeof text, format, list);
    va_end(list);
    reply_put(text, bytes);
}

void reply_begin(uint32_t number, uint32_t status)
{
    reply_text("\x1b]5380;{\"number\":%u,\"status\":%u", number, status);
}

void reply_end(void)
{
    reply_text("}\a");
}

void reply_string(const char *text, size_t bytes)
{
    reply_put("\"", 1);
    for (size_t i = 0; i < bytes; i++) {
        const uint8_t byte = (uint8_t)text[i];

        if (byte < 0x20 || byte > 0x7e)
            reply_text("\\u%04x", byte);
        else if (byte == '"' || byte == '\\')
            reply_text("\\%c", byte);
        else
            reply_put(&byte, 1);
    }
    reply_put("\"", 1);
}

void reply_lines(const char *text, size_t bytes)
{
    size_t from = 0;

    reply_put("[", 1);
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] != '\n')
            continue;
        if (from > 0)
            reply_put(",", 1);
        reply_string(text + from, i - from);
        from = i + 1;
    }
    reply_put("]", 1);
}
