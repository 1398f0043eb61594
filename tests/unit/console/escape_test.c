/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "console/escape.h"

#include <string.h>

int escape_tests(int *count);

static bool passes(const char *text)
{
    return escape_passes((const uint8_t *)text, strlen(text));
}

static void what_draws_passes(void **state)
{
    static const char *const good[] = {
        "\x1b[A",
        "\x1b[2K",
        "\x1b[J",
        "\x1b[H",
        "\x1b[12;40H",
        "\x1b[m",
        "\x1b[38;5;12m",
        "\x1b[?25l",
        "\x1b[?7h",
        "\x1b[?1049h",
        "\x1b[?1;25h",
        "\x1b[4l",
        "\x1b[2;5r",
        "\x1b[38:2:1:2:3m",
        "\x1b"
        "7",
        "\x1bM",
        "\x1b(B",
        "\x1b=",
        "\x1b[?2004h",
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (!passes(good[i]))
            fail_msg("%zu: ESC%s does not pass", i, good[i] + 1);
    }
}

/* Cursor position, status, attributes, window, modes, keyboard, settings, titles; mouse, focus, and odd forms. */
static void what_asks_does_not(void **state)
{
    static const char *const bad[] = {
        "\x1b[6n",
        "\x1b[5n",
        "\x1b[?6n",
        "\x1b[c",
        "\x1b[0c",
        "\x1b[>c",
        "\x1b[=c",
        "\x1b[18t",
        "\x1b[8;1;1t",
        "\x1b[x",
        "\x1b[?25$p",
        "\x1b[4$p",
        "\x1b[?u",
        "\x1b[>q",
        "\x1b[?1;1S",
        "\x1b[1;1;1;1;1T",
        "\x1bZ",
        "\x1b\\",
        "\x1bP",
        "\x1b]0;t\x07",
        "\x1b[1;1*y",
        "\x1b[?1000h",
        "\x1b[?1004h",
        "\x1b[?1006h",
        "\x1b[?9h",
        "\x1b[?25;1003h",
        "\x1b[2h",
        "\x1b[12l",
        "\x1b[20h",
        "\x1b[h",
        "\x1b[?h",
        "\x1b[?1049;h",
        "\x1b[?99999999999999991h",
        "\x1b[? 1h",
        "\x1b[?1$h",
        "\x1b[",
        "\x1b",
        "\x1b(",
        "\x1b[1\"q",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (passes(bad[i]))
            fail_msg("%zu: ESC%s passes", i, bad[i] + 1);
    }
}

int escape_tests(int *count)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_draws_passes),
        cmocka_unit_test(what_asks_does_not),
    };

    *count += (int)(sizeof tests / sizeof tests[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
