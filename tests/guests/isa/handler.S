/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Trap handlers that trap themselves, or return where they came from. a5: the next stvec. */
    .macro see_first
    csrw stvec, a5
    csrr a2, scause
    csrr a3, sepc
    csrr a4, sstatus
    .endm

    .text
    .balign 4
    .globl nested_load, nested_illegal, nested_break, nested_return
nested_load:
    see_first
    ld a0, 8(a1)
    .balign 4
nested_illegal:
    see_first
    .word 0
    .balign 4
nested_break:
    see_first
    ebreak

/* Steps over a call from user mode and counts in a2; anything else goes on to a5. */
    .balign 4
nested_return:
    csrr a3, scause
    addi a3, a3, -8
    bnez a3, 1f
    addi a2, a2, 1
    csrr a3, sepc
    addi a3, a3, 4
    csrw sepc, a3
    sret
1:  jr a5
