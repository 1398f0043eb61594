/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Sorted, disjoint sets of physical addresses, in whole frames. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define RANGES 64

struct range {
    uint64_t first; /* first byte */
    uint64_t end;   /* first byte behind it */
};

struct ranges {
    uint64_t count;
    struct range r[RANGES];
};

/* Rounds x to a multiple of step, a power of two; round_up saturates at the last multiple. */
uint64_t round_down(uint64_t x, uint64_t step);
uint64_t round_up(uint64_t x, uint64_t step);

/* Adds [first, end), merging what touches. False: no room, nothing changed. */
bool ranges_add(struct ranges *s, uint64_t first, uint64_t end);

/* Takes [first, end) out, whatever part of it is there. False: no room for the piece that is split off. */
bool ranges_remove(struct ranges *s, uint64_t first, uint64_t end);

/* True if all of [first, end) is in the set, and it is not empty. */
bool ranges_hold(const struct ranges *s, uint64_t first, uint64_t end);

/* True if some byte of [first, end) is in the set. */
bool ranges_touch(const struct ranges *s, uint64_t first, uint64_t end);

/* The lowest place for so many bytes at a multiple of align, in *place. The set stays as it is. */
bool ranges_find(const struct ranges *s, uint64_t bytes, uint64_t align, uint64_t *place);

uint64_t ranges_total(const struct ranges *s);
