/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What the definitions that the driver links must not prove. */
#include <kernel/gwalk.h>

/*@ terminates \true;
    assigns \nothing; */
void canary_pte(uint64_t e, uint64_t p)
{
	/*@ check canary_valid: Valid(e); */
	/*@ check canary_invalid: !Valid(e); */
	/*@ check canary_leaf: Valid(e) ==> Leaf(e); */
	/*@ check canary_pointer: Valid(e) ==> Pointer(e); */
	/*@ check canary_user_leaf: Leaf(e) ==> UserLeaf(e); */
	/*@ check canary_page: PtePage(e) == p; */
	/*@ check canary_made: PtePage((uint64_t)(p * 1024)) == p; */
}

/*@ terminates \true;
    assigns \nothing; */
void canary_walk(uint64_t e, uint64_t p, uint64_t i)
{
	/*@ check canary_place: Place(p, i) == e; */
	/*@ check canary_next: EntryNext(e, p, FRAMES) == FRAMES; */
	/*@ check canary_covers_not: !EntryCovers(e, 512, p, i); */
}

/*@ terminates \true;
    assigns \nothing; */
void canary_ownership(uint32_t k, uint32_t o, uint32_t b, uint32_t d, uint64_t at)
{
	/*@ check canary_slot: SlotOf(o) == d; */
	/*@ check canary_held: IsHeld(k, o, b, d); */
	/*@ check canary_not_mapped: !IsMapped(k, o, b, at, at + 1, at + 1, d); */
	/*@ check canary_child: IsChild(k, o, at, k + 1, b, at); */
}

/*@ terminates \true;
    assigns \nothing; */
void canary_translation(uint64_t e, uint64_t s, uint64_t level, uint64_t va)
{
	/*@ check canary_says: EntrySays(e, level) == 2; */
	/*@ check canary_fault: Fault(va, 1, level, 7) == 13; */
	/*@ check canary_beyond: !Within(e, s); */
}
