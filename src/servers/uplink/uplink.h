/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Frames between the switch's ring and the wire. To the switch this server is one more client: it owns the ring, keeps its
 * own counters outside, and reads each word of the other side's once. What a guest left to be done is done here. Pure.
 */
#pragma once

#include "net/ring.h"
#include "wire.h"

#include <lib/segment.h>

#define UPLINK_SEGMENT_LEAST 256u /* bytes: smaller ones would make one packet hundreds of frames */

enum uplink_counter { UPLINK_OUT, UPLINK_OUT_BYTES, UPLINK_IN, UPLINK_IN_BYTES, UPLINK_DROPPED, UPLINK_ERRORS };

/* A packet on its way out in segments, of which not all have found room. */
struct uplink_job {
    bool there;
    uint32_t number; /* of the next segment */
    uint32_t offset; /* of its bytes in the payload */
    uint32_t most;   /* bytes of a segment */
    uint16_t vlan;
    struct segment_cut cut;
    uint8_t packet[NET_PACKET_MOST];
};

struct uplink {
    struct wire *wire;
    struct net_ring *ring; /* NULL: there is none, or it was given up */
    uint32_t out_head;
    uint32_t in_tail;
    uint64_t *counter; /* DEVICE_COUNTERS of them */
    struct uplink_job job;
};

struct uplink_round {
    bool bell;   /* the switch has news */
    bool more;   /* there is more to do at once */
    bool broken; /* the other side of the ring broke the rules: it is given up */
    bool failed; /* the device broke the rules */
};

/* The ring is there, perhaps from an earlier life of this server. False: its counters cannot be right. */
bool uplink_take(struct uplink *u, struct net_ring *ring);

/* A batch each way. */
struct uplink_round uplink_serve(struct uplink *u);
