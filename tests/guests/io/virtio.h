/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A driver of virtio devices over MMIO, as small as can be: split queues, interrupts, no feature that is not needed. */
#ifndef GUEST_IO_VIRTIO_H
#define GUEST_IO_VIRTIO_H

#include <stdbool.h>
#include <stdint.h>

#define VIRTIO_NET   1u
#define VIRTIO_BLOCK 2u
#define VIRTIO_CONFIG UINT64_C(0x100) /* behind the registers */
#define QUEUES       2u
#define QUEUE_SIZE   64u

struct descriptor {
    uint64_t address;
    uint32_t bytes;
    uint16_t flags;
    uint16_t next;
};

#define DESCRIPTOR_NEXT  1u
#define DESCRIPTOR_WRITE 2u

/* [virtio 1.2 2.7] */
struct queue {
    struct descriptor descriptor[QUEUE_SIZE] __attribute__((aligned(16)));
    struct {
        uint16_t flags, index, ring[QUEUE_SIZE], event;
    } available;
    struct {
        uint16_t flags, index;
        struct {
            uint32_t id, bytes;
        } ring[QUEUE_SIZE];
        uint16_t event;
    } used __attribute__((aligned(8)));
    uint16_t taken; /* of the used ones */
};

struct device {
    uint64_t base;
    uint32_t irq;
    struct queue *queue; /* QUEUES of them */
};

/* The device of that type, the nth from 0 on, with its queues, which are zero; false: there is none that works. */
bool device_start(struct device *d, uint32_t type, uint32_t nth, struct queue *queue, uint32_t queues, uint64_t features);

/* The chain that begins with that descriptor is the device's; it hears of all of them by device_notify. */
void queue_give(struct queue *q, uint16_t head);
void device_notify(const struct device *d, uint32_t queue);

/* A chain that the device is done with: its head; bytes that it wrote. False: there is none. */
bool queue_take(struct queue *q, uint16_t *head, uint32_t *bytes);

/* The device need not interrupt for this queue. */
void queue_hush(struct queue *q, bool hush);

/* Sleeps until a device interrupts, and takes the interrupt in. */
void devices_wait(void);

/* The same until that queue has a used chain. */
void queue_wait(struct queue *q, uint16_t *head, uint32_t *bytes);

#endif
