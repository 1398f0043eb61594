/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Entry of a guest: before anything is used, all registers are put aside as they were found, and what lies between
 * the image and the end of the stacks is checked for zero, so that a test can tell what the machine left there.
 */
#define STACK_BYTES 0x4000

    .section .text.start, "ax"
    .globl _start
_start:
    /* sscratch must be free to hold sp, and may hold something itself: only a branch needs no register. */
    csrrw sp, sscratch, sp
    bnez sp, 2f
1:  la sp, boot_x
    sd x1, 1*8(sp)
    sd x3, 3*8(sp)
    sd x4, 4*8(sp)
    sd x5, 5*8(sp)
    sd x6, 6*8(sp)
    sd x7, 7*8(sp)
    sd x8, 8*8(sp)
    sd x9, 9*8(sp)
    sd x10, 10*8(sp)
    sd x11, 11*8(sp)
    sd x12, 12*8(sp)
    sd x13, 13*8(sp)
    sd x14, 14*8(sp)
    sd x15, 15*8(sp)
    sd x16, 16*8(sp)
    sd x17, 17*8(sp)
    sd x18, 18*8(sp)
    sd x19, 19*8(sp)
    sd x20, 20*8(sp)
    sd x21, 21*8(sp)
    sd x22, 22*8(sp)
    sd x23, 23*8(sp)
    sd x24, 24*8(sp)
    sd x25, 25*8(sp)
    sd x26, 26*8(sp)
    sd x27, 27*8(sp)
    sd x28, 28*8(sp)
    sd x29, 29*8(sp)
    sd x30, 30*8(sp)
    sd x31, 31*8(sp)
    csrr t0, sscratch
    sd t0, 2*8(sp)
    j 3f
2:  la sp, boot_x
    sd x1, 1*8(sp)
    li x1, 1
    sd x1, 0(sp) /* x0's place: sscratch was not zero */
    ld x1, 1*8(sp)
    j 1b

3:  la s2, boot_csr
    csrr t0, sstatus
    sd t0, 0*8(s2)
    csrr t0, sie
    sd t0, 1*8(s2)
    csrr t0, stvec
    sd t0, 2*8(s2)
    csrr t0, scounteren
    sd t0, 3*8(s2)
    csrr t0, 0x10a /* senvcfg */
    sd t0, 4*8(s2)
    csrr t0, sepc
    sd t0, 5*8(s2)
    csrr t0, scause
    sd t0, 6*8(s2)
    csrr t0, stval
    sd t0, 7*8(s2)
    csrr t0, sip
    sd t0, 8*8(s2)
    csrr t0, satp
    sd t0, 9*8(s2)
    rdtime t0
    sd t0, 10*8(s2)

    .option push
    .option arch, +f, +d
    li t0, 3 << 13
    csrs sstatus, t0
    la t0, boot_f
    csrr t1, fcsr
    sd t1, 32*8(t0)
    .altmacro
    .macro put_f n
    fsd f\n, \n*8(t0)
    .endm
    .set i, 0
    .rept 32
    put_f %i
    .set i, i + 1
    .endr
    .option pop

    la t0, _image_end
    la t1, _end
    li t2, 0
4:  ld t3, 0(t0)
    beqz t3, 5f
    addi t2, t2, 1
5:  sd zero, 0(t0)
    addi t0, t0, 8
    bltu t0, t1, 4b
    la t0, boot_dirty
    sd t2, 0(t0)

    la t0, trap_vector
    csrw stvec, t0
    csrw sie, zero
    csrw sscratch, zero
    la sp, _stacks + STACK_BYTES
    call guest_main
    call sbi_shutdown
6:  wfi
    j 6b

/* Entry of another hart: a0 = hart id, a1 = its number, which chooses the stack. */
    .globl start_second
start_second:
    la t0, trap_vector
    csrw stvec, t0
    csrw sie, zero
    addi t0, a1, 1
    li t1, STACK_BYTES
    mul t0, t0, t1
    la sp, _stacks
    add sp, sp, t0
    call guest_second
7:  wfi
    j 7b

    .globl trap_vector
    .balign 4
trap_vector:
    addi sp, sp, -256
    .macro put_x n
    sd x\n, \n*8(sp)
    .endm
    .macro get_x n
    ld x\n, \n*8(sp)
    .endm
    put_x 1
    .set i, 3
    .rept 29
    put_x %i
    .set i, i + 1
    .endr
    csrr t0, sepc
    sd t0, 0(sp)
    addi t0, sp, 256
    sd t0, 2*8(sp)
    mv a0, sp
    call trap_taken
    ld t0, 0(sp)
    csrw sepc, t0
    get_x 1
    .set i, 3
    .rept 29
    get_x %i
    .set i, i + 1
    .endr
    ld sp, 2*8(sp)
    sret

    .data
    .balign 16
    .globl boot_x, boot_f, boot_csr, boot_dirty
boot_x:     .fill 32, 8, 0
boot_f:     .fill 33, 8, 0
boot_csr:   .fill 11, 8, 0
boot_dirty: .dword 0
