/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Address spaces and fences: what satp and hgatp name, and what harts may still hold of it. */
#include <kernel/boot.h>
#include <kernel/shadow.h>
#include <riscv/csr.h>
#include <riscv/sbi.h>

#include "hart.h"
#include "machine.h"

/* The top pages of Sv48, one for each slot, and in slot 0's place the kernel's own: entry 0 is the root of level 2. */
struct frame top_table[DOMAINS] __attribute__((section(".bss.page"), aligned(4096)));
uint64_t kernel_root_table[FRAME_WORDS] __attribute__((section(".bss.page"), aligned(4096)));

/* ASIDs in use: servers' slots, and behind them the shadow roots of each vCPU. */
#define ASIDS (DOMAINS + THREADS * SHADOW_ROOTS)

/* 1: a hart has fewer ASIDs or VMIDs than are used [priv 10.1.11, 15.2.10]. Then each change of satp, or of hgatp, empties
 * the hart's TLB. */
static uint32_t asids_few, vmids_few;

static void fence_all(void) { __asm__ volatile("sfence.vma" : : : "memory"); }

static void set_satp(uint64_t v)
{
	CSR_WRITE("satp", v);
	if (asids_few)
		fence_all();
}

void space_init(uint64_t features)
{
	uint64_t satp = CSR_READ("satp");
	CSR_WRITE("satp", satp | SATP_ASID);
	uint64_t most = (CSR_SWAP("satp", satp) & SATP_ASID) >> SATP_ASID_SHIFT;
	fence_all();
	asids_few |= most < (features & BOOT_HAS_SV48 ? ASIDS : DOMAINS) - 1;
	if (features & BOOT_HAS_H) { /* hart_init puts hgatp right */
		CSR_WRITE(CSR_HGATP, HGATP_SV39X4 | 0x3fff * HGATP_VMID);
		vmids_few |= CSR_READ(CSR_HGATP) % HGATP_SV39X4 < (DOMAINS - 1) * HGATP_VMID;
	}
}

/*
 * Which harts have ever had the slot in satp or hgatp. Only such a hart can hold a translation under its ASID or VMID,
 * so only these are fenced. The bit is seen by every hart before the first walk, and is never taken away.
 */
static uint32_t visited[DOMAINS];

static void visit(uint64_t slot)
{
	if ((visited[slot] >> hart_self() & 1) == 0)
		__atomic_fetch_or(&visited[slot], UINT32_C(1) << hart_self(), __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void hart_set_hgatp(uint32_t name, uint64_t p)
{
	uint64_t slot = name % NAME_SLOTS;
	visit(slot);
	CSR_WRITE(CSR_HGATP, HGATP_SV39X4 + slot * HGATP_VMID + ram_base_pfn + p);
	if (vmids_few) /* hfence.gvma and hfence.vvma, of all */
		__asm__ volatile(".insn r 0x73, 0, 0x31, x0, x0, x0\n.insn r 0x73, 0, 0x11, x0, x0, x0" : : : "memory");
}

/*
 * The guest's interrupt enables while its hart idles: a pending interrupt of a guest that does not run would end each
 * wfi at once. Who is to wake has a deadline, or is kicked.
 */
static uint64_t idle_hie[HARTS];

/* The slot's top page, with that root below it. Who else walks it has the same root: only a slot without threads gets
 * another domain, and then no satp names it (trap.c, set_space). */
static uint64_t top_of(uint64_t slot, uint64_t root_pfn)
{
	uint64_t entry = root_pfn << 10 | 1;
	if (top_table[slot].word[0] != entry) {
		top_table[slot].word[0] = entry;
		__asm__ volatile("sfence.vma x0, %0" : : "r"(slot) : "memory");
	}
	return (boot.kernel_pa + ((uint64_t)&top_table[slot] - (uint64_t)&kernel_base)) / FRAME_BYTES;
}

void hart_set_space(uint32_t name, uint64_t p)
{
	uint64_t slot = name % NAME_SLOTS, root = ram_base_pfn + p;
	uint64_t asid = slot << SATP_ASID_SHIFT;
	uint64_t *hie = &idle_hie[hart_self()];
	if (*hie != 0)
		CSR_WRITE(CSR_HIE, *hie);
	*hie = 0;
	visit(slot);
	uint64_t satp = machine_features & BOOT_HAS_SV48 ? SATP_SV48 | asid | top_of(slot, root) : SATP_SV39 | asid | root;
	hart_block[hart_self()].space = satp;
	set_satp(satp);
}

void hart_restore_space(void) { set_satp(hart_block[hart_self()].space); }

void hart_set_shadow(uint64_t p, uint64_t asid) { set_satp(SATP_SV48 | asid << SATP_ASID_SHIFT | (ram_base_pfn + p)); }

void hart_fence_shadow(uint64_t va, uint64_t asid, uint64_t which)
{
	if (which == 0 || asids_few)
		fence_all();
	else if (which == 1)
		__asm__ volatile("sfence.vma %0, x0" : : "r"(va) : "memory");
	else
		__asm__ volatile("sfence.vma x0, %0" : : "r"(asid) : "memory");
}

void hart_set_kernel_space(void) { set_satp(boot.kernel_root); }

void hart_idle(void)
{
	if (machine_features & BOOT_HAS_H)
		idle_hie[hart_self()] |= CSR_SWAP(CSR_HIE, 0);
}

void hart_fence_vcpu(void)
{
	if (machine_features & BOOT_HAS_H)
		__asm__ volatile(".insn r 0x73, 0, 0x11, x0, x0, x0" : : : "memory"); /* hfence.vvma */
	__asm__ volatile("fence.i" : : : "memory");
}

static uint64_t other_harts(uint32_t of)
{
	uint64_t mask = 0;
	for (uint64_t i = 0; i < hart_count; i++)
		if (hart[i].online && i != hart_self() && (of >> i & 1) != 0)
			mask |= UINT64_C(1) << boot.hartid[i];
	return mask;
}

static void fence_instructions(uint64_t others)
{
	__asm__ volatile("fence.i" : : : "memory");
	if (others)
		sbi_call(SBI_RFENCE, SBI_RFENCE_FENCE_I, others, 0, 0, 0, 0);
}

void hart_fence_guest(uint32_t slot, uint64_t what, uint64_t va, uint64_t bytes, uint64_t asid, uint32_t remote)
{
	uint64_t others = remote ? other_harts(UINT32_MAX) : 0;
	(void)slot; /* hgatp still holds it: HFENCE.VVMA works on the current VMID */
	if (what & VCPU_FENCE_VMA) {
		if (bytes <= FRAME_BYTES - va % FRAME_BYTES)
			__asm__ volatile(".insn r 0x73, 0, 0x11, x0, %0, x0" : : "r"(va) : "memory");
		else
			__asm__ volatile(".insn r 0x73, 0, 0x11, x0, x0, x0" : : : "memory");
		if (others)
			sbi_call(SBI_RFENCE, SBI_RFENCE_HFENCE_VVMA, others, 0, va, bytes, asid);
	}
	if (what & VCPU_FENCE_I)
		fence_instructions(others);
}

/* A space's translations, of either stage, on every hart: its slot is ASID and VMID. */
void fence_harts(uint32_t slot)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* the change to the table, before the look at who may walk it */
	uint64_t others = other_harts(__atomic_load_n(&visited[slot], __ATOMIC_RELAXED));
	__asm__ volatile("sfence.vma x0, %0" : : "r"((uint64_t)slot) : "memory");
	if (machine_features & BOOT_HAS_H) /* hfence.gvma x0, slot */
		__asm__ volatile(".insn r 0x73, 0, 0x31, x0, x0, %0" : : "r"((uint64_t)slot) : "memory");
	if (others == 0)
		return;
	sbi_call(SBI_RFENCE, SBI_RFENCE_SFENCE_VMA_ASID, others, 0, 0, UINT64_MAX, slot);
	if (machine_features & BOOT_HAS_H)
		sbi_call(SBI_RFENCE, SBI_RFENCE_HFENCE_GVMA_VMID, others, 0, 0, UINT64_MAX, slot);
}

void fence_code(void) { fence_instructions(other_harts(UINT32_MAX)); }

void fence_stores(void) { __asm__ volatile("fence w, w" : : : "memory"); }
