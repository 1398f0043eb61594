/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
    .option arch, +f, +d
    .altmacro

    .macro save_all
    addi sp, sp, -112
    sd ra, 0(sp)
    sd s0, 8(sp)
    sd s1, 16(sp)
    sd s2, 24(sp)
    sd s3, 32(sp)
    sd s4, 40(sp)
    sd s5, 48(sp)
    sd s6, 56(sp)
    sd s7, 64(sp)
    sd s8, 72(sp)
    sd s9, 80(sp)
    sd s10, 88(sp)
    sd s11, 96(sp)
    sd tp, 104(sp)
    .endm

    .macro restore_all
    ld ra, 0(sp)
    ld s0, 8(sp)
    ld s1, 16(sp)
    ld s2, 24(sp)
    ld s3, 32(sp)
    ld s4, 40(sp)
    ld s5, 48(sp)
    ld s6, 56(sp)
    ld s7, 64(sp)
    ld s8, 72(sp)
    ld s9, 80(sp)
    ld s10, 88(sp)
    ld s11, 96(sp)
    ld tp, 104(sp)
    addi sp, sp, 112
    .endm

    .macro set_x n
    addi x\n, a0, \n
    .endm
    .macro set_f n
    addi t0, a0, \n
    fmv.d.x f\n, t0
    .endm
    .macro put_x n
    sd x\n, \n*8(x30)
    .endm
    .macro put_f n
    fsd f\n, \n*8(x31)
    .endm

    .text
/* uint64_t call_changes(extension, function, argument): a bit for each s-register, gp and tp an SBI call changed. */
    .globl call_changes
call_changes:
    save_all
    la t0, kept_gp
    sd gp, 0(t0)
    mv a7, a0
    mv a6, a1
    mv a0, a2
    .irp n, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 5, 6, 7, 28, 29, 30, 31
    li x\n, 0x5a5a000 + \n
    .endr
    li a2, 0x5a5a00c
    li a3, 0x5a5a00d
    li a4, 0x5a5a00e
    li a5, 0x5a5a00f
    ecall
    li a0, 0
    li a1, 0x5a5a000
    .irp n, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 5, 6, 7, 28, 29, 30, 31, 12, 13, 14, 15
    xor x\n, x\n, a1
    addi x\n, x\n, -\n
    snez x\n, x\n
    slli x\n, x\n, \n
    or a0, a0, x\n
    .endr
    la t0, kept_gp
    ld gp, 0(t0)
    restore_all
    ret

/* void hold_registers(seed, turns, x[32], f[32]): fills x1 .. x29 and f0 .. f31 with seed + n, waits, stores. */
    .globl hold_registers
hold_registers:
    save_all
    la t0, kept_gp
    sd gp, 0(t0)
    sd sp, 8(t0)
    mv x30, a2
    sd a3, 0(x30)  /* x0's place holds f until it is needed */
    mv x31, a1
    .set i, 0
    .rept 32
    set_f %i
    .set i, i + 1
    .endr
    .set i, 1
    .rept 29
    .if i != 10
    set_x %i
    .endif
    .set i, i + 1
    .endr
    set_x 10
1:  addi x31, x31, -1
    bnez x31, 1b
    .set i, 1
    .rept 29
    put_x %i
    .set i, i + 1
    .endr
    ld x31, 0(x30)
    .set i, 0
    .rept 32
    put_f %i
    .set i, i + 1
    .endr
    la t0, kept_gp
    ld gp, 0(t0)
    ld sp, 8(t0)
    restore_all
    ret

/* void fill_registers_and_store(pattern, address): leaves the pattern everywhere and makes the fatal store. */
    .globl fill_registers_and_store
fill_registers_and_store:
    mv x31, a1
    csrw sscratch, a0
    csrw sepc, a0
    csrw stval, a0
    .set i, 0
    .rept 32
    set_f %i
    .set i, i + 1
    .endr
    .set i, 1
    .rept 30
    .if i != 10
    set_x %i
    .endif
    .set i, i + 1
    .endr
    set_x 10
    sd x10, 0(x31)
    ret

/* uint64_t store_conditional(word): without a reservation of its own; 0 if it stored. */
    .globl store_conditional
store_conditional:
    li t0, 1
    sc.d a0, t0, (a0)
    ret

/* void load_reserved(word, turns): holds a reservation nearly all the time. */
    .globl load_reserved
load_reserved:
    lr.d t0, (a0)
    li t1, 1000
1:  addi t1, t1, -1
    bnez t1, 1b
    addi a1, a1, -1
    bnez a1, load_reserved
    ret

    .bss
    .balign 8
kept_gp: .fill 2, 8, 0
