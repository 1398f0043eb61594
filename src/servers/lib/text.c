/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <lib/text.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Where the text goes: at most `room` characters; what is over is dropped. */
struct sink {
    char *to;
    size_t room;
    size_t used;
};

/* One conversion: between the percent sign and the letter. */
struct spec {
    bool left;
    bool zeros;
    bool wide; /* `l`: 64 bits */
    size_t width;
    size_t precision; /* SIZE_MAX: none */
};

static void sink_fill(struct sink *sink, char c, size_t count)
{
    for (size_t i = 0; i < count && sink->used < sink->room; i++)
        sink->to[sink->used++] = c;
}

static void sink_put(struct sink *sink, const char *text, size_t bytes, const struct spec *spec)
{
    size_t gap = spec->width > bytes ? spec->width - bytes : 0;

    if (!spec->left)
        sink_fill(sink, ' ', gap);
    for (size_t i = 0; i < bytes; i++)
        sink_fill(sink, text[i], 1);
    if (spec->left)
        sink_fill(sink, ' ', gap);
}

static void sink_number(struct sink *sink, uint64_t value, bool negative, unsigned base, const struct spec *spec)
{
    char digits[24];
    size_t at = sizeof digits;
    size_t width = spec->zeros && !spec->left && spec->width < 20 ? spec->width : 1;

    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    while (sizeof digits - at + (negative ? 1u : 0u) < width)
        digits[--at] = '0';
    if (negative)
        digits[--at] = '-';
    sink_put(sink, digits + at, sizeof digits - at, spec);
}

static size_t bounded_length(const char *text, size_t most)
{
    size_t length = 0;

    while (length < most && text[length] != '\0')
        length++;
    return length;
}

/* Reads flags, width, precision and `l`; returns where the letter stands. `.*` is told by precision SIZE_MAX - 1. */
static const char *spec_read(const char *at, struct spec *spec)
{
    *spec = (struct spec){.precision = SIZE_MAX};
    for (; *at == '-' || *at == '0'; at++) {
        spec->left = spec->left || *at == '-';
        spec->zeros = spec->zeros || *at == '0';
    }
    for (; *at >= '0' && *at <= '9' && spec->width < 1000; at++)
        spec->width = spec->width * 10 + (size_t)(*at - '0');
    if (*at == '.' && at[1] == '*') {
        spec->precision = SIZE_MAX - 1;
        at += 2;
    } else if (*at == '.') {
        spec->precision = 0;
        for (at++; *at >= '0' && *at <= '9' && spec->precision < 1000; at++)
            spec->precision = spec->precision * 10 + (size_t)(*at - '0');
    }
    for (; *at == 'l'; at++)
        spec->wide = true;
    return at;
}

size_t text_format_list(char *to, size_t bytes, const char *format, va_list list)
{
    struct sink sink = {to, bytes > 0 ? bytes - 1 : 0, 0};
    va_list args;

    va_copy(args, list);
    for (const char *at = format; *at != '\0'; at++) {
        struct spec spec;

        if (*at != '%') {
            sink_fill(&sink, *at, 1);
            continue;
        }
        at = spec_read(at + 1, &spec);
        if (spec.precision == SIZE_MAX - 1) {
            int most = va_arg(args, int);

            spec.precision = most < 0 ? SIZE_MAX : (size_t)most;
        }
        if (*at == 's') {
            const char *text = va_arg(args, const char *);

            sink_put(&sink, text, bounded_length(text, spec.precision), &spec);
        } else if (*at == 'd') {
            int64_t v = spec.wide ? va_arg(args, long) : va_arg(args, int);

            sink_number(&sink, v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v, v < 0, 10, &spec);
        } else if (*at == 'u' || *at == 'x') {
            uint64_t v = spec.wide ? va_arg(args, unsigned long) : va_arg(args, unsigned);

            sink_number(&sink, v, false, *at == 'x' ? 16 : 10, &spec);
        } else if (*at == 'c') {
            char c = (char)va_arg(args, int);

            sink_put(&sink, &c, 1, &spec);
        } else if (*at == '\0') {
            break;
        } else {
            sink_fill(&sink, *at, 1);
        }
    }
    va_end(args);
    if (bytes > 0)
        to[sink.used] = '\0';
    return sink.used;
}

size_t text_format(char *to, size_t bytes, const char *format, ...)
{
    size_t used;
    va_list list;

    va_start(list, format);
    used = text_format_list(to, bytes, format, list);
    va_end(list);
    return used;
}
