/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Registers full of a pattern while a switch passes over them (hold.S): of guests, and of a server (tests/hostile/state). */
#ifndef GUEST_HOLD_H
#define GUEST_HOLD_H

/* The kinds of switch. DEVICE reads at the argument, SPIN counts it down. */
#define HOLD_SPIN   0
#define HOLD_CALL   1
#define HOLD_WAIT   2
#define HOLD_DEVICE 3
#define HOLD_READ   4
#define HOLD_KINDS  5

/* Offsets into struct hold. */
#define HOLD_PATTERN  0
#define HOLD_KIND     8
#define HOLD_ARGUMENT 16
#define HOLD_X        24

/* A pattern says whose it is: of the domain with that letter; 1: a server's. Register n holds the pattern plus n. */
#define HOLD_MARK                                0x5eed
#define HOLD_PATTERN_OF(letter, server, number)                                                                        \
    ((uint64_t)HOLD_MARK << 48 | (uint64_t)(letter) << 40 | (uint64_t)(server) << 32 | (uint64_t)((number) & 0xffffu) << 16)
#define HOLD_LETTER(value) ((value) >> 40 & 0xff)

#ifndef __ASSEMBLER__
#include <stdint.h>

struct hold {
    uint64_t pattern, kind, argument, x[32];
};

/* Work in x31 and x30, in x5 and x6: x[] of these is not set. */
void hold_high(struct hold *hold);
void hold_low(struct hold *hold);
void float_fill(uint64_t pattern);
void float_store(uint64_t f[32]);
#endif

#endif
