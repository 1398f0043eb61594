/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "pages.h"

#include "console.h"
#include "hart.h"
#include "ops.h"

#define GUEST MONITOR_CAP_GUEST
#define OWN   CAP_SELF

void pages_init(struct monitor *m, uint8_t *area)
{
    const struct monitor_balloon *b = &m->start->balloon;
    struct pages *p = &m->pages;
    uint32_t page = 0;

    if (b->run_count == 0)
        return;
    p->page_count = (uint32_t)(m->memory.bytes / FRAME_BYTES);
    p->bench = area;
    p->frame = (uint32_t *)(void *)(area + FRAME_BYTES);
    p->chunk = p->frame + p->page_count;
    p->split = (uint8_t *)(p->chunk + p->page_count / CHUNK_PAGES);
    for (uint32_t r = 0; r < b->run_count && r < MONITOR_RUNS; r++) {
        for (uint32_t i = 0; i < b->run[r].count && page < p->page_count; i++, page++) {
            if (i % CHUNK_PAGES == 0)
                p->chunk[p->chunk_count++] = b->run[r].first + i;
            p->frame[page] = b->run[r].first + i;
        }
    }
    m->memory.frame = p->frame;
    m->ring->balloon_most = (uint32_t)(m->memory.bytes >> 20);
}

void pages_hold(struct hart *h)
{
    if (h->monitor->pages.frame != NULL)
        lock_take(&h->monitor->pages.lock, h);
}

void pages_let(struct hart *h)
{
    if (h->monitor->pages.frame != NULL)
        lock_drop(&h->monitor->pages.lock);
}

bool pages_are_there(struct hart *h, uint64_t gpa)
{
    bool there;

    pages_hold(h);
    there = memory_at(&h->monitor->memory, gpa, 1) != NULL;
    pages_let(h);
    return there;
}

/* Nothing that is asked for here can be refused, unless somebody else broke the rules. */
static bool refused(struct hart *h, const char *step, int64_t status)
{
    if (status == SEPTUM_OK)
        return false;
    console_say(h, "the balloon cannot go on: %s: status %d; the guest ends", step, (int)status);
    hart_halt(h, WISH_CRASH);
    return true;
}

static uint64_t page_gpa(uint32_t page)
{
    return GUEST_RAM_BASE + (uint64_t)page * FRAME_BYTES;
}

static uint8_t *page_view(const struct monitor *m, uint32_t page)
{
    return m->memory.base + (uint64_t)page * FRAME_BYTES;
}

static bool page_split(struct hart *h, uint32_t page)
{
    struct pages *p = &h->monitor->pages;
    const struct monitor_balloon *b = &h->monitor->start->balloon;
    const uint32_t n = page / CHUNK_PAGES;

    if (p->split[n] != 0)
        return true;
    if (refused(h, "splitting a leaf of the guest's", ops_split(GUEST, p->frame[page], b->guest_tables + n)) ||
        refused(h, "splitting a leaf of the monitor's", ops_split(OWN, p->frame[page], b->own_tables + n)))
        return false;
    p->split[n] = 1;
    return true;
}

/* A frame of the monitor's is the page's, for the guest, too. */
static bool page_give(struct hart *h, uint32_t page, uint32_t frame)
{
    if (refused(h, "lending a frame", ops_lend(frame)) ||
        refused(h, "mapping a frame", ops_map(GUEST, page_gpa(page), frame)))
        return false;
    h->monitor->pages.frame[page] = frame;
    return true;
}

bool pages_part(struct hart *h, uint32_t page)
{
    struct pages *p = &h->monitor->pages;
    const uint32_t frame = p->frame[page];

    if (!page_split(h, page) || refused(h, "unmapping the guest's page", ops_unmap(GUEST, frame)) ||
        refused(h, "unmapping the monitor's page", ops_unmap(OWN, frame)) ||
        refused(h, "ending a loan", ops_revoke(frame)))
        return false;
    p->frame[page] = MEMORY_NO_FRAME;
    p->out++;
    p->spare[p->spare_count++] = frame;
    h->monitor->ring->given_up = p->out;
    return true;
}

bool pages_join(struct hart *h, uint32_t page)
{
    struct pages *p = &h->monitor->pages;
    uint8_t *view = page_view(h->monitor, page);
    const uint32_t frame = p->spare[--p->spare_count];

    if (refused(h, "mapping a frame", ops_map(OWN, (uint64_t)(uintptr_t)view, frame)))
        return false;
    memory_fill(view, 0, FRAME_BYTES);
    if (!page_give(h, page, frame))
        return false;
    p->out--;
    h->monitor->ring->given_up = p->out;
    return true;
}

/* The page goes on in a spare frame; its own is free of it. */
static bool page_move(struct hart *h, uint32_t page)
{
    struct pages *p = &h->monitor->pages;
    uint8_t *view = page_view(h->monitor, page);
    const uint32_t old = p->frame[page];
    const uint32_t frame = p->spare[--p->spare_count];

    if (!page_split(h, page) || refused(h, "unmapping the guest's page", ops_unmap(GUEST, old)) ||
        refused(h, "mapping a frame", ops_map(OWN, (uint64_t)(uintptr_t)p->bench, frame)))
        return false;
    memory_copy(p->bench, view, FRAME_BYTES);
    return !refused(h, "unmapping a frame", ops_unmap(OWN, frame)) &&
           !refused(h, "unmapping the monitor's page", ops_unmap(OWN, old)) &&
           !refused(h, "ending a loan", ops_revoke(old)) &&
           !refused(h, "mapping a frame", ops_map(OWN, (uint64_t)(uintptr_t)view, frame)) && page_give(h, page, frame);
}

static bool chunk_holds(uint32_t first, uint32_t frame)
{
    return frame - first < CHUNK_PAGES;
}

static uint32_t chunk_spares(const struct pages *p, uint32_t first)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < p->spare_count; i++)
        count += chunk_holds(first, p->spare[i]);
    return count;
}

/* The chunk with the fewest pages to move. */
static uint32_t chunk_choose(const struct pages *p, uint32_t *spares)
{
    uint32_t best = 0;

    *spares = 0;
    for (uint32_t n = 0; n < p->chunk_count && *spares < CHUNK_PAGES; n++) {
        const uint32_t count = chunk_spares(p, p->chunk[n]);

        if (count > *spares) {
            *spares = count;
            best = n;
        }
    }
    return best;
}

/* All pages leave the chunk, for spare frames elsewhere, of which there are enough. */
static bool chunk_vacate(struct hart *h, uint32_t first)
{
    struct pages *p = &h->monitor->pages;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < p->spare_count; i++) {
        if (!chunk_holds(first, p->spare[i]))
            p->spare[kept++] = p->spare[i];
    }
    p->spare_count = kept;
    for (uint32_t page = 0; page < p->page_count; page++) {
        if (chunk_holds(first, p->frame[page]) && !page_move(h, page))
            return false;
    }
    return true;
}

/* The frames of an empty chunk go where the manager takes them from. */
static bool chunk_give(struct hart *h, uint64_t first)
{
    for (uint32_t i = 0; i < CHUNK_PAGES; i++) {
        if (refused(h, "giving a frame", ops_tray_put(first + i)))
            return false;
    }
    ops_tray_drop();
    return !refused(h, "giving a chunk back", ops_chunk(MANAGER_PARTED, &first));
}

bool pages_settle(struct hart *h, bool all, bool *later)
{
    struct pages *p = &h->monitor->pages;

    *later = false;
    while (p->spare_count >= CHUNK_PAGES) {
        uint32_t spares;
        const uint32_t n = chunk_choose(p, &spares);
        uint64_t first = p->chunk[n];

        if (!all && spares < CHUNK_PAGES && p->spare_count < 2 * CHUNK_PAGES)
            break;
        if (ops_chunk(MANAGER_TRAY, &first) != SEPTUM_OK) {
            *later = true;
            return true;
        }
        if (!chunk_vacate(h, p->chunk[n]) || !chunk_give(h, p->chunk[n]))
            return false;
        p->chunk[n] = p->chunk[--p->chunk_count];
    }
    return true;
}

bool pages_more(struct hart *h, bool *later)
{
    struct pages *p = &h->monitor->pages;
    uint64_t first = 0;
    const int64_t status = ops_chunk(MANAGER_CHUNK, &first);

    *later = status == SEPTUM_FULL;
    if (*later)
        return true;
    if (refused(h, "asking for a chunk", status))
        return false;
    p->chunk[p->chunk_count++] = (uint32_t)first;
    for (uint32_t i = 0; i < CHUNK_PAGES; i++)
        p->spare[p->spare_count++] = (uint32_t)first + i;
    return true;
}
