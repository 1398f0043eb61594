/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Registers full of a pattern while a switch of one kind passes over them. struct hold (hold.h): what x0 would hold of the
 * pattern, the kind, its argument, x[32]. Two registers do the work and hold no pattern; the two functions differ in which.
 */
#include "hold.h"
#include "saved.h"

    .option arch, +f, +d

/* \at: the struct, \w: work; \others: all the rest but sp. The struct keeps sp in x[0]'s place meanwhile. */
    .macro hold name, at, w, others:vararg
    .globl \name
\name:
    addi sp, sp, -128
    frame sd
    mv \at, a0
    sd sp, HOLD_X(\at)
    ld \w, HOLD_PATTERN(\at)
    .irp n, 2, \others
    addi x\n, \w, \n
    .endr
    ld \w, HOLD_KIND(\at)
    beqz \w, 1f
    addi \w, \w, -1
    beqz \w, 2f
    addi \w, \w, -1
    beqz \w, 3f
    addi \w, \w, -1
    beqz \w, 4f
    csrr \w, stval /* HOLD_READ */
    j 5f
1:  ld \w, HOLD_ARGUMENT(\at) /* HOLD_SPIN */
6:  addi \w, \w, -1
    bnez \w, 6b
    j 5f
2:  ecall /* HOLD_CALL: a7 names no extension */
    j 5f
3:  wfi /* HOLD_WAIT */
    j 5f
4:  ld \w, HOLD_ARGUMENT(\at) /* HOLD_DEVICE */
    lbu \w, 0(\w)
5:  .irp n, 2, \others
    sd x\n, HOLD_X+\n*8(\at)
    .endr
    ld sp, HOLD_X(\at)
    frame ld
    addi sp, sp, 128
    ret
    .endm

    .text
    hold hold_high, x31, x30, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
    hold hold_low, x5, x6, 1, 3, 4, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31

/* void float_fill(pattern): f0 .. f31 get pattern + n. void float_store(uint64_t f[32]) */
    .globl float_fill, float_store
float_fill:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    addi t0, a0, \n
    fmv.d.x f\n, t0
    .endr
    ret
float_store:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    fsd f\n, \n*8(a0)
    .endr
    ret
