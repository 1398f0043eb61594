/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The measured loops: a0 = count, a1 = argument. s0 counts, s1 holds the argument, s2 is set by a handler, s3 = 1,
 * s4 = an address, s5 = 4096. An SBI row has ten instructions of its own (four arguments, three for the call's name,
 * ecall, two of the loop), a CSR or MMIO row three. Nothing is compressed: handlers skip four bytes.
 */
#include "bench.h"

    .macro begin name
    .globl \name
    .balign 64
\name:
    addi sp, sp, -64
    sd ra, 0(sp)
    sd s0, 8(sp)
    sd s1, 16(sp)
    sd s2, 24(sp)
    sd s3, 32(sp)
    sd s4, 40(sp)
    sd s5, 48(sp)
    mv s0, a0
    mv s1, a1
    li s3, 1
    la s4, _end
    li s5, 4096
1:
    .endm

    .macro end
    addi s0, s0, -1
    bnez s0, 1b
    ld ra, 0(sp)
    ld s0, 8(sp)
    ld s1, 16(sp)
    ld s2, 24(sp)
    ld s3, 32(sp)
    ld s4, 40(sp)
    ld s5, 48(sp)
    addi sp, sp, 64
    ret
    .endm

    .macro call_sbi extension, function, x0, x1, x2, x3
    mv a0, \x0
    mv a1, \x1
    mv a2, \x2
    mv a3, \x3
    li a6, \function
    lui a7, (\extension + 0x800) >> 12
    addi a7, a7, \extension - ((\extension + 0x800) >> 12 << 12)
    ecall
    .endm

    .text
begin loop_spec_version
    call_sbi 0x10, 0, zero, zero, zero, zero
end

begin loop_set_timer
    call_sbi 0x54494d45, 0, s1, zero, zero, zero
end

/* The handler's set_timer is the second call. */
begin loop_timer_sbi
    li s2, 0
    call_sbi 0x54494d45, 0, zero, zero, zero, zero
2:  beqz s2, 2b
end
    .balign 4
    .globl vector_timer_sbi
vector_timer_sbi:
    li a0, -1
    li a6, 0
    ecall /* a7 is still that of the interrupted call; no other may be interrupted */
    li s2, 1
    sret

begin loop_timer_direct
    csrwi 0x14d, 0 /* stimecmp */
end
    .balign 4
    .globl vector_timer_direct
vector_timer_direct:
    csrw 0x14d, s1
    sret

begin loop_wfi
    wfi
end

begin loop_ipi
    li s2, 0
    call_sbi 0x735049, 0, s3, s1, zero, zero
2:  beqz s2, 2b
end
    .balign 4
    .globl vector_ipi
vector_ipi:
    csrci sip, 2
    li s2, 1
    sret

begin loop_fence
    call_sbi 0x52464e43, 1, s3, s1, s4, s5
end

begin loop_uart_read
    lbu t0, 5(s1)
end

begin loop_uart_write
    sb zero, 7(s1)
end

begin loop_plic_read
    lw t0, 40(s1)
end

begin loop_plic_write
    sw zero, 40(s1)
end

begin loop_touch
    sd s0, 0(s1)
    add s1, s1, s5
end

begin loop_rdcycle
    csrr t0, cycle
end

begin loop_illegal
    csrw cycle, zero
end
    .balign 4
    .globl vector_skip
vector_skip:
    csrr t1, sepc
    addi t1, t1, 4
    csrw sepc, t1
    sret

/* Runs in U mode: the ecall goes to vector_syscall and back, the one behind the loop ends it. */
begin loop_syscall
    li a7, 0
2:  ecall
    addi s0, s0, -1
    bnez s0, 2b
    li a7, 1
    ecall
    .balign 4
    .globl vector_syscall
vector_syscall:
    csrrw sp, sscratch, sp
    sd t0, -8(sp)
    bnez a7, 3f
    csrr t0, sepc
    addi t0, t0, 4
    csrw sepc, t0
    ld t0, -8(sp)
    csrrw sp, sscratch, sp
    sret
3:  csrrw sp, sscratch, sp
    la t0, 4f
    csrw sepc, t0
    li t0, 0x100 /* SPP */
    csrs sstatus, t0
    sret
4:  li s0, 1
end

begin loop_page_fault
    ld t0, 0(s1)
end

begin loop_sfence
    sfence.vma s1, zero
end

begin loop_satp
    csrw satp, s1
end

begin loop_sscratch
    csrrw t0, sscratch, s1
end

begin loop_csr_read
    csrr t0, sscratch
end

begin loop_csr_write
    csrw sscratch, s1
end

/* As Linux does around each of its locks. The nops keep the two apart. */
begin loop_interrupts
    csrrci t0, sstatus, 2
    nop
    csrrsi t0, sstatus, 2
    nop
end

/* A trap of S mode's to S mode: no sret is needed to come back. */
begin loop_reflect
    la s2, 2f
    ld t0, 0(s1)
2:
end
    .balign 4
    .globl vector_behind
vector_behind:
    jr s2

/* In U mode; the handler comes back to the same instruction, until s0 is 0. */
begin loop_user
    ecall
    li s0, 1
end
begin loop_redirect
    csrr t0, sscratch
    li s0, 1
end
    .balign 4
    .globl vector_again
vector_again:
    addi s0, s0, -1
    beqz s0, 2f
    sret
2:  csrr t0, sepc
    addi t0, t0, 4
    csrw sepc, t0
    li t0, 0x100 /* SPP */
    csrs sstatus, t0
    sret

begin loop_sfence_fill
    sfence.vma s1, zero
    nop
    ld t0, 0(s1)
end

begin loop_spaces
    csrw satp, s1
    li t0, 1
    slli t0, t0, 44
    xor s1, s1, t0
end

begin loop_arithmetic
    addi t0, t0, 3
    xor t0, t0, s0
    mul t1, t0, s0
    add t2, t1, t0
    slli t0, t2, 1
end

begin loop_walk
    ld t0, 0(s1)
    addi s1, s1, 64
end

/* Calls a0(a1, a2) in U mode; the callee comes back in S mode. */
    .globl in_user_mode
in_user_mode:
    csrw sepc, a0
    li t0, 0x100
    csrc sstatus, t0
    mv a0, a1
    mv a1, a2
    sret
