/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Both ends of a virtio-net device: the driver with its buffers, and the server's end of the ring. For cmocka's tests. */
#ifndef MONITOR_NET_PEER_H
#define MONITOR_NET_PEER_H

#include "blk_server.h"
#include "driver.h"
#include "suite.h"
#include "world.h"

#define NET_RX_AT UINT64_C(0x80200000)
#define STRIDE    0x800u /* of a receive buffer */
#define HEAD      12u

#define CSUM       (UINT64_C(1) << 0)
#define GUEST_CSUM (UINT64_C(1) << 1)
#define TSO        (UINT64_C(3) << 11)
#define GUEST_TSO  (UINT64_C(3) << 7)
#define MERGE      (UINT64_C(1) << 15)
#define PLAIN      (DRIVER_VERSION | UINT64_C(1) << 5 | UINT64_C(1) << 16)

extern struct driver d;
extern struct net_ring *ring;
extern uint8_t packet[70000];
extern uint8_t header[HEAD]; /* of what was received last */
extern uint8_t got[70000];

/* Set-up and tear-down of every test: a device with its link up, and a pattern in `packet`. */
int net_begin(void **state);
int net_end(void **state);

/* A driver with these features beside the usual ones, and queues of that size. */
void drive(uint64_t features, uint32_t size);

/* The server puts the header and bytes of `packet`; false: there is no room. */
bool put(struct net_packet p);

/* The driver gives the device buffer n of so many bytes, in two pieces. */
void give(uint32_t n, uint32_t bytes);

/* The driver used a buffer with that id by itself. */
void gave(uint32_t id, uint32_t n);

/* The next packet as the driver gets it, of one or more buffers: its header, the bytes behind it, and how many. */
uint32_t receive(uint8_t *head, uint8_t *to);

#endif
