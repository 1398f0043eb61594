/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What the system uses, as rows for a person and as JSON. Of the numbers the manager wrote some, the monitors others. */
#pragma once

#include <lib/link.h>

#include <stdbool.h>
#include <stddef.h>

#define STATS_ROW_BYTES 128u

struct stats {
    const struct console_link *link;
    uint64_t exits[BUNDLE_GUESTS][EXIT_KINDS]; /* of each guest's vCPUs together; who uses this fills it in */
    uint64_t rate[BUNDLE_GUESTS];              /* exits a second */
    uint64_t taken;                            /* when, in ticks; 0: never */
    uint64_t total[BUNDLE_GUESTS];             /* exits then */
};

/* Link and exits are those of now: rates are since the last time, or, if that is too near, since the guest's start. */
void stats_take(struct stats *s);

/* Row n, without its newline; false: there are no more. */
bool stats_row(const struct stats *s, uint32_t n, char row[STATS_ROW_BYTES]);

/* The members of an object, each after a comma. */
void stats_reply(const struct stats *s);
