/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * An executable model of the calls on frames, address spaces, windows and domains: who owns and borrows which frame,
 * which address of which domain leads to it. Written from include/septum/abi.h and the design, not from the kernel.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "world.h"

/* A set of statuses: bit 0 for SEPTUM_OK, bit n for the refusal -n. */
typedef uint32_t statuses;
#define MAY(status) (1u << -(status))
#define ANYTHING UINT32_MAX

struct model_call {
    uint32_t thread;
    uint64_t number;
    uint64_t a[6];
};

/* The model takes over the kernel's state as it is now. */
void model_sync(void);
/* What the call may answer. A call that must succeed gives MAY(SEPTUM_OK). */
statuses model_expect(const struct model_call *call);
/* The call has answered: the model follows. */
void model_follow(const struct model_call *call, int64_t status);
/* The first difference between model and kernel, or NULL. */
const char *model_compare(void);

/* checker.c: the invariant, by complete walks of all live roots; the first conjunct that does not hold, or NULL. */
void check_begin(void);
const char *check_invariant(void);

#endif
