/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The rounds: clients come and go as the link says, answers are taken in, and each disk in turn may put a few questions.
 * Who is first moves on with each round, so a client that floods its ring delays others by its share and no more.
 */
#include "block.h"

#include <lib/device_link.h>

#include <string.h>

#define ANSWERS_MOST 64u /* taken in one round */

static struct device_link *link_page;
static uint32_t used;  /* clients from there on were never there */
static uint32_t first; /* client of the next round */
static const char *no_share;
static struct {
    bool asking; /* when it was looked at last, as are the two others */
    uint16_t taken;
    uint64_t since;
} waits;
static struct map no_map; /* where there is no share there are no pages */

void serve_start(struct device_link *link, const char *lost)
{
    link_page = link;
    used = 0;
    first = 0;
    waits.asking = false;
    no_share = lost;
    memset(disk, 0, sizeof disk);
    map = share.up ? (struct map *)(void *)(share.memory + SHARE_MAP_AT) : &no_map;
    map_resume(map, share.up ? share.memory + SHARE_PAGES_AT : NULL);
    for (uint32_t i = 0; i < DEVICE_CLIENTS; i++) {
        disk[i].index = i;
        disk[i].counter = link->counter[i];
    }
}

void serve_links(void)
{
    uint32_t wanted;

    for (uint32_t i = used; i < DEVICE_CLIENTS; i++) {
        if (device_link_news(link_page, i, &wanted) != DEVICE_SAME)
            used = i + 1;
    }
}

bool serve_is_asking(void)
{
    return share.up && share.p9.count > 0;
}

uint64_t serve_waits_since(uint64_t now)
{
    const bool asking = serve_is_asking();

    if (!asking || !waits.asking || share.p9.queue.taken != waits.taken)
        waits.since = now;
    waits.asking = asking;
    waits.taken = share.p9.queue.taken;
    return waits.since;
}

static void jobs_drop(struct disk *d)
{
    for (uint32_t i = 0; i < BLOCK_SLOTS; i++) {
        if (d->job[i].step != JOB_ASKED)
            job_goes(d, &d->job[i], JOB_FREE);
    }
}

static void disk_fail(struct disk *d)
{
    jobs_drop(d);
    d->state = DISK_FAILED;
    ring_break(d->ring);
    d->bell = true;
}

static void attach(struct disk *d, uint32_t wanted)
{
    const struct device_client *client = &link_page->client[d->index];
    const uint32_t index = d->index;

    memset(d, 0, sizeof *d);
    d->index = index;
    d->counter = link_page->counter[index];
    d->wanted = wanted;
    d->number = client->number;
    d->about = client->about.disk;
    d->about.path[sizeof d->about.path - 1] = '\0';
    d->about.overlay[sizeof d->about.overlay - 1] = '\0';
    memcpy(d->guest, client->name, sizeof d->guest);
    d->guest[sizeof d->guest - 1] = '\0';
    d->ring = world_ring(index);
    d->ring_address = client->ring;
    map_begin(map, index, wanted);
    file_open(d);
    if (no_share != NULL) {
        disk_complain(d, "the directory that the host shares cannot be used: %s", no_share);
        disk_fail(d);
    }
}

static bool link_serve(struct disk *d)
{
    uint32_t wanted;
    const enum device_news news = device_link_news(link_page, d->index, &wanted);

    if (d->state == DISK_NONE && news != DEVICE_SAME) {
        if (news == DEVICE_TAKE && link_page->client[d->index].kind == DEVICE_BLOCK)
            attach(d, wanted);
        else
            world_release(d->index); /* its ring may be gone already */
        if (news == DEVICE_LEAVE)
            map_forget(map, d->index);
        device_link_seen(link_page, d->index, wanted);
        return true;
    }
    if (d->state != DISK_NONE && d->state <= DISK_FAILED && wanted != d->wanted) {
        d->state = DISK_LEAVING;
        return true;
    }
    return false;
}

/* A ring is left once no answer of the file server can still go into it. */
static bool leave(struct disk *d)
{
    jobs_drop(d);
    for (uint32_t i = 0; i < BLOCK_SLOTS; i++) {
        if (d->job[i].step != JOB_FREE)
            return false;
    }
    d->ring = NULL;
    d->bell = false;
    world_release(d->index);
    if (map_first(map, d->index, PAGE_DIRTY) != MAP_NONE)
        (void)sync_ticket(d);
    d->state = DISK_SAVING;
    device_link_seen(link_page, d->index, d->wanted + 1);
    return true;
}

static bool save(struct disk *d)
{
    if (share.up && (d->sync.step != SYNC_IDLE || d->sync.wanted != d->sync.done))
        return sync_run(d);
    if (d->under_way > 0)
        return false;
    map_forget(map, d->index);
    d->state = share.up ? DISK_CLOSING : DISK_NONE;
    return true;
}

static bool requests_take(struct disk *d)
{
    const struct ring_about about = {d->bytes, d->flags, ""};
    struct block_request request;
    enum ring_news news;
    bool moved = false;

    while ((news = ring_take(d->ring, &d->place, &request)) == RING_REQUEST) {
        struct job *job = &d->job[request.slot];
        enum block_status status = ring_judge(&request, &about);

        *job = (struct job){.op = request.op, .offset = request.offset, .bytes = request.bytes};
        job_goes(d, job, JOB_READY);
        if (status != BLOCK_OK)
            job_end(d, job, status);
        moved = true;
    }
    if (news == RING_BROKEN) {
        disk_complain(d, "its monitor breaks the rules of the ring: the disk is closed");
        disk_fail(d);
    }
    return moved;
}

static bool jobs_run(struct disk *d)
{
    const uint32_t turn = d->turn;
    bool moved = false;

    for (uint32_t k = 0; d->ready != 0 && k < BLOCK_SLOTS && d->batch < DISK_BATCH; k++) {
        const uint32_t i = (turn + k) % BLOCK_SLOTS;

        if ((d->ready >> i & 1u) != 0 && job_run(d, &d->job[i])) {
            d->turn = (i + 1) % BLOCK_SLOTS;
            moved = true;
        }
    }
    return moved;
}

/* All requests are taken; jobs that moved are over for this round if none is left that can go on. */
static bool disk_serve(struct disk *d)
{
    bool moved = requests_take(d);
    bool synced = false;

    if (d->state == DISK_OPEN) {
        synced = sync_run(d);
        moved = jobs_run(d) || moved;
    }
    return synced || (moved && d->ready != 0);
}

static bool disk_run(struct disk *d)
{
    bool moved = link_serve(d);

    d->batch = 0;
    switch ((enum disk_state)d->state) {
    case DISK_NONE:
        return moved;
    case DISK_OPENING:
    case DISK_CLOSING:
        return file_run(d) || moved;
    case DISK_OPEN:
        return disk_serve(d) || moved;
    case DISK_FAILED:
        return sync_run(d) || moved;
    case DISK_LEAVING:
        return leave(d) || moved;
    case DISK_SAVING:
        return save(d) || moved;
    }
    return moved;
}

static void answer(uint64_t owner, const struct p9_reply *reply)
{
    struct disk *d = &disk[owner >> 16 & 0xff];
    const uint32_t item = (uint32_t)(owner & 0xffff);

    d->under_way--;
    switch ((enum owner_kind)(owner >> 32)) {
    case OWNER_JOB:
        job_answer(d, &d->job[item], reply);
        break;
    case OWNER_FILE:
        file_answer(d, reply);
        break;
    case OWNER_SYNC:
        sync_answer(d, reply);
        break;
    case OWNER_PAGE:
        page_answer(item, reply);
        break;
    }
}

/* True: there may be more of them. What they set going, the disks do in this same round. */
static bool answers_take(void)
{
    struct p9_reply reply;
    uint64_t owner;
    enum virtqueue_news news = VIRTQUEUE_NONE;

    for (uint32_t i = 0; share.up && i < ANSWERS_MOST; i++) {
        news = p9_take(&share.p9, &reply, &owner);
        if (news != VIRTQUEUE_DONE)
            break;
        answer(owner, &reply);
    }
    if (news == VIRTQUEUE_BROKEN)
        serve_fail("the host's 9p device breaks the rules");
    return news != VIRTQUEUE_NONE;
}

void serve_fail(const char *why)
{
    share_end();
    no_share = why;
    map_start(map, map->memory);
    for (uint32_t i = 0; i < DEVICE_CLIENTS; i++) {
        struct disk *d = &disk[i];

        d->under_way = 0;
        d->asked = false;
        d->sync = (struct sync){0};
        for (uint32_t k = 0; k < BLOCK_SLOTS; k++)
            job_goes(d, &d->job[k], JOB_FREE);
        if (d->state == DISK_OPENING || d->state == DISK_OPEN) {
            disk_complain(d, "the directory that the host shares is lost: %s", why);
            disk_fail(d);
        } else if (d->state == DISK_CLOSING) {
            d->state = DISK_NONE;
        }
    }
}

static void bells_ring(void)
{
    for (uint32_t i = 0; i < used; i++) {
        if (disk[i].bell)
            world_bell(i);
        disk[i].bell = false;
    }
}

bool serve_round(void)
{
    bool moved = answers_take();

    for (uint32_t k = 0; k < used; k++)
        moved = disk_run(&disk[(first + k) % used]) || moved;
    first = first + 1 < used ? first + 1 : 0;
    if (share.up)
        p9_kick(&share.p9);
    bells_ring();
    return moved;
}
