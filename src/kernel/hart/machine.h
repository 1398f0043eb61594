/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* CSRs and calls of the firmware, for the hart primitives. */
#pragma once

#include <stdint.h>

#define CSR_READ(csr) ({ uint64_t v_; __asm__ volatile("csrr %0, " csr : "=r"(v_) : : "memory"); v_; })
#define CSR_WRITE(csr, v) __asm__ volatile("csrw " csr ", %0" : : "rK"(v) : "memory")
#define CSR_SWAP(csr, v) \
	({ uint64_t v_; __asm__ volatile("csrrw %0, " csr ", %1" : "=r"(v_) : "rK"(v) : "memory"); v_; })

/* A call of the firmware; returns its error. It may change a0 and a1 only [sbi 3]. */
static inline int64_t sbi_call(uint64_t extension, uint64_t function, uint64_t arg0, uint64_t arg1, uint64_t arg2,
                               uint64_t arg3, uint64_t arg4)
{
	register uint64_t a0 __asm__("a0") = arg0;
	register uint64_t a1 __asm__("a1") = arg1;
	register uint64_t a2 __asm__("a2") = arg2;
	register uint64_t a3 __asm__("a3") = arg3;
	register uint64_t a4 __asm__("a4") = arg4;
	register uint64_t a6 __asm__("a6") = function;
	register uint64_t a7 __asm__("a7") = extension;
	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7) : "memory");
	return (int64_t)a0;
}

/* An SC ends the hart's reservation, whatever word it goes to [unpriv, Zalrsc]. */
#define END_RESERVATION(word) __asm__ volatile("sc.d zero, zero, (%0)" : : "r"(word) : "memory")

#define PAUSE() __asm__ volatile(".insn i 0x0F, 0, x0, x0, 0x010") /* pause */
