/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Entries and exits: save, call the C half, load what it chose. No decision is made here but two: a SEPTUM_VCPU_RUN
 * saves pc, sp, gp and tp only (its ABI), and a virtual-instruction exception (wfi) at first what C does not keep only.
 * Offsets come from the C structs (build/kernel/offsets.h).
 */
#include "offsets.h"

#define RESUME_GUEST 0
#define RESUME_SERVER 1
#define RESUME_OFF 3
#define RESUME_EXIT 4 /* plus what SEPTUM_VCPU_RUN returns */

/* x0's word of a register file holds the pc, so register n stands at 8 n. First what C may use, but for t0 and a0; then
 * what it keeps, but for tp. */
.macro scratch_registers op, base
	.irp n, 1, 2, 6, 7, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	\op x\n, 8*\n(\base)
	.endr
.endm
.macro kept_registers op, base
	.irp n, 3, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	\op x\n, 8*\n(\base)
	.endr
.endm
.macro each_register op, base
	scratch_registers \op, \base
	kept_registers \op, \base
.endm

	.section .header, "a"
	.globl kernel_base
kernel_base:
	.dword 0x334b4d5554504553 /* SEPTUMK3 */
	.dword info - kernel_base, plic - kernel_base, ram - kernel_base
	.dword entry_first - kernel_base
	.dword kernel_text_bytes, kernel_rodata_bytes, kernel_data_bytes, kernel_bss_bytes
	.dword boot - kernel_base
	.dword kernel_root_table - kernel_base
	.dword top_table - kernel_base
	.dword device_context - kernel_base
	.dword iommu_pages - kernel_base

/* A CSR that closes state which is on no context's list (spec/state.json). Where the hart does not have it, the write traps,
 * to behind itself. */
#define STATEEN_ENVCFG 0x4000000000000000
.macro close_csr csr, value
	la t0, 1f
	csrw stvec, t0
	li t0, \value
	csrw \csr, t0
	.balign 4
1:
.endm

	.text
	.globl entry_first, entry_second, entry_server, entry_guest, fp_store, fp_fetch, hart_fetch

/* From the loader: translation on, one hart, nothing else. */
entry_first:
	la t0, boot
	ld t1, BOOT_HART(t0)
	addi t1, t1, 1
	li t2, STACK_BYTES
	mul t1, t1, t2
	la sp, kernel_stack
	add sp, sp, t1
	ld t1, BOOT_HART(t0)
	li t2, BLOCK_BYTES
	mul t2, t1, t2
	la tp, hart_block
	add tp, tp, t2
	sd t1, BLOCK_INDEX(tp)
	sd sp, BLOCK_STACK(tp)
	call close_state
	call main_first
	j resume

/* Smstateen: AIA, indirect CSRs, scontext, ctr, custom state: no guest's. senvcfg stays the guest's. [priv Smstateen] */
close_state:
	csrr t1, stvec
	close_csr 0x60c, STATEEN_ENVCFG
	close_csr 0x60d, 0
	close_csr 0x60e, 0
	close_csr 0x60f, 0
	close_csr 0x10c, 0
	csrw stvec, t1
	ret

/* A further hart, from the firmware: translation off, a1 = physical address of its block. The page fault that
 * switching satp on causes goes to stvec, which is second_on in the kernel's own space. */
	.balign 4
entry_second:
	ld t0, BLOCK_START_SATP(a1)
	ld t1, BLOCK_START_VA(a1)
	ld tp, BLOCK_SELF(a1)
	csrw stvec, t1
	sfence.vma
	csrw satp, t0
	unimp
	.balign 4
	.globl second_on
second_on:
	ld sp, BLOCK_STACK(tp)
	call close_state
	ld a0, BLOCK_INDEX(tp)
	call main_second
	j resume

	.balign 4
entry_guest:
	csrrw tp, sscratch, tp
	sd a0, BLOCK_SCRATCH(tp)
	ld a0, BLOCK_PAGE(tp)
	sd t0, 8*5(a0)
	scratch_registers sd, a0
	csrrw t0, sscratch, tp
	sd t0, 8*4(a0)
	ld t0, BLOCK_SCRATCH(tp)
	sd t0, 8*10(a0)
	csrr a1, scause
	ld sp, BLOCK_STACK(tp)
	addi t0, a1, -22 /* CAUSE_VIRTUAL */
	beqz t0, virtual
more:
	kept_registers sd, a0
	csrr t0, sepc
	sd t0, 0(a0)
	ld a0, BLOCK_INDEX(tp)
	call trap_guest

resume:
	addi a0, a0, -RESUME_EXIT
	bgez a0, resume_exit
	addi a0, a0, RESUME_EXIT - RESUME_SERVER
	bltz a0, resume_guest
	beqz a0, resume_server
	addi a0, a0, RESUME_SERVER - RESUME_OFF
	beqz a0, off
idle: /* interrupts stay off: wfi ends when one is pending, trap_idle serves it */
	wfi
	ld a0, BLOCK_INDEX(tp)
	call trap_idle
	j resume

off: /* the firmware did not switch the machine off: this hart does no more */
	wfi
	j off

resume_guest:
	ld a0, BLOCK_PAGE(tp)
	ld t0, 0(a0)
	csrw sepc, t0
	ld t0, 8*5(a0)
	each_register ld, a0
	ld x4, 8*4(a0)
	ld a0, 8*10(a0)
	sret

virtual:
	ld a0, BLOCK_INDEX(tp)
	call trap_virtual
	li a1, 22
	mv t0, a0
	ld a0, BLOCK_PAGE(tp)
	bnez t0, more
	ld t0, 0(a0)
	csrw sepc, t0
	ld t0, 8*5(a0)
	scratch_registers ld, a0
	ld x4, 8*4(a0)
	ld a0, 8*10(a0)
	sret

resume_server:
	ld a0, BLOCK_CONTEXT(tp)
	ld t0, 0(a0)
	csrw sepc, t0
	ld t0, 8*5(a0)
	each_register ld, a0
	ld x4, 8*4(a0)
	ld a0, 8*10(a0)
	sret

resume_exit: /* out of SEPTUM_VCPU_RUN: what the kernel used is zeroed, the rest is still the guest's, on the page too */
	ld t0, BLOCK_CONTEXT(tp)
	ld t1, 0(t0)
	ld sp, 8*2(t0)
	ld gp, 8*3(t0)
	ld tp, 8*4(t0)
	csrw sepc, t1
	.irp n, 1, 5, 6, 7, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	li x\n, 0
	.endr
	sret

	.balign 4
entry_server:
	csrrw tp, sscratch, tp
	sd t0, BLOCK_SCRATCH(tp)
	csrr t0, scause
	addi t0, t0, -8 /* CAUSE_ECALL_U */
	bnez t0, 1f
	addi t0, a7, -SEPTUM_VCPU_RUN_NUMBER
	bnez t0, 1f
	ld t0, BLOCK_CONTEXT(tp)
	mv a1, a0
	sd sp, 8*2(t0)
	sd gp, 8*3(t0)
	csrr t2, sepc
	csrrw t1, sscratch, tp
	addi t2, t2, 4
	sd t1, 8*4(t0)
	sd t2, 0(t0)
	ld sp, BLOCK_STACK(tp)
	ld a0, BLOCK_INDEX(tp)
	call trap_run
	beqz a0, resume_guest
	j resume
1:
	ld t0, BLOCK_CONTEXT(tp)
	sd a0, 8*10(t0)
	each_register sd, t0
	csrrw t1, sscratch, tp
	sd t1, 8*4(t0)
	ld t1, BLOCK_SCRATCH(tp)
	sd t1, 8*5(t0)
	csrr t1, sepc
	sd t1, 0(t0)
	ld sp, BLOCK_STACK(tp)
	ld a0, BLOCK_INDEX(tp)
	call trap_server
	j resume

/* A load under SUM, and where that faults, under MXR, too: a page may be for execution alone. Faults come to 2; then sepc
 * and stval are put back. The kernel's half lies beyond Sv39's canonical addresses. */
hart_fetch:
	mv t0, a0
	srai t1, a0, 38
	li a0, -1
	beqz t1, 1f
	bne t1, a0, 5f
1:	li t1, SSTATUS_SUM
	la t2, 2f
	csrr t3, sepc
	csrr t4, stval
	csrrw t2, stvec, t2
	csrrs t1, sstatus, t1
3:	lhu t5, 0(t0)
	not t6, t5
	andi t6, t6, 3
	bnez t6, 4f
	lhu t6, 2(t0)
	slli t6, t6, 16
	or t5, t5, t6
	j 4f
	.balign 4
2:	csrw sepc, t3
	csrw stval, t4
	mv t5, a0
	csrr t6, sstatus
	li a1, SSTATUS_MXR
	csrs sstatus, a1
	and t6, t6, a1
	beqz t6, 3b
4:	csrw sstatus, t1
	csrw stvec, t2
	mv a0, t5
5:	ret

	.option push
	.option arch, +d
fp_store:
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fsd f\n, 8*\n(a0)
	.endr
	frcsr t0
	sd t0, 8*32(a0)
	ret
fp_fetch:
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fld f\n, 8*\n(a0)
	.endr
	ld t0, 8*32(a0)
	fscsr t0
	ret
	.option pop
