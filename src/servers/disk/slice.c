/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "slice.h"

#include "block/complaint.h"

#include <lib/device_link.h>
#include <lib/text.h>

#include <string.h>

#define ANSWERS_MOST 64u /* taken in one round */

#define OWNER(client, slot)  ((client) << 8 | (slot))
#define OWNER_CLIENT(owner)  ((owner) >> 8)
#define OWNER_SLOT(owner)    ((owner) & 0xffu)

void slices_start(struct slices *s, struct drive *drive, struct device_link *link, const char *lack)
{
    memset(s, 0, sizeof *s);
    s->drive = drive;
    s->link = link;
    s->lack = lack;
    slices_links(s);
}

void slices_links(struct slices *s)
{
    uint32_t wanted;

    for (uint32_t i = s->used; i < DEVICE_CLIENTS; i++) {
        if (device_link_news(s->link, i, &wanted) != DEVICE_SAME)
            s->used = i + 1;
    }
}

static uint32_t index_of(const struct slices *s, const struct slice *c)
{
    return (uint32_t)(c - s->slice);
}

__attribute__((format(printf, 2, 3))) static void complain(struct slice *c, const char *format, ...)
{
    char who[COMPLAINT_WHO_BYTES];
    va_list list;

    text_format(who, sizeof who, "guest '%s', disk %u (slice <%lu %lu>)", c->guest, c->number, c->first, c->count);
    va_start(list, format);
    complaint_say(&c->complaints, who, format, list);
    va_end(list);
}

static void job_goes(struct slice *c, struct job *job, enum job_step step)
{
    const uint32_t bit = UINT32_C(1) << (job - c->job);

    job->step = (uint8_t)step;
    c->ready = step == JOB_READY ? c->ready | bit : c->ready & ~bit;
}

/* What the disk has not got yet is forgotten. */
static void jobs_drop(struct slice *c)
{
    for (uint32_t i = 0; i < BLOCK_SLOTS; i++) {
        if (c->job[i].step == JOB_READY)
            job_goes(c, &c->job[i], JOB_FREE);
    }
}

static void slice_close(struct slice *c)
{
    jobs_drop(c);
    c->state = SLICE_CLOSED;
    ring_break(c->ring);
    c->bell = true;
}

/* Can the disk serve it? If not, the operator is told. */
static bool slice_fits(const struct slices *s, struct slice *c, bool read_only)
{
    const uint64_t sectors = s->lack == NULL ? s->drive->sectors : 0;

    if (s->lack != NULL)
        complain(c, "the machine's disk %s", s->lack);
    else if (c->count > sectors || c->first > sectors - c->count)
        complain(c, "it ends at sector %lu, and the machine's disk has %lu: shrink or move the slice, or give the machine a "
                 "larger disk", c->first + c->count, sectors);
    else if ((s->drive->flags & BLOCK_FLAG_READ_ONLY) != 0 && !read_only)
        complain(c, "the machine's disk can only be read: write read-only;");
    else
        return true;
    return false;
}

static void attach(struct slices *s, struct slice *c, uint32_t wanted)
{
    const uint32_t client = index_of(s, c);
    const struct device_client *about = &s->link->client[client];
    const bool read_only = (about->about.disk.flags & BUNDLE_DISK_READ_ONLY) != 0;
    struct ring_about told = {about->about.disk.sectors * BLOCK_SECTOR, BLOCK_FLAG_READ_ONLY, NULL};
    char id[sizeof c->ring->id + 1];

    *c = (struct slice){.state = SLICE_OPEN, .number = about->number, .first = about->about.disk.first_sector,
                        .count = about->about.disk.sectors, .ring = world_ring(client), .ring_address = about->ring,
                        .wanted = wanted};
    memcpy(c->guest, about->name, sizeof c->guest - 1);
    if (!slice_fits(s, c, read_only)) {
        slice_close(c);
        return;
    }
    c->flags = read_only ? BLOCK_FLAG_READ_ONLY : s->drive->flags;
    text_format(id, sizeof id, "slice-%lu", c->first);
    told.flags = c->flags;
    told.id = id;
    ring_open(c->ring, &c->place, &told);
    c->bell = true;
}

static bool link_serve(struct slices *s, struct slice *c)
{
    const uint32_t client = index_of(s, c);
    uint32_t wanted;
    const enum device_news news = device_link_news(s->link, client, &wanted);

    if (news == DEVICE_SAME || c->state == SLICE_LEAVING)
        return false;
    if (c->state != SLICE_NONE) {
        c->state = SLICE_LEAVING;
        return true;
    }
    if (news == DEVICE_TAKE)
        attach(s, c, wanted);
    else
        world_release(client); /* its ring may be gone already */
    device_link_seen(s->link, client, wanted);
    return true;
}

/* A ring is left once no answer of the disk can still go into it. */
static bool leave(struct slices *s, struct slice *c)
{
    const uint32_t client = index_of(s, c);

    jobs_drop(c);
    if (c->under_way > 0)
        return false;
    c->state = SLICE_NONE;
    c->bell = false;
    world_release(client);
    device_link_seen(s->link, client, c->wanted + 1);
    return true;
}

static void job_end(struct slices *s, struct slice *c, struct job *job, enum block_status status)
{
    job_goes(c, job, JOB_FREE);
    ring_count(s->link->counter[index_of(s, c)], job->op, job->bytes, status);
    ring_answer(c->ring, &c->place, (uint32_t)(job - c->job), status);
    c->bell = true;
}

static bool requests_take(struct slices *s, struct slice *c)
{
    const struct ring_about about = {c->count * BLOCK_SECTOR, c->flags, NULL};
    struct block_request request;
    enum ring_news news;
    bool moved = false;

    while ((news = ring_take(c->ring, &c->place, &request)) == RING_REQUEST) {
        struct job *job = &c->job[request.slot];
        const enum block_status status = ring_judge(&request, &about);

        *job = (struct job){.op = request.op, .offset = request.offset, .bytes = request.bytes};
        job_goes(c, job, JOB_READY);
        if (status != BLOCK_OK)
            job_end(s, c, job, status);
        moved = true;
    }
    if (news == RING_BROKEN) {
        complain(c, "its monitor breaks the rules of the ring: the disk is closed");
        slice_close(c);
    }
    return moved;
}

/* False: it must wait. */
static bool job_run(struct slices *s, struct slice *c, struct job *job)
{
    const uint32_t slot = (uint32_t)(job - c->job);
    const uint64_t most = (uint64_t)drive_most(s->drive, job->op) * BLOCK_SECTOR;
    const bool flush = job->op == BLOCK_FLUSH;
    struct drive_ask ask = {.op = job->op, .owner = OWNER(index_of(s, c), slot)};

    if (flush ? !s->drive->caches || (c->flags & BLOCK_FLAG_READ_ONLY) != 0 : job->done == job->bytes) {
        job_end(s, c, job, BLOCK_OK); /* nothing is to be made safe, or zeroed */
        return true;
    }
    if (c->under_way == SLICE_UNDER_WAY || !drive_has_room(s->drive))
        return false;
    job->asked = job->bytes - job->done < most ? job->bytes - job->done : most;
    if (!flush) {
        ask.sector = c->first + (job->offset + job->done) / BLOCK_SECTOR;
        ask.sectors = (uint32_t)(job->asked / BLOCK_SECTOR);
        ask.data = c->ring_address + offsetof(struct block_ring, data) + (uint64_t)BLOCK_SLOT_BYTES * slot;
    }
    drive_put(s->drive, &ask);
    job_goes(c, job, JOB_ASKED);
    c->under_way++;
    c->batch++;
    return true;
}

static bool jobs_run(struct slices *s, struct slice *c)
{
    const uint32_t turn = c->turn;
    bool moved = false;

    c->batch = 0;
    for (uint32_t k = 0; c->ready != 0 && k < BLOCK_SLOTS && c->batch < SLICE_BATCH; k++) {
        const uint32_t i = (turn + k) % BLOCK_SLOTS;

        if ((c->ready >> i & 1u) != 0 && job_run(s, c, &c->job[i])) {
            c->turn = (i + 1) % BLOCK_SLOTS;
            moved = true;
        }
    }
    return moved;
}

static bool slice_run(struct slices *s, struct slice *c)
{
    bool moved = link_serve(s, c);

    if (c->state == SLICE_LEAVING)
        return leave(s, c) || moved;
    if (c->state == SLICE_OPEN)
        moved = requests_take(s, c) || moved;
    if (c->state == SLICE_OPEN)
        moved = jobs_run(s, c) || moved;
    return moved;
}

static void answer(struct slices *s, uint32_t owner, uint32_t status)
{
    struct slice *c = &s->slice[OWNER_CLIENT(owner)];
    struct job *job = &c->job[OWNER_SLOT(owner)];

    c->under_way--;
    if (c->state != SLICE_OPEN) {
        job_goes(c, job, JOB_FREE);
        return;
    }
    if (status == BLOCK_IO_ERROR)
        complain(c, "%s: the machine's disk has an I/O error; the guest got one",
                 job->op == BLOCK_READ    ? "a sector cannot be read"
                 : job->op == BLOCK_FLUSH ? "what was written cannot be made safe"
                                          : "a sector cannot be written");
    job->done += job->asked;
    if (status == BLOCK_OK && job->done < job->bytes)
        job_goes(c, job, JOB_READY);
    else
        job_end(s, c, job, (enum block_status)status);
}

static void answers_take(struct slices *s, struct slices_round *round)
{
    enum virtqueue_news news = VIRTQUEUE_DONE;
    uint32_t owner, status;

    for (uint32_t i = 0; i < ANSWERS_MOST && news == VIRTQUEUE_DONE; i++) {
        news = drive_take(s->drive, &owner, &status);
        if (news != VIRTQUEUE_DONE)
            break;
        answer(s, owner, status);
        round->answered = true;
    }
    round->failed = news == VIRTQUEUE_BROKEN;
}

static void bells_ring(struct slices *s)
{
    for (uint32_t i = 0; i < s->used; i++) {
        if (s->slice[i].bell)
            world_bell(i);
        s->slice[i].bell = false;
    }
}

struct slices_round slices_round(struct slices *s)
{
    struct slices_round round = {false, false, false};

    if (s->lack == NULL)
        answers_take(s, &round);
    round.moved = round.answered;
    for (uint32_t k = 0; k < s->used; k++)
        round.moved = slice_run(s, &s->slice[(s->first + k) % s->used]) || round.moved;
    s->first = s->first + 1 < s->used ? s->first + 1 : 0;
    if (s->lack == NULL)
        drive_kick(s->drive);
    bells_ring(s);
    return round;
}
