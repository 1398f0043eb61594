/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A device that is started anew for each try, with queues in the memory that it may reach, or elsewhere. */
#pragma once

#include "attack.h"

#include <drivers/virtqueue.h>

extern struct virtio hardware;

static inline uint8_t *own(uint32_t at)
{
    return (uint8_t *)(uintptr_t)(DEVICE_VA_DMA + at);
}

/* Rude: no feature is agreed on, not even that DMA goes through the IOMMU. Queues are placed next, then session_go. */
bool session_begin(uint32_t type, bool rude);
void session_go(bool rude);

/* Queue `number` in own memory at `at`; its table where `table` says, if that is not 0. */
bool session_queue(struct virtqueue *q, uint32_t number, uint32_t at, uint64_t table);

/* All that is tried, between tries of what the device may reach: so that one that does nothing does not pass. */
void session_attack(void (*own_memory)(bool rude));

/* Waits until the device has used a chain, gives up, or the time is over. */
void session_wait(struct virtqueue *q);
