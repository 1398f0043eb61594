/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "virtio_bal.h"

#include "console.h"
#include "hart.h"
#include "ops.h"

#include <string.h>

#define BAL_INFLATE 0u /* queues */
#define BAL_DEFLATE 1u
#define BAL_QUEUE   64u
#define BAL_ROUNDS  16u /* buffers at a time */

#define BAL_F_MUST_TELL_HOST (UINT64_C(1) << 0)
#define PFN_SHIFT            12u
#define MIB_PAGES            256u

/* The configuration. [virtio 1.2 5.5.4] */
struct bal_config {
    uint32_t num_pages; /* that the driver is to give up */
    uint32_t actual;    /* the driver's word */
};

/* Pages are gone at once, so a driver must ask for them before it uses them. */
void bal_offer(struct virtio_device *d)
{
    d->offered |= BAL_F_MUST_TELL_HOST;
    d->required = BAL_F_MUST_TELL_HOST;
    d->queue[BAL_INFLATE].most = BAL_QUEUE;
    d->queue[BAL_DEFLATE].most = BAL_QUEUE;
    memset(d->config + offsetof(struct bal_config, actual), 0, sizeof(uint32_t));
}

void bal_drop(struct virtio_device *d)
{
    d->model.bal.recovers = true;
}

/* What the operator wants, if that has changed. */
static void bal_ask(struct virtio_device *d, struct monitor *m)
{
    const uint32_t most = m->pages.page_count / MIB_PAGES;
    uint32_t asked = __atomic_load_n(&m->ring->balloon, __ATOMIC_ACQUIRE);
    uint32_t pages;

    if (asked > most)
        asked = most;
    if (asked == d->model.bal.asked)
        return;
    d->model.bal.asked = asked;
    pages = asked * MIB_PAGES;
    memcpy(d->config + offsetof(struct bal_config, num_pages), &pages, sizeof pages);
    virtio_config_changed(d);
}

/* Nobody else looks at the guest's memory, or has a place in it in hand, until bal_let. */
static void bal_hold(struct hart *h)
{
    struct virtio *v = &h->monitor->virtio;

    for (uint32_t i = 0; i < v->count; i++) {
        if (v->device[i].kind != DEVICE_BALLOON)
            lock_take(&v->device[i].lock, h);
    }
    pages_hold(h);
}

static void bal_let(struct hart *h)
{
    struct virtio *v = &h->monitor->virtio;

    pages_let(h);
    for (uint32_t i = 0; i < v->count; i++) {
        if (v->device[i].kind != DEVICE_BALLOON)
            lock_drop(&v->device[i].lock);
    }
}

/* Copies the pages that the chain names, as numbers from the guest's first page on. False: it breaks the rules. */
static bool bal_read(struct virtio_device *d, const struct monitor *m, uint32_t *count)
{
    uint32_t *page = d->model.bal.page;

    *count = (uint32_t)(d->chain.read_bytes / sizeof *page);
    if (d->chain.read_bytes % sizeof *page != 0 || d->chain.read_bytes > sizeof d->model.bal.page)
        return false;
    pieces_read(d->chain.piece, 0, (uint8_t *)page, d->chain.read_bytes);
    for (uint32_t i = 0; i < *count; i++) {
        page[i] -= (uint32_t)(GUEST_RAM_BASE >> PFN_SHIFT);
        if (page[i] >= m->pages.page_count)
            return false;
    }
    return true;
}

/* The pages are out. False: one was out already, or a device is at it. */
static bool bal_take(struct virtio_device *d, struct hart *h, uint32_t count)
{
    struct monitor *m = h->monitor;

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t page = d->model.bal.page[i];

        if (m->pages.frame[page] == MEMORY_NO_FRAME ||
            virtio_uses(&m->virtio, m->memory.base + (uint64_t)page * FRAME_BYTES))
            return false;
        if (!pages_part(h, page))
            return true;
    }
    return true;
}

/* The pages are there again; there are spare frames for all that are out. False: one was never out. */
static bool bal_give(struct virtio_device *d, struct hart *h, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t page = d->model.bal.page[i];

        if (h->monitor->pages.frame[page] != MEMORY_NO_FRAME)
            return false;
        if (!pages_join(h, page))
            return true;
    }
    return true;
}

/* Are there so many spare frames, or so much room for some? *later: not yet. False: the guest ends. */
static bool bal_prepare(struct hart *h, bool inflate, uint32_t count, bool *later)
{
    const struct pages *p = &h->monitor->pages;
    bool good = true;

    *later = false;
    if (inflate) {
        if (p->spare_count + count > PAGES_SPARES - CHUNK_PAGES)
            good = pages_settle(h, true, later);
        return good;
    }
    while (good && !*later && p->spare_count < count && p->out > p->spare_count)
        good = pages_more(h, later);
    return good;
}

/* One buffer. True: there may be another. */
static bool bal_buffer(struct virtio_device *d, struct hart *h, uint32_t which)
{
    struct queue *q = &d->queue[which];
    const struct cursor back = q->next;
    const enum queue_taken taken = queue_take(q, &h->monitor->memory, &d->chain);
    const bool inflate = which == BAL_INFLATE;
    uint32_t count;
    bool later;

    if (taken == QUEUE_EMPTY)
        return false;
    if (taken == QUEUE_BAD || !bal_read(d, h->monitor, &count)) {
        virtio_fail(d);
        return false;
    }
    if (!bal_prepare(h, inflate, count, &later))
        return false;
    if (later) {
        d->model.bal.waits = true;
        q->next = back;
        return false;
    }
    if (!(inflate ? bal_take(d, h, count) : bal_give(d, h, count))) {
        virtio_fail(d);
        return false;
    }
    queue_put(q, d->chain.id, d->chain.slots, 0);
    return true;
}

static bool bal_serve(struct virtio_device *d, struct hart *h, uint32_t which)
{
    struct queue *q = &d->queue[which];
    bool more = true;

    for (uint32_t n = 0; more && n < BAL_ROUNDS; n++) {
        bal_hold(h);
        more = bal_buffer(d, h, which);
        bal_let(h);
    }
    if (!virtio_is_live(d))
        return false;
    virtio_publish(d, q);
    queue_listen(q, true);
    return !d->model.bal.waits && queue_has(q);
}

/* Pages without a frame get one, as many as there are spare ones. */
static bool bal_join_some(struct hart *h)
{
    struct pages *p = &h->monitor->pages;
    bool later = false;

    if (p->spare_count == 0 && !pages_more(h, &later))
        return false;
    for (uint32_t page = 0; page < p->page_count && p->spare_count > 0; page++) {
        if (p->frame[page] == MEMORY_NO_FRAME && !pages_join(h, page))
            return false;
    }
    return !later;
}

/* A driver that was reset knows nothing of what is out. True: all is there again. */
static bool bal_recover(struct virtio_device *d, struct hart *h)
{
    bool good = true;

    while (good && h->monitor->pages.out > 0) {
        bal_hold(h);
        good = bal_join_some(h);
        bal_let(h);
    }
    d->model.bal.recovers = !good;
    d->model.bal.waits = !good;
    return good;
}

/* What is waited for is tried again in a second. */
static void bal_alarm(struct hart *h, bool on)
{
    struct monitor *m = h->monitor;

    if (!on && m->retry == 0)
        return;
    lock_take(&m->device_lock, h);
    m->retry = on ? ops_time() + m->start->timebase : 0;
    hart_clock(h);
    lock_drop(&m->device_lock);
}

void bal_run(struct virtio_device *d, struct hart *h)
{
    struct bal *b = &d->model.bal;
    bool later = false;

    b->waits = false;
    bal_ask(d, h->monitor);
    if (!b->recovers || bal_recover(d, h)) {
        for (uint32_t which = BAL_INFLATE; which <= BAL_DEFLATE; which++) {
            if (virtio_is_live(d) && bal_serve(d, h, which))
                d->again = true;
        }
        if (!b->waits) {
            bal_hold(h);
            (void)pages_settle(h, !d->again, &later);
            bal_let(h);
        }
    }
    bal_alarm(h, b->waits || later);
}

void bal_restore(struct hart *h)
{
    struct pages *p = &h->monitor->pages;
    const uint64_t tenth = h->monitor->start->timebase / 10u + 1u;
    bool told = false;

    while (p->frame != NULL && p->out > 0) {
        if (bal_join_some(h))
            continue;
        if (!told)
            console_say(h, "waits for %u MiB of its memory, which others have now", p->out / MIB_PAGES);
        told = true;
        h->bits |= ops_wait(ops_time() + tenth);
    }
}
