/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What every suite of the kernel starts with: cmocka, the fake machine, and a world that has booted on it. */
#ifndef KERNEL_SUITE_H
#define KERNEL_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "world.h"

#define TEST(name) cmocka_unit_test_setup(name, world_begin)

/* The call returns this status, and nothing of memory, ownership and authority has changed. */
#define REFUSED(status, call)                                                                                          \
    do {                                                                                                               \
        world_keep();                                                                                                  \
        assert_int_equal(call, status);                                                                                \
        assert_true(world_same());                                                                                     \
    } while (0)

#define OK(call) assert_int_equal(call, SEPTUM_OK)

#define SUITE_MAIN(name, tests)                                                                                        \
    int main(void)                                                                                                     \
    {                                                                                                                  \
        int failed = cmocka_run_group_tests(tests, NULL, NULL);                                                        \
                                                                                                                       \
        printf(name ": %d passed, %d failed\n", (int)(sizeof(tests) / sizeof((tests)[0])) - failed, failed);           \
        return failed != 0;                                                                                            \
    }

#endif
