/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The registers of a virtio device in one page of physical addresses [virtio 1.2 4.2.2]. */
#include "io.h"
#include "virtio.h"

#define MAGIC   0x74726976u /* "virt" */
#define VERSION 2u

enum {
    REG_MAGIC = 0x000,
    REG_VERSION = 0x004,
    REG_DEVICE = 0x008,
    REG_DEVICE_FEATURES = 0x010,
    REG_DEVICE_FEATURES_SEL = 0x014,
    REG_DRIVER_FEATURES = 0x020,
    REG_DRIVER_FEATURES_SEL = 0x024,
    REG_QUEUE_SEL = 0x030,
    REG_QUEUE_NUM_MAX = 0x034,
    REG_QUEUE_NUM = 0x038,
    REG_QUEUE_READY = 0x044,
    REG_QUEUE_NOTIFY = 0x050,
    REG_INTERRUPT_STATUS = 0x060,
    REG_INTERRUPT_ACK = 0x064,
    REG_STATUS = 0x070,
    REG_QUEUE_DESC = 0x080, /* low word; the high word follows */
    REG_QUEUE_AVAIL = 0x090,
    REG_QUEUE_USED = 0x0a0,
    REG_CONFIG = 0x100,
};

static uint32_t get(const struct virtio *v, uint32_t offset)
{
    return io_get32(v->base + offset);
}

static void put(const struct virtio *v, uint32_t offset, uint32_t value)
{
    io_put32(v->base + offset, value);
}

static bool mmio_there(const struct virtio *v)
{
    return get(v, REG_MAGIC) == MAGIC && get(v, REG_VERSION) == VERSION;
}

static uint32_t mmio_type(const struct virtio *v)
{
    return get(v, REG_DEVICE);
}

static uint32_t mmio_status(const struct virtio *v)
{
    return get(v, REG_STATUS);
}

static void mmio_set_status(const struct virtio *v, uint32_t status)
{
    put(v, REG_STATUS, status);
}

static uint64_t mmio_features(const struct virtio *v)
{
    uint64_t low, high;

    put(v, REG_DEVICE_FEATURES_SEL, 0);
    low = get(v, REG_DEVICE_FEATURES);
    put(v, REG_DEVICE_FEATURES_SEL, 1);
    high = get(v, REG_DEVICE_FEATURES);
    return high << 32 | low;
}

static void mmio_set_features(const struct virtio *v, uint64_t features)
{
    put(v, REG_DRIVER_FEATURES_SEL, 0);
    put(v, REG_DRIVER_FEATURES, (uint32_t)features);
    put(v, REG_DRIVER_FEATURES_SEL, 1);
    put(v, REG_DRIVER_FEATURES, (uint32_t)(features >> 32));
}

static uint32_t mmio_queue_most(const struct virtio *v, uint32_t queue)
{
    put(v, REG_QUEUE_SEL, queue);
    return get(v, REG_QUEUE_NUM_MAX);
}

static void mmio_queue_place(const struct virtio *v, uint32_t queue, const struct virtio_queue_place *place)
{
    put(v, REG_QUEUE_SEL, queue);
    put(v, REG_QUEUE_NUM, place->size);
    io_put64(v->base + REG_QUEUE_DESC, place->desc);
    io_put64(v->base + REG_QUEUE_AVAIL, place->avail);
    io_put64(v->base + REG_QUEUE_USED, place->used);
    put(v, REG_QUEUE_READY, 1);
}

static void mmio_notify(const struct virtio *v, uint32_t queue)
{
    put(v, REG_QUEUE_NOTIFY, queue);
}

static void mmio_interrupt_take(const struct virtio *v)
{
    put(v, REG_INTERRUPT_ACK, get(v, REG_INTERRUPT_STATUS));
}

static uint8_t mmio_config(const struct virtio *v, uint32_t offset)
{
    return io_get8(v->base + REG_CONFIG + offset);
}

const struct virtio_transport virtio_mmio = {
    .there = mmio_there,
    .type = mmio_type,
    .status = mmio_status,
    .set_status = mmio_set_status,
    .features = mmio_features,
    .set_features = mmio_set_features,
    .queue_most = mmio_queue_most,
    .queue_place = mmio_queue_place,
    .notify = mmio_notify,
    .interrupt_take = mmio_interrupt_take,
    .config = mmio_config,
};
