/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The guest's virtio devices: virtio 1.2 over MMIO, version 2. [virtio 1.2 4.2] A device is a transport (virtio_mmio.c:
 * registers, status, features), its queues (queue.h) and a model (virtio_blk.c, virtio_net.c, virtio_rng.c), which talks
 * to a device server by a ring (septum/device.h), or one that has none: the console (virtio_con.c), the balloon
 * (virtio_bal.c). Each device has a lock of its own, which comes before device_lock; the balloon, and nobody else, takes
 * those of the others under its own.
 */
#pragma once

#include "lock.h"
#include "virtio_bal.h"
#include "virtio_blk.h"
#include "virtio_con.h"
#include "virtio_net.h"
#include "virtio_rng.h"

#include <septum/device.h>

#define VIRTIO_GPA    UINT64_C(0x10001000) /* of device 0, as on QEMU's virt */
#define VIRTIO_STRIDE UINT64_C(0x1000)
#define VIRTIO_IRQ    1u /* of device 0 */

/* Feature bits of the transport and the queues. [virtio 1.2 ch. 6] */
#define VIRTIO_F_INDIRECT_DESC (UINT64_C(1) << 28)
#define VIRTIO_F_EVENT_IDX     (UINT64_C(1) << 29)
#define VIRTIO_F_VERSION_1     (UINT64_C(1) << 32)
#define VIRTIO_F_RING_PACKED   (UINT64_C(1) << 34)

/* Device status. [virtio 1.2 2.1] */
#define VIRTIO_ACKNOWLEDGE 1u
#define VIRTIO_DRIVER      2u
#define VIRTIO_DRIVER_OK   4u
#define VIRTIO_FEATURES_OK 8u
#define VIRTIO_NEEDS_RESET 64u
#define VIRTIO_FAILED      128u

#define VIRTIO_REG_INTERRUPT     0x060u /* two registers of the transport that fault.h knows, too [virtio 1.2 4.2.2] */
#define VIRTIO_REG_INTERRUPT_ACK 0x064u

#define VIRTIO_INTERRUPT_USED   1u /* interrupt status: a queue has used entries */
#define VIRTIO_INTERRUPT_CONFIG 2u /* the configuration changed */

#define VIRTIO_QUEUES       2u
#define VIRTIO_CONFIG_BYTES 72u

struct virtio_device {
    struct lock lock; /* guards all that follows, but what the start page said */
    uint32_t kind;    /* enum device_kind; DEVICE_NONE: it answers as a placeholder */
    uint32_t index;
    uint32_t flags; /* as the start page has them */
    uint8_t *ring;  /* shared with the server */
    /* the registers */
    uint32_t status;
    uint32_t offered_word; /* DeviceFeaturesSel */
    uint32_t driver_word;  /* DriverFeaturesSel */
    uint32_t queue_sel;
    uint32_t interrupt; /* VIRTIO_INTERRUPT_… */
    uint32_t generation;
    uint64_t offered; /* features; they stay from reset to reset */
    uint64_t required; /* of them: without these the driver gets no FEATURES_OK */
    uint64_t driver;  /* features that the driver wrote */
    uint8_t config[VIRTIO_CONFIG_BYTES];
    struct queue queue[VIRTIO_QUEUES];
    bool line;          /* the level that its interrupt has at the PLIC */
    bool again;         /* it stopped for now, with work left */
    struct chain chain; /* what was taken last: room that no thread's stack need have */
    union {
        struct bal bal;
        struct blk blk;
        struct net net;
    } model;
};

struct virtio {
    uint32_t count;
    uint32_t again; /* not 0: a device has work left; written by those that find some */
    struct virtio_device device[GUEST_DEVICES];
    struct net_bench bench;
};

/* The driver may use the device's queues, and the device may use what is in them. */
static inline bool virtio_is_live(const struct virtio_device *d)
{
    return (d->status & (VIRTIO_DRIVER_OK | VIRTIO_NEEDS_RESET)) == VIRTIO_DRIVER_OK;
}

static inline bool virtio_has(const struct virtio_device *d, uint64_t feature)
{
    return (d->driver & feature) != 0;
}

/* The features, the configuration and the queues that it has for a driver that has not begun yet. */
void virtio_offer(struct virtio_device *d);

/* The guest broke the rules: until it resets the device, nothing more happens. */
void virtio_fail(struct virtio_device *d);

/* What config says has changed. */
void virtio_config_changed(struct virtio_device *d);

/* What was put in that queue is published, and the interrupt raised if the driver wants it. */
void virtio_publish(struct virtio_device *d, struct queue *q);

/* virtio_mmio.c: what an access asks for, beside the answer. */
enum virtio_action {
    VIRTIO_NOTHING = 0,
    VIRTIO_RUN = 1,   /* the queues are to be looked at */
    VIRTIO_STOP = 2,  /* a queue was taken away */
    VIRTIO_RESET = 3, /* the driver resets the device */
};

/* All but `config` and what the model has, as after power on. */
void virtio_mmio_reset(struct virtio_device *d);

/* Bytes is 1, 2, 4 or 8. What cannot be read so is 0, what cannot be written so is not written. */
uint64_t virtio_mmio_read(const struct virtio_device *d, uint64_t offset, uint32_t bytes);
enum virtio_action virtio_mmio_write(struct virtio_device *d, const struct memory *m, uint64_t offset, uint32_t bytes,
                                     uint32_t value);

/* The devices of the start page, with ring i at rings + DEVICE_RING_STRIDE * i. */
void virtio_init(struct virtio *v, const struct monitor_start *start, uint8_t *rings);

/* All devices as after power on; no hart of the guest runs. */
void virtio_reset(struct virtio *v);

/* Before the guest starts: waits, but not for long, until the servers have said what the devices are. */
void virtio_await(struct hart *h);

static inline bool virtio_covers(const struct virtio *v, uint64_t gpa)
{
    return gpa - VIRTIO_GPA < VIRTIO_STRIDE * v->count;
}

/* The guest's access to a register; the address is covered. */
struct mmio;
void virtio_access(struct hart *h, struct mmio *m);

/* The driver has seen those bits of the interrupt status. False: another thread is at the device, and nothing is done. */
bool virtio_acknowledge(struct hart *h, struct virtio_device *d, uint32_t bits);

/* The operator has typed something, or wants memory. */
void virtio_input(struct hart *h);

/* Does a device hold a place in that page of the guest's memory, in the monitor's view? Under the locks of all. */
bool virtio_uses(const struct virtio *v, const uint8_t *page);

/* A server's bell, or a device has work left. */
void virtio_news(struct hart *h);
