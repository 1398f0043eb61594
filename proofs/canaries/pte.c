/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What the linked definitions of page-table entries must not prove. */
#include <kernel/memory.h>

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
