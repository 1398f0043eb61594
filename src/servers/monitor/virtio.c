/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* All virtio devices of the guest, as the rest of the monitor knows them. */
#include "virtio.h"

#include "console.h"
#include "hart.h"
#include "ops.h"

#define AWAIT_SECONDS 20u
#define AWAIT_SILENCE 2u /* seconds before the operator is told */

void virtio_init(struct virtio *v, const struct monitor_start *start, uint8_t *rings)
{
    v->count = start->device_count < GUEST_DEVICES ? start->device_count : GUEST_DEVICES;
    for (uint32_t i = 0; i < v->count; i++) {
        struct virtio_device *d = &v->device[i];

        d->kind = start->device[i].kind;
        d->index = i;
        d->flags = start->device[i].flags;
        d->ring = rings + DEVICE_RING_STRIDE * i;
    }
}

void virtio_offer(struct virtio_device *d)
{
    d->offered = VIRTIO_F_VERSION_1 | VIRTIO_F_RING_PACKED | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX;
    d->required = 0;
    switch ((enum device_kind)d->kind) {
    case DEVICE_BLOCK: blk_offer(d); break;
    case DEVICE_NET: net_offer(d); break;
    case DEVICE_ENTROPY: rng_offer(d); break;
    case DEVICE_CONSOLE: con_offer(d); break;
    case DEVICE_BALLOON: bal_offer(d); break;
    case DEVICE_NONE: break;
    }
}

/* The device forgets what the driver had under way. */
static void virtio_drop(struct virtio_device *d)
{
    if (d->kind == DEVICE_BLOCK)
        blk_drop(d);
}

static void virtio_reset_device(struct virtio_device *d)
{
    virtio_drop(d);
    if (d->kind == DEVICE_BALLOON)
        bal_drop(d);
    virtio_mmio_reset(d);
    virtio_offer(d);
}

void virtio_reset(struct virtio *v)
{
    for (uint32_t i = 0; i < v->count; i++) {
        virtio_reset_device(&v->device[i]);
        v->device[i].line = false;
    }
}

/* Its interrupt, as it is to be at the PLIC. */
static void virtio_drive(struct virtio_device *d, struct hart *h)
{
    struct monitor *m = h->monitor;
    bool level = d->interrupt != 0;

    if (level == d->line)
        return;
    d->line = level;
    lock_take(&m->device_lock, h);
    plic_level(&m->devices.plic, VIRTIO_IRQ + d->index, level);
    hart_external(h);
    lock_drop(&m->device_lock);
}

static void virtio_run(struct virtio_device *d, struct hart *h)
{
    d->again = false;
    switch ((enum device_kind)d->kind) {
    case DEVICE_BLOCK: blk_run(d, h); break;
    case DEVICE_NET: net_run(d, h); break;
    case DEVICE_ENTROPY: rng_run(d, h); break;
    case DEVICE_CONSOLE: con_run(d, h); break;
    case DEVICE_BALLOON: bal_run(d, h); break;
    case DEVICE_NONE: break;
    }
    if (d->again) { /* the first thread always comes back to look, whatever its guest does */
        __atomic_store_n(&h->monitor->virtio.again, 1u, __ATOMIC_RELEASE);
        ops_wake(0);
    }
}

void virtio_access(struct hart *h, struct mmio *m)
{
    struct monitor *monitor = h->monitor;
    struct virtio_device *d = &monitor->virtio.device[(m->gpa - VIRTIO_GPA) / VIRTIO_STRIDE];
    uint64_t offset = (m->gpa - VIRTIO_GPA) % VIRTIO_STRIDE;
    enum virtio_action action = VIRTIO_NOTHING;

    lock_take(&d->lock, h);
    if (m->store)
        action = virtio_mmio_write(d, &monitor->memory, offset, m->bytes, (uint32_t)m->value);
    else
        m->value = virtio_mmio_read(d, offset, m->bytes);
    switch (action) {
    case VIRTIO_NOTHING: break;
    case VIRTIO_RUN: virtio_run(d, h); break;
    case VIRTIO_STOP: virtio_drop(d); break;
    case VIRTIO_RESET:
        virtio_reset_device(d);
        if (d->kind == DEVICE_BALLOON) /* what is out comes back before anybody misses it */
            virtio_run(d, h);
        break;
    }
    virtio_drive(d, h);
    lock_drop(&d->lock);
}

bool virtio_acknowledge(struct hart *h, struct virtio_device *d, uint32_t bits)
{
    if (!lock_try(&d->lock))
        return false;
    d->interrupt &= ~bits;
    virtio_drive(d, h);
    lock_drop(&d->lock);
    return true;
}

static void virtio_look(struct virtio_device *d, struct hart *h)
{
    lock_take(&d->lock, h);
    virtio_run(d, h);
    virtio_drive(d, h);
    lock_drop(&d->lock);
}

void virtio_input(struct hart *h)
{
    struct virtio *v = &h->monitor->virtio;

    for (uint32_t i = 0; i < v->count; i++) {
        if (v->device[i].kind == DEVICE_CONSOLE || v->device[i].kind == DEVICE_BALLOON)
            virtio_look(&v->device[i], h);
    }
}

void virtio_news(struct hart *h)
{
    struct virtio *v = &h->monitor->virtio;

    __atomic_store_n(&v->again, 0u, __ATOMIC_RELAXED);
    for (uint32_t i = 0; i < v->count; i++)
        virtio_look(&v->device[i], h);
}

/* Has its server not said yet what the device is? */
static bool virtio_is_awaited(const struct virtio_device *d)
{
    switch ((enum device_kind)d->kind) {
    case DEVICE_BLOCK:
        return __atomic_load_n(&((struct block_ring *)(void *)d->ring)->state, __ATOMIC_ACQUIRE) == DEVICE_WAIT;
    case DEVICE_NET:
        return __atomic_load_n(&((struct net_ring *)(void *)d->ring)->state, __ATOMIC_ACQUIRE) == DEVICE_WAIT;
    case DEVICE_ENTROPY:
    case DEVICE_CONSOLE:
    case DEVICE_BALLOON:
    case DEVICE_NONE: break;
    }
    return false;
}

bool virtio_uses(const struct virtio *v, const uint8_t *page)
{
    bool uses = false;

    for (uint32_t i = 0; i < v->count && !uses; i++) {
        const struct virtio_device *d = &v->device[i];

        for (uint32_t q = 0; q < VIRTIO_QUEUES; q++)
            uses = uses || queue_uses(&d->queue[q], page);
        uses = uses || (d->kind == DEVICE_BLOCK && blk_uses(&d->model.blk, page));
    }
    return uses;
}

static uint32_t virtio_awaited(const struct virtio *v)
{
    uint32_t i = 0;

    while (i < v->count && !virtio_is_awaited(&v->device[i]))
        i++;
    return i;
}

void virtio_await(struct hart *h)
{
    struct virtio *v = &h->monitor->virtio;
    uint64_t second = h->monitor->start->timebase;
    uint64_t begin = ops_time();
    uint32_t missing = virtio_awaited(v);
    bool told = false;

    while (missing < v->count && ops_time() - begin < AWAIT_SECONDS * second) {
        if (!told && ops_time() - begin > AWAIT_SILENCE * second) {
            console_say(h, "waits for the server of virtio device %u", missing);
            told = true;
        }
        h->bits |= ops_wait(ops_time() + second / 100u + 1u);
        missing = virtio_awaited(v);
    }
    if (missing < v->count)
        console_say(h, "virtio device %u has no server yet; it starts without", missing);
    virtio_news(h);
}
