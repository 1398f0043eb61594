/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The registers of a virtio device on PCI, each accessed by its own width [virtio 1.2 4.1.3.1, 4.1.4.3]. */
#include "io.h"
#include "virtio.h"

enum {
    COMMON_DEVICE_FEATURE_SELECT = 0,
    COMMON_DEVICE_FEATURE = 4,
    COMMON_DRIVER_FEATURE_SELECT = 8,
    COMMON_DRIVER_FEATURE = 12,
    COMMON_STATUS = 20,
    COMMON_QUEUE_SELECT = 22,
    COMMON_QUEUE_SIZE = 24,
    COMMON_QUEUE_ENABLE = 28,
    COMMON_QUEUE_NOTIFY_OFF = 30,
    COMMON_QUEUE_DESC = 32, /* low word; the high word follows */
    COMMON_QUEUE_DRIVER = 40,
    COMMON_QUEUE_DEVICE = 48,
};

static uintptr_t common(const struct virtio *v)
{
    return v->base + v->pci.common;
}

static bool pci_there(const struct virtio *v)
{
    return v->pci.bytes != 0;
}

static uint32_t pci_type(const struct virtio *v)
{
    return v->pci.type;
}

static uint32_t pci_status(const struct virtio *v)
{
    return io_get8(common(v) + COMMON_STATUS);
}

static void pci_set_status(const struct virtio *v, uint32_t status)
{
    io_put8(common(v) + COMMON_STATUS, status);
}

static uint64_t pci_features(const struct virtio *v)
{
    uint64_t low, high;

    io_put32(common(v) + COMMON_DEVICE_FEATURE_SELECT, 0);
    low = io_get32(common(v) + COMMON_DEVICE_FEATURE);
    io_put32(common(v) + COMMON_DEVICE_FEATURE_SELECT, 1);
    high = io_get32(common(v) + COMMON_DEVICE_FEATURE);
    return high << 32 | low;
}

static void pci_set_features(const struct virtio *v, uint64_t features)
{
    io_put32(common(v) + COMMON_DRIVER_FEATURE_SELECT, 0);
    io_put32(common(v) + COMMON_DRIVER_FEATURE, (uint32_t)features);
    io_put32(common(v) + COMMON_DRIVER_FEATURE_SELECT, 1);
    io_put32(common(v) + COMMON_DRIVER_FEATURE, (uint32_t)(features >> 32));
}

static uint32_t pci_queue_most(const struct virtio *v, uint32_t queue)
{
    io_put16(common(v) + COMMON_QUEUE_SELECT, queue);
    return io_get16(common(v) + COMMON_QUEUE_SIZE);
}

static void pci_queue_place(const struct virtio *v, uint32_t queue, const struct virtio_queue_place *place)
{
    io_put16(common(v) + COMMON_QUEUE_SELECT, queue);
    io_put16(common(v) + COMMON_QUEUE_SIZE, place->size);
    io_put64(common(v) + COMMON_QUEUE_DESC, place->desc);
    io_put64(common(v) + COMMON_QUEUE_DRIVER, place->avail);
    io_put64(common(v) + COMMON_QUEUE_DEVICE, place->used);
    io_put16(common(v) + COMMON_QUEUE_ENABLE, 1);
}

/* The device says where; a place outside its registers is a fault of its own, and nothing is written there. */
static void pci_notify(const struct virtio *v, uint32_t queue)
{
    uint64_t at;

    io_put16(common(v) + COMMON_QUEUE_SELECT, queue);
    at = v->pci.notify + (uint64_t)io_get16(common(v) + COMMON_QUEUE_NOTIFY_OFF) * v->pci.notify_multiplier;
    if (at % 2 == 0 && at + 2 <= v->pci.bytes)
        io_put16(v->base + at, queue);
}

/* Reading the byte lowers the line [virtio 1.2 4.1.4.5]. */
static void pci_interrupt_take(const struct virtio *v)
{
    (void)io_get8(v->base + v->pci.isr);
}

static uint8_t pci_config(const struct virtio *v, uint32_t offset)
{
    const uint64_t at = (uint64_t)v->pci.device + offset;

    return at < v->pci.bytes ? io_get8(v->base + at) : 0;
}

const struct virtio_transport virtio_pci = {
    .there = pci_there,
    .type = pci_type,
    .status = pci_status,
    .set_status = pci_set_status,
    .features = pci_features,
    .set_features = pci_set_features,
    .queue_most = pci_queue_most,
    .queue_place = pci_queue_place,
    .notify = pci_notify,
    .interrupt_take = pci_interrupt_take,
    .config = pci_config,
};
