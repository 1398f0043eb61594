/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
    .option arch, +f, +d
    .altmacro
    .text
/* Register n gets seed + n, fcsr some flags. */
    .globl float_fill, float_store, float_round
float_fill:
    .macro set_f n
    addi t0, a0, \n
    fmv.d.x f\n, t0
    .endm
    .set i, 0
    .rept 32
    set_f %i
    .set i, i + 1
    .endr
    li t0, 0x55
    fscsr t0
    ret
float_store:
    .macro put_f n
    fsd f\n, \n*8(a0)
    .endm
    .set i, 0
    .rept 32
    put_f %i
    .set i, i + 1
    .endr
    frcsr t0
    sd t0, 32*8(a0)
    ret
float_round:
    fsrm a0
    ret
