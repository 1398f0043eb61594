/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What is around a server of disks, files or slices: the manager's link, and monitors that put requests into their rings. */
#ifndef BLOCK_MONITORS_H
#define BLOCK_MONITORS_H

#include <septum/device.h>

#include <stdbool.h>

extern struct device_link link_of_all;
extern struct block_ring *ring[DEVICE_CLIENTS];
extern char said[4096]; /* all lines since monitors_begin */
extern uint32_t bells[DEVICE_CLIENTS], released[DEVICE_CLIENTS];

/* Nobody is told of, and nothing was said yet. The rings are as they were. */
void monitors_begin(void);

/* Client c has a new ring, which is to be zero. */
void client_begin(uint32_t c);

/* Acts on a new epoch; true: the disk can be used. */
bool client_ready(uint32_t c);

/* Puts a request, having acted on the ring's epoch; the caller fills the slot's data. */
void client_put(uint32_t c, uint32_t op, uint32_t slot, uint64_t offset, uint64_t bytes);

/* The status of that slot's answer once it has come, -1 if it has not; answers are taken in order. */
int client_status(uint32_t c, uint32_t slot);
#endif
