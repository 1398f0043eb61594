/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/frame.h>

/* Entered from assembly with what the caller's registers hold. */
/*@ requires inv: OwnersKnown;
    requires fresh: Fresh;
    terminates \true;
    assigns info[0 .. FRAMES - 1], HW.stale;
    exits never: \false;
    ensures inv: OwnersKnown;
    ensures fresh: Fresh;
    ensures known: \result <= 2; */
uint32_t call_entry(uint32_t caller, uint64_t number, uint64_t p)
{
	uint64_t to = shared_read(p);

	if (number == 0u && to < OWNERS)
		return (uint32_t)frame_give(caller, p, (uint32_t)to);
	if (number == 1u && p < FRAMES) {
		frame_unmark(p);
		fence_all();
		return 0u;
	}
	return 2u;
}
