/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The directory that the host shares with the machine: a virtio-9p device, and our session with the server behind it. */
#pragma once

#include "drivers/p9.h"

#define SHARE_TAG  "septum" /* of the device: so that no other 9p device passes for it */
#define SHARE_ROOT 0u       /* fid of the directory */

/* Where things lie in the memory that the device reaches (DEVICE_VA_DMA), in bytes. */
#define SHARE_QUEUE_AT  0u
#define SHARE_BUFFER_AT 0x1000u  /* P9_BUFFER_BYTES */
#define SHARE_ZEROES_AT 0x5000u  /* BLOCK_SLOT_BYTES of zeroes */
#define SHARE_HEADS_AT  0x9000u  /* OVERLAY_HEAD_BYTES for each client */
#define SHARE_PAGES_AT  0x10000u /* of the map */
#define SHARE_MAP_AT    0x1f0000u /* the map itself */

struct share {
    struct p9 p9;
    struct virtio device;
    uint8_t *memory;
    uint64_t address; /* of `memory`, for the device */
    bool up;
};

extern struct share share;

/* Starts the device and the session; on failure *why says what is wrong, as "… because *why". Waits by world_wait. */
bool share_start(const struct virtio *device, uint8_t *memory, uint64_t address, const char **why);
/* The device is reset, so that it touches our memory no more. */
void share_end(void);

/* Waits for the device's interrupt; false: it takes too long. main.c, or the test's world. */
bool world_wait(void);
