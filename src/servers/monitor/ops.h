/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What the monitor asks of the kernel and of its fellow servers; on the host, of the test. */
#pragma once

#include <stdint.h>

uint64_t ops_time(void);

/* Sleeps until the deadline or a notification; returns the bits that came. */
uint64_t ops_wait(uint64_t deadline);

/* Wakes the thread of a vCPU of this guest: MONITOR_BIT_WORK. */
void ops_wake(uint32_t hart);

/* Lets that vCPU take its `inject` word now. */
void ops_kick(uint32_t hart);

/* Tells the console that the ring has output. */
void ops_console(void);

/* Tells the server of a device of this guest that its ring has news. */
void ops_device(uint32_t device);

/* Writes all state of the caller's vCPU to its page. */
void ops_save(void);

/* A fence for the guest on every hart. */
void ops_fence(uint64_t what, uint64_t va, uint64_t bytes, uint64_t asid);

/*
 * Frames of the guest with a balloon. space: MONITOR_CAP_GUEST or CAP_SELF; at: an address in it. Each returns an enum
 * septum_status.
 */
int64_t ops_map(uint64_t space, uint64_t at, uint64_t frame);
int64_t ops_unmap(uint64_t space, uint64_t frame);
int64_t ops_split(uint64_t space, uint64_t frame, uint64_t table);
int64_t ops_lend(uint64_t frame); /* to the guest */
int64_t ops_revoke(uint64_t frame);
int64_t ops_tray_put(uint64_t frame); /* it is at MONITOR_CAP_TRAY, and ours no more */
void ops_tray_drop(void);

/* MANAGER_TRAY, PARTED or CHUNK, with the chunk's first frame, or for it. */
int64_t ops_chunk(uint64_t op, uint64_t *frame);

/* Calls the manager: enum manager_op and its arguments; returns its answer, an enum septum_status. */
int64_t ops_manager(uint64_t op, uint64_t m1, uint64_t m2, uint64_t m3);
