/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The disk server in a world of models, between manager, monitors and a virtio-blk written from the specification,
 * which looks at each request it is told of: is it of the slice, the ring and the slot that it must be of?
 */
#ifndef DISK_WORLD_H
#define DISK_WORLD_H

#include "block/monitors.h"
#include "disk/slice.h"
#include "virtio/device.h"

#define CLIENTS 3u
#define SECTORS 256u /* of the model */
#define MEMORY  (DISK_DMA_FRAMES * FRAME_BYTES)

/* Features [virtio 1.2 5.2.3]. */
#define F_RO       (UINT64_C(1) << 5)
#define F_BLK_SIZE (UINT64_C(1) << 6)
#define F_FLUSH    (UINT64_C(1) << 9)
#define F_DISCARD  (UINT64_C(1) << 13)
#define F_ZEROES   (UINT64_C(1) << 14)
#define F_ALL      (F_BLK_SIZE | F_FLUSH | F_DISCARD | F_ZEROES)
#define ZEROES_MOST  8u /* sectors of one request */
#define DISCARD_MOST 16u

struct model {
    uint8_t data[SECTORS][BLOCK_SECTOR];
    uint8_t safe[SECTORS][BLOCK_SECTOR]; /* as a flush left them */
    uint32_t asked[14];   /* requests, by their types */
    uint8_t fail;         /* the status of the next requests, if not 0 */
    uint32_t shorter;     /* it says that it wrote so much less than it did */
    bool strict; /* each request is held against the slices */
};

extern struct model model;
extern struct drive drive;
extern struct slices slices;
extern uint8_t *memory; /* that the device reaches */

/* A disk with these features, and no client yet; the sectors are as they were if `again`. */
bool world_begin(uint64_t features, bool again);

/* The server is started again, with the rings as they are. */
bool world_restart(void);

/* Client c has that slice, in a new ring; the server is not run. */
void client_add(uint32_t c, uint64_t first, uint64_t count, uint32_t flags);
void client_remove(uint32_t c);

/* The device serves one request; false: it has none. `last`: not the first that it has, but the last. */
bool model_serve(bool last);

/* Rounds of the server and requests of the device until nothing moves. False: the device broke the rules. */
bool world_run(void);
#endif
