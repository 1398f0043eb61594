/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Before all of the monitor's sources (state.mk): SEPTUM_VCPU_RUN with registers full of a pattern, and a look at what came back. */
#ifndef STATE_RUN_H
#define STATE_RUN_H

/* Offsets into struct run. */
#define RUN_PATTERN 0
#define RUN_FLAGS   8
#define RUN_CALL    16
#define RUN_X       24

#ifndef __ASSEMBLER__
#include <lib/sys.h>

struct run {
    uint64_t pattern, flags, call, x[32];
};

void run_enter(struct run *run); /* run.S */
int64_t run_checked(uint64_t flags, uint64_t *bits);
#define sys_vcpu_run run_checked
#endif

#endif
