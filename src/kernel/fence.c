/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/fence.h>

int fence_space(uint32_t slot)
{
	fence_harts(slot);
	iommu_forget(slot);
	iommu_finish(slot);
	return SEPTUM_OK;
}
