/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The guest's own page tables, walked in software: for the instruction that trapped, and to show where a walk ends. */
#pragma once

#include "memory.h"

#include <septum/abi.h>
#include <stdbool.h>

#define WALK_LEVELS 5u

enum walk_end {
    WALK_LEAF,          /* gpa is where the address lies; rights are not looked at */
    WALK_OFF,           /* there is no translation: gpa is the address itself */
    WALK_BAD_MODE,      /* vsatp has a mode that no hart has */
    WALK_NOT_CANONICAL, /* the upper bits of the address are not all alike */
    WALK_OUTSIDE,       /* a table lies outside the guest's memory */
    WALK_INVALID,       /* the last entry has no V, or W without R */
    WALK_NO_LEAF,       /* the last level has a pointer */
    WALK_MISALIGNED,    /* a superpage begins in the middle of one, or N stands where it must not */
};

struct walk {
    uint32_t levels; /* of the mode: 3 for Sv39 */
    uint32_t steps;  /* entries that were looked at; the first is of level `levels` - 1 */
    uint32_t end;    /* enum walk_end */
    uint64_t gpa;    /* WALK_LEAF, WALK_OFF: of the address; WALK_OUTSIDE: of the entry that cannot be read */
    uint64_t place[WALK_LEVELS]; /* guest-physical addresses of the entries */
    uint64_t entry[WALK_LEVELS];
};

/* The walk of an address by the vsatp of the page. [priv §12.3.2] */
void walk_tables(const struct memory *m, const struct vcpu_page *page, uint64_t va, struct walk *w);

/* Translates an address the vCPU executes (vsatp and supervisor of its page); false: it would fault. [priv §12.3.2] */
bool walk_execute(const struct memory *m, const struct vcpu_page *page, uint64_t va, uint64_t *gpa);

/* The instruction at pc: 32 bits, or 16 in the low half; false if it cannot be fetched any more. */
bool walk_fetch(const struct memory *m, const struct vcpu_page *page, uint32_t *word);
