/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Both ways of a net ring (septum/device.h), for the switch and, from the other side, for the uplink. Who shares it can
 * write all of it at any time: each word of the other's is read once, and own counters are kept outside the ring. Pure:
 * also builds for the host.
 */
#pragma once

#include <septum/device.h>

#include <stdbool.h>

#define RING_ETHER_BYTES 16u /* of a packet are read with its header: both addresses, the type, two more */

/* One of the two ways. */
struct ring_way {
    struct net_side *side;
    uint8_t *bytes;
};

static inline struct ring_way ring_out(struct net_ring *ring)
{
    return (struct ring_way){&ring->out, ring->out_bytes};
}

static inline struct ring_way ring_in(struct net_ring *ring)
{
    return (struct ring_way){&ring->in, ring->in_bytes};
}

/* A packet in the ring, as it was when it was looked at. */
struct ring_packet {
    struct net_packet header;
    uint8_t ether[RING_ETHER_BYTES];
    const uint8_t *bytes; /* in the ring: the client can change them meanwhile */
    uint32_t size;        /* in the ring, with header and rounding */
};

enum ring_look { RING_EMPTY, RING_PACKET, RING_BROKEN };
enum ring_put { RING_PUT, RING_FULL, RING_PUT_BROKEN };

/* The next packet behind *tail, which passes over a skip. RING_BROKEN: who sends broke the rules. */
enum ring_look ring_look(struct ring_way way, uint32_t *tail, struct ring_packet *packet);

/* Copies the packet to *head, and lets the receiver see it; *tail is what it has taken till then. */
enum ring_put ring_put(struct ring_way way, uint32_t *head, uint32_t *tail, const struct ring_packet *packet);

/* Where a new server goes on: what waits to be sent is dropped, what waits to be received stays. False: broken. */
bool ring_begin(struct net_ring *ring, uint32_t *out_tail, uint32_t *in_head);
