/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "frames.h"

#include "ops.h"

#include <stdlib.h>
#include <string.h>

#define PAGES  (WORLD_MEMORY / FRAME_BYTES)
#define CHUNKS (PAGES / CHUNK_PAGES)
#define COUNT  (FRAMES_FIRST + PAGES + FRAMES_MORE * CHUNK_PAGES)
#define NOWHERE_AT UINT64_MAX
#define POISON 0xdb
#define GUEST_TABLES 100u
#define OWN_TABLES   200u

#define NEED(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

enum holder { MANAGER, MONITOR, TRAY };

static struct frame_state {
    enum holder owner;
    bool lent;         /* to the guest */
    uint64_t guest_at; /* guest-physical */
    uint64_t own_at;   /* in the monitor */
    uint8_t bytes[FRAME_BYTES]; /* while the monitor does not map it */
} *frame;
static uint64_t holder[2][PAGES]; /* the frame that stands there; 0: none */
static bool split[2][CHUNKS]; /* the guest's leaves, the monitor's */
static uint64_t tray; /* the chunk that it is for; 0: there is none */
static uint8_t *area;

uint32_t frames_free;
bool frames_refuse_tray;
bool frames_refuse_chunk;

static struct frame_state *at(uint64_t p)
{
    NEED(p >= FRAMES_FIRST && p < COUNT);
    return &frame[p];
}

void frames_make(void)
{
    struct monitor_balloon *b = &world.start.balloon;

    frame = calloc(COUNT, sizeof *frame);
    area = calloc(1, FRAME_BYTES + MONITOR_BALLOON_BYTES(WORLD_MEMORY));
    memset(split, 0, sizeof split);
    tray = 0;
    frames_free = FRAMES_MORE;
    frames_refuse_tray = frames_refuse_chunk = false;
    for (uint64_t p = FRAMES_FIRST; p < COUNT; p++) {
        const uint64_t i = p - FRAMES_FIRST;
        const bool ours = i < PAGES;

        frame[p].owner = ours ? MONITOR : MANAGER;
        frame[p].lent = ours;
        frame[p].guest_at = ours ? GUEST_RAM_BASE + i * FRAME_BYTES : NOWHERE_AT;
        frame[p].own_at = ours ? (uint64_t)(uintptr_t)world.memory + i * FRAME_BYTES : NOWHERE_AT;
        if (ours)
            holder[0][i] = holder[1][i] = p;
    }
    *b = (struct monitor_balloon){.guest_tables = GUEST_TABLES, .own_tables = OWN_TABLES, .run_count = 2};
    b->run[0].first = FRAMES_FIRST;
    b->run[0].count = CHUNK_PAGES;
    b->run[1].first = FRAMES_FIRST + CHUNK_PAGES;
    b->run[1].count = PAGES - CHUNK_PAGES;
    pages_init(&world.monitor, area);
}

void frames_drop(void)
{
    free(area);
    free(frame);
}

static uint64_t *place(uint64_t space, struct frame_state *f)
{
    NEED(space == MONITOR_CAP_GUEST || space == CAP_SELF);
    return space == MONITOR_CAP_GUEST ? &f->guest_at : &f->own_at;
}

/* The 2 MiB of guest memory that something of either space lies in; CHUNKS: on the bench. */
static uint64_t part_of(uint64_t space, uint64_t where)
{
    if (space == CAP_SELF && where == (uint64_t)(uintptr_t)area)
        return CHUNKS;
    where -= space == MONITOR_CAP_GUEST ? GUEST_RAM_BASE : (uint64_t)(uintptr_t)world.memory;
    NEED(where % FRAME_BYTES == 0 && where < WORLD_MEMORY);
    return where / FRAME_BYTES / CHUNK_PAGES;
}

/* What is known of a page in that space; on the bench there is one at most, and it is looked after by the monitor. */
static uint64_t *holder_of(uint64_t space, uint64_t where)
{
    static uint64_t bench;
    const uint64_t base = space == MONITOR_CAP_GUEST ? GUEST_RAM_BASE : (uint64_t)(uintptr_t)world.memory;

    return part_of(space, where) == CHUNKS ? &bench : &holder[space == MONITOR_CAP_GUEST ? 0 : 1][(where - base) / FRAME_BYTES];
}

static bool *split_of(uint64_t space, uint64_t part)
{
    return &split[space == MONITOR_CAP_GUEST ? 0 : 1][part];
}

int64_t ops_map(uint64_t space, uint64_t where, uint64_t p)
{
    struct frame_state *f = at(p);
    const uint64_t part = part_of(space, where);

    NEED(f->owner == MONITOR && *place(space, f) == NOWHERE_AT && (space == CAP_SELF || f->lent));
    NEED(part == CHUNKS || *split_of(space, part));
    NEED(*holder_of(space, where) == 0);
    *holder_of(space, where) = p;
    *place(space, f) = where;
    if (space == CAP_SELF)
        memcpy((void *)(uintptr_t)where, f->bytes, FRAME_BYTES);
    return SEPTUM_OK;
}

int64_t ops_unmap(uint64_t space, uint64_t p)
{
    struct frame_state *f = at(p);
    uint64_t *where = place(space, f);

    NEED(f->owner == MONITOR && *where != NOWHERE_AT);
    NEED(part_of(space, *where) == CHUNKS || *split_of(space, part_of(space, *where)));
    if (space == CAP_SELF) {
        memcpy(f->bytes, (void *)(uintptr_t)*where, FRAME_BYTES);
        memset((void *)(uintptr_t)*where, POISON, FRAME_BYTES);
    }
    *holder_of(space, *where) = 0;
    *where = NOWHERE_AT;
    return SEPTUM_OK;
}

int64_t ops_split(uint64_t space, uint64_t p, uint64_t table)
{
    const uint64_t part = part_of(space, *place(space, at(p)));

    NEED(part < CHUNKS && !*split_of(space, part));
    NEED(table == (space == MONITOR_CAP_GUEST ? GUEST_TABLES : OWN_TABLES) + part);
    *split_of(space, part) = true;
    return SEPTUM_OK;
}

int64_t ops_lend(uint64_t p)
{
    NEED(at(p)->owner == MONITOR && !at(p)->lent);
    at(p)->lent = true;
    return SEPTUM_OK;
}

int64_t ops_revoke(uint64_t p)
{
    NEED(at(p)->owner == MONITOR && at(p)->lent && at(p)->guest_at == NOWHERE_AT);
    at(p)->lent = false;
    return SEPTUM_OK;
}

int64_t ops_tray_put(uint64_t p)
{
    struct frame_state *f = at(p);

    NEED(tray != 0 && p - tray < CHUNK_PAGES && f->owner == MONITOR && !f->lent);
    NEED(f->guest_at == NOWHERE_AT && f->own_at == NOWHERE_AT);
    f->owner = TRAY;
    memset(f->bytes, 0, FRAME_BYTES);
    return SEPTUM_OK;
}

void ops_tray_drop(void)
{
    NEED(tray != 0);
}

static int64_t tray_take(uint64_t first)
{
    NEED(tray == first);
    for (uint64_t i = 0; i < CHUNK_PAGES; i++) {
        NEED(at(first + i)->owner == TRAY);
        at(first + i)->owner = MANAGER;
    }
    tray = 0;
    frames_free++;
    return SEPTUM_OK;
}

static int64_t chunk_give(uint64_t *first)
{
    if (frames_free == 0 || frames_refuse_chunk)
        return SEPTUM_FULL;
    for (*first = FRAMES_FIRST; at(*first)->owner != MANAGER; *first += CHUNK_PAGES)
        continue;
    for (uint64_t i = 0; i < CHUNK_PAGES; i++)
        at(*first + i)->owner = MONITOR;
    frames_free--;
    return SEPTUM_OK;
}

int64_t ops_chunk(uint64_t op, uint64_t *first)
{
    if (op == MANAGER_PARTED)
        return tray_take(*first);
    if (op == MANAGER_CHUNK)
        return chunk_give(first);
    NEED(op == MANAGER_TRAY && tray == 0 && *first % CHUNK_PAGES == 0 && at(*first)->owner == MONITOR);
    if (frames_refuse_tray)
        return SEPTUM_FULL;
    tray = *first;
    return SEPTUM_OK;
}

void frames_check(void)
{
    uint32_t theirs = 0;
    uint32_t there = 0;

    for (uint64_t p = FRAMES_FIRST; p < COUNT; p++) {
        const struct frame_state *f = &frame[p];
        const bool mapped = f->guest_at != NOWHERE_AT;

        NEED(f->owner != TRAY && mapped == (f->own_at != NOWHERE_AT) && mapped == f->lent);
        NEED(!mapped || (f->owner == MONITOR && f->own_at - (uint64_t)(uintptr_t)world.memory == f->guest_at - GUEST_RAM_BASE));
        theirs += f->owner == MANAGER;
        there += mapped;
    }
    NEED(theirs == frames_free * CHUNK_PAGES && there + world.monitor.pages.out == PAGES);
    NEED(theirs + there + world.monitor.pages.spare_count == COUNT - FRAMES_FIRST);
    NEED(world.monitor.pages.lock.taken == 0 && world.ring->given_up == world.monitor.pages.out);
}

bool frames_reach(uint64_t gpa)
{
    return holder[0][(gpa - GUEST_RAM_BASE) / FRAME_BYTES] != 0;
}
