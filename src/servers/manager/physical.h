/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The machine's own virtio devices, which do DMA, and the device servers that drive them. On the virtio-mmio transport no
 * IOMMU is in front of them, so they are given away only if the description says unsafe-dma, and the operator is told.
 */
#pragma once

#include <septum/device.h>

#include "manager.h"

#define PHYSICAL_NONE 0u
#define PHYSICAL_9P   9u /* virtio device id */

struct device_server;

struct physical {
    uint32_t type;  /* of the device that the server drives, PHYSICAL_… */
    bool given;     /* the server has one */
    const char *lack; /* why it has none, as "…, but LACK"; NULL: it has, or needs none */
    uint64_t address; /* of its registers */
    uint64_t dma;     /* physical address of the memory that server and device share */
};

/* Finds the server's device and gives it, with its interrupt and memory for its DMA. True also if there is none, or if it
 * may not be given: then `lack` says why. On false `trouble` does. */
bool physical_give(struct device_server *s);

/* What the server's link says of it. */
void physical_tell(const struct physical *p, struct device_link *link);
