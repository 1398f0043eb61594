/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The page that the manager (owner) and the console (borrower) share. It takes the place of calls between the two:
 * neither ever waits for the other, so neither can hang the other, and either can be started anew.
 *
 * Each word is written by one side only. After a change the manager notifies the console with CONSOLE_BIT_LOG, the
 * console the manager with MANAGER_BIT_CONSOLE.
 */
#pragma once

#include <septum/proto.h>

#define CONSOLE_VA_LINK     0x2f000000u
#define MANAGER_BIT_CONSOLE UINT64_C(1)

#define LINK_LOG_BYTES 2048u
#define LINK_COMMANDS  16u

struct link_command {
    uint32_t op; /* MANAGER_QUIT, MANAGER_START, MANAGER_STOP, MANAGER_RESET */
    uint32_t guest;
};

struct console_link {
    /* The manager writes. */
    uint64_t timebase; /* Hz of `rdtime` */
    uint32_t guest_count;
    uint32_t log_head;
    uint32_t command_tail;
    uint32_t state[BUNDLE_GUESTS];  /* enum guest_state */
    uint32_t wanted[BUNDLE_GUESTS]; /* counts up; odd: the ring may be used; even: it must not be */
    char name[BUNDLE_GUESTS][BUNDLE_NAME_BYTES];
    uint8_t log[LINK_LOG_BYTES]; /* the manager's own messages */
    /* The console writes. */
    uint32_t log_tail;
    uint32_t command_head;
    uint32_t seen[BUNDLE_GUESTS]; /* the last `wanted` that it acts on */
    struct link_command command[LINK_COMMANDS];
};

_Static_assert(sizeof(struct console_link) <= FRAME_BYTES, "the link is one frame");
_Static_assert(sizeof(struct console_ring) == RING_FRAMES * FRAME_BYTES, "the ring is three frames");
