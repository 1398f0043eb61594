/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * An overlay's map: pages are fetched when a job needs one, and written by a sync, which makes the data safe first, then
 * writes the pages that vouch for them, then makes these safe.
 */
#include "block.h"

static void page_ask(struct disk *d, uint32_t page, enum p9_type type)
{
    struct p9_ask ask = {.type = (uint8_t)type, .fid = disk_fid(d, FILE_OVERLAY), .bytes = MAP_PAGE_BYTES};

    ask.offset = OVERLAY_MAP_AT + (uint64_t)map->page[page].index * MAP_PAGE_BYTES;
    disk_ask(d, &ask, share.address + SHARE_PAGES_AT + (uint64_t)page * MAP_PAGE_BYTES, OWNER(OWNER_PAGE, d->index, page));
}

/* All pages are dirty or on their way: some disk must write its own. */
static void sync_somebody(void)
{
    const uint32_t page = map_first(map, DEVICE_CLIENTS, PAGE_DIRTY);

    if (page != MAP_NONE && disk[map->page[page].disk].sync.step == SYNC_IDLE)
        (void)sync_ticket(&disk[map->page[page].disk]);
}

uint32_t sync_page(struct disk *d, uint64_t sector, struct job *job)
{
    const uint32_t index = (uint32_t)(sector / MAP_PAGE_SECTORS);
    uint32_t page = map_find(map, d->index, index);

    job->starved = false;
    job->wants = 0;
    if (page != MAP_NONE && map->page[page].state != PAGE_LOADING)
        return page;
    job->wants = index + 1;
    if (page != MAP_NONE || !disk_may_ask(d))
        return MAP_NONE;
    page = map_take(map, d->index, index);
    if (page != MAP_NONE)
        page_ask(d, page, P9_READ);
    else
        sync_somebody();
    job->starved = page == MAP_NONE;
    return MAP_NONE;
}

uint32_t sync_ticket(struct disk *d)
{
    return ++d->sync.wanted;
}

bool sync_is_over(const struct disk *d, uint32_t ticket)
{
    return (int32_t)(d->sync.done - ticket) >= 0;
}

/* Jobs that hoped for this sync end with an error: of this disk its flushes, of all disks those without a page. */
static void sync_failed(struct disk *d)
{
    for (uint32_t i = 0; i < BLOCK_SLOTS; i++) {
        struct job *job = &d->job[i];

        if (job->step == JOB_SYNC && (int32_t)(d->sync.goal - job->ticket) >= 0)
            job_end(d, job, BLOCK_IO_ERROR);
    }
    for (uint32_t k = 0; k < DEVICE_CLIENTS; k++) {
        for (uint32_t i = 0; i < BLOCK_SLOTS; i++) {
            struct job *job = &disk[k].job[i];

            if ((job->step == JOB_READY || job->step == JOB_MARK) && job->starved)
                job_end(&disk[k], job, BLOCK_IO_ERROR);
        }
    }
}

static void sync_end(struct disk *d)
{
    d->sync.step = SYNC_IDLE;
    d->sync.done = d->sync.goal;
    if (d->sync.failed)
        sync_failed(d);
}

static bool fsync_ask(struct disk *d)
{
    struct p9_ask ask = {.type = P9_FSYNC, .fid = disk_fid(d, FILE_OVERLAY)};

    if (d->sync.asked || !disk_may_ask(d))
        return false;
    d->sync.asked = true;
    disk_ask(d, &ask, 0, OWNER(OWNER_SYNC, d->index, 0));
    return true;
}

/* The next dirty page is written; when all are, they are made safe. */
static bool pages_write(struct disk *d)
{
    const uint32_t page = d->sync.failed ? MAP_NONE : map_first(map, d->index, PAGE_DIRTY);

    if (page != MAP_NONE) {
        if (!disk_may_ask(d))
            return false;
        map->page[page].state = PAGE_WRITING;
        d->sync.wrote = true;
        page_ask(d, page, P9_WRITE);
        return true;
    }
    if (map_first(map, d->index, PAGE_WRITING) != MAP_NONE)
        return false;
    if (d->sync.failed || !d->sync.wrote)
        sync_end(d);
    else
        d->sync.step = SYNC_MAP;
    return true;
}

bool sync_run(struct disk *d)
{
    struct sync *s = &d->sync;

    switch ((enum sync_step)s->step) {
    case SYNC_IDLE:
        if (s->wanted == s->done)
            return false;
        *s = (struct sync){.step = SYNC_DATA, .wanted = s->wanted, .goal = s->wanted, .done = s->done};
        return true;
    case SYNC_DATA:
    case SYNC_MAP:
        return fsync_ask(d);
    case SYNC_PAGES:
        return pages_write(d);
    }
    return false;
}

static void sync_complain(struct disk *d, const struct p9_reply *reply)
{
    disk_complain(d, "what was written cannot be made safe in overlay '%s': %s; the guest got an I/O error",
                  d->about.overlay, reply->type == P9_ERROR ? error_text(reply->error) : "the file is cut short");
}

void sync_answer(struct disk *d, const struct p9_reply *reply)
{
    d->sync.asked = false;
    if (reply->type == P9_ERROR) {
        sync_complain(d, reply);
        d->sync.failed = true;
    }
    if (d->sync.step == SYNC_DATA && !d->sync.failed)
        d->sync.step = SYNC_PAGES;
    else
        sync_end(d);
}

static void page_lost(struct disk *d, uint32_t page, const struct p9_reply *reply)
{
    disk_complain(d, "the map of overlay '%s' cannot be read: %s; the guest got an I/O error", d->about.overlay,
                  reply->type == P9_ERROR ? error_text(reply->error) : "the file is cut short");
    map->page[page].state = PAGE_FREE;
    for (uint32_t i = 0; i < BLOCK_SLOTS; i++) {
        struct job *job = &d->job[i];

        if ((job->step == JOB_READY || job->step == JOB_MARK) && job->wants == map->page[page].index + 1)
            job_end(d, job, BLOCK_IO_ERROR);
    }
}

void page_answer(uint32_t page, const struct p9_reply *reply)
{
    struct map_page *p = &map->page[page];
    struct disk *d = &disk[p->disk];
    const bool good = reply->type != P9_ERROR && reply->count == MAP_PAGE_BYTES;

    if (p->state == PAGE_LOADING && good) {
        p->state = PAGE_CLEAN;
    } else if (p->state == PAGE_LOADING) {
        page_lost(d, page, reply);
    } else if (p->state == PAGE_WRITING) {
        p->state = good ? PAGE_CLEAN : PAGE_DIRTY;
        if (!good && !d->sync.failed)
            sync_complain(d, reply);
        d->sync.failed = d->sync.failed || !good;
    }
}
