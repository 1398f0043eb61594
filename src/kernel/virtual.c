/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The virtual S mode of a vCPU in shadow mode, driven by one table. */
#include <kernel/virtual.h>
#include <riscv/csr.h>

#define STATUS_FIELDS (SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP | SSTATUS_FS | SSTATUS_SUM | SSTATUS_MXR)
#define STATUS_TRAP ((uint64_t)(SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP))
#define INTERRUPTS (SIE_SSIE | SIE_STIE | SIE_SEIE)
#define PENDING (INJECT_SOFTWARE | INJECT_EXTERNAL)
#define ALL UINT64_MAX
#define MODE_UNIT UINT64_C(0x1000000000000000)

/* Where a register stands: in csr[], or in a word of its own. */
enum place { PLACE_SENVCFG = VS_CSRS, PLACE_SCOUNTEREN, PLACE_TIME, PLACE_NONE };

/*@ logic integer PlaceOf(integer n) =
      n == 0x100 ? VSSTATUS : n == 0x104 ? VSIE : n == 0x105 ? VSTVEC : n == 0x106 ? PLACE_SCOUNTEREN :
      n == 0x10a ? PLACE_SENVCFG : n == 0x140 ? VSSCRATCH : n == 0x141 ? VSEPC : n == 0x142 ? VSCAUSE :
      n == 0x143 ? VSTVAL : n == 0x144 ? HVIP : n == 0x14d ? VSTIMECMP : VSATP;
*/

struct csr_row {
	uint64_t fields; /* the bits that hold what was written */
	uint32_t number;
	uint16_t place;
	uint16_t effect; /* of a change */
};

/* No two numbers share a slot. */
#define SLOT(number) ((number) / 64 % 4 * 16 + (number) % 16)
#define SLOTS 33

static const struct csr_row row[SLOTS] = {
	[SLOT(NUMBER_SSTATUS)] = {STATUS_FIELDS, NUMBER_SSTATUS, VSSTATUS, EFFECT_NONE},
	[SLOT(NUMBER_SIE)] = {INTERRUPTS, NUMBER_SIE, VSIE, EFFECT_INTERRUPT + EFFECT_TIMER},
	[SLOT(NUMBER_STVEC)] = {ALL - 2, NUMBER_STVEC, VSTVEC, EFFECT_NONE},
	[SLOT(NUMBER_SCOUNTEREN)] = {COUNTEREN_TM, NUMBER_SCOUNTEREN, PLACE_SCOUNTEREN, EFFECT_NONE},
	[SLOT(NUMBER_SENVCFG)] = {ENVCFG_FIOM, NUMBER_SENVCFG, PLACE_SENVCFG, EFFECT_NONE},
	[SLOT(NUMBER_SSCRATCH)] = {ALL, NUMBER_SSCRATCH, VSSCRATCH, EFFECT_NONE},
	[SLOT(NUMBER_SEPC)] = {ALL - 1, NUMBER_SEPC, VSEPC, EFFECT_NONE},
	[SLOT(NUMBER_SCAUSE)] = {ALL, NUMBER_SCAUSE, VSCAUSE, EFFECT_NONE},
	[SLOT(NUMBER_STVAL)] = {ALL, NUMBER_STVAL, VSTVAL, EFFECT_NONE},
	[SLOT(NUMBER_SIP)] = {PENDING, NUMBER_SIP, HVIP, EFFECT_INTERRUPT},
	[SLOT(NUMBER_STIMECMP)] = {ALL, NUMBER_STIMECMP, VSTIMECMP, EFFECT_INTERRUPT + EFFECT_TIMER},
	[SLOT(NUMBER_SATP)] = {ALL - 7 * MODE_UNIT, NUMBER_SATP, VSATP, EFFECT_SPACE},
	[SLOT(NUMBER_TIME)] = {0, NUMBER_TIME, PLACE_TIME, EFFECT_NONE},
};

/*@ terminates \true;
    assigns \nothing;
    ensures exact: \result == And(a, b);
*/
static uint64_t masked(uint64_t a, uint64_t b) { return a & b; }

/* The row of a CSR; its place is PLACE_NONE if there is no such CSR. */
/*@ terminates \true;
    assigns \nothing;
    ensures none: !IsKept(number) && number != NUMBER_TIME ==> \result.place == PLACE_NONE;
    ensures time: number == NUMBER_TIME ==> \result.place == PLACE_TIME;
    ensures place: IsKept(number) ==> \result.place == PlaceOf(number);
    ensures fields: IsKept(number) ==> \result.fields == Fields(number);
    ensures effect: IsKept(number) ==> \result.effect == PlainEffect(number);
*/
static struct csr_row find(uint64_t number)
{
	uint64_t slot = SLOT(number);
	if (slot >= SLOTS || row[slot].number != number)
		return (struct csr_row){0, 0, PLACE_NONE, EFFECT_NONE};
	return row[slot];
}

/*@ requires t: t < THREADS;
    terminates \true;
    assigns \nothing;
    ensures exact: \result == Sip(t, now);
*/
static uint64_t pending(uint64_t t, uint64_t now)
{
	uint64_t others = vcpu[t].csr[HVIP] / 2 & (SIE_SSIE | SIE_SEIE);
	return others + (now >= vcpu[t].csr[VSTIMECMP] ? SIE_STIE : 0);
}

/*@ terminates \true;
    assigns \nothing;
    ensures exact: \result == Sstatus(word);
*/
static uint64_t show_status(uint64_t word)
{
	uint64_t made = (word & SSTATUS_FS) == SSTATUS_FS ? SSTATUS_SD + SSTATUS_UXL64 : SSTATUS_UXL64;
	return masked(word, STATUS_FIELDS) + made;
}

/* A register's word. */
/*@ requires t: t < THREADS;
    requires place: place < PLACE_TIME;
    terminates \true;
    assigns \nothing;
    ensures senvcfg: place == PLACE_SENVCFG ==> \result == vcpu[t].senvcfg;
    ensures scounteren: place == PLACE_SCOUNTEREN ==> \result == vcpu[t].scounteren;
    ensures csr: place < VS_CSRS ==> \result == vcpu[t].csr[place];
*/
static uint64_t get(uint64_t t, uint64_t place)
{
	if (place < VS_CSRS)
		return vcpu[t].csr[place];
	return place == PLACE_SENVCFG ? vcpu[t].senvcfg : vcpu[t].scounteren;
}

struct csr_value virtual_read(uint64_t t, uint64_t number, uint64_t now)
{
	struct csr_row r = find(number);
	uint64_t user = shadow[t].supervisor == 0;
	if (r.place == PLACE_TIME && (!user || (vcpu[t].scounteren & COUNTEREN_TM) != 0))
		return (struct csr_value){1, now};
	if (user || r.place >= PLACE_TIME)
		return (struct csr_value){0, 0};
	if (r.place == HVIP)
		return (struct csr_value){1, pending(t, now)};
	uint64_t word = get(t, r.place);
	return (struct csr_value){1, r.place == VSSTATUS ? show_status(word) : masked(word, r.fields)};
}

/* What a register will hold. */
/*@ requires number: IsKept(number) && fields == Fields(number);
    terminates \true;
    assigns \nothing;
    ensures exact: \result == Legal(number, word, value);
*/
static uint64_t legal(uint64_t number, uint64_t fields, uint64_t word, uint64_t value)
{
	if (number == NUMBER_STVEC && (value & 2) != 0)
		return word;
	if (number == NUMBER_SATP && value / MODE_UNIT != 0 && value / MODE_UNIT != 8)
		return word;
	if (number == NUMBER_SIP)
		return (word & ~(uint64_t)INJECT_SOFTWARE) + (value & SIE_SSIE) * 2;
	return masked(value, fields);
}

/*@ terminates \true;
    assigns \nothing;
    ensures exact: \result == StatusEffect(old, word);
*/
static uint64_t status_effect(uint64_t old, uint64_t word)
{
	uint64_t opened = (word & SSTATUS_SIE) != 0 && (old & SSTATUS_SIE) == 0;
	uint64_t access = word / SSTATUS_SUM % 4 != old / SSTATUS_SUM % 4; /* SUM and MXR */
	uint64_t fp = (word & SSTATUS_FS) != (old & SSTATUS_FS);
	return opened * EFFECT_INTERRUPT + access * EFFECT_SPACE + fp * EFFECT_FP;
}

/*@ requires t: t < THREADS;
    requires place: place < PLACE_TIME;
    terminates \true;
    assigns vcpu[t];
    ensures senvcfg: vcpu[t].senvcfg == (place == PLACE_SENVCFG ? word : \old(vcpu[t].senvcfg));
    ensures scounteren: vcpu[t].scounteren == (place == PLACE_SCOUNTEREN ? word : \old(vcpu[t].scounteren));
    ensures csr: \forall integer k; 0 <= k < VS_CSRS ==>
      vcpu[t].csr[k] == (k == place ? word : \old(vcpu[t].csr[k]));
    ensures kept: VcpuRest{Pre,Post}(t);
*/
static void set(uint64_t t, uint64_t place, uint64_t word)
{
	if (place < VS_CSRS)
		vcpu[t].csr[place] = word;
	else if (place == PLACE_SENVCFG)
		vcpu[t].senvcfg = word;
	else
		vcpu[t].scounteren = word;
}

uint64_t virtual_write(uint64_t t, uint64_t number, uint64_t value)
{
	struct csr_row r = find(number);
	if (r.place >= PLACE_TIME || shadow[t].supervisor == 0)
		return EFFECT_ILLEGAL;
	uint64_t old = get(t, r.place);
	uint64_t word = legal(number, r.fields, old, value);
	set(t, r.place, word);
	if (word == old)
		return EFFECT_NONE;
	return r.place == VSSTATUS ? status_effect(old, word) : r.effect;
}

uint64_t virtual_trap(uint64_t t, uint64_t pc, uint64_t cause, uint64_t value)
{
	uint64_t status = vcpu[t].csr[VSSTATUS];
	uint64_t enabled = (status & SSTATUS_SIE) != 0 ? SSTATUS_SPIE : 0;
	uint64_t supervisor = shadow[t].supervisor != 0 ? SSTATUS_SPP : 0;
	vcpu[t].csr[VSSTATUS] = (status & ~STATUS_TRAP) + (enabled + supervisor);
	vcpu[t].csr[VSEPC] = pc & (ALL - 1);
	vcpu[t].csr[VSCAUSE] = cause;
	vcpu[t].csr[VSTVAL] = value;
	shadow[t].supervisor = 1;
	uint64_t vector = vcpu[t].csr[VSTVEC];
	if (cause >= CAUSE_INTERRUPT && (vector & 1) != 0)
		return (vector & (ALL - 3)) + 4 * (cause - CAUSE_INTERRUPT);
	return vector & (ALL - 3);
}

uint64_t virtual_sret(uint64_t t)
{
	uint64_t status = vcpu[t].csr[VSSTATUS];
	uint64_t bits = (status & SSTATUS_SPIE) != 0 ? SSTATUS_SPIE + SSTATUS_SIE : SSTATUS_SPIE;
	vcpu[t].csr[VSSTATUS] = (status & ~STATUS_TRAP) + bits;
	shadow[t].supervisor = (status & SSTATUS_SPP) != 0;
	return vcpu[t].csr[VSEPC] & (ALL - 1);
}

uint64_t virtual_pending(uint64_t t, uint64_t now)
{
	uint64_t sie = vcpu[t].csr[VSIE];
	uint64_t hvip = vcpu[t].csr[HVIP];
	if ((sie & SIE_SEIE) != 0 && (hvip & INJECT_EXTERNAL) != 0)
		return INTERRUPT_EXTERNAL;
	if ((sie & SIE_SSIE) != 0 && (hvip & INJECT_SOFTWARE) != 0)
		return INTERRUPT_SOFTWARE;
	return (sie & SIE_STIE) != 0 && now >= vcpu[t].csr[VSTIMECMP] ? INTERRUPT_TIMER : 0;
}

uint64_t virtual_interrupt(uint64_t t, uint64_t now)
{
	if (shadow[t].supervisor != 0 && (vcpu[t].csr[VSSTATUS] & SSTATUS_SIE) == 0)
		return 0;
	return virtual_pending(t, now);
}

void virtual_settle(uint64_t t)
{
	vcpu[t].csr[VSSTATUS] = masked(vcpu[t].csr[VSSTATUS], STATUS_FIELDS);
	vcpu[t].csr[VSIE] = masked(vcpu[t].csr[VSIE], INTERRUPTS);
	vcpu[t].csr[VSTVEC] = masked(vcpu[t].csr[VSTVEC], ALL - 2);
	vcpu[t].csr[VSEPC] = masked(vcpu[t].csr[VSEPC], ALL - 1);
	vcpu[t].csr[VSATP] = masked(vcpu[t].csr[VSATP], ALL - 7 * MODE_UNIT);
	vcpu[t].csr[HVIP] = masked(vcpu[t].csr[HVIP], PENDING);
	vcpu[t].senvcfg = masked(vcpu[t].senvcfg, ENVCFG_FIOM);
	vcpu[t].scounteren = masked(vcpu[t].scounteren, COUNTEREN_TM);
}
