/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/boot.h>
#include <kernel/device.h>
#include <kernel/root.h>
#include <riscv/csr.h>

uint32_t device_owner[DEVICES];

int device_assign(uint64_t n, uint32_t d)
{
	uint64_t root = root_of(d, SEPTUM_GUEST);

	if (n >= DEVICES)
		return SEPTUM_BAD_ARGUMENT;
	if (root == NO_ROOT || boot.iommu == 0)
		return SEPTUM_BAD_STATE;
	if (device_owner[n] != NOBODY)
		return SEPTUM_BUSY;
	/*@ ghost loose = 1; */
	device_context[n].iohgatp = HGATP_SV39X4 + d % NAME_SLOTS * HGATP_VMID + ram_base_pfn + root;
	fence_contexts(); /* the IOMMU must not see it valid with another root */
	//@ assert closed: Contexts && loose == 0;
	/*@ ghost loose = 1; */
	device_owner[n] = d;
	device_context[n].tc = CONTEXT_VALID;
	fence_contexts();
	return SEPTUM_OK;
}

int device_take(uint64_t n)
{
	if (n >= DEVICES || device_owner[n] == NOBODY)
		return SEPTUM_BAD_ARGUMENT;
	/*@ ghost loose = 1; */
	device_owner[n] = NOBODY;
	device_context[n].tc = 0;
	fence_contexts();
	return SEPTUM_OK;
}

void device_end(uint32_t d)
{
	/*@ loop invariant range: 0 <= n <= DEVICES;
	    loop invariant devices: Contexts;
	    loop invariant rest: DevicesOnly{Pre,Here}(d);
	    loop invariant none: \forall integer m; 0 <= m < n ==> device_owner[m] != d || d == NOBODY;
	    loop assigns n, device_owner[0 .. DEVICES-1], device_context[0 .. DEVICES-1], loose;
	    loop variant DEVICES - n;
	*/
	for (uint64_t n = 0; n < DEVICES; n++) {
		if (device_owner[n] != d)
			continue;
		/*@ ghost loose = 1; */
		device_owner[n] = NOBODY;
		device_context[n].tc = 0;
	}
	fence_contexts();
}
