/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The register file of a virtio device. [virtio 1.2 4.2.2] */
#include "virtio.h"

#include <string.h>

#define REG_MAGIC           0x000u
#define REG_VERSION         0x004u
#define REG_DEVICE_ID       0x008u
#define REG_VENDOR_ID       0x00cu
#define REG_OFFERED         0x010u
#define REG_OFFERED_SEL     0x014u
#define REG_DRIVER          0x020u
#define REG_DRIVER_SEL      0x024u
#define REG_QUEUE_SEL       0x030u
#define REG_QUEUE_MOST      0x034u
#define REG_QUEUE_SIZE      0x038u
#define REG_QUEUE_READY     0x044u
#define REG_QUEUE_NOTIFY    0x050u
#define REG_STATUS          0x070u
#define REG_QUEUE_DESC      0x080u /* low, and high at + 4; so with the next two */
#define REG_QUEUE_DRIVER    0x090u
#define REG_QUEUE_DEVICE    0x0a0u
#define REG_SHARED_LOW      0x0b0u
#define REG_SHARED_HIGH     0x0b4u
#define REG_SHARED_BASE_LOW 0x0b8u
#define REG_SHARED_BASE_HIGH 0x0bcu
#define REG_GENERATION      0x0fcu
#define REG_CONFIG          0x100u
#define REG_ACTUAL          0x104u /* of a balloon: the one word of a configuration that is the driver's */

#define MAGIC     0x74726976u /* "virt" */
#define VERSION   2u
#define VENDOR    0x554d4551u /* QEMU's: small guests (xv6) take no other */
#define REG_BYTES 4u

#define STATUS_BITS                                                                                                    \
    (VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_DRIVER_OK | VIRTIO_FEATURES_OK | VIRTIO_FAILED)

void virtio_mmio_reset(struct virtio_device *d)
{
    d->status = 0;
    d->offered_word = 0;
    d->driver_word = 0;
    d->queue_sel = 0;
    d->interrupt = 0;
    d->driver = 0;
    for (uint32_t i = 0; i < VIRTIO_QUEUES; i++)
        queue_reset(&d->queue[i]);
}

/* The numbers of virtio's chapter 5. */
static uint32_t mmio_device_id(const struct virtio_device *d)
{
    switch ((enum device_kind)d->kind) {
    case DEVICE_NET: return 1;
    case DEVICE_BLOCK: return 2;
    case DEVICE_CONSOLE: return 3;
    case DEVICE_ENTROPY: return 4;
    case DEVICE_BALLOON: return 5;
    case DEVICE_NONE: break;
    }
    return 0;
}

static uint32_t mmio_feature_word(uint64_t features, uint32_t word)
{
    return word < 2 ? (uint32_t)(features >> 32 * word) : 0;
}

/* The registers of the queue that is selected. */
static uint32_t mmio_read_queue(const struct virtio_device *d, uint64_t offset)
{
    if (d->queue_sel >= VIRTIO_QUEUES)
        return 0;
    return offset == REG_QUEUE_MOST ? d->queue[d->queue_sel].most : d->queue[d->queue_sel].ready;
}

static uint32_t mmio_read_register(const struct virtio_device *d, uint64_t offset)
{
    switch (offset) {
    case REG_MAGIC: return MAGIC;
    case REG_VERSION: return VERSION;
    case REG_DEVICE_ID: return mmio_device_id(d);
    case REG_VENDOR_ID: return VENDOR;
    case REG_OFFERED: return mmio_feature_word(d->offered, d->offered_word);
    case REG_QUEUE_MOST:
    case REG_QUEUE_READY: return mmio_read_queue(d, offset);
    case VIRTIO_REG_INTERRUPT: return d->interrupt;
    case REG_STATUS: return d->status;
    case REG_SHARED_LOW:
    case REG_SHARED_HIGH:
    case REG_SHARED_BASE_LOW:
    case REG_SHARED_BASE_HIGH: return UINT32_MAX; /* there is no shared memory region */
    case REG_GENERATION: return d->generation;
    default: return 0;
    }
}

uint64_t virtio_mmio_read(const struct virtio_device *d, uint64_t offset, uint32_t bytes)
{
    uint64_t value = 0;

    if (offset < REG_CONFIG)
        return bytes == REG_BYTES ? mmio_read_register(d, offset) : 0;
    offset -= REG_CONFIG;
    if (offset < VIRTIO_CONFIG_BYTES && bytes <= VIRTIO_CONFIG_BYTES - offset)
        memcpy(&value, d->config + offset, bytes);
    return value;
}

static void mmio_write_driver(struct virtio_device *d, uint32_t value)
{
    uint32_t shift = 32 * d->driver_word;

    if ((d->status & VIRTIO_FEATURES_OK) == 0 && d->driver_word < 2)
        d->driver = (d->driver & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)value << shift;
}

/*
 * The driver adds bits and never takes one away but by a reset. Features are agreed on by FEATURES_OK, which stays clear
 * if the driver wants one that was not offered; without it there is no DRIVER_OK. VERSION_1 may be missing: xv6 does not
 * ask for it, and means the same. [virtio 1.2 3.1, 6.1]
 */
static enum virtio_action mmio_write_status(struct virtio_device *d, uint32_t value)
{
    uint32_t old = d->status;
    uint32_t set = value & STATUS_BITS & ~old;

    if (value == 0)
        return VIRTIO_RESET;
    if ((d->driver & ~d->offered) != 0 || (d->required & ~d->driver) != 0)
        set &= ~VIRTIO_FEATURES_OK;
    if (((old | set) & VIRTIO_FEATURES_OK) == 0)
        set &= ~VIRTIO_DRIVER_OK;
    d->status |= set;
    return (set & VIRTIO_DRIVER_OK) != 0 ? VIRTIO_RUN : VIRTIO_NOTHING;
}

/* Queues take their form from the features, so those come first. */
static enum virtio_action mmio_write_ready(struct virtio_device *d, const struct memory *m, struct queue *q,
                                           uint32_t value)
{
    bool was = q->ready;

    if (value == 0)
        q->ready = false;
    else if (!was && (d->status & VIRTIO_FEATURES_OK) != 0 && !queue_enable(q, m, d->driver))
        virtio_fail(d);
    return was && !q->ready ? VIRTIO_STOP : VIRTIO_NOTHING;
}

static void mmio_set_half(uint64_t *address, bool high, uint32_t value)
{
    uint32_t shift = high ? 32 : 0;

    *address = (*address & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)value << shift;
}

/* The registers of the queue that is selected. While it is ready, only that can be changed. */
static void mmio_write_queue(struct queue *q, uint64_t offset, uint32_t value)
{
    bool high = (offset & REG_BYTES) != 0;

    if (q->ready)
        return;
    if (offset == REG_QUEUE_SIZE)
        q->size = value;
    else if ((offset & ~REG_BYTES) == REG_QUEUE_DESC)
        mmio_set_half(&q->descriptors, high, value);
    else if ((offset & ~REG_BYTES) == REG_QUEUE_DRIVER)
        mmio_set_half(&q->driver, high, value);
    else if ((offset & ~REG_BYTES) == REG_QUEUE_DEVICE)
        mmio_set_half(&q->device, high, value);
}

enum virtio_action virtio_mmio_write(struct virtio_device *d, const struct memory *m, uint64_t offset, uint32_t bytes,
                                     uint32_t value)
{
    enum virtio_action action = VIRTIO_NOTHING;
    struct queue *q = d->queue_sel < VIRTIO_QUEUES ? &d->queue[d->queue_sel] : NULL;

    if (bytes != REG_BYTES || offset % REG_BYTES != 0)
        return VIRTIO_NOTHING;
    switch (offset) {
    case REG_OFFERED_SEL: d->offered_word = value; break;
    case REG_DRIVER: mmio_write_driver(d, value); break;
    case REG_DRIVER_SEL: d->driver_word = value; break;
    case REG_QUEUE_SEL: d->queue_sel = value; break;
    case REG_QUEUE_NOTIFY:
        if (virtio_is_live(d) && value < VIRTIO_QUEUES)
            action = VIRTIO_RUN;
        break;
    case VIRTIO_REG_INTERRUPT_ACK: d->interrupt &= ~value; break;
    case REG_STATUS: action = mmio_write_status(d, value); break;
    case REG_ACTUAL:
        if (d->kind == DEVICE_BALLOON)
            memcpy(d->config + REG_ACTUAL - REG_CONFIG, &value, sizeof value);
        break;
    case REG_QUEUE_READY:
        if (q != NULL)
            action = mmio_write_ready(d, m, q, value);
        break;
    default:
        if (q != NULL)
            mmio_write_queue(q, offset, value);
        break;
    }
    return action;
}

void virtio_fail(struct virtio_device *d)
{
    if ((d->status & VIRTIO_NEEDS_RESET) == 0 && (d->status & VIRTIO_DRIVER_OK) != 0)
        d->interrupt |= VIRTIO_INTERRUPT_CONFIG;
    d->status |= VIRTIO_NEEDS_RESET;
}

void virtio_config_changed(struct virtio_device *d)
{
    d->generation++;
    if ((d->status & VIRTIO_DRIVER_OK) != 0)
        d->interrupt |= VIRTIO_INTERRUPT_CONFIG;
}

void virtio_publish(struct virtio_device *d, struct queue *q)
{
    if (queue_publish(q))
        d->interrupt |= VIRTIO_INTERRUPT_USED;
}
