/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/frame.h>

/* Two reads of one place may differ, whatever the place. */
/*@ terminates \true;
    assigns \nothing;
    exits never: \false; */
void canary_shared_read(uint64_t p)
{
	uint64_t a = shared_read(p);
	uint64_t b = shared_read(p);

	/*@ check canary_same: a == b; */
	/*@ check canary_false: \false; */
}

/*@ terminates \true;
    assigns HW.stale;
    exits never: \false; */
void canary_fence(void)
{
	fence_all();
	fence_all();
	/*@ check canary_false: \false; */
}

/* The terms stand in hypotheses, so that a prover instantiates on them whatever is said of the symbols. */
/*@ requires given: (MayGive(owner, caller, 0) || MayGive(1, 1, 0)) && !MayGive(1, 2, 0);
    requires after: a == OwnerAfter(owner, caller, 0, 3) && b == OwnerAfter(1, 1, 0, 2);
    requires kept: c == OwnerAfter(1, 2, 1, 0);
    terminates \true;
    assigns \nothing;
    exits never: \false;
    ensures canary_give: MayGive(owner, caller, 0);
    ensures canary_after: a == 3;
    ensures canary_false: \false; */
void canary_own(uint32_t owner, uint32_t caller, uint32_t a, uint32_t b, uint32_t c)
{
}
