/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#define SYS_SCHED_YIELD 124
#define FRAME           224 /* ra, s0..s11, fs0..fs11, fcsr, out */
#define KEPT_FCSR       200
#define KEPT_OUT        208
#define F_AT            216 /* struct registers: behind 27 words */
#define FCSR_AT         472

.macro each_x op, base
    \op ra, 0(\base)
    \op t0, 8(\base)
    \op t1, 16(\base)
    \op t2, 24(\base)
    \op s0, 32(\base)
    \op s1, 40(\base)
    \op a1, 48(\base)
    \op a2, 56(\base)
    \op a3, 64(\base)
    \op a4, 72(\base)
    \op a5, 80(\base)
    \op a6, 88(\base)
    \op s2, 96(\base)
    \op s3, 104(\base)
    \op s4, 112(\base)
    \op s5, 120(\base)
    \op s6, 128(\base)
    \op s7, 136(\base)
    \op s8, 144(\base)
    \op s9, 152(\base)
    \op s10, 160(\base)
    \op s11, 168(\base)
    \op t3, 176(\base)
    \op t4, 184(\base)
    \op t5, 192(\base)
    \op t6, 200(\base)
.endm

.macro each_f op, base
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    \op f\n, (F_AT + 8 * \n)(\base)
    .endr
.endm

.macro kept_registers op, fop
    \op ra, 0(sp)
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    \op s\n, (8 + 8 * \n)(sp)
    \fop fs\n, (104 + 8 * \n)(sp)
    .endr
.endm

    .text
    .globl registers_hold
    .type registers_hold, @function
registers_hold:
    addi sp, sp, -FRAME
    kept_registers sd, fsd
    frcsr t0
    sd t0, KEPT_FCSR(sp)
    sd a1, KEPT_OUT(sp)
    /* a7 counts down, is the call's number, and last the call's answer. */
    mv a7, a2
    each_f fld, a0
    ld t0, FCSR_AT(a0)
    fscsr t0
    each_x ld, a0
1:  addi a7, a7, -1
    bgtz a7, 1b
    li a7, SYS_SCHED_YIELD
    ecall
    mv a7, a0
    ld a0, KEPT_OUT(sp)
    each_x sd, a0
    sd a7, 208(a0)
    each_f fsd, a0
    frcsr t0
    sd t0, FCSR_AT(a0)
    ld t0, KEPT_FCSR(sp)
    fscsr t0
    kept_registers ld, fld
    addi sp, sp, FRAME
    ret
    .size registers_hold, . - registers_hold
    .section .note.GNU-stack, "", @progbits
