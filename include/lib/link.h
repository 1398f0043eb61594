/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The pages that the manager (owner) and the console (borrower) share. It takes the place of calls between the two:
 * neither ever waits for the other, so neither can hang the other, and either can be started anew.
 *
 * Each word is written by one side only. After a change the manager notifies the console with CONSOLE_BIT_LOG, the
 * console the manager with MANAGER_BIT_CONSOLE.
 */
#pragma once

#include <septum/audit.h>

#define CONSOLE_VA_LINK     0x2f000000u
#define MANAGER_BIT_CONSOLE UINT64_C(1)
#define MANAGER_BIT_DEVICE  UINT64_C(2) /* from a device server: its link has news (septum/device.h) */
#define MANAGER_BIT_AUDIT   UINT64_C(4) /* from the auditor: an audit has ended (septum/audit.h) */

#define LINK_LOG_BYTES    2048u
#define LINK_COMMANDS     16u
#define LINK_FRAMES       3u
#define LINK_SERVERS      8u
#define LINK_SERVER_BYTES 16u
#define LINK_FILE_BYTES   64u

struct link_command {
    uint32_t op;         /* MANAGER_QUIT and those behind it */
    uint32_t guest;      /* KILL: the server's index */
    uint32_t memory_mib; /* CREATE; 0: as described */
    uint32_t cpus;
    char file[LINK_FILE_BYTES]; /* CREATE: of the guest that this file of the shared directory describes; else empty */
    uint32_t ticket;     /* not 0: what is said for it stands between LINK_SAYS, ticket and LINK_SAID, '0' (or '1': failed) */
};
#define LINK_SAYS    0x0eu
#define LINK_SAID    0x0fu
#define LINK_TICKETS 64u /* the byte of ticket t is '0' + t */

enum frame_sort { FRAMES_RAM = 0, FRAMES_TABLES = 1, FRAMES_SHADOW = 2, FRAMES_SERVER = 3 };
#define FRAME_SORTS 4u

/* What a guest and its monitor use, or a server, or the manager. */
struct link_usage {
    uint64_t time; /* ticks that the guest's threads have run since its start, its monitor's work for it included */
    uint64_t age;  /* ticks since its start */
    uint32_t frames[FRAME_SORTS];
    uint32_t memory_mib;    /* that it has now … */
    uint32_t described_mib; /* … of these, less what its balloon has given back */
    uint32_t cpus;
    uint32_t mode;   /* enum bundle_mode; AUTO: not chosen yet */
    uint32_t starts; /* how often it was begun, its own reboots included */
};

/* What the last audit that ended has found. */
#define LINK_FINDINGS 64u
struct link_audit {
    uint32_t count; /* of audits so far */
    uint32_t shown; /* findings below */
    uint64_t found;
    uint64_t milliseconds;
    struct audit_sums sums;
    struct audit_finding finding[LINK_FINDINGS];
};

struct console_link {
    /* The manager writes. */
    uint64_t timebase; /* Hz of `rdtime` */
    uint32_t guest_count;
    uint32_t log_head;
    uint32_t command_tail;
    uint32_t state[BUNDLE_GUESTS];  /* enum guest_state */
    uint32_t wanted[BUNDLE_GUESTS]; /* counts up; odd: the ring may be used; even: it must not be */
    char name[BUNDLE_GUESTS][BUNDLE_NAME_BYTES]; /* empty: a room that nobody is in */
    uint32_t server_count;
    char server[LINK_SERVERS][LINK_SERVER_BYTES]; /* those that can be killed */
    uint32_t usages;     /* how often what follows was written down, by MANAGER_STATS */
    uint64_t usage_time; /* `rdtime` then */
    uint64_t frames_free;
    uint64_t frames_all; /* free ones, and those of all usages */
    struct link_usage usage[BUNDLE_GUESTS];
    struct link_usage manager_usage;
    struct link_usage server_usage[LINK_SERVERS];
    struct link_audit audit;
    uint8_t log[LINK_LOG_BYTES]; /* the manager's own messages */
    /* The console writes. */
    uint32_t log_tail;
    uint32_t command_head;
    uint32_t seen[BUNDLE_GUESTS]; /* the last `wanted` that it acts on */
    struct link_command command[LINK_COMMANDS];
};

_Static_assert(sizeof(struct console_link) <= LINK_FRAMES * FRAME_BYTES, "the link has room");
_Static_assert(sizeof(struct console_ring) == RING_FRAMES * FRAME_BYTES, "the ring is three frames");
