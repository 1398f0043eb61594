/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* void run_enter(struct run *): makes the call with every register that is no argument full of the pattern, and stores all of
 * them as it returned them. The stack pointer alone is needed on both sides. */
#include "run.h"

#include "../../guests/hostile/saved.h"

	.text
	.globl run_enter
run_enter:
	addi sp, sp, -144
	frame sd
	sd a0, 120(sp)
	ld a7, RUN_PATTERN(a0)
	.irp n, 1, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	addi x\n, a7, \n
	.endr
	ld a7, RUN_CALL(a0)
	ld a0, RUN_FLAGS(a0)
	ecall
	sd x31, 128(sp)
	ld x31, 120(sp)
	.irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	sd x\n, RUN_X+\n*8(x31)
	.endr
	ld x30, 128(sp)
	sd x30, RUN_X+31*8(x31)
	frame ld
	addi sp, sp, 144
	ret
