/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A probe's way in and out. The offsets are those of struct probe (isa.h), checked in main.c. */
#define P_PC       0
#define P_A        8
#define P_SSTATUS  56
#define P_SATP     64
#define P_FENCE    72
#define P_SCAUSE   80
#define P_STVAL    88
#define P_SEPC     96
#define P_VECTOR   104
#define P_SP       112
#define P_SAVED_SSTATUS 120
#define P_SAVED_SATP 128

    .text
/* void probe_run(struct probe *p) */
    .globl probe_run
probe_run:
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
    sd gp, 104(sp)
    sd sp, P_SP(a0)
    csrr t0, sstatus
    sd t0, P_SAVED_SSTATUS(a0)
    csrr t0, satp
    sd t0, P_SAVED_SATP(a0)
    csrw sscratch, a0
    ld t0, P_VECTOR(a0)
    bnez t0, 1f
    la t0, probe_vector
1:  csrw stvec, t0
    ld t0, P_SATP(a0)
    ld t1, P_FENCE(a0)
    csrw satp, t0
    beqz t1, 2f
    sfence.vma
2:  ld t0, P_PC(a0)
    csrw sepc, t0
    ld t0, P_SSTATUS(a0)
    csrw sstatus, t0
    ld a1, P_A+8(a0)
    ld a2, P_A+16(a0)
    ld a3, P_A+24(a0)
    ld a4, P_A+32(a0)
    ld a5, P_A+40(a0)
    ld a0, P_A(a0)
    sret

/* Direct entry; a vector of entries comes here with its number in probe_entry. */
    .balign 4
    .globl probe_vector
probe_vector:
    csrrw a0, sscratch, a0
    sd a1, P_A+8(a0)
    sd a2, P_A+16(a0)
    sd a3, P_A+24(a0)
    sd a4, P_A+32(a0)
    sd a5, P_A+40(a0)
    csrr a1, sscratch
    sd a1, P_A(a0)
    csrr a1, sstatus
    sd a1, P_SSTATUS(a0)
    csrr a1, scause
    sd a1, P_SCAUSE(a0)
    csrr a1, stval
    sd a1, P_STVAL(a0)
    csrr a1, sepc
    sd a1, P_SEPC(a0)
    ld a1, P_SAVED_SATP(a0)
    csrw satp, a1
    la a1, trap_vector
    csrw stvec, a1
    csrw sscratch, zero
    ld a1, P_SAVED_SSTATUS(a0)
    csrw sstatus, a1
    ld sp, P_SP(a0)
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
    ld gp, 104(sp)
    addi sp, sp, 112
    ret

/* Entries for stvec in vectored mode: each leaves its number and goes on as above. */
    .balign 256
    .globl probe_vectors
probe_vectors:
    .set i, 0
    .rept 16
    j vector_tails + 16 * i
    .set i, i + 1
    .endr
    .balign 16
vector_tails:
    .set i, 0
    .rept 16
    csrrw a0, sscratch, a0
    sd a1, P_A+8(a0)
    li a1, i
    j vector_common
    .set i, i + 1
    .endr
vector_common:
    sd a2, P_A+16(a0)
    la a2, probe_entry
    sd a1, 0(a2)
    ld a1, P_A+8(a0)
    ld a2, P_A+16(a0)
    csrrw a0, sscratch, a0
    j probe_vector

/* What probes do most; each ends with an ebreak. */
    .globl do_load, do_store, do_load_byte, do_store_byte
do_load:
    ld a0, 0(a1)
    ebreak
do_store:
    sd a0, 0(a1)
    ebreak
do_load_byte:
    lbu a0, 0(a1)
    ebreak
do_store_byte:
    sb a0, 0(a1)
    ebreak

    .data
    .balign 8
    .globl probe_entry
probe_entry: .dword 0
