/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A physical virtio device as its driver sees it, whatever carries its registers [virtio 1.2 chapters 2, 3 and 4]. A
 * transport is one file with a table of these functions; nothing else knows where a register is.
 */
#pragma once

#include <septum/device.h>

#include <stdbool.h>
#include <stdint.h>

#define VIRTIO_TYPE_NET     1u
#define VIRTIO_TYPE_BLOCK   2u
#define VIRTIO_TYPE_ENTROPY 4u
#define VIRTIO_TYPE_9P      9u

#define VIRTIO_STATUS_ACKNOWLEDGE 1u
#define VIRTIO_STATUS_DRIVER      2u
#define VIRTIO_STATUS_DRIVER_OK   4u
#define VIRTIO_STATUS_FEATURES_OK 8u
#define VIRTIO_STATUS_NEEDS_RESET 64u
#define VIRTIO_STATUS_FAILED      128u

#define VIRTIO_F_VERSION_1       (UINT64_C(1) << 32)
#define VIRTIO_F_ACCESS_PLATFORM (UINT64_C(1) << 33) /* its DMA goes through the IOMMU */

struct virtio;

/* Where a queue's three parts lie, as the device addresses them. */
struct virtio_queue_place {
    uint32_t size; /* entries, a power of 2 */
    uint64_t desc;
    uint64_t avail;
    uint64_t used;
};

struct virtio_transport {
    bool (*there)(const struct virtio *v);    /* such a transport, in the version that we speak */
    uint32_t (*type)(const struct virtio *v); /* virtio device id; 0: none */
    uint32_t (*status)(const struct virtio *v);
    void (*set_status)(const struct virtio *v, uint32_t status);
    uint64_t (*features)(const struct virtio *v);
    void (*set_features)(const struct virtio *v, uint64_t features);
    uint32_t (*queue_most)(const struct virtio *v, uint32_t queue); /* entries; 0: there is no such queue */
    void (*queue_place)(const struct virtio *v, uint32_t queue, const struct virtio_queue_place *place);
    void (*notify)(const struct virtio *v, uint32_t queue);
    void (*interrupt_take)(const struct virtio *v); /* the device lowers its line until there is news */
    uint8_t (*config)(const struct virtio *v, uint32_t offset);
};

/* Where the parts of a virtio-pci device's registers are, from `base` on. */
struct virtio_pci_place {
    uint32_t type; /* virtio device id */
    uint32_t bytes; /* of registers that we map */
    uint32_t common;
    uint32_t notify;
    uint32_t notify_multiplier;
    uint32_t isr;
    uint32_t device;
};

struct virtio {
    const struct virtio_transport *transport;
    uintptr_t base; /* of its registers, in our space */
    struct virtio_pci_place pci;
};

/* A device server's device, as the manager tells of its registers, which are mapped at DEVICE_VA_BAR. */
struct virtio virtio_of(const struct device_function *f);

enum virtio_fault {
    VIRTIO_OK = 0,
    VIRTIO_ABSENT,      /* no transport of this version there */
    VIRTIO_OTHER_TYPE,  /* another device */
    VIRTIO_NO_RESET,    /* its status does not become 0 */
    VIRTIO_NO_FEATURES, /* it lacks a feature that is needed, or refuses our choice */
    VIRTIO_NO_QUEUE,    /* no queue of that number, or a smaller one */
};

/* Resets the device: from then on it neither reads nor writes our memory. VIRTIO_OK or VIRTIO_NO_RESET. */
enum virtio_fault virtio_reset(const struct virtio *v);

/*
 * Resets the device of that type and agrees on features: all of `needed`, and those of `wanted` that it has. Queues are
 * placed next, then virtio_go. [virtio 1.2 3.1.1]
 */
enum virtio_fault virtio_begin(const struct virtio *v, uint32_t type, uint64_t needed, uint64_t wanted);
enum virtio_fault virtio_place(const struct virtio *v, uint32_t queue, const struct virtio_queue_place *place);
void virtio_go(const struct virtio *v);

const char *virtio_fault_text(enum virtio_fault fault);

/* Registers in one page [virtio 1.2 4.2], version 2. */
extern const struct virtio_transport virtio_mmio;

/* Registers in a memory BAR of a PCI function [virtio 1.2 4.1], found by the pci server; interrupts by its line. */
extern const struct virtio_transport virtio_pci;
