/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * What the parts of the block server share. A disk is a client's ring and the files behind it; a job is a request of the
 * ring; each asks the file server at most one question at a time, and goes on when the answer comes. One thread runs all
 * of it, in rounds, and nothing waits within a round: who must wait is looked at again in the next.
 */
#pragma once

#include "client.h"
#include "overlay.h"
#include "ring.h"
#include "share.h"

#include <stddef.h>

#define DISK_BATCH     4u /* questions that a disk may put in one round */
#define DISK_UNDER_WAY 8u /* and have under way, so that one client never takes all tags */

_Static_assert(SHARE_PAGES_AT + MAP_PAGES * MAP_PAGE_BYTES <= SHARE_MAP_AT, "the map's pages have room");
_Static_assert(SHARE_MAP_AT + sizeof(struct map) <= DEVICE_DMA_FRAMES * FRAME_BYTES, "and so has the map");

enum job_step {
    JOB_FREE,
    JOB_READY, /* its next piece is to be asked for */
    JOB_ASKED, /* the file server has it */
    JOB_MARK,  /* its data are written into the overlay, and the map does not know yet */
    JOB_SYNC,  /* a flush waits for a sync of the overlay that began after it */
};

struct job {
    uint8_t step;  /* enum job_step */
    bool starved;  /* no page of the map is to be had before a sync */
    uint32_t op;   /* enum block_op */
    uint32_t wants; /* the map's page that it waits for, + 1; 0: none */
    uint32_t ticket;
    uint64_t offset;
    uint64_t bytes;
    uint64_t done;
    uint64_t marked; /* of `done`, what the map knows */
};

enum disk_state {
    DISK_NONE,    /* no client */
    DISK_OPENING,
    DISK_OPEN,
    DISK_FAILED,  /* its ring is closed; the client is still there */
    DISK_LEAVING, /* the client goes: what touches the ring is waited for */
    DISK_SAVING,  /* the ring is left; what the map has not written yet is written */
    DISK_CLOSING, /* the files are let go */
};

enum sync_step { SYNC_IDLE, SYNC_DATA, SYNC_PAGES, SYNC_MAP };

struct sync {
    uint8_t step;    /* enum sync_step */
    bool asked;      /* the fsync of this step is under way */
    bool failed;
    bool wrote;      /* pages */
    uint32_t wanted; /* tickets: the last one drawn, the last one of the sync that runs, the last one done */
    uint32_t goal;
    uint32_t done;
};

struct disk {
    uint8_t state; /* enum disk_state */
    uint32_t index;
    uint32_t number;
    char guest[BUNDLE_NAME_BYTES];
    struct bundle_disk about;
    struct block_ring *ring;
    uint64_t ring_address; /* as the device has it */
    struct ring_place place;
    uint64_t bytes;
    uint64_t data_at;  /* of an overlay: where its sector 0 stands */
    uint64_t overlay_bytes; /* as it was found */
    uint32_t flags;    /* BLOCK_FLAG_… */
    uint32_t stage;    /* of opening or closing; file.c */
    bool asked;        /* that stage's question is under way */
    bool has[2];       /* fids that the file server knows */
    uint32_t walked;   /* bytes of the path */
    uint32_t under_way; /* all questions of this disk */
    uint32_t batch;     /* questions that it put in this round */
    uint32_t turn;      /* the job that is first in the next round */
    uint32_t wanted;    /* the odd value of the link that it serves */
    uint32_t complaints;
    bool bell; /* the client is to be told */
    struct sync sync;
    uint32_t ready;    /* bits of the jobs that a round is to look at: neither free nor asked */
    struct job job[BLOCK_SLOTS];
    uint64_t *counter; /* DEVICE_COUNTERS of them, in the link */
};

extern struct disk disk[DEVICE_CLIENTS];
extern struct map *map;

/* Its next step. */
static inline void job_goes(struct disk *d, struct job *job, enum job_step step)
{
    const uint32_t bit = UINT32_C(1) << (job - d->job);

    job->step = (uint8_t)step;
    d->ready = step == JOB_FREE || step == JOB_ASKED ? d->ready & ~bit : d->ready | bit;
}

static inline bool disk_has_overlay(const struct disk *d)
{
    return (d->about.flags & BUNDLE_DISK_OVERLAY) != 0;
}

/* It is no guest's: the manager reads what comes into a room. */
static inline bool disk_is_read_by_manager(const struct disk *d)
{
    return d->guest[0] == '\0';
}

/* Whose question it was: comes back with the answer. */
enum owner_kind { OWNER_JOB, OWNER_FILE, OWNER_SYNC, OWNER_PAGE };
#define OWNER(kind, disk, item) ((uint64_t)(kind) << 32 | (uint64_t)(disk) << 16 | (uint64_t)(item))

/* Which of a disk's two files. */
enum disk_file { FILE_BASE = 0, FILE_OVERLAY = 1 };
uint32_t disk_fid(const struct disk *d, enum disk_file file);

/* Puts the question for this disk; the caller has seen that disk_may_ask. */
bool disk_may_ask(const struct disk *d);
uint32_t disk_ask(struct disk *d, struct p9_ask *ask, uint64_t data, uint64_t owner);

/* One line about this disk to the operator, and no more after DISK_COMPLAINTS of them. */
__attribute__((format(printf, 2, 3))) void disk_complain(struct disk *d, const char *format, ...);
const char *error_text(uint32_t error);

/* file.c: opening and closing. True: something was asked, or has changed. */
void file_open(struct disk *d);
bool file_run(struct disk *d);
void file_answer(struct disk *d, const struct p9_reply *reply);

/* job.c */
bool job_run(struct disk *d, struct job *job);
void job_answer(struct disk *d, struct job *job, const struct p9_reply *reply);
void job_end(struct disk *d, struct job *job, enum block_status status);

/* sync.c: the map's pages and the overlay's flushes. */
uint32_t sync_page(struct disk *d, uint64_t sector, struct job *job); /* the page that knows of it, or MAP_NONE: it is being fetched */
uint32_t sync_ticket(struct disk *d); /* a sync that begins after this will be done with it */
bool sync_is_over(const struct disk *d, uint32_t ticket);
bool sync_run(struct disk *d);
void sync_answer(struct disk *d, const struct p9_reply *reply);
void page_answer(uint32_t page, const struct p9_reply *reply);

/* serve.c */
/* `lost`: why there is no share, for the message of each disk; NULL: there is. */
void serve_start(struct device_link *link, const char *lost);
void serve_links(void); /* the link has news: the rounds look at the clients that it tells of */
bool serve_round(void); /* false: nothing moves until a bell or an answer */
void serve_fail(const char *why); /* the share is lost: every disk fails */
bool serve_is_asking(void);       /* some answer is due */
/* After each run of rounds: since when the device has left us without an answer; `now`, if it has not. */
uint64_t serve_waits_since(uint64_t now);
