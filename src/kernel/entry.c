/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/entry.h>

uint64_t pte(uint64_t page, uint64_t flags) { return page * 1024 + flags; }

uint64_t pte_frame(uint64_t e) { return e / 1024 % PTE_PAGES - ram_base_pfn; }

int pte_leaf(uint64_t e) { return e % 2 == 1 && e / 2 % 8 != 0; }

int pte_pointer(uint64_t e) { return e % 2 == 1 && e / 2 % 8 == 0; }

void entry_write(uint64_t t, uint64_t i, uint64_t e)
{
	/*@ ghost stale[info[t].owner % NAME_SLOTS] = 3; */
	ram[t].word[i] = e;
}

void place_set(uint64_t q, uint32_t d, uint64_t at)
{
	if (info[q].owner == d)
		info[q].at_owner = at;
	else
		info[q].at_borrower = at;
}
