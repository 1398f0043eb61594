/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The machine's own virtio devices, which do DMA, and the device servers that drive them. A function of the PCI bus with
 * an IOMMU in front of it is assigned to a domain of its own, a guest without vCPUs, which has on loan what its DMA is to
 * reach. A device that has no IOMMU in front of it, as on the virtio-mmio transport, is given away only if the description
 * says unsafe-dma, and the operator is told.
 */
#pragma once

#include <septum/device.h>

#include "manager.h"

#define PHYSICAL_NONE 0u
#define PHYSICAL_NET  1u /* virtio device ids */
#define PHYSICAL_DISK 2u
#define PHYSICAL_RNG  4u
#define PHYSICAL_9P   9u

struct device_server;

struct physical {
    uint32_t type;    /* of the device that the server drives, PHYSICAL_… */
    uint32_t party;   /* of the policy: its domain */
    bool given;       /* the server has one */
    const char *lack; /* why it has none, as "…, but LACK"; NULL: it has, or needs none */
    uint64_t domain_cap; /* what its DMA reaches; NO_CAP: no IOMMU is in front of it */
    uint64_t dma_frames; /* of the memory that server and device share */
    uint64_t dma;     /* what the device calls it */
    struct device_function function;
};

/* Finds the server's device and gives it, with its interrupt and memory for its DMA. True also if there is none, or if it
 * may not be given: then `lack` says why. On false `trouble` does. */
bool physical_give(struct device_server *s);

/* What the server's link says of it. */
void physical_tell(const struct physical *p, struct device_link *link);

/* Tells of DMA that the IOMMU refused, and whose it was. Returns when to come back: a time, or SEPTUM_FOREVER. */
uint64_t physical_watch(void);

/* How many devices are assigned. */
uint32_t physical_assigned(void);
