/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Calls on frames, address spaces and windows: each names its domains by capabilities with CAP_MEMORY. Apart from the
 * choice among them (call_machine.c), whose proof goes slower beside these lemmas. */
#include <kernel/frame.h>
#include <kernel/space.h>
#include <kernel/vcpu_shadow.h>
#include <kernel/window.h>
#include "../../spec/model/shadow_kept.acsl"

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
    requires caught: Caught;
    terminates \true;
    assigns SHADOW_STATE;
    ensures ranges: Ranges;
    ensures caught: Caught;
    ensures shadow: ShadowInv;
    ensures dropped: ShadowDropped(name % NAME_SLOTS);
*/
static void drop_shadows(uint32_t name)
{
	if (dom[name % NAME_SLOTS].kind == SEPTUM_GUEST)
		shadow_drop_all(dom[name % NAME_SLOTS].name);
}

int calls_on_frames(uint64_t t, uint64_t number)
{
	uint32_t d = thread[t].domain % NAME_SLOTS;
	uint64_t a0 = call_argument(t, 0);
	uint64_t a1 = call_argument(t, 1);
	uint64_t a2 = call_argument(t, 2);
	int status = number == SEPTUM_FRAME_RECLAIM ? cap_check(d, BOOT_CAP_SYSTEM, CAP_SYSTEM, 0)
	                                            : may(d, number == SEPTUM_FRAME_GIVE ? a1 : a0);
	if (status == SEPTUM_OK && number == SEPTUM_FRAME_LEND)
		status = may(d, a2);
	if (status != SEPTUM_OK)
		return status;
	switch (number) {
	case SEPTUM_FRAME_GIVE: status = frame_give(thread[t].domain, a0, cap[d].slot[a1].name); break;
	case SEPTUM_FRAME_LEND: status = frame_lend(cap[d].slot[a0].name, a1, cap[d].slot[a2].name); break;
	case SEPTUM_FRAME_REVOKE: status = frame_revoke(cap[d].slot[a0].name, a1); break;
	case SEPTUM_FRAME_RELEASE: status = frame_release(cap[d].slot[a0].name, a1); break;
	case SEPTUM_FRAME_RECLAIM: status = frame_reclaim(a0, thread[t].domain); break;
	default: status = SEPTUM_BAD_CALL; break;
	}
	//@ assert same: ShadowsSame{Pre,Here};
	//@ assert live: GuestsLive{Pre,Here};
	//@ assert kept: MemoryKept{Pre,Here};
	//@ assert clean: Clean{Pre} && Clean;
	//@ assert steady: CallSteady{Pre,Here};
	//@ assert parts: ShadowKept{Pre,Here};
	//@ assert carried: Carried{Pre,Here};
	//@ assert shadow: ShadowInv;
	return status;
}

int calls_on_spaces(uint64_t t, uint64_t number)
{
	uint32_t d = thread[t].domain % NAME_SLOTS;
	uint64_t a0 = call_argument(t, 0);
	uint64_t a1 = call_argument(t, 1);
	uint64_t a2 = call_argument(t, 2);
	uint64_t a3 = call_argument(t, 3);
	uint64_t a4 = call_argument(t, 4);
	int status = may(d, a0);
	if (status != SEPTUM_OK)
		return status;
	uint32_t name = cap[d].slot[a0].name;
	drop_shadows(name);
	/*@ ghost L: ; */
	switch (number) {
	case SEPTUM_SPACE_ROOT: status = space_root(name, a1); break;
	case SEPTUM_SPACE_TABLE: status = space_table(name, a1, a2, a3); break;
	case SEPTUM_SPACE_UNTABLE: status = space_untable(name, a1); break;
	case SEPTUM_SPACE_MAP: status = space_map(name, a1, a2, a3, a4); break;
	case SEPTUM_SPACE_UNMAP: status = space_unmap(name, a1); break;
	case SEPTUM_SPACE_SPLIT: status = space_split(name, a1, a2); break;
	case SEPTUM_SPACE_PROTECT: status = space_protect(name, a1, a2); break;
	default: status = SEPTUM_BAD_CALL; break;
	}
	//@ assert same: ShadowsSame{L,Here};
	//@ assert live: GuestsLive{L,Here};
	//@ assert kept: MemoryKeptBut{L,Here}(name % NAME_SLOTS);
	//@ assert steady: CallSteady{L,Here};
	//@ assert carried: Carried{L,Here};
	//@ assert shadow: ShadowInv;
	return status;
}

int calls_on_windows(uint64_t t, uint64_t number)
{
	uint32_t d = thread[t].domain % NAME_SLOTS;
	uint64_t i = call_argument(t, 0);
	uint64_t j = call_argument(t, 1);
	int status = cap_check(d, i, CAP_WINDOW, 0);
	if (status == SEPTUM_OK && number == SEPTUM_WINDOW_MAP)
		status = may(d, j);
	if (status != SEPTUM_OK)
		return status;
	uint64_t w = cap[d].slot[i].name % WINDOWS;
	uint32_t name = number == SEPTUM_WINDOW_MAP ? cap[d].slot[j].name : window[w].owner;
	drop_shadows(name);
	/*@ ghost L: ; */
	if (number == SEPTUM_WINDOW_MAP)
		status = window_map(w, thread[t].domain, name, call_argument(t, 2));
	else
		status = window_unmap(w);
	//@ assert same: ShadowsSame{L,Here};
	//@ assert live: GuestsLive{L,Here};
	//@ assert kept: MemoryKeptBut{L,Here}(name % NAME_SLOTS);
	//@ assert steady: CallSteady{L,Here};
	//@ assert carried: Carried{L,Here};
	//@ assert shadow: ShadowInv;
	return status;
}
