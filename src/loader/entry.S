/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* First and last instructions of the loader, and the kernel image behind it. */

	.section .text.start, "ax"
	.globl loader_start
/* a0 = hart, a1 = device tree. .bss is part of the file: nothing to clear, and a tree that lies there is noticed. */
loader_start:
	csrw sie, zero
	csrci sstatus, 2
	la t0, loader_trap
	csrw stvec, t0
	la sp, loader_stack_top
	mv tp, zero
	j loader_main

/* The kernel's tables do not map the loader: the fetch after the write of satp faults, and stvec is the kernel's entry. */
	.globl kernel_enter
kernel_enter:
	csrw stvec, a1
	mv t0, a0
	mv a0, a2
	fence rw, rw
	fence.i
	sfence.vma
	csrw satp, t0
	sfence.vma
1:	j 1b

	.globl satp_holds
satp_holds:
	fence rw, rw
	sfence.vma
	csrw satp, a0
	csrr t0, satp
	csrw satp, zero
	sfence.vma
	xor a0, a0, t0
	seqz a0, a0
	ret

	.balign 4
loader_trap:
	csrr a0, scause
	csrr a1, sepc
	csrr a2, stval
	la sp, loader_stack_top
	j loader_fault

	.section .kernel, "a"
	.balign 4096
	.globl kernel_first, kernel_end
kernel_first:
	.incbin KERNEL_BIN
kernel_end:

	.section .bss.stack, "aw", @nobits
	.balign 16
	.space 0x8000
loader_stack_top:
