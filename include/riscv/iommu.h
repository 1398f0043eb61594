/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The RISC-V IOMMU as far as Septum uses it [iommu 1.0]: chapters 2 (structures), 3 (queues), 5 (registers). */
#pragma once

#include <septum/abi.h>

/* Registers, as numbers of 32-bit words of its page; those of 64 bits take two. */
#define IOMMU_CAPABILITIES 0
#define IOMMU_FCTL 2
#define IOMMU_DDTP 4
#define IOMMU_CQB 6
#define IOMMU_CQH 8
#define IOMMU_CQT 9
#define IOMMU_FQB 10
#define IOMMU_FQH 12
#define IOMMU_FQT 13
#define IOMMU_CQCSR 18
#define IOMMU_FQCSR 19

/* Commands: the first of their two 64-bit words; the second is 0. */
#define IOMMU_IOTINVAL_GVMA 0x200000081u /* of one GSCID, which counts in: */
#define IOMMU_GSCID 0x100000000000u
#define IOMMU_IOFENCE_C 0x3002u          /* with PR and PW: reads and writes of devices are done, too */
#define IOMMU_IODIR_INVAL_DDT 3u         /* of all devices */

#define IOMMU_COMMANDS 256 /* both queues fill a page */
#define IOMMU_FAULTS 128
#define IOMMU_FQCSR_ON 0x301u /* fqen; and fqof, fqmf: once set, nothing is reported before they are written so */

/* A device context of the extended format; all of it but these two words is 0. */
#define CONTEXT_VALID 1u
struct device_context {
	uint64_t tc;      /* 0: every access of the device faults; CONTEXT_VALID */
	uint64_t iohgatp; /* as hgatp: the stage-2 root that its accesses go through, with the GSCID for a VMID */
	uint64_t rest[6]; /* no first stage, no processes, no page table of MSIs */
};

/* The directory's root, which points to the pages of contexts, and the queues. */
struct iommu_pages {
	uint64_t root[FRAME_WORDS];
	uint64_t command[IOMMU_COMMANDS][2];
	uint64_t fault[IOMMU_FAULTS][4];
};

/* What a record of the fault queue says; cause 0: nothing. */
struct device_fault {
	uint64_t device;
	uint64_t cause;
	uint64_t address;
};
