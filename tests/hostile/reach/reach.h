/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * In a server's place: somebody who tries every call with every capability slot, and on the machine's frames, and writes
 * down what the kernel let through. tests/boot/reach.py finds the page in the machine's memory: so it says something of
 * servers without any way to say it.
 */
#pragma once

#include <septum/abi.h>

#include <stdint.h>

#define REACH_CALLS 64u
#define REACH_NAME  32u
#define REACH_WORDS ((CAPS + 63) / 64)

/* The calls that are tried on frames, by their place in `frames`. */
enum reach_frames { REACH_MAP, REACH_PROTECT, REACH_RELEASE, REACH_REVOKE, REACH_GIVE, REACH_RECLAIM, REACH_READ, REACH_FRAMES };

struct reach {
    char magic[16]; /* "septum reach" and a number, so that the program's own constants are none */
    char name[REACH_NAME]; /* whose place it is; of a monitor, the guest's */
    uint64_t turns;        /* whole rounds of all that */
    uint64_t alive;        /* counts while it runs */
    uint64_t tried;        /* frames, in all rounds */
    uint64_t frames[REACH_FRAMES]; /* how often it was let through; PROTECT, READ: of all, the last time */
    uint64_t passed[REACH_CALLS][REACH_WORDS]; /* bit: that call passed the check of its capability in that slot, ever */
    uint8_t pad[FRAME_BYTES - 48 - 24 - 8 * REACH_FRAMES - 8 * REACH_CALLS * REACH_WORDS];
};

_Static_assert(sizeof(struct reach) == FRAME_BYTES, "it is found at the beginning of a page");

extern struct reach reach;

/* Whose place it is; first of all. */
void reach_begin(const char *name);

#define STEP 16u /* as a rule */

/* A whole round: every call with every slot, and on each `step`th frame. */
void reach_round(uint64_t step);

/* So that others come on: who calls without end has the kernel's lock half of the time. */
void reach_pause(uint64_t ticks);
