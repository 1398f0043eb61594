/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "device.h"

#include <stdlib.h>
#include <string.h>

struct fake_device device;

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

static bool there(const struct virtio *v)
{
    (void)v;
    return true;
}

static uint32_t type(const struct virtio *v)
{
    (void)v;
    return device.type;
}

static uint32_t status(const struct virtio *v)
{
    (void)v;
    return device.status;
}

static void set_status(const struct virtio *v, uint32_t value)
{
    (void)v;
    device.status = value;
    if (value != 0)
        return;
    device.resets++;
    memset(device.place, 0, sizeof device.place);
    memset(device.taken, 0, sizeof device.taken);
    memset(device.done, 0, sizeof device.done);
}

static uint64_t features(const struct virtio *v)
{
    (void)v;
    return device.offered;
}

static void set_features(const struct virtio *v, uint64_t value)
{
    (void)v;
    MUST((value & ~device.offered) == 0);
    device.agreed = value;
}

static uint32_t queue_most(const struct virtio *v, uint32_t queue)
{
    (void)v;
    return queue < device.queues ? device.most[queue] : 0;
}

static void queue_place(const struct virtio *v, uint32_t queue, const struct virtio_queue_place *place)
{
    (void)v;
    MUST(queue < device.queues && (device.status & VIRTIO_STATUS_DRIVER_OK) == 0);
    device.place[queue] = *place;
}

static void notify(const struct virtio *v, uint32_t queue)
{
    (void)v;
    MUST(queue < device.queues && (device.status & VIRTIO_STATUS_DRIVER_OK) != 0);
    device.notified[queue]++;
}

static void interrupt_take(const struct virtio *v)
{
    (void)v;
}

static uint8_t config(const struct virtio *v, uint32_t offset)
{
    (void)v;
    return offset < CONFIG_BYTES ? device.config[offset] : 0;
}

static const struct virtio_transport transport = {there,      type,        status, set_status,     features, set_features,
                                                  queue_most, queue_place, notify, interrupt_take, config};
const struct virtio fake_virtio = {.transport = &transport};

void device_begin(uint32_t kind, uint64_t offered, uint32_t queues)
{
    device = (struct fake_device){.type = kind, .offered = offered | VIRTIO_F_VERSION_1, .queues = queues};
    for (uint32_t i = 0; i < queues; i++) /* as QEMU's have them */
        device.most[i] = kind == VIRTIO_TYPE_ENTROPY ? 8 : i == 2 ? 64 : 256;
}

/* Fields by their offsets [virtio 1.2 2.7.5, 2.7.6, 2.7.8]. */
static uint64_t field(uint64_t at, uint32_t bytes)
{
    uint64_t value = 0;

    memcpy(&value, (const void *)(uintptr_t)at, bytes);
    return value;
}

static void set_field(uint64_t at, uint64_t value, uint32_t bytes)
{
    memcpy((void *)(uintptr_t)at, &value, bytes);
}

bool device_take(uint32_t queue, struct fake_chain *chain)
{
    const struct virtio_queue_place *p = &device.place[queue];
    uint32_t at;

    if (p->size == 0 || (device.status & VIRTIO_STATUS_DRIVER_OK) == 0 ||
        device.taken[queue] == (uint16_t)field(p->avail + 2, 2))
        return false;
    at = (uint32_t)field(p->avail + 4 + 2 * (uint64_t)(device.taken[queue]++ % p->size), 2);
    *chain = (struct fake_chain){.head = at};
    for (;;) {
        const uint64_t d = p->desc + 16 * (uint64_t)at;
        const uint64_t flags = field(d + 12, 2);
        struct fake_piece *piece = &chain->piece[chain->count];

        MUST(chain->count < PIECES && at < p->size && field(d + 8, 4) > 0);
        *piece = (struct fake_piece){(uint8_t *)(uintptr_t)field(d, 8), (uint32_t)field(d + 8, 4), (flags & 2) != 0};
        MUST(chain->count == 0 || piece->writes || !piece[-1].writes);
        chain->count++;
        if ((flags & 1) == 0)
            return true;
        at = (uint32_t)field(d + 14, 2);
    }
}

void device_lie(uint32_t queue, uint32_t head, uint32_t bytes)
{
    const struct virtio_queue_place *p = &device.place[queue];
    const uint64_t at = p->used + 4 + 8 * (uint64_t)(device.done[queue] % p->size);

    set_field(at, head, 4);
    set_field(at + 4, bytes, 4);
    device.done[queue]++;
    set_field(p->used + 2, device.done[queue], 2);
}

void device_done(uint32_t queue, const struct fake_chain *chain, uint32_t bytes)
{
    device_lie(queue, chain->head, bytes);
}
