/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Calls on frames, address spaces and windows: each names its domains by capabilities with CAP_MEMORY. */
#include <kernel/call.h>
#include <kernel/frame.h>
#include <kernel/space.h>
#include <kernel/vcpu_shadow.h>
#include <kernel/window.h>

/*@ requires slot: d < DOMAINS;
    terminates \true;
    assigns \nothing;
    ensures held: \result == SEPTUM_OK ==> Held(d, i, CAP_DOMAIN, CAP_MEMORY) && Live(cap[d].slot[i].name);
*/
static int may(uint32_t d, uint64_t i) { return cap_check(d, i, CAP_DOMAIN, CAP_MEMORY); }

/* Before the tables of that domain change: if it is a guest, the shadow tables that were made from them go. Refused
 * calls drop them, too: they are only remembered translations. */
/*@ requires inv: Inv;
    requires ranges: Ranges;
    requires shadow: ShadowInv;
    terminates \true;
    assigns shadow[0 .. THREADS-1];
    ensures ranges: Ranges;
    ensures shadow: ShadowInv;
    ensures dropped: ShadowDropped(name % NAME_SLOTS);
*/
static void drop_shadows(uint32_t name)
{
	uint32_t slot = name % NAME_SLOTS;
	if (dom[slot].kind == SEPTUM_GUEST)
		shadow_drop_all(dom[slot].name);
}

/*@ KERNEL_HOLDS(t < THREADS);
    CALL_KEPT;
    ensures may: \result == SEPTUM_OK ==> number < SEPTUM_FRAME_RECLAIM && MayMemory{Pre}(t, number);
*/
static int frame_calls(uint64_t t, uint64_t number)
{
	uint32_t d = thread[t].domain % NAME_SLOTS;
	uint64_t a0 = call_argument(t, 0);
	uint64_t a1 = call_argument(t, 1);
	uint64_t a2 = call_argument(t, 2);
	int status;
	switch (number) {
	case SEPTUM_FRAME_GIVE:
		status = may(d, a1);
		return status != SEPTUM_OK ? status : frame_give(thread[t].domain, a0, cap[d].slot[a1].name);
	case SEPTUM_FRAME_LEND:
		status = may(d, a0);
		if (status == SEPTUM_OK)
			status = may(d, a2);
		return status != SEPTUM_OK ? status : frame_lend(cap[d].slot[a0].name, a1, cap[d].slot[a2].name);
	case SEPTUM_FRAME_REVOKE:
		status = may(d, a0);
		return status != SEPTUM_OK ? status : frame_revoke(cap[d].slot[a0].name, a1);
	case SEPTUM_FRAME_RELEASE:
		status = may(d, a0);
		return status != SEPTUM_OK ? status : frame_release(cap[d].slot[a0].name, a1);
	default:
		return SEPTUM_BAD_CALL;
	}
}

/*@ KERNEL_HOLDS(t < THREADS);
    CALL_KEPT;
*/
static int space_calls(uint64_t t, uint64_t number, uint32_t name)
{
	uint64_t a1 = call_argument(t, 1);
	uint64_t a2 = call_argument(t, 2);
	uint64_t a3 = call_argument(t, 3);
	uint64_t a4 = call_argument(t, 4);
	drop_shadows(name);
	switch (number) {
	case SEPTUM_SPACE_ROOT: return space_root(name, a1);
	case SEPTUM_SPACE_TABLE: return space_table(name, a1, a2, a3);
	case SEPTUM_SPACE_UNTABLE: return space_untable(name, a1);
	case SEPTUM_SPACE_MAP: return space_map(name, a1, a2, a3, a4);
	case SEPTUM_SPACE_UNMAP: return space_unmap(name, a1);
	case SEPTUM_SPACE_SPLIT: return space_split(name, a1, a2);
	case SEPTUM_SPACE_PROTECT: return space_protect(name, a1, a2);
	default: return SEPTUM_BAD_CALL;
	}
}

/* Frames of the dead are the manager's to take, and its view of who has what. */
/*@ KERNEL_HOLDS(t < THREADS);
    CALL_KEPT;
    ensures may: \result == SEPTUM_OK ==> HoldingSystem{Pre}(t);
*/
static int manager_calls(uint64_t t, uint64_t number)
{
	uint32_t d = thread[t].domain % NAME_SLOTS;
	uint64_t p = call_argument(t, 0);
	int status = cap_check(d, BOOT_CAP_SYSTEM, CAP_SYSTEM, 0);
	if (status != SEPTUM_OK)
		return status;
	if (p >= frame_count)
		return SEPTUM_BAD_ARGUMENT;
	if (number == SEPTUM_FRAME_RECLAIM)
		return frame_reclaim(p, thread[t].domain);
	context[t].x[REG_A1] = info[p].owner;
	context[t].x[REG_A2] = info[p].borrower;
	context[t].x[REG_A3] = info[p].kind;
	return SEPTUM_OK;
}

/* The window changes hands with its mapping: from the caller, or from who died with it. */
/*@ KERNEL_HOLDS(t < THREADS);
    CALL_KEPT;
    ensures may: \result == SEPTUM_OK ==> MayMemory{Pre}(t, SEPTUM_WINDOW_MAP);
*/
static int call_window_map(uint64_t t)
{
	uint32_t d = thread[t].domain % NAME_SLOTS;
	uint64_t i = call_argument(t, 0);
	uint64_t j = call_argument(t, 1);
	int status = cap_check(d, i, CAP_WINDOW, 0);
	if (status == SEPTUM_OK)
		status = may(d, j);
	if (status != SEPTUM_OK)
		return status;
	drop_shadows(cap[d].slot[j].name);
	return window_map(cap[d].slot[i].name % WINDOWS, thread[t].domain, cap[d].slot[j].name, call_argument(t, 2));
}

/*@ KERNEL_HOLDS(t < THREADS);
    CALL_KEPT;
    ensures may: \result == SEPTUM_OK ==> MayMemory{Pre}(t, SEPTUM_WINDOW_UNMAP);
*/
static int call_window_unmap(uint64_t t)
{
	uint32_t d = thread[t].domain % NAME_SLOTS;
	uint64_t i = call_argument(t, 0);
	int status = cap_check(d, i, CAP_WINDOW, 0);
	if (status != SEPTUM_OK)
		return status;
	drop_shadows(window[cap[d].slot[i].name % WINDOWS].owner);
	/*@ ghost L: ; */
	status = window_unmap(cap[d].slot[i].name % WINDOWS);
	//@ assert words: ShadowWords{L,Here};
	//@ assert stage: ShadowStage{L,Here};
	//@ assert entries: \forall integer k, f, n; ShadowEntry(k, f, n) ==> ShadowEntry{L}(k, f, n);
	//@ assert maps: \forall integer k, f, n, q; ShadowMaps(k, f, n, q) ==> ShadowMaps{L}(k, f, n, q);
	//@ assert arenas: ShadowSizes && ShadowArenas && ShadowLevels && ShadowKernel;
	//@ assert pointers: ShadowPointers;
	//@ assert leaves: ShadowLeaves;
	//@ assert tops: ShadowEmpty && ShadowRoots && ShadowHighs;
	/*@ assert placed: \forall integer u, j, q; Entry(u, j) && 0 <= q < frame_count && Covers(u, j, q) ==>
	      StageAt(info[u].owner, q) == Place(u, j); */
	//@ assert staged: ShadowStaged;
	return status;
}

int call_memory(uint64_t t, uint64_t number)
{
	uint32_t d = thread[t].domain % NAME_SLOTS;
	if (number == SEPTUM_FRAME_RECLAIM || number == SEPTUM_FRAME_INFO)
		return manager_calls(t, number);
	if (number < SEPTUM_FRAME_RECLAIM)
		return frame_calls(t, number);
	if (number == SEPTUM_WINDOW_MAP)
		return call_window_map(t);
	if (number == SEPTUM_WINDOW_UNMAP)
		return call_window_unmap(t);
	if (number > SEPTUM_WINDOW_UNMAP)
		return SEPTUM_BAD_CALL;
	uint64_t i = call_argument(t, 0);
	int status = may(d, i);
	return status != SEPTUM_OK ? status : space_calls(t, number, cap[d].slot[i].name);
}
