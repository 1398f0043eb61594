/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The frames below the guest's memory, of a guest with a balloon: which page has which, and how they come and go. The
 * guest gives up pages as it likes; what goes back to the manager are whole chunks of 2 MiB, so that large leaves can be
 * made of them: what is left of a chunk moves to frames that the guest gave up elsewhere.
 */
#pragma once

#include "lock.h"
#include "memory.h"

#include <septum/proto.h>
#include <stdbool.h>

#define PAGES_SPARES (4u * CHUNK_PAGES)

struct pages {
    struct lock lock; /* guards what follows, and what memory_at answers, for those that hold no device's lock */
    uint32_t *frame;  /* of each page, or MEMORY_NO_FRAME; NULL: there is no balloon, and all pages stay */
    uint32_t *chunk;  /* the first frame of each chunk that is ours */
    uint8_t *split;   /* of each 2 MiB of the guest's memory: its leaves are small ones */
    uint8_t *bench;   /* where the monitor maps nothing: room for a frame that is being filled */
    uint32_t page_count;
    uint32_t chunk_count;
    uint32_t out; /* pages that have no frame */
    uint32_t spare_count;
    uint32_t spare[PAGES_SPARES]; /* frames of ours that no page has; mapped and lent nowhere */
};

struct hart;
struct monitor;

/* area: a page to map something at, and MONITOR_BALLOON_BYTES of zeros. */
void pages_init(struct monitor *m, uint8_t *area);

/* What memory_at says holds until pages_let, in a thread that holds no device's lock. */
void pages_hold(struct hart *h);
void pages_let(struct hart *h);

/* Of a fault in the guest's memory. True: the page is there; it was on its way meanwhile. */
bool pages_are_there(struct hart *h, uint64_t gpa);

/* The rest is for who holds the locks of all devices, and pages_hold. False: the kernel refused, and the guest ends. */

/* The page, which has a frame that no device uses, is without one; one more is spare. */
bool pages_part(struct hart *h, uint32_t page);

/* The page, which has none, gets a spare frame, that reads zero. */
bool pages_join(struct hart *h, uint32_t page);

/*
 * Chunks for which there are spare frames enough go back to the manager; all: also if that means to move pages. *later:
 * the manager does not take one now.
 */
bool pages_settle(struct hart *h, bool all, bool *later);

/* CHUNK_PAGES more spare frames. *later: the manager has none. */
bool pages_more(struct hart *h, bool *later);
