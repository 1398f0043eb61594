/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What every suite of the monitor starts with: cmocka, and how its result is told. */
#ifndef MONITOR_SUITE_H
#define MONITOR_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define SUITE_MAIN(name, tests)                                                                                        \
    int main(void)                                                                                                     \
    {                                                                                                                  \
        int failed = cmocka_run_group_tests(tests, NULL, NULL);                                                        \
                                                                                                                       \
        printf(name ": %d passed, %d failed\n", (int)(sizeof(tests) / sizeof((tests)[0])) - failed, failed);           \
        return failed != 0;                                                                                            \
    }

#endif
