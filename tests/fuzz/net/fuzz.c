/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Four clients, three of them on one network, and that network's uplink write anything anywhere into their rings between
 * rounds of the switch. Whatever they do, the switch stays within the rings, ends each round, keeps its own counters,
 * lets no frame cross to the other network, and lets none arrive from an address that is not its sender's.
 */
#include "net/packet.h"
#include "net/switch.h"

#include <string.h>

#include "input.h"

#define CLIENTS 5u
#define UPLINK  4u
#define ROUNDS  64u

static const struct bundle_net nets[CLIENTS] = {
    {0, 0, {2, 0, 0, 0, 0, 0}, 0}, {1, 0, {2, 0, 0, 0, 0, 1}, 0}, {2, 0, {2, 0, 0, 0, 0, 2}, 0},
    {3, 1, {2, 0, 0, 0, 0, 3}, 0}, {0, 0, {0}, 0},
};
static struct net_switch net_switch;
static struct net_ring *ring[CLIENTS];
static uint64_t counter[CLIENTS][DEVICE_COUNTERS];

static uint32_t take(struct input *in, unsigned bytes)
{
    return (uint32_t)input_take(in, bytes);
}

/* A packet that is nearly right, where the switch reads next; its length and its fields are the input's. */
static void packet_write(struct input *in, uint32_t c)
{
    const uint32_t choice = take(in, 1);
    struct net_packet h = {.bytes = (choice & 1) != 0 ? take(in, 2) : take(in, 4)};
    uint32_t at = ring[c]->out.head % NET_RING_BYTES / NET_ALIGN * NET_ALIGN;
    uint8_t ether[16] = {2, 0, 0, 0, 0, (uint8_t)(choice >> 1 & 3), 2, 0, 0, 0, 0, (uint8_t)c, 8};

    if ((choice & 8) != 0)
        h.bytes = NET_SKIP;
    if ((choice & 16) != 0)
        ether[0] = 0xff;
    if ((choice & 32) != 0)
        ether[11] = (uint8_t)take(in, 1);
    if ((choice & 64) != 0) {
        h.flags = (uint8_t)take(in, 1);
        h.gso_type = (uint8_t)take(in, 1);
        h.gso_bytes = (uint16_t)take(in, 2);
        h.checksum_start = (uint16_t)take(in, 2);
        h.vlan = (uint16_t)(h.checksum_start & 1);
    }
    memcpy(&ring[c]->out_bytes[at], &h, sizeof h);
    if (at + 2 * NET_ALIGN <= NET_RING_BYTES)
        memcpy(&ring[c]->out_bytes[at + NET_ALIGN], ether, sizeof ether);
    if (h.bytes == NET_SKIP)
        ring[c]->out.head += NET_RING_BYTES - at;
    else
        ring[c]->out.head += (NET_ALIGN + h.bytes + NET_ALIGN - 1) / NET_ALIGN * NET_ALIGN;
}

static void word_write(struct input *in, uint32_t c)
{
    uint32_t *const word[] = {&ring[c]->out.head, &ring[c]->out.tail, &ring[c]->in.head, &ring[c]->in.tail,
                              &ring[c]->state};

    *word[take(in, 1) % 5] = take(in, 4);
}

static void bytes_write(struct input *in, uint32_t c)
{
    const uint32_t at = take(in, 3) % sizeof *ring[c];
    const uint32_t value = take(in, 1);

    ((uint8_t *)ring[c])[at] = (uint8_t)value;
}

/* What arrived since `from`, as far as its receiver let it stand. */
static void arrivals_check(uint32_t c, uint32_t from)
{
    const uint32_t head = net_switch.port[c].in_head;

    DEMAND(head - from <= NET_RING_BYTES);
    while (from != head) {
        const uint8_t *at = &ring[c]->in_bytes[from % NET_RING_BYTES];
        struct net_packet h;

        memcpy(&h, at, sizeof h);
        if (h.bytes == NET_SKIP) {
            from += NET_RING_BYTES - from % NET_RING_BYTES;
            continue;
        }
        DEMAND(h.bytes >= ETHER_HEADER_BYTES && h.bytes <= NET_PACKET_MOST);
        DEMAND(c != 3 && mac_number(at + 16 + 6) != mac_number(nets[c].mac));
        DEMAND(c != UPLINK || mac_number(at + 16 + 6) - mac_number(nets[0].mac) < 3);
        DEMAND(h.vlan == 0); /* no guest is in one */
        from += (NET_ALIGN + h.bytes + NET_ALIGN - 1) / NET_ALIGN * NET_ALIGN;
    }
}

/* Who holds the next room of a ring, or queues for it, waits for just that. */
static void waits_check(uint32_t to)
{
    const struct port *p = &net_switch.port[to];

    DEMAND(p->queue >> CLIENTS == 0 && (p->queue >> to & 1) == 0);
    for (uint32_t from = 0; from < CLIENTS; from++) {
        const bool holds = p->full_from != 0 && p->holder == from;

        if (holds || (p->queue >> from & 1) != 0)
            DEMAND(net_switch.port[from].waits_for == to && net_switch.port[from].state == PORT_ON);
        DEMAND(!holds || (p->queue >> from & 1) == 0);
    }
}

static void round_check(uint64_t now)
{
    uint32_t begin[CLIENTS];
    struct switch_round round;

    for (uint32_t c = 0; c < CLIENTS; c++)
        begin[c] = net_switch.port[c].in_head;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        round = switch_serve(&net_switch, now);
        DEMAND((round.bells | round.broken) >> CLIENTS == 0);
        if (!round.more)
            break;
    }
    DEMAND(!round.more);
    for (uint32_t c = 0; c < CLIENTS; c++) {
        waits_check(c);
        if (net_switch.port[c].state == PORT_ON)
            arrivals_check(c, begin[c]);
        else
            DEMAND(ring[c]->state == DEVICE_BROKEN || net_switch.port[c].state == PORT_BROKEN);
    }
}

static void begin(void)
{
    memset(&net_switch, 0, sizeof net_switch);
    net_switch.patience = 100;
    net_switch.ports = CLIENTS;
    for (uint32_t c = 0; c < CLIENTS; c++) {
        if (ring[c] == NULL && (ring[c] = aligned_alloc(FRAME_BYTES, sizeof(struct net_ring))) == NULL)
            abort();
        memset(ring[c], 0, sizeof(struct net_ring));
        switch_know(&net_switch, c, &nets[c], c == UPLINK);
        switch_take(&net_switch, c, ring[c], 1, counter[c]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    uint64_t now = 1;

    begin();
    while (in.left > 0) {
        const uint32_t op = take(&in, 1);
        const uint32_t c = op / 64 == 3 ? 3 + op % 2 : op / 64; /* the last two share a number */

        now += op & 15;
        switch (op >> 4 & 3) {
        case 0:
            word_write(&in, c);
            break;
        case 1:
            bytes_write(&in, c);
            break;
        case 2:
            packet_write(&in, c);
            break;
        default:
            ring[c]->in.tail = net_switch.port[c].in_head; /* it has taken all */
            if (net_switch.port[c].state == PORT_BROKEN)
                switch_take(&net_switch, c, ring[c], op, counter[c]);
            break;
        }
        round_check(now);
    }
    return 0;
}
