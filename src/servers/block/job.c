/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A request of a ring, piece by piece. A piece lies within one page of an overlay's map and in one of the disk's files;
 * its data go between the file server and the ring's slot without another copy.
 */
#include "block.h"

void job_end(struct disk *d, struct job *job, enum block_status status)
{
    const uint32_t slot = (uint32_t)(job - d->job);

    job_goes(d, job, JOB_FREE);
    ring_count(d->counter, job->op, job->bytes, status);
    ring_answer(d->ring, &d->place, slot, status);
    d->bell = true;
}

/* What of the job is asked for next, and of which file. */
struct piece {
    enum disk_file file;
    uint64_t at; /* in that file */
    uint32_t bytes;
};

/* False: the overlay's map must be looked at first, and is not there yet. */
static bool piece_next(struct disk *d, struct job *job, struct piece *piece)
{
    const uint64_t at = job->offset + job->done;
    const uint32_t skip = (uint32_t)(at % BLOCK_SECTOR);
    uint64_t left = job->bytes - job->done;
    uint32_t page, sector;
    bool mapped = true;

    *piece = (struct piece){FILE_BASE, at, left < BLOCK_SLOT_BYTES ? (uint32_t)left : BLOCK_SLOT_BYTES};
    if (!disk_has_overlay(d))
        return true;
    page = sync_page(d, at / BLOCK_SECTOR, job);
    if (page == MAP_NONE)
        return false;
    if (piece->bytes > MAP_PAGE_COVERS - at % MAP_PAGE_COVERS)
        piece->bytes = (uint32_t)(MAP_PAGE_COVERS - at % MAP_PAGE_COVERS);
    sector = (uint32_t)(at / BLOCK_SECTOR % MAP_PAGE_SECTORS);
    if (job->op == BLOCK_READ)
        piece->bytes = map_run(map, page, sector, (skip + piece->bytes) / BLOCK_SECTOR, &mapped) * BLOCK_SECTOR - skip;
    if (mapped) {
        piece->file = FILE_OVERLAY;
        piece->at = d->data_at + at;
    }
    return true;
}

static bool transfer(struct disk *d, struct job *job)
{
    const uint32_t slot = (uint32_t)(job - d->job);
    struct p9_ask ask = {.type = job->op == BLOCK_READ ? P9_READ : P9_WRITE};
    uint64_t data = share.address + SHARE_ZEROES_AT;
    struct piece piece;

    if (job->done == job->bytes) { /* nothing to be zeroed */
        job_end(d, job, BLOCK_OK);
        return true;
    }
    if (!disk_may_ask(d) || !piece_next(d, job, &piece))
        return false;
    if (job->op != BLOCK_ZEROES)
        data = d->ring_address + FRAME_BYTES + (uint64_t)BLOCK_SLOT_BYTES * slot + job->done;
    ask.fid = disk_fid(d, piece.file);
    ask.offset = piece.at;
    ask.bytes = piece.bytes;
    job_goes(d, job, JOB_ASKED);
    disk_ask(d, &ask, data, OWNER(OWNER_JOB, d->index, slot));
    return true;
}

static bool flush(struct disk *d, struct job *job)
{
    const uint32_t slot = (uint32_t)(job - d->job);
    struct p9_ask ask = {.type = P9_FSYNC, .fid = disk_fid(d, FILE_BASE)};

    if ((d->flags & BLOCK_FLAG_READ_ONLY) != 0) {
        job_end(d, job, BLOCK_OK);
        return true;
    }
    if (disk_has_overlay(d)) {
        job->ticket = sync_ticket(d);
        job_goes(d, job, JOB_SYNC);
        return true;
    }
    if (!disk_may_ask(d))
        return false;
    job_goes(d, job, JOB_ASKED);
    disk_ask(d, &ask, 0, OWNER(OWNER_JOB, d->index, slot));
    return true;
}

static void go_on(struct disk *d, struct job *job)
{
    if (job->done < job->bytes)
        job_goes(d, job, JOB_READY);
    else
        job_end(d, job, BLOCK_OK);
}

/* While a sync runs the map stands still: what it writes must not vouch for data that are not safe yet. */
static bool mark(struct disk *d, struct job *job)
{
    const uint64_t at = job->offset + job->marked;
    uint32_t page;

    if (d->sync.step != SYNC_IDLE)
        return false;
    page = sync_page(d, at / BLOCK_SECTOR, job);
    if (page == MAP_NONE)
        return false;
    map_mark(map, page, (uint32_t)(at / BLOCK_SECTOR % MAP_PAGE_SECTORS),
             (uint32_t)((job->done - job->marked) / BLOCK_SECTOR));
    job->marked = job->done;
    go_on(d, job);
    return true;
}

/* A sync that failed ends its flushes itself. */
static bool flushed(struct disk *d, struct job *job)
{
    if (!sync_is_over(d, job->ticket))
        return false;
    job_end(d, job, BLOCK_OK);
    return true;
}

bool job_run(struct disk *d, struct job *job)
{
    switch ((enum job_step)job->step) {
    case JOB_FREE:
    case JOB_ASKED:
        return false;
    case JOB_READY:
        if (job->op == BLOCK_FLUSH)
            return flush(d, job);
        if (job->op != BLOCK_DISCARD)
            return transfer(d, job);
        job_end(d, job, BLOCK_OK); /* it allows us to forget the data; 9P has no call to punch a hole */
        return true;
    case JOB_MARK:
        return mark(d, job);
    case JOB_SYNC:
        return flushed(d, job);
    }
    return false;
}

void job_answer(struct disk *d, struct job *job, const struct p9_reply *reply)
{
    if (reply->type == P9_ERROR) {
        disk_complain(d, "%s: %s; the guest got an I/O error",
                      job->op == BLOCK_READ    ? "a sector cannot be read"
                      : job->op == BLOCK_FLUSH ? "what was written cannot be made safe"
                                               : "a sector cannot be written",
                      error_text(reply->error));
        job_end(d, job, BLOCK_IO_ERROR);
    } else if (job->op == BLOCK_FLUSH) {
        job_end(d, job, BLOCK_OK);
    } else if (reply->count == 0) {
        disk_complain(d, "the file has become shorter than the disk; the guest got an I/O error");
        job_end(d, job, BLOCK_IO_ERROR);
    } else {
        job->done += reply->count;
        if (job->op == BLOCK_READ || !disk_has_overlay(d))
            go_on(d, job);
        else
            job_goes(d, job, (job->offset + job->done) % BLOCK_SECTOR == 0 ? JOB_MARK : JOB_READY);
    }
}
