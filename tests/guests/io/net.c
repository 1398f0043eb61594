/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A net: packets of 1,500 bytes behind their Ethernet header, each alone, and many in a row. */
#include "io.h"
#include "rt/rt.h"
#include "virtio.h"

#define FEATURE_MAC  (UINT64_C(1) << 5)
#define RX           0u
#define TX           1u
#define HEADER       12u /* of virtio-net [virtio 1.2 5.1.6] */
#define ETHERNET     14u
#define FRAME        1514u
#define ROOM         2048u
#define BURST        16u
#define PING_MAC     1u /* the last byte of each station's address, 02:00:00:00:00:xx */
#define PONG_MAC     2u
#define MORE         1u /* a packet's first byte of data: another one follows, and this one wants no answer */

struct net {
    struct device device;
    struct queue queue[QUEUES];
    uint8_t in[QUEUE_SIZE][ROOM] __attribute__((aligned(64)));
    uint8_t out[QUEUE_SIZE][ROOM] __attribute__((aligned(64)));
    uint64_t sent;
    uint64_t back; /* of them, those that the device is done with */
};

static struct net net[2];

static bool start(struct net *n, uint32_t nth)
{
    if (!device_start(&n->device, VIRTIO_NET, nth, n->queue, QUEUES, FEATURE_MAC)) {
        say("io: there is no net\n");
        return false;
    }
    queue_hush(&n->queue[TX], true);
    for (uint16_t i = 0; i < QUEUE_SIZE; i++) {
        n->queue[RX].descriptor[i] = (struct descriptor){(uint64_t)n->in[i], ROOM, DESCRIPTOR_WRITE, 0};
        n->queue[TX].descriptor[i] = (struct descriptor){(uint64_t)n->out[i], HEADER + FRAME, 0, 0};
        queue_give(&n->queue[RX], i);
    }
    device_notify(&n->device, RX);
    return true;
}

/* Every packet of this station is the same but for its first byte of data; the buffers are filled once. */
static void address(struct net *n, uint8_t from, uint8_t to)
{
    for (uint32_t i = 0; i < QUEUE_SIZE; i++) {
        uint8_t *frame = n->out[i] + HEADER;

        frame[0] = frame[6] = 2;
        frame[5] = to;
        frame[11] = from;
        frame[12] = 0x88; /* type 88b5: for experiments [IEEE 802] */
        frame[13] = 0xb5;
    }
}

/* The device has it once it is told by device_notify. False: it has as many as it can. */
static bool put(struct net *n, uint8_t first)
{
    uint32_t bytes;
    uint16_t head;

    while (queue_take(&n->queue[TX], &head, &bytes))
        n->back++;
    if (n->sent - n->back == QUEUE_SIZE)
        return false;
    head = (uint16_t)(n->sent % QUEUE_SIZE);
    n->out[head][HEADER + ETHERNET] = first;
    queue_give(&n->queue[TX], head);
    n->sent++;
    return true;
}

/* The first byte of a packet that came; its buffer goes back. False: none has come. */
static bool take(struct net *n, uint8_t *first)
{
    uint32_t bytes;
    uint16_t head;

    if (!queue_take(&n->queue[RX], &head, &bytes))
        return false;
    *first = n->in[head][HEADER + ETHERNET];
    queue_give(&n->queue[RX], head);
    return true;
}

static uint8_t await(struct net *n)
{
    uint8_t first;

    while (!take(n, &first))
        devices_wait();
    device_notify(&n->device, RX);
    return first;
}

static void send(struct net *n, uint8_t first)
{
    (void)put(n, first);
    device_notify(&n->device, TX);
}

/* A burst of packets, the last of which wants an answer; with 0 it is one that does not. */
static void burst(struct net *n)
{
    for (uint32_t i = 1; i <= BURST; i++)
        (void)put(n, i < BURST ? MORE : 0);
    device_notify(&n->device, TX);
}

bool net_ping(uint64_t turns)
{
    if (!start(&net[0], 0))
        return false;
    address(&net[0], PING_MAC, PONG_MAC);
    sleep_ticks(TICKS_PER_SECOND); /* the other one has started, too */
    for (uint64_t turn = 0; turn < turns + 16; turn++) {
        if (turn == 16)
            mark();
        send(&net[0], 0);
        (void)await(&net[0]);
    }
    mark();
    row("net-packet", 2 * turns);
    mark();
    for (uint64_t turn = 0; turn < turns / 4; turn++) {
        burst(&net[0]);
        (void)await(&net[0]);
    }
    mark();
    row("net-stream", turns / 4 * (BURST + 1));
    return true;
}

bool net_pong(void)
{
    if (!start(&net[0], 0))
        return false;
    address(&net[0], PONG_MAC, PING_MAC);
    for (;;) {
        if (await(&net[0]) != MORE)
            send(&net[0], 0);
    }
}

bool net_loop(uint64_t turns)
{
    if (!start(&net[0], 0) || !start(&net[1], 1))
        return false;
    address(&net[0], PING_MAC, PONG_MAC);
    for (uint64_t turn = 0; turn < turns + 16; turn++) {
        if (turn == 16)
            mark();
        send(&net[0], 0);
        (void)await(&net[1]);
    }
    mark();
    row("net-loop-packet", turns);
    mark();
    for (uint64_t turn = 0; turn < turns / 4; turn++) {
        burst(&net[0]);
        while (await(&net[1]) == MORE)
            continue;
    }
    mark();
    row("net-loop-stream", turns / 4 * BURST);
    return true;
}
