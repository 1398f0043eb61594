/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "virtio.h"

#include "rt/rt.h"

#define TRANSPORTS       8u
#define TRANSPORT(i)     (UINT64_C(0x10001000) + UINT64_C(0x1000) * (i))
#define PLIC             UINT64_C(0x0c000000)
#define PLIC_ENABLE      (PLIC + 0x2080) /* of the first hart's S mode */
#define PLIC_THRESHOLD   (PLIC + 0x201000)
#define PLIC_CLAIM       (PLIC + 0x201004)
#define SEIE             (UINT64_C(1) << IRQ_EXTERNAL)
#define VERSION_1        (UINT64_C(1) << 32)

/* Registers. [virtio 1.2 4.2.2] */
enum {
    MAGIC = 0x0, VERSION = 0x4, TYPE = 0x8, OFFERED = 0x10, OFFERED_WORD = 0x14, FEATURES = 0x20, FEATURES_WORD = 0x24,
    QUEUE = 0x30, SIZE_MOST = 0x34, SIZE = 0x38, READY = 0x44, NOTIFY = 0x50, INTERRUPTS = 0x60, ACKNOWLEDGE = 0x64,
    STATUS = 0x70, DESCRIPTORS = 0x80, DRIVER = 0x90, DEVICE = 0xa0
};
#define VIRT        0x74726976u
#define STATUS_BEGUN 3u /* acknowledged, and there is a driver */
#define STATUS_AGREED 8u
#define STATUS_GO   4u

static void put64(uint64_t at, const volatile void *value)
{
    write32(at, (uint32_t)(uint64_t)value);
    write32(at + 4, (uint32_t)((uint64_t)value >> 32));
}

static bool features_agree(uint64_t base, uint64_t features)
{
    features |= VERSION_1;
    for (uint32_t word = 0; word < 2; word++) {
        const uint32_t wanted = (uint32_t)(features >> 32 * word);

        write32(base + OFFERED_WORD, word);
        if ((read32(base + OFFERED) & wanted) != wanted)
            return false;
        write32(base + FEATURES_WORD, word);
        write32(base + FEATURES, wanted);
    }
    write32(base + STATUS, STATUS_BEGUN | STATUS_AGREED);
    return (read32(base + STATUS) & STATUS_AGREED) != 0;
}

static bool queue_start(uint64_t base, uint32_t number, const struct queue *q)
{
    write32(base + QUEUE, number);
    if (read32(base + SIZE_MOST) < QUEUE_SIZE)
        return false;
    write32(base + SIZE, QUEUE_SIZE);
    put64(base + DESCRIPTORS, q->descriptor);
    put64(base + DRIVER, &q->available);
    put64(base + DEVICE, &q->used);
    write32(base + READY, 1);
    return true;
}

static void interrupts_on(uint32_t irq)
{
    write32(PLIC + 4 * irq, 1);
    write32(PLIC_ENABLE, read32(PLIC_ENABLE) | 1u << irq);
    write32(PLIC_THRESHOLD, 0);
    csr_set("sie", SEIE);
}

/* Below Septum those with a device come first, and others are not there at all: one that is sought must be there. */
static uint64_t transport_find(uint32_t type, uint32_t nth)
{
    for (uint32_t i = 0; i < TRANSPORTS; i++) {
        if (read32(TRANSPORT(i) + MAGIC) != VIRT || read32(TRANSPORT(i) + VERSION) != 2 || read32(TRANSPORT(i) + TYPE) != type)
            continue;
        if (nth-- == 0)
            return i;
    }
    return TRANSPORTS;
}

bool device_start(struct device *d, uint32_t type, uint32_t nth, struct queue *queue, uint32_t queues, uint64_t features)
{
    const uint64_t transport = transport_find(type, nth);
    bool good;

    if (transport == TRANSPORTS)
        return false;
    *d = (struct device){TRANSPORT(transport), 1 + (uint32_t)transport, queue};
    write32(d->base + STATUS, 0);
    write32(d->base + STATUS, STATUS_BEGUN);
    good = features_agree(d->base, features);
    for (uint32_t i = 0; good && i < queues; i++)
        good = queue_start(d->base, i, &queue[i]);
    if (!good)
        return false;
    write32(d->base + STATUS, STATUS_BEGUN | STATUS_AGREED | STATUS_GO);
    interrupts_on(d->irq);
    return true;
}

void queue_give(struct queue *q, uint16_t head)
{
    const uint16_t index = q->available.index;

    q->available.ring[index % QUEUE_SIZE] = head;
    __atomic_store_n(&q->available.index, (uint16_t)(index + 1), __ATOMIC_RELEASE);
}

void device_notify(const struct device *d, uint32_t queue)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if ((__atomic_load_n(&d->queue[queue].used.flags, __ATOMIC_RELAXED) & 1u) == 0)
        write32(d->base + NOTIFY, queue);
}

bool queue_take(struct queue *q, uint16_t *head, uint32_t *bytes)
{
    if (__atomic_load_n(&q->used.index, __ATOMIC_ACQUIRE) == q->taken)
        return false;
    *head = (uint16_t)q->used.ring[q->taken % QUEUE_SIZE].id;
    *bytes = q->used.ring[q->taken % QUEUE_SIZE].bytes;
    q->taken++;
    return true;
}

void queue_hush(struct queue *q, bool hush)
{
    __atomic_store_n(&q->available.flags, hush ? 1 : 0, __ATOMIC_SEQ_CST);
}

void devices_wait(void)
{
    uint32_t irq;

    wait_for_interrupt();
    irq = read32(PLIC_CLAIM);
    if (irq == 0)
        return;
    write32(TRANSPORT(irq - 1) + ACKNOWLEDGE, read32(TRANSPORT(irq - 1) + INTERRUPTS));
    write32(PLIC_CLAIM, irq);
}

void queue_wait(struct queue *q, uint16_t *head, uint32_t *bytes)
{
    while (!queue_take(q, head, bytes))
        devices_wait();
}
