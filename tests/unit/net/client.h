/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Clients of the switch: the monitors' side of their rings, which keeps the rules. */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include "net/packet.h"
#include "net/switch.h"

#define CLIENTS 6u
#define UPLINK  CLIENTS /* one more, after uplink_begin() */

struct client {
    struct net_ring *ring;
    uint32_t out_head;
    uint32_t in_tail;
    uint64_t counter[DEVICE_COUNTERS];
};

/* A frame as a receiver finds it. */
struct frame_seen {
    struct net_packet header;
    uint8_t bytes[NET_PACKET_MOST];
};

extern struct net_switch net_switch;
extern struct client client[CLIENTS + 1];
extern uint64_t now;

/* Nets 0, 1, 2 are on network 0, 3 is on network 1; 4 and 5 are on network 0 in VLAN 7. Addresses 02:..:<number>. */
void clients_begin(void);
/* The same, and the uplink of network 0. What it sends has an address that is nobody's. */
void uplink_begin(void);
void client_take(uint32_t c, uint32_t epoch);
uint64_t client_mac(uint32_t c);

/* A frame from c's own address; its payload counts up from `seed`. False: no room. */
bool client_send(uint32_t c, uint64_t to, uint32_t bytes, uint8_t seed);

/* Puts a packet as it is. */
bool client_put(uint32_t c, const struct net_packet *header, const uint8_t *bytes);

/* The next frame; false: there is none. */
bool client_receive(uint32_t c, struct frame_seen *frame);

/* Does the frame hold what client_send() sent from `from`? */
bool frame_is(const struct frame_seen *frame, uint32_t from, uint32_t bytes, uint8_t seed);

/* Rounds until there is nothing to do at once; the bells of all. */
struct switch_round serve_all(void);

/* uplink_test.c: how many tests failed; adds to *count. */
int uplink_tests(int *count);

#endif
