/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Rooms: what the boot bundle allows guests that come at run time. A room's rights are part of the policy, which is fixed;
 * what a description asks for is held against them here, and against the guests that are there already. Pure.
 */
#pragma once

#include <septum/bundle.h>

#include <stdbool.h>
#include <stddef.h>

/*
 * May the one guest of the checked bundle `file`, with the sizes of `sized`, be in that room of the checked bundle `boot`?
 * On false *why says in words why not, and how to mend it.
 */
bool room_fits(const struct bundle *boot, uint32_t room, const struct bundle *file, const struct bundle_guest *sized,
               char *why, size_t why_bytes);

/* Can it be there beside that guest of `other`? Likewise. Called with itself it looks at its disks among themselves. */
bool room_apart(const struct bundle *file, const struct bundle *other, uint32_t guest, char *why, size_t why_bytes);

/* The network of `boot` that has the name of that one of `file`; BUNDLE_NETWORKS: there is none. */
uint32_t room_network(const struct bundle *boot, const struct bundle *file, uint32_t network);
