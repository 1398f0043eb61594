/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What the hart's contracts must not prove. Each primitive is called on several arguments: a contradiction may show on
 * some only. A contradiction would prove the last clause of its function, whatever that clause says. */
#include <kernel/fence.h>
#include <kernel/hart.h>

/* Two reads of a word that others write may differ; so may a swap's result and what was written before. */
/*@ requires shared: Shared(p, i) && p < FRAMES;
    terminates \true;
    assigns \nothing; */
void canary_shared(uint64_t p, uint64_t i)
{
	uint64_t a = shared_read(p, i);
	uint64_t b = shared_read(p, i);

	/*@ check canary_same_read: a == b; */
	shared_write(p, i, 7);
	a = shared_read(p, i);
	/*@ check canary_read_back: a == 7; */
	b = shared_swap(p, i, 0);
	/*@ check canary_swap: a == b; */
}

/*@ requires range: t < THREADS;
    terminates \true;
    assigns told[0 .. THREADS-1]; */
void canary_pending(uint64_t t)
{
	uint64_t a, b;

	pending_set(t, 1);
	a = pending_look(t);
	b = pending_take(t);
	pending_set(t, b);
	/*@ check canary_pending: a == b || a == 1; */
}

/* A CSR that is read twice may have changed; what was written may be masked. */
/*@ terminates \true;
    assigns \nothing; */
void canary_csr(uint64_t v)
{
	uint64_t a = hart_time();
	uint64_t b = hart_time();

	/*@ check canary_time: a == b; */
	hart_set_sstatus(v);
	a = hart_sstatus();
	/*@ check canary_sstatus: a == v; */
}

/*@ requires range: h < HARTS;
    terminates \true;
    assigns shadow_walk[5]; */
void canary_running(uint64_t h)
{
	uint64_t a, b;

	running_publish(0, 5);
	a = running_look(0);
	b = running_look(h);
	/*@ check canary_running: a == 5; */
	/*@ check canary_apart: a == b; */
	hart_evict(h, 5);
	a = running_look(h);
	/*@ check canary_evicted: a != 5; */
}

/*@ requires range: h < HARTS;
    terminates \true;
    assigns \nothing; */
void canary_plic(uint64_t h)
{
	uint64_t a = plic_claim(0);
	uint64_t b = plic_claim(h);
	uint64_t c = plic_claim(HARTS - 1);

	/*@ check canary_some: a > 0; */
	/*@ check canary_none: a == 0 && b == 0 && c == 0; */
}

/* A hart that is away from a guest has nothing fenced for it; a fence of a page is one of that page. */
/*@ requires range: t < THREADS && t != 3 && h < HARTS;
    terminates \true;
    assigns shadow_lag[0 .. THREADS-1], shadow_walk[0 .. THREADS-1]; */
void canary_shadow(uint64_t h, uint64_t t)
{
	hart_fence_shadow(0, 0, 0) /*@ ghost (t) */;
	/*@ check canary_caught: shadow_lag[t] == 0; */
	hart_restore_space() /*@ ghost (t) */;
	/*@ check canary_off: shadow_walk[t] == SHADOW_OFF; */
	running_publish(h, t);
	hart_restore_space() /*@ ghost (3) */;
	hart_fence_shadow(0x1000, 0, 1) /*@ ghost (t) */;
	/*@ check canary_page: shadow_lag[t] == 0; */
	hart_fence_shadow(0, 64, 2) /*@ ghost (3) */;
	hart_evict(h, t);
	hart_fence_shadow(0, 0, 0) /*@ ghost (t) */;
	/*@ check canary_away: shadow_lag[t] == 0; */
	/*@ check canary_stays: shadow_walk[t] == SHADOW_NONE; */
}

/*@ terminates \true;
    assigns \nothing; */
void canary_self(void)
{
	uint64_t a = hart_self();
	uint64_t b = hart_self();

	/*@ check canary_first: a == 0; */
	/*@ check canary_other: a != 0 || b != 0; */
}

/* A fence of one slot says nothing of another, and the ghosts may hold anything before it. */
/*@ requires slots: s < DOMAINS && d < DOMAINS && s != d;
    terminates \true;
    assigns stale[0 .. DOMAINS-1], unordered; */
void canary_fence(uint64_t s, uint64_t d)
{
	fence_harts(s);
	/*@ check canary_harts: stale[s] == 0; */
	iommu_forget(s);
	/*@ check canary_told: stale[s] == 0; */
	iommu_finish(s);
	fence_harts(0);
	iommu_forget(0);
	iommu_finish(0);
	/*@ check canary_other_slot: stale[d] == 0; */
	/*@ check canary_unordered: unordered == 0; */
	fence_space(0);
	fence_space(DOMAINS - 1);
	fence_stores();
	fence_stores();
	/*@ check canary_clean: Clean; */
}

/* What one hart saves to says nothing of another. */
/*@ requires harts: h < HARTS && g < HARTS && g != h && p < FRAMES;
    terminates \true;
    assigns selected[0 .. HARTS-1]; */
void canary_select(uint64_t h, uint64_t g, uint64_t p)
{
	hart_select_page(h, p);
	/*@ check canary_other_hart: selected[g] == p; */
	hart_select_page(0, 0);
	hart_select_page(HARTS - 1, p);
	/*@ check canary_kept: selected[0] == selected[HARTS - 1]; */
}

/*@ terminates \true;
    assigns old_code; */
void canary_code(void)
{
	fence_code();
	/*@ check canary_unordered: unordered == 0; */
	/*@ check canary_all_stale: stale[0] == 1; */
}

/* Fences of contexts say nothing of translations; two faults need not be the same. */
/*@ terminates \true;
    assigns loose; */
void canary_contexts(void)
{
	struct device_fault a = iommu_fault();
	struct device_fault b = iommu_fault();

	fence_contexts();
	/*@ check canary_translations: stale[0] == 0; */
	/*@ check canary_fault: a.cause == b.cause; */
	/*@ check canary_cause: a.cause != 0 || b.cause != 0; */
}
