/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/domain.h>
#include <kernel/root.h>

uint64_t root_of(uint32_t name, uint32_t kind)
{
	uint32_t slot = name % NAME_SLOTS;
	if (!domain_live(name) || dom[slot].kind != kind)
		return NO_ROOT;
	return dom[slot].root;
}
