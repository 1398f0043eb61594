/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Offsets for src/kernel/hart/entry.S, read from the compiler's output: each line becomes a #define
 * (src/kernel/build.mk). A tool of the build: nothing of it is in the image. */
#include <stddef.h>

#include <riscv/csr.h>
#include <septum/bootinfo.h>

#include "hart.h"

#define OFFSET(name, value) __asm__ volatile("->" #name " %0" : : "i"(value))

void offsets(void);
void offsets(void)
{
	OFFSET(BLOCK_CONTEXT, offsetof(struct hart_block, context));
	OFFSET(BLOCK_PAGE, offsetof(struct hart_block, page));
	OFFSET(BLOCK_STACK, offsetof(struct hart_block, stack));
	OFFSET(BLOCK_INDEX, offsetof(struct hart_block, index));
	OFFSET(BLOCK_SCRATCH, offsetof(struct hart_block, scratch));
	OFFSET(BLOCK_START_SATP, offsetof(struct hart_block, start_satp));
	OFFSET(BLOCK_START_VA, offsetof(struct hart_block, start_va));
	OFFSET(BLOCK_SELF, offsetof(struct hart_block, self));
	OFFSET(BLOCK_BYTES, sizeof(struct hart_block));
	OFFSET(STACK_BYTES, STACK_BYTES);
	OFFSET(BOOT_HART, offsetof(struct bootinfo, boot_hart));
	OFFSET(SEPTUM_VCPU_RUN_NUMBER, SEPTUM_VCPU_RUN);
	OFFSET(SSTATUS_SUM, SSTATUS_SUM);
	OFFSET(SSTATUS_MXR, SSTATUS_MXR);
}
