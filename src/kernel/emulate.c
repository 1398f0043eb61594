/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/emulate.h>
#include <kernel/vcpu.h>
#include <riscv/csr.h>

/* Register n of the guest; x0's word holds the pc. */
/*@ requires ranges: Ranges && t < THREADS;
    requires n: n < 32;
    requires bound: vcpu[t].guest != NOBODY;
    terminates \true;
    assigns \nothing;
*/
static uint64_t reg(uint64_t t, uint64_t n) { return n == 0 ? 0 : shared_read(vcpu[t].page, n); }

/*@ requires ranges: Ranges && t < THREADS;
    requires n: n < 32;
    requires bound: vcpu[t].guest != NOBODY;
    terminates \true;
    assigns \nothing;
*/
static void set_reg(uint64_t t, uint64_t n, uint64_t v)
{
	if (n != 0)
		shared_write(vcpu[t].page, n, v);
}

/* The write, which leaves the vCPU a guest's that is in shadow mode. */
/*@ requires ranges: Ranges && t < THREADS;
    requires shadow: ShadowInv && ShadowOn(t);
    requires bound: vcpu[t].guest != NOBODY;
    terminates \true;
    assigns vcpu[t];
    ensures ranges: Ranges && vcpu[t].guest != NOBODY;
    ensures shadow: ShadowInv && ShadowOn(t);
    ensures kept: BindingsSame{Pre,Post};
    ensures step: 0 <= \result <= STEP_NOT;
    ensures root: RootStays(\result) && AtRoot{Pre}(t) ==> AtRoot(t);
*/
static uint64_t csr_write(uint64_t t, uint64_t number, uint64_t value) { return virtual_write(t, number, value); }

/* CSRRW and its kin [unpriv 7.1]: CSRRS and CSRRC of x0 (or 0) do not write. */
/*@ requires ranges: Ranges && t < THREADS;
    requires shadow: ShadowInv && ShadowOn(t);
    requires bound: vcpu[t].guest != NOBODY;
    terminates \true;
    assigns vcpu[t];
    ensures ranges: Ranges;
    ensures shadow: ShadowInv && ShadowOn(t);
    ensures kept: BindingsSame{Pre,Post};
    ensures step: 0 <= \result <= STEP_NOT;
    ensures root: RootStays(\result) && AtRoot{Pre}(t) ==> AtRoot(t);
*/
static uint64_t csr_access(uint64_t t, uint64_t insn, uint64_t now)
{
	uint64_t number = insn >> 20 & 4095;
	uint64_t funct = insn >> 12 & 3;
	uint64_t field = insn >> 15 & 31;
	uint64_t operand = insn >> 14 & 1 ? field : reg(t, field);
	struct csr_value old = virtual_read(t, number, now);
	uint64_t effect = EFFECT_NONE;
	if (!old.ok)
		return STEP_NOT;
	if (funct != 1)
		operand = funct == 2 ? old.value | operand : old.value & ~operand;
	if (funct == 1 || field != 0)
		effect = csr_write(t, number, operand);
	if (effect != STEP_NOT)
		set_reg(t, insn >> 7 & 31, old.value);
	return effect;
}

/* SFENCE.VMA [priv 10.2.1]: register 0 means all. Without an address the present root may be gone. */
/*@ requires inv: Inv;
    requires ranges: Ranges && t < THREADS;
    requires shadow: ShadowInv && ShadowOn(t);
    requires bound: vcpu[t].guest != NOBODY;
    requires own: Own(t);
    terminates \true;
    assigns shadow[t], shadow_lag[t], shadow_walk[t], ram[0 .. FRAMES-1], info[0 .. FRAMES-1];
    ensures inv: Inv;
    ensures ranges: Ranges;
    ensures shadow: ShadowInv && ShadowOn(t);
    ensures step: \result == EFFECT_NONE || \result == STEP_ENTER;
    ensures hart: HartKept{Pre,Post}(t);
    ensures root: RootStays(\result) && AtRoot{Pre}(t) ==> AtRoot(t);
*/
static uint64_t sfence(uint64_t t, uint64_t insn)
{
	uint64_t va = insn >> 15 & 31;
	uint64_t asid = insn >> 20 & 31;
	shadow_fence(t, reg(t, va), reg(t, asid), (va != 0 ? 1u : 0u) + (asid != 0 ? 2u : 0u));
	return va != 0 ? EFFECT_NONE : STEP_ENTER;
}

/*@ requires ranges: Ranges && t < THREADS;
    requires shadow: ShadowInv && ShadowOn(t);
    requires bound: vcpu[t].guest != NOBODY;
    terminates \true;
    assigns vcpu[t], shadow[t].supervisor;
    ensures ranges: Ranges;
    ensures shadow: ShadowInv && ShadowOn(t);
    ensures kept: BindingsSame{Pre,Post};
*/
static void sret(uint64_t t) { shared_write(vcpu[t].page, PAGE_PC, virtual_sret(t)); }

/* SRET, WFI and SFENCE.VMA. */
/*@ requires inv: Inv;
    requires ranges: Ranges && t < THREADS;
    requires shadow: ShadowInv && ShadowOn(t);
    requires bound: vcpu[t].guest != NOBODY;
    requires own: Own(t);
    terminates \true;
    assigns vcpu[t], shadow[t], shadow_lag[t], shadow_walk[t], ram[0 .. FRAMES-1], info[0 .. FRAMES-1];
    ensures inv: Inv;
    ensures ranges: Ranges;
    ensures shadow: ShadowInv && ShadowOn(t);
    ensures kept: BindingsSame{Pre,Post};
    ensures step: IsStep(\result);
    ensures hart: HartKept{Pre,Post}(t);
    ensures root: RootStays(\result) && AtRoot{Pre}(t) ==> AtRoot(t);
*/
__attribute__((noinline)) static uint64_t privileged(uint64_t t, uint64_t pc, uint64_t insn)
{
	if (shadow[t].supervisor == 0)
		return STEP_NOT;
	if (insn == INSN_WFI)
		return STEP_WAIT;
	if (insn == INSN_SRET) {
		sret(t);
		return STEP_ENTER;
	}
	if (insn >> 25 != FUNCT7_SFENCE || (insn >> 7 & 31) != 0)
		return STEP_NOT;
	shared_write(vcpu[t].page, PAGE_PC, pc + 4);
	return sfence(t, insn);
}

uint64_t emulate(uint64_t t, uint64_t pc, uint64_t insn, uint64_t now)
{
	if ((insn & 127) != OPCODE_SYSTEM || (insn >> 12 & 7) == 4)
		return STEP_NOT;
	if ((insn >> 12 & 7) == 0)
		return privileged(t, pc, insn);
	uint64_t step = csr_access(t, insn, now);
	if (step != STEP_NOT)
		shared_write(vcpu[t].page, PAGE_PC, pc + 4);
	return step;
}
