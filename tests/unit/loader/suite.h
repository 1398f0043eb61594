/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What every suite of the loader starts with: cmocka, and how its result is told. */
#ifndef LOADER_SUITE_H
#define LOADER_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* clang-format off */
#define SUITE_MAIN(name, tests)                                                                  \
    int main(void)                                                                               \
    {                                                                                            \
        int failed = cmocka_run_group_tests(tests, NULL, NULL);                                  \
        int count = (int)(sizeof(tests) / sizeof((tests)[0]));                                   \
        printf(name ": %d passed, %d failed\n", count - failed, failed);                         \
        return failed != 0;                                                                      \
    }
/* clang-format on */

#endif
