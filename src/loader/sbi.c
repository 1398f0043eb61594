/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "sbi.h"
#include "say.h"

#include <riscv/sbi.h>

struct sbi_result {
    int64_t error;
    uint64_t value;
};

static struct sbi_result sbi(uint64_t extension, uint64_t function, uint64_t x, uint64_t y)
{
    register uint64_t a0 __asm__("a0") = x;
    register uint64_t a1 __asm__("a1") = y;
    register uint64_t a6 __asm__("a6") = function;
    register uint64_t a7 __asm__("a7") = extension;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
    return (struct sbi_result){(int64_t)a0, a1};
}

void say_byte(char c)
{
    if (sbi(SBI_DBCN, SBI_DBCN_WRITE_BYTE, (uint8_t)c, 0).error != 0)
        (void)sbi(SBI_LEGACY_PUTCHAR, 0, (uint8_t)c, 0);
}

void sbi_power_off(void)
{
    (void)sbi(SBI_SRST, SBI_SRST_SHUTDOWN, 0, 0);
    for (;;)
        __asm__ volatile("wfi");
}
