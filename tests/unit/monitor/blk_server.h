/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A block server as device.h asks for, acted: a disk in memory. */
#ifndef MONITOR_BLK_SERVER_H
#define MONITOR_BLK_SERVER_H

#include <septum/device.h>
#include <stdint.h>

#define DISK_BYTES 0x80000u

struct blk_server {
    struct block_ring *ring;
    uint32_t consumed; /* requests */
    uint32_t flushes;
    uint32_t requests;
    uint32_t answer_with; /* this status, if not 0 */
    uint8_t disk[DISK_BYTES];
};

/* The server of that device starts (again): nothing but the disk is left of the one before it. */
void blk_server_start(struct blk_server *s, uint32_t device);

/* Serves what is in the ring, at most so many requests, the last one first if `backwards`. Returns how many. */
uint32_t blk_server_serve(struct blk_server *s, uint32_t most, int backwards);

/* The monitor hears its bell. */
void blk_server_bell(void);

#endif
