/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "suite.h"

#include <stdio.h>

int main(void)
{
    int count = 0;
    int failed = pool_tests(&count) + bundle_tests(&count) + elf_tests(&count) + text_tests(&count) +
                 mode_tests(&count) + policy_tests(&count) + room_tests(&count);

    printf("unit-manager: %d passed, %d failed\n", count - failed, failed);
    return failed == 0 ? 0 : 1;
}
