/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * What the manager (owner) and the auditor (borrower) share: one page. The auditor reads the kernel's books and tables by
 * SEPTUM_AUDIT_READ and says here where they break the invariant, by the numbers of spec/invariants.md.
 */
#pragma once

#include <septum/proto.h>

#define AUDIT_VA_LINK 0x2f000000u /* in the auditor: struct audit_link */

/* Capability slots of the auditor. */
#define AUDITOR_CAP_MANAGER 1 /* CAP_NOTIFY, badge MANAGER_BIT_AUDIT (lib/link.h) */
#define AUDITOR_CAP_BOOKS 2   /* CAP_AUDIT */
#define AUDITOR_BIT_LINK 1u   /* from the manager: an audit is wanted */

#define AUDIT_FINDINGS 96u
#define AUDIT_NOWHERE UINT64_C(0xffffffffffffffff)

/* One place where a predicate does not hold. */
struct audit_finding {
	uint32_t invariant; /* its number: INV-… */
	uint32_t domain;    /* name, or 0: of nobody's */
	uint64_t frame;     /* the table, the frame of the books; or AUDIT_NOWHERE, and `entry` numbers another record */
	uint64_t entry;     /* of the table; 512: the frame's record itself */
	uint64_t word;      /* what stands there; of a record, its kind */
};

/* What an audit has looked at. */
struct audit_sums {
	uint64_t frames;
	uint64_t tables;
	uint64_t leaves;   /* of domains' tables: every page under each */
	uint64_t shadows;  /* leaves of shadow tables */
	uint64_t contexts; /* of devices */
	uint64_t again;    /* pieces that were read again, as a call had changed something meanwhile */
	uint64_t given_up; /* pieces that changed each time they were read */
};

struct audit_link {
	/* The manager writes. */
	uint64_t frame_count;
	uint64_t ram_base_pfn;
	uint64_t wanted; /* counts up */
	/* The auditor writes. */
	uint64_t done;   /* the last `wanted` whose audit has ended */
	uint64_t found;  /* places in all; the first AUDIT_FINDINGS of them: */
	struct audit_sums sums;
	struct audit_finding finding[AUDIT_FINDINGS];
};
