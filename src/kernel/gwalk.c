/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/gwalk.h>
#include <riscv/csr.h>

#define PAGE 0x1000u

struct step {
	uint64_t says, entry;
};

/* What an entry says, at that level. */
/*@ requires level: level <= 2;
    terminates \true;
    assigns \nothing;
    ensures exact: \result == EntrySays(e, level);
*/
static uint64_t entry_says(uint64_t e, uint64_t level)
{
	uint64_t pages = level == 2 ? 262144 : level == 1 ? 512 : 1;

	if (e % 2 == 0 || (e / 2 % 2 == 0 && e / 4 % 2 == 1) || e / 0x40000000000000u != 0)
		return SAYS_PAGE_FAULT;
	if (e / 2 % 2 == 1 || e / 8 % 2 == 1)
		return e / 1024 % PTE_PAGES % pages != 0 ? SAYS_PAGE_FAULT : SAYS_LEAF;
	return level == 0 || e / 16 % 2 == 1 || e / 64 % 2 == 1 || e / 128 % 2 == 1 ? SAYS_PAGE_FAULT : SAYS_NEXT;
}

/* Entry i of the guest's table in that guest-physical page: read once. */
/*@ requires inv: Inv;
    requires live: Live(d);
    requires range: page < PTE_PAGES && i < 512 && level <= 2;
    terminates \true;
    assigns \nothing;
    ensures exact: \result.says == Says(d, page, \result.entry, level);
*/
static struct step walk_step(uint32_t d, uint64_t page, uint64_t i, uint64_t level)
{
	struct step s = {SAYS_ACCESS_FAULT, 0};
	uint64_t at = stage_leaf(d, page * PAGE);

	if (at == NOWHERE || ram[at / 512].word[at % 512] / 2 % 2 == 0)
		return s;
	uint64_t p = stage_frame(at, page * PAGE);
	if (p >= frame_count)
		return s;
	//@ assert held: Holds(d, p);
	s.entry = shared_read(p, i);
	s.says = entry_says(s.entry, level);
	return s;
}

struct descent {
	uint64_t says, level, entry, global;
	uint64_t e2, e1, e0;
};

/* From the root table in that page to the entry where the walk of va ends. */
/*@ requires inv: Inv;
    requires live: Live(d);
    requires page: page < PTE_PAGES;
    terminates \true;
    assigns \nothing;
    ensures says: \result.says == EndSays(d, page, \result.e2, \result.e1, \result.e0);
    ensures level: \result.level == EndLevel(d, page, \result.e2, \result.e1) && \result.level <= 2;
    ensures entry: \result.entry == EndEntry(d, page, \result.e2, \result.e1, \result.e0);
    ensures global: \result.global != 0 ==> EG(\result.e2) || (\result.level <= 1 && EG(\result.e1)) ||
      (\result.level == 0 && EG(\result.e0));
    ensures leaf: \result.says == SAYS_LEAF ==> EntrySays(\result.entry, \result.level) == SAYS_LEAF;
    ensures ended: \result.says != SAYS_NEXT;
*/
static struct descent descend(uint32_t d, uint64_t page, uint64_t va)
{
	struct step s = walk_step(d, page, va / 0x40000000 % 512, 2);
	struct descent w = {s.says, 2, s.entry, s.entry / 32 % 2, s.entry, 0, 0};

	if (s.says != SAYS_NEXT)
		return w;
	s = walk_step(d, w.e2 / 1024 % PTE_PAGES, va / 0x200000 % 512, 1);
	w = (struct descent){s.says, 1, s.entry, w.global + s.entry / 32 % 2, w.e2, s.entry, 0};
	if (s.says != SAYS_NEXT)
		return w;
	s = walk_step(d, w.e1 / 1024 % PTE_PAGES, va / PAGE % 512, 0);
	return (struct descent){s.says, 0, s.entry, w.global + s.entry / 32 % 2, w.e2, w.e1, s.entry};
}

/* May the guest in its present mode read and write pages such as that of e? */
/*@ requires range: t < THREADS;
    terminates \true;
    assigns \nothing;
    ensures exact: \result != 0 <==> Reach(e, shadow[t].supervisor, Sum(t));
*/
static int leaf_reach(uint64_t t, uint64_t e)
{
	if (shadow[t].supervisor == 0)
		return e / 16 % 2 == 1;
	return e / 16 % 2 == 0 || vcpu[t].csr[VSSTATUS] / SSTATUS_SUM % 2 == 1;
}

/* What the leaf e gives to the guest in its present mode. */
/*@ requires leaf: t < THREADS && level <= 2 && EntrySays(e, level) == SAYS_LEAF;
    terminates \true;
    assigns \nothing;
    ensures exact: \result == RightsOf(t, e);
    ensures some: \result == 0 || SomeRights(\result);
*/
static uint64_t leaf_rights(uint64_t t, uint64_t e, uint64_t level)
{
	uint64_t mxr = vcpu[t].csr[VSSTATUS] / SSTATUS_MXR % 2;
	uint64_t mine = shadow[t].supervisor == 0 ? 1 : 0;
	int reach = leaf_reach(t, e);
	uint64_t read = reach && (e / 2 % 2 == 1 || (mxr == 1 && e / 8 % 2 == 1)) ? MAP_READ : 0;
	uint64_t write = reach && e / 4 % 2 == 1 && e / 128 % 2 == 1 ? MAP_WRITE : 0;
	uint64_t execute = e / 8 % 2 == 1 && e / 16 % 2 == mine ? MAP_EXECUTE : 0;

	(void)level;
	//@ assert reserved: EW(e) ==> ER(e);
	/*@ assert read: read ==
	      (Reach(e, shadow[t].supervisor, Sum(t)) && (ER(e) || (Mxr(t) == 1 && EX(e))) ? MAP_READ : 0); */
	//@ assert write: write == (Reach(e, shadow[t].supervisor, Sum(t)) && EW(e) && ED(e) ? MAP_WRITE : 0);
	//@ assert execute: execute == (EX(e) && (shadow[t].supervisor == 0 ? EU(e) : !EU(e)) ? MAP_EXECUTE : 0);
	return e / 64 % 2 == 0 ? 0 : read + write + execute;
}

/*@ terminates \true; assigns \nothing; ensures exact: \result == PageFault(access); */
static uint64_t page_fault(uint64_t access) { return access == MAP_EXECUTE ? 12 : access == MAP_WRITE ? 15 : 13; }

/*@ terminates \true; assigns \nothing; ensures exact: \result == AccessFault(access); */
static uint64_t access_fault(uint64_t access) { return access == MAP_EXECUTE ? 1 : access == MAP_WRITE ? 7 : 5; }

/*@ lemma mod_mod: \forall integer x; 0 <= x ==> x % 262144 % 512 == x % 512;
    lemma mod_sum: \forall integer x, y; 0 <= x && 0 <= y && x % 512 == 0 ==> (x + y) % 512 == y % 512;
    lemma div_page: \forall integer x, y; 0 <= x && 0 <= y < 4096 ==> (x * 4096 + y) / 4096 == x;
*/

/* The address behind va, by the leaf e. */
/*@ requires leaf: level <= 2 && EntrySays(e, level) == SAYS_LEAF;
    terminates \true;
    assigns \nothing;
    ensures exact: \result == Target(va, e, level);
    ensures aligned: level >= 1 ==> \result / 0x1000 % 512 == va / 0x1000 % 512;
*/
static uint64_t target(uint64_t va, uint64_t e, uint64_t level)
{
	uint64_t ppn = e / 1024 % PTE_PAGES;
	uint64_t vpn = level == 2 ? va / PAGE % 262144 : level == 1 ? va / PAGE % 512 : 0;

	//@ assert base: level >= 1 ==> ppn % 512 == 0;
	//@ assert offset: level >= 1 ==> vpn % 512 == va / 0x1000 % 512;
	//@ assert page: level >= 1 ==> (ppn + vpn) % 512 == va / 0x1000 % 512;
	va = (ppn + vpn) * PAGE + va % PAGE;
	//@ assert small: ppn + vpn < 0x200000000000;
	//@ assert whole: va / 0x1000 == ppn + vpn;
	return va;
}

struct walked guest_walk(uint64_t t, uint64_t va, uint64_t access)
{
	struct walked w = {0, va, 7, 2, NOWHERE, 0, 0, 0, 0};

	if (vcpu[t].csr[VSATP] / SATP_MODE == 0) {
		w.place = stage_leaf(vcpu[t].guest, va);
		//@ assert bare: w.place != NOWHERE ==> va < SPACE_END;
		//@ assert all: Allows(7, 1) && Allows(7, 2) && Allows(7, 4);
		//@ assert read: access == MAP_READ ==> Allows(w.rights, access);
		//@ assert write: access == MAP_WRITE ==> Allows(w.rights, access);
		//@ assert execute: access == MAP_EXECUTE ==> Allows(w.rights, access);
		//@ assert walked_bare: Walked(t, va, w);
		return w;
	}
	w.cause = page_fault(access);
	if (va >= 0x4000000000u && va < 0xffffffc000000000u)
		return w;
	struct descent end = descend(vcpu[t].guest, vcpu[t].csr[VSATP] % SATP_PAGES, va);
	w = (struct walked){w.cause, va, 7, 2, NOWHERE, 0, end.e2, end.e1, end.e0};
	if (end.says == SAYS_ACCESS_FAULT)
		w.cause = access_fault(access);
	if (end.says != SAYS_LEAF)
		return w;
	w.rights = leaf_rights(t, end.entry, end.level);
	if (w.rights / access % 2 == 0)
		return w;
	w.cause = 0;
	w.level = end.level;
	w.gpa = target(va, end.entry, end.level);
	w.common = end.entry / 16 % 2 == 0 ? end.global : 0;
	w.place = stage_leaf(vcpu[t].guest, w.gpa);
	//@ assert some: SomeRights(w.rights);
	//@ assert allowed: Allows(w.rights, access);
	//@ assert aligned: w.level >= 1 ==> w.gpa / 0x1000 % 512 == va / 0x1000 % 512;
	//@ assert walked: Walked(t, va, w);
	return w;
}
