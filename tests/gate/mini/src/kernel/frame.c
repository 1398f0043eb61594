/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/frame.h>

int frame_give(uint32_t caller, uint64_t p, uint32_t to)
{
	if (p >= FRAMES || info[p].owner != caller || info[p].mapped != 0u || caller == 0u)
		return 1;
	info[p].owner = to;
	return 0;
}

uint32_t frame_count_of(uint32_t owner)
{
	uint32_t n = 0;

	/*@ loop invariant range: 0 <= p <= FRAMES;
	    loop invariant few: 0 <= n <= p;
	    loop assigns p, n;
	    loop variant FRAMES - p; */
	for (uint32_t p = 0; p < FRAMES; p++)
		if (info[p].owner == owner)
			n++;
	return n;
}

void frame_unmark(uint64_t p)
{
	info[p].mapped = 0;
	/*@ ghost HW.stale = 1; */
}
