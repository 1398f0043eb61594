/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* virtio-blk, the server's side: the client's end of struct block_ring. For virtio_blk.c only. */
#pragma once

#include "virtio.h"

#define BLK_F_FLUSH (UINT64_C(1) << 9)

/* Status of a request. [virtio 1.2 5.2.6] */
#define BLK_S_OK     0u
#define BLK_S_IOERR  1u
#define BLK_S_UNSUPP 2u

static inline struct block_ring *blk_ring(const struct virtio_device *d)
{
    return (struct block_ring *)(void *)d->ring;
}

static inline bool blk_is_read_only(const struct virtio_device *d)
{
    return (d->flags & BUNDLE_DISK_READ_ONLY) != 0 || (d->model.blk.server_flags & BLOCK_FLAG_READ_ONLY) != 0;
}

/* The server says that it cannot serve this disk. */
static inline bool blk_ring_is_broken(const struct virtio_device *d)
{
    return __atomic_load_n(&blk_ring(d)->state, __ATOMIC_RELAXED) == DEVICE_BROKEN;
}

/* Takes answers, and the server's start if there was one. True: the disk is another than it was. */
bool blk_ring_news(struct virtio_device *d);

/* Puts parts of the requests that wait while there are slots, and rings. */
void blk_ring_put(struct virtio_device *d);

/* A request ends although the server may have parts of it. */
void blk_ring_forget(struct blk *b, uint32_t request);

/* virtio_blk.c: the request is over, and goes back to the driver. */
void blk_finish(struct virtio_device *d, struct blk_request *r, uint32_t status);
