/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "suite.h"

#include <stdio.h>

int main(void)
{
    int count = 0;
    int failed = queue_tests(&count) + message_tests(&count) + ring_tests(&count) + disk_tests(&count) +
                 overlay_tests(&count) + link_tests(&count);

    printf("unit-block: %d passed, %d failed\n", count - failed, failed);
    return failed == 0 ? 0 : 1;
}
