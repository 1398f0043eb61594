/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The switch: a port for each net of the description. A port's address, network and VLAN are the description's, so
 * there is nothing to learn, and nothing that a guest could make the switch believe: a frame goes to the one port that
 * has its address in the sender's network and VLAN, or, if it is for a group, to all others of these.
 *
 * One port can be the uplink of its network: it hears what is for a group or for an address that is nobody's there, of all
 * VLANs, and is heard by those that a frame is for, unless it comes from an address of the network's own.
 *
 * Rings are served round robin, a bounded batch each. A frame for a ring that is full waits in its sender's, so that a
 * quick sender does not lose what a slow receiver would take; the next room is for who waits, so that many small frames
 * do not starve a large one, and who had a batch gives way. A receiver can make others wait by no more than SWITCH_PATIENCE_US for each ring's worth of
 * bytes that it took: then frames for it are dropped. Pure.
 */
#pragma once

#include "ring.h"

#define SWITCH_BATCH_BYTES 0x8000u /* copied for one client in one round; the last packet may go beyond */
#define SWITCH_PACKET_COST 512u   /* a packet counts for so many bytes more: small ones take time, too */
#define SWITCH_PATIENCE_US 20000u

enum port_state { PORT_OFF, PORT_ON, PORT_BROKEN };

struct port {
    uint32_t state; /* enum port_state */
    struct net_ring *ring;
    uint64_t mac;      /* mac_number() */
    uint32_t segment;  /* network and VLAN: ports of one segment hear each other */
    bool uplink;       /* its VLAN is the packet's */
    uint32_t out_tail; /* the server's counters; those in the ring are copies */
    uint32_t in_head;
    uint32_t old_tail;  /* out_tail at the begin of the last batch */
    uint32_t in_tail;   /* the client's, when it was last looked at */
    uint64_t *counter;  /* DEVICE_COUNTERS of them: enum net_counter */
    /* Others that wait for room in its ring (wait.h). */
    uint64_t patience;  /* ticks that they may still wait */
    uint64_t full_from; /* since when `holder` waits; 0: nobody does */
    uint64_t queue;     /* bits of the clients that wait behind it */
    uint32_t holder;    /* the client that the next room is for */
    uint32_t turn;      /* the client that sent last to it, */
    uint32_t turn_bytes; /* and how much, up to a batch and a packet */
    uint32_t waits_for; /* whose ring it waits for itself; its own number: nobody's */
};

enum net_counter { NET_OUT, NET_OUT_BYTES, NET_IN, NET_IN_BYTES, NET_DROPPED, NET_ERRORS };

struct net_switch {
    uint64_t patience; /* SWITCH_PATIENCE_US in ticks */
    uint32_t ports;    /* clients from 0 on that there can be, at most DEVICE_CLIENTS */
    uint64_t now;      /* of this round */
    uint32_t first;    /* who is served first in the next round: after who was first to move something in this one */
    struct port port[DEVICE_CLIENTS];
};

/* What a round did. Bits count clients. */
struct switch_round {
    uint64_t bells;  /* their rings have news for them */
    uint64_t broken; /* they broke the rules of their ring in this round, and are cut off */
    bool more;       /* there is more to do at once */
    bool waits;      /* a frame waits for room: look again soon */
};

/* Who the client is: known from the start on, whether it is there or not. */
void switch_know(struct net_switch *sw, uint32_t client, const struct bundle_net *net, bool uplink);

/* The client, which is known, has a ring: it becomes ready, or broken. `counter` stays the switch's to write. */
void switch_take(struct net_switch *sw, uint32_t client, struct net_ring *ring, uint32_t epoch, uint64_t *counter);
void switch_leave(struct net_switch *sw, uint32_t client); /* touches its ring no more */

/* Serves each ring once; `now` in ticks, not 0. */
struct switch_round switch_serve(struct net_switch *sw, uint64_t now);

/* Has a client put something since? To be asked before the server sleeps. */
bool switch_has_work(const struct net_switch *sw);
