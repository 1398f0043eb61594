/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The parts of an audit, each over all of its kind, and where what they find goes. */
#pragma once

#include <septum/audit.h>

#include <stdbool.h>
#include <stdint.h>

/* A set of invariants by number. */
#define BROKEN(number) (UINT64_C(1) << (number))

/* Every invariant of the set does not hold at that place (struct audit_finding). */
void report(uint64_t broken, uint64_t domain, uint64_t frame, uint64_t entry, uint64_t word);
extern struct audit_sums sums;

void audit_records(void); /* machine, slots, windows, devices: INV-1, 2, 11, 13 .. 15, 30 */
void audit_frames(void);  /* frames and the tables in them: INV-3 .. 10, 12 */
void audit_shadows(void); /* the shadow tables of all vCPUs: INV-31 */
