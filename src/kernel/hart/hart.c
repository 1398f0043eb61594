/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The hart primitives of <kernel/hart.h> and <kernel/fence.h>: trusted, each listed in spec/assumptions.md. */
#include <kernel/boot.h>
#include <kernel/frame.h>
#include <kernel/shadow.h>
#include <riscv/csr.h>
#include <riscv/sbi.h>

#include "hart.h"
#include "machine.h"

void *memset(void *to, int byte, size_t bytes) __attribute__((used));

uint8_t kernel_stack[HARTS][STACK_BYTES] __attribute__((section(".bss.page"), aligned(4096)));
struct bootinfo boot;
struct hart_block hart_block[HARTS];
struct fp_area fp_area[THREADS];
uint64_t pending[THREADS];
static struct { uint32_t next, serving; } lock;

uint64_t hart_scause(void) { return CSR_READ("scause"); }
uint64_t hart_stval(void) { return CSR_READ("stval"); }
uint64_t hart_sepc(void) { return CSR_READ("sepc"); }
uint64_t hart_sstatus(void) { return CSR_READ("sstatus"); }
void hart_set_sstatus(uint64_t v) { CSR_WRITE("sstatus", v); }
void hart_set_hstatus(uint64_t v) { CSR_WRITE(CSR_HSTATUS, v); }
uint64_t hart_htval(void) { return CSR_READ(CSR_HTVAL); }
uint64_t hart_htinst(void) { return CSR_READ(CSR_HTINST); }
uint64_t hart_swap_senvcfg(uint64_t v) { return CSR_SWAP(CSR_SENVCFG, v); }
uint64_t hart_swap_scounteren(uint64_t v) { return CSR_SWAP("scounteren", v); }
void hart_vector_guest(void) { CSR_WRITE("stvec", (uint64_t)&entry_guest); }
void hart_vector_server(void) { CSR_WRITE("stvec", (uint64_t)&entry_server); }

#define VS_ROWS(row) row(VSSTATUS) row(VSIE) row(VSTVEC) row(VSSCRATCH) row(VSEPC) row(VSCAUSE) row(VSTVAL) row(VSATP)
#define VS_READ(name) case name: return CSR_READ(CSR_##name);
#define VS_WRITE(name) case name: CSR_WRITE(CSR_##name, v); break;

uint64_t hart_vs_read(uint64_t which)
{
	switch (which) {
	VS_ROWS(VS_READ)
	case VSTIMECMP: return machine_features & BOOT_HAS_SSTC ? CSR_READ(CSR_VSTIMECMP) : UINT64_MAX;
	default: return CSR_READ(CSR_HVIP);
	}
}

void hart_vs_write(uint64_t which, uint64_t v)
{
	switch (which) {
	VS_ROWS(VS_WRITE)
	case VSTIMECMP:
		if (machine_features & BOOT_HAS_SSTC)
			CSR_WRITE(CSR_VSTIMECMP, v);
		break;
	default: CSR_WRITE(CSR_HVIP, v); break;
	}
}

uint64_t hart_vsip_and_vsie(void) { return CSR_READ(CSR_VSIP) & CSR_READ(CSR_VSIE); }
void hart_set_hedeleg(uint64_t v) { CSR_WRITE(CSR_HEDELEG, v); }

void hart_init(uint64_t h, uint64_t features)
{
	CSR_WRITE("sscratch", (uint64_t)&hart_block[h]);
	hart_vector_server();
	space_init(features);
	CSR_WRITE("sie", SIE_SSIE | SIE_STIE | SIE_SEIE);
	CSR_WRITE("scounteren", COUNTEREN_TM);
	CSR_WRITE(CSR_SENVCFG, 0);
	if (features & BOOT_HAS_H) {
		CSR_WRITE(CSR_HIDELEG, INJECT_SOFTWARE | INJECT_TIMER | INJECT_EXTERNAL);
		CSR_WRITE(CSR_HEDELEG, HEDELEG_GUEST);
		CSR_WRITE(CSR_HCOUNTEREN, COUNTEREN_TM);
		CSR_WRITE(CSR_HTIMEDELTA, 0);
		CSR_WRITE(CSR_HENVCFG, features & BOOT_HAS_SSTC ? HENVCFG_STCE : 0);
		CSR_WRITE(CSR_HVIP, 0);
		CSR_WRITE(CSR_HGATP, 0);
		CSR_WRITE(CSR_VSATP, 0);
		CSR_WRITE(CSR_HSTATUS, HSTATUS_SERVER);
		__asm__ volatile(".insn r 0x73, 0, 0x31, x0, x0, x0" : : : "memory"); /* hfence.gvma */
	}
	hart_set_timer(UINT64_MAX);
	plic[PLIC_THRESHOLD(boot.plic_context[h])] = 0;
}

void hart_fp_save(uint64_t t) { fp_store(&fp_area[t]); }
void hart_fp_load(uint64_t t) { fp_fetch(&fp_area[t]); }

void hart_fp_clear(uint64_t t) { memset(&fp_area[t], 0, sizeof(struct fp_area)); }

/* What the context before has reserved (LR), the next must not store on. */
void hart_select_context(uint64_t h, uint64_t t)
{
	hart_block[h].context = (uint64_t)&context[t];
	END_RESERVATION(&hart_block[h].scratch);
}
void hart_select_page(uint64_t h, uint64_t p) { hart_block[h].page = (uint64_t)&ram[p]; }

uint64_t hart_self(void)
{
	uint64_t h;
	__asm__("ld %0, %1(tp)" : "=r"(h) : "i"(offsetof(struct hart_block, index)));
	return h;
}

uint64_t hart_time(void) { return CSR_READ("time"); }

void hart_set_timer(uint64_t when)
{
	if (machine_features & BOOT_HAS_SSTC)
		CSR_WRITE(CSR_STIMECMP, when);
	else
		sbi_call(SBI_TIME, SBI_TIME_SET_TIMER, when, 0, 0, 0, 0);
}

uint64_t hart_interrupts(void) { return CSR_READ("sip") & CSR_READ("sie"); }
void hart_clear_ipi(void) { __asm__ volatile("csrci sip, 2" : : : "memory"); }

void hart_send_ipi(uint64_t h) { sbi_call(SBI_IPI, SBI_IPI_SEND, 1, boot.hartid[h], 0, 0, 0); }

/* The hart leaves the guest at the interrupt, before it asks for the lock that the caller holds. */
void hart_evict(uint64_t h, uint64_t t)
{
	if (running_look(h) == t)
		hart_send_ipi(h);
	while (running_look(h) == t)
		PAUSE();
}

int32_t hart_start(uint64_t h)
{
	hart_block[h].index = h;
	hart_block[h].stack = (uint64_t)&kernel_stack[h + 1];
	uint64_t start = boot.kernel_pa + ((uint64_t)&entry_second - (uint64_t)&kernel_base);
	uint64_t block = boot.kernel_pa + ((uint64_t)&hart_block[h] - (uint64_t)&kernel_base);
	hart_block[h].start_satp = boot.kernel_root;
	hart_block[h].start_va = (uint64_t)&second_on;
	hart_block[h].self = (uint64_t)&hart_block[h];
	return (int32_t)sbi_call(SBI_HSM, SBI_HSM_HART_START, boot.hartid[h], start, block, 0, 0);
}

uint32_t plic_claim(uint64_t h)
{
	uint32_t irq = plic[PLIC_CLAIM(boot.plic_context[h])];
	return irq < IRQS ? irq : 0;
}

void plic_complete(uint64_t h, uint32_t irq) { plic[PLIC_CLAIM(boot.plic_context[h])] = irq; }

void plic_enable(uint64_t h, uint32_t irq, uint32_t on)
{
	uint64_t word = PLIC_ENABLE(boot.plic_context[h]) + irq / 32;
	uint32_t bit = UINT32_C(1) << irq % 32;
	plic[word] = on ? plic[word] | bit : plic[word] & ~bit;
	plic[PLIC_PRIORITY(irq)] = 1; /* last: QEMU looks for what is pending at this store, not at the other */
}

static volatile uint64_t *shared_word(uint64_t p, uint64_t i) { return &((volatile struct frame *)ram)[p].word[i]; }

uint64_t shared_read(uint64_t p, uint64_t i) { return *shared_word(p, i); }
void shared_write(uint64_t p, uint64_t i, uint64_t v) { *shared_word(p, i) = v; }

uint64_t shared_swap(uint64_t p, uint64_t i, uint64_t v)
{
	/* The page is the monitor's, mostly untouched: a plain look first spares the atomic. A bit that is set after
	 * it comes with a kick, and the kick makes the hart look again. */
	if (*shared_word(p, i) == v)
		return v;
	return __atomic_exchange_n(shared_word(p, i), v, __ATOMIC_ACQ_REL);
}

void pending_set(uint64_t t, uint64_t bits)
{
	__atomic_fetch_or(&pending[t], bits, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

uint64_t pending_take(uint64_t t) { return __atomic_exchange_n(&pending[t], 0, __ATOMIC_ACQ_REL); }
uint64_t pending_look(uint64_t t) { return __atomic_load_n(&pending[t], __ATOMIC_RELAXED); }

/* By tp: no other hart's word is ever written. */
#define SET_RUNNING(v) __asm__ volatile("sd %z0, %1(tp)" : : "rJ"(v), "i"(offsetof(struct hart_block, running)) : "memory")

void running_publish(uint64_t h, uint64_t t)
{
	(void)h;
	SET_RUNNING(t + 1);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* After the guest's last access: the fence orders it before the store. */
void running_clear(uint64_t h)
{
	(void)h;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	SET_RUNNING(UINT64_C(0));
}

uint64_t running_look(uint64_t h)
{
	/* What a server wrote before its kick, too, is seen before this look: its call orders nothing by itself. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	uint64_t v = __atomic_load_n(&hart_block[h].running, __ATOMIC_ACQUIRE);
	return v == 0 ? NO_THREAD : v - 1;
}

void kernel_lock(void)
{
	uint32_t ticket = __atomic_fetch_add(&lock.next, 1, __ATOMIC_RELAXED);
	while (__atomic_load_n(&lock.serving, __ATOMIC_ACQUIRE) != ticket)
		PAUSE();
}

void kernel_unlock(void) { __atomic_store_n(&lock.serving, lock.serving + 1, __ATOMIC_RELEASE); }

void firmware_put(uint64_t character) { sbi_call(SBI_LEGACY_PUTCHAR, 0, character, 0, 0, 0, 0); }

void firmware_off(uint64_t how)
{
	sbi_call(SBI_SRST, 0, how ? SBI_SRST_COLD_REBOOT : SBI_SRST_SHUTDOWN, 0, 0, 0, 0);
	for (;;)
		__asm__ volatile("wfi");
}

/* gcc may turn an assignment of a whole struct into this. */
void *memset(void *to, int byte, size_t bytes)
{
	uint8_t *at = to;
	for (size_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)byte;
	return to;
}
