/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "say.h"

static void say_number(uint64_t n, uint64_t base)
{
    char digit[20];
    int count = 0;
    do {
        digit[count++] = "0123456789abcdef"[n % base];
        n /= base;
    } while (n != 0);
    while (count > 0)
        say_byte(digit[--count]);
}

void say(const char *text, uint64_t a, uint64_t b)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '@':
            say_byte('0');
            say_byte('x');
            say_number(a, 16);
            a = b;
            break;
        case '#':
            say_number(a, 10);
            a = b;
            break;
        case '%':
            say_number((a >> 20) + ((a & 0xfffff) != 0), 10);
            a = b;
            break;
        case '\n':
            say_byte('\r');
            say_byte('\n');
            break;
        default:
            say_byte(*text);
            break;
        }
    }
}
