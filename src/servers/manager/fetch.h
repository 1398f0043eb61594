/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A guest's description comes from the shared directory: the manager reads it as one more client of the block server, a
 * piece at a time between its other work, checks it, and has it made into a guest. One at a time.
 */
#pragma once

#include "manager.h"

/* What was asked for by whom. */
struct fetch_order {
    char path[LINK_FILE_BYTES];
    uint32_t memory_mib; /* 0: as described */
    uint32_t cpus;       /* likewise */
    uint32_t ticket;     /* who waits for the answer; 0: nobody */
};

/* The device servers are built: the manager's ring is lent to the block server, if the bundle has rooms. */
void fetch_prepare(void);

/* Begins to read; false: it cannot, and *why says why. */
bool fetch_begin(const struct fetch_order *order, char *why, size_t why_bytes);

/* A bounded piece of work. False: there is none before *next, which is lowered to the time at which it gives up waiting. */
bool fetch_slice(uint64_t *next);

bool fetch_is_idle(void);
void fetch_count(struct link_usage *usage); /* frames of a copy that is nobody's yet */
