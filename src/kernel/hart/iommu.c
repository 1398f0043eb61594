/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The queues of the IOMMU, which the loader has switched on [iommu 1.0, 3]. The hardware keeps their heads and tails. Where
 * there is none, boot.iommu is 0, and nothing is to be done. The caller holds kernel_lock. */
#include <kernel/main.h>
#include <machine/registers.h>

struct device_context device_context[DEVICES] __attribute__((section(".bss.page"), aligned(4096)));
struct iommu_pages iommu_pages __attribute__((section(".bss.page"), aligned(4096)));

/* After two at most comes a wait for both, so the queue is never full. */
static void command(uint64_t what)
{
	if (boot.iommu == 0)
		return;
	iommu_pages.command[iommu_get(IOMMU_CQT) % IOMMU_COMMANDS][0] = what;
	iommu_set(IOMMU_CQT, (iommu_get(IOMMU_CQT) + 1) % IOMMU_COMMANDS);
}

void iommu_forget(uint32_t slot) { command(IOMMU_IOTINVAL_GVMA + slot * IOMMU_GSCID); }

/* An IOFENCE.C is for all commands before it, whatever they were about. */
void iommu_finish(uint32_t slot)
{
	(void)slot;
	command(IOMMU_IOFENCE_C);
	for (uint64_t looks = 0; boot.iommu != 0 && iommu_get(IOMMU_CQH) != iommu_get(IOMMU_CQT); looks++)
		if (looks == 100000000) /* that is seconds */
			main_panic(0);
}

void fence_contexts(void)
{
	command(IOMMU_IODIR_INVAL_DDT);
	iommu_finish(0);
}

struct device_fault iommu_fault(void)
{
	if (boot.iommu == 0 || iommu_get(IOMMU_FQH) == iommu_get(IOMMU_FQT))
		return (struct device_fault){0, 0, 0};
	volatile uint64_t *word = iommu_pages.fault[iommu_get(IOMMU_FQH) % IOMMU_FAULTS];
	struct device_fault f = {word[0] >> 40, word[0] % 4096, word[2]};
	iommu_set(IOMMU_FQH, (iommu_get(IOMMU_FQH) + 1) % IOMMU_FAULTS);
	iommu_set(IOMMU_FQCSR, IOMMU_FQCSR_ON); /* the queue may have overflowed: there is room again */
	return f;
}
