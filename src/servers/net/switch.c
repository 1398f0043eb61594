/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "switch.h"

#include "packet.h"
#include "wait.h"

#include <stddef.h>

/* A client that has less room than its largest packet needs may wait for some. */
#define ROOM_MOST (NET_RING_BYTES - (NET_PACKET_MOST + (uint32_t)sizeof(struct net_packet) + NET_ALIGN))

enum fate { FATE_DONE, FATE_WAITS };

static uint64_t bit(uint32_t client)
{
    return UINT64_C(1) << client;
}

/* It waits for nobody, and nobody for it. */
static void port_forget(struct net_switch *sw, uint32_t client)
{
    wait_end(sw, client);
    for (uint32_t from = 0; from < sw->ports; from++) {
        if (sw->port[from].waits_for == client)
            wait_end(sw, from);
    }
}

static void port_break(struct net_switch *sw, uint32_t client, struct switch_round *round)
{
    struct port *p = &sw->port[client];

    port_forget(sw, client);
    p->state = PORT_BROKEN;
    p->counter[NET_ERRORS]++;
    __atomic_store_n(&p->ring->state, (uint32_t)DEVICE_BROKEN, __ATOMIC_RELEASE);
    round->broken |= bit(client);
    round->bells |= bit(client);
}

void switch_know(struct net_switch *sw, uint32_t client, const struct bundle_net *net, bool uplink)
{
    sw->port[client] = (struct port){.state = PORT_OFF, .mac = mac_number(net->mac), .uplink = uplink,
                                     .segment = net->network << 16 | net->vlan, .waits_for = client};
}

void switch_take(struct net_switch *sw, uint32_t client, struct net_ring *ring, uint32_t epoch, uint64_t *counter)
{
    struct port *p = &sw->port[client];
    bool good;

    *p = (struct port){.state = PORT_ON, .ring = ring, .mac = p->mac, .uplink = p->uplink, .patience = sw->patience,
                       .segment = p->segment, .counter = counter, .waits_for = client};
    good = ring_begin(ring, &p->out_tail, &p->in_head);
    p->in_tail = p->in_head;
    p->old_tail = p->out_tail;
    if (!good)
        p->state = PORT_BROKEN;
    mac_bytes(p->mac, ring->mac);
    ring->epoch = epoch;
    ring->link_up = good ? 1u : 0u;
    __atomic_store_n(&ring->state, (uint32_t)(good ? DEVICE_READY : DEVICE_BROKEN), __ATOMIC_RELEASE);
}

void switch_leave(struct net_switch *sw, uint32_t client)
{
    port_forget(sw, client);
    sw->port[client].state = PORT_OFF;
    sw->port[client].ring = NULL;
}

/* One copy of the packet; `waits`: it may stay where it is if there is no room. */
static enum fate deliver(struct net_switch *sw, uint32_t from, uint32_t client, const struct ring_packet *packet,
                         bool waits, struct switch_round *round)
{
    struct port *to = &sw->port[client];
    const bool reserved = wait_is_reserved(sw, client, from, waits);
    const uint32_t head = to->in_head;
    enum ring_put put = RING_FULL;
    uint32_t tail;

    if (!reserved) {
        put = ring_put(ring_in(to->ring), &to->in_head, &tail, packet);
        if (put == RING_PUT_BROKEN) {
            port_break(sw, client, round);
            return FATE_DONE;
        }
        wait_earn(sw, to, tail);
    }
    if (to->in_head != head) /* a skip alone is news, too */
        round->bells |= bit(client);
    if (put == RING_FULL && waits && (reserved || wait_begin(sw, client, from))) {
        round->waits = true;
        return FATE_WAITS;
    }
    if (put == RING_FULL) {
        to->counter[NET_DROPPED]++;
        return FATE_DONE;
    }
    wait_delivered(to, from, packet->size);
    to->counter[NET_IN]++;
    to->counter[NET_IN_BYTES] += packet->header.bytes;
    return FATE_DONE;
}

static uint32_t network_of(uint32_t segment)
{
    return segment >> 16;
}

static uint32_t segment_of(const struct port *from, const struct ring_packet *packet)
{
    return from->uplink ? from->segment | packet->header.vlan : from->segment;
}

static bool hears(const struct net_switch *sw, uint32_t from, uint32_t to, uint32_t segment)
{
    const struct port *p = &sw->port[to];

    if (to == from || p->state != PORT_ON)
        return false;
    return p->uplink ? network_of(p->segment) == network_of(segment) : p->segment == segment;
}

/* What the receiver is told of the VLAN: the uplink has the tag put on again, guests hear of none. */
static void vlan_tell(const struct port *to, struct ring_packet *packet, uint32_t segment)
{
    packet->header.vlan = to->uplink ? (uint16_t)segment : 0;
}

/* To all others of the segment; returns how many copies were made. */
static uint32_t flood(struct net_switch *sw, uint32_t from, struct ring_packet *packet, struct switch_round *round)
{
    const uint32_t segment = segment_of(&sw->port[from], packet);
    const bool stays = mac_is_of_the_wire(packet_to(packet));
    uint32_t copies = 0;

    for (uint32_t to = 0; to < sw->ports; to++) {
        if (!hears(sw, from, to, segment) || (stays && sw->port[to].uplink))
            continue;
        vlan_tell(&sw->port[to], packet, segment);
        (void)deliver(sw, from, to, packet, false, round);
        copies++;
    }
    return copies;
}

/* Whom a frame for that address goes to: its owner, or, if it is nobody's of this network, the uplink. sw->ports: nobody. */
static uint32_t station(const struct net_switch *sw, uint32_t from, uint64_t mac, uint32_t segment)
{
    uint32_t uplink = sw->ports;

    for (uint32_t to = 0; to < sw->ports; to++) {
        const struct port *p = &sw->port[to];

        if (network_of(p->segment) != network_of(segment))
            continue;
        if (!p->uplink && p->mac == mac)
            return hears(sw, from, to, segment) ? to : sw->ports;
        if (p->uplink && hears(sw, from, to, segment))
            uplink = to;
    }
    return uplink;
}

/* From outside nobody speaks with an address of the network's own, in whatever VLAN. */
static bool is_own(const struct net_switch *sw, uint64_t mac, uint32_t segment)
{
    for (uint32_t i = 0; i < sw->ports; i++) {
        if (!sw->port[i].uplink && sw->port[i].mac == mac && network_of(sw->port[i].segment) == network_of(segment))
            return true;
    }
    return false;
}

static bool may_send(const struct net_switch *sw, const struct port *p, struct ring_packet *packet)
{
    if (!p->uplink)
        return packet_check(packet, p->mac);
    return packet_check_outside(packet) && !is_own(sw, packet_from(packet), p->segment);
}

static enum fate forward(struct net_switch *sw, uint32_t from, struct ring_packet *packet,
                         struct switch_round *round, uint32_t *copied)
{
    struct port *p = &sw->port[from];
    uint32_t to, segment;

    *copied += packet->size + SWITCH_PACKET_COST;
    if (!may_send(sw, p, packet)) {
        p->counter[NET_ERRORS]++;
        return FATE_DONE;
    }
    if (mac_is_group(packet_to(packet))) {
        *copied += (packet->size + SWITCH_PACKET_COST) * flood(sw, from, packet, round);
        return FATE_DONE;
    }
    segment = segment_of(p, packet);
    to = station(sw, from, packet_to(packet), segment);
    if (to == sw->ports) {
        p->counter[NET_DROPPED]++; /* nobody has that address */
        return FATE_DONE;
    }
    if (p->waits_for != to) /* its monitor put another frame in the place of the one that waits */
        wait_end(sw, from);
    vlan_tell(&sw->port[to], packet, segment);
    return deliver(sw, from, to, packet, true, round);
}

/* A batch of one client's. True: something moved. */
static bool port_serve(struct net_switch *sw, uint32_t client, struct switch_round *round)
{
    struct port *p = &sw->port[client];
    const uint32_t begin = p->out_tail;
    enum ring_look look = RING_EMPTY;
    uint32_t copied = 0;
    struct ring_packet packet;

    while (copied < SWITCH_BATCH_BYTES && (look = ring_look(ring_out(p->ring), &p->out_tail, &packet)) == RING_PACKET) {
        if (forward(sw, client, &packet, round, &copied) == FATE_WAITS)
            break;
        wait_end(sw, client);
        p->out_tail += packet.size;
        p->counter[NET_OUT]++;
        p->counter[NET_OUT_BYTES] += packet.header.bytes;
    }
    if (look == RING_BROKEN) {
        port_break(sw, client, round);
        return false;
    }
    if (look == RING_EMPTY)
        wait_end(sw, client);
    if (p->out_tail == begin)
        return false;
    __atomic_store_n(&p->ring->out.tail, p->out_tail, __ATOMIC_RELEASE);
    /* It looked for room with an old tail, perhaps that before the last, or it sees the new one. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&p->ring->out.head, __ATOMIC_ACQUIRE) - p->old_tail > ROOM_MOST)
        round->bells |= bit(client);
    p->old_tail = begin;
    if (copied >= SWITCH_BATCH_BYTES)
        round->more = true;
    return true;
}

struct switch_round switch_serve(struct net_switch *sw, uint64_t now)
{
    struct switch_round round = {0, 0, false, false};
    const uint32_t first = sw->first;
    bool moved = false;

    sw->now = now;
    for (uint32_t i = 0; i < sw->ports; i++) {
        const uint32_t client = (first + i) % sw->ports;

        if (sw->port[client].state == PORT_ON && port_serve(sw, client, &round) && !moved) {
            sw->first = (client + 1) % sw->ports;
            moved = true;
        }
    }
    return round;
}

bool switch_has_work(const struct net_switch *sw)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < sw->ports; i++) {
        const struct port *p = &sw->port[i];

        if (p->state == PORT_ON && __atomic_load_n(&p->ring->out.head, __ATOMIC_ACQUIRE) != p->out_tail)
            return true;
    }
    return false;
}
