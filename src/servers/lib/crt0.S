/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Where every thread of a server begins: sp and a0 are the kernel's gift, all else is undefined. */
	.section .text.start, "ax"
	.globl _start
_start:
	.option push
	.option norelax
	la gp, __global_pointer$
	.option pop
	li tp, 0
	li ra, 0
	li s0, 0
	call server_main
	unimp
