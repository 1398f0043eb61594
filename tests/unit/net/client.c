/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "client.h"

#include <stdlib.h>
#include <string.h>

struct net_switch net_switch;
struct client client[CLIENTS + 1];
uint64_t now;

static const struct bundle_net nets[CLIENTS + 1] = {
    {0, 0, {2, 0, 0, 0, 0, 0}, 0}, {1, 0, {2, 0, 0, 0, 0, 1}, 0}, {2, 0, {2, 0, 0, 0, 0, 2}, 0},
    {3, 1, {2, 0, 0, 0, 0, 3}, 0}, {4, 0, {2, 0, 0, 0, 0, 4}, 7}, {5, 0, {2, 0, 0, 0, 0, 5}, 7},
    {0, 0, {0}, 0},
};

uint64_t client_mac(uint32_t c)
{
    return UINT64_C(0x020000000000) + c;
}

void client_take(uint32_t c, uint32_t epoch)
{
    switch_know(&net_switch, c, &nets[c], c == UPLINK);
    switch_take(&net_switch, c, client[c].ring, epoch, client[c].counter);
}

static void begin(uint32_t count)
{
    memset(&net_switch, 0, sizeof net_switch);
    net_switch.patience = 1000;
    net_switch.ports = count;
    now = 1;
    for (uint32_t c = 0; c < count; c++) {
        if (client[c].ring == NULL && (client[c].ring = aligned_alloc(FRAME_BYTES, sizeof(struct net_ring))) == NULL)
            abort();
        memset(client[c].ring, 0, sizeof(struct net_ring));
        memset(client[c].counter, 0, sizeof client[c].counter);
        client[c].out_head = 0;
        client[c].in_tail = 0;
        client_take(c, 1);
    }
}

void clients_begin(void)
{
    begin(CLIENTS);
}

void uplink_begin(void)
{
    begin(CLIENTS + 1);
}

static uint32_t size_of(uint32_t bytes)
{
    return 16 + (bytes + 15) / 16 * 16;
}

bool client_put(uint32_t c, const struct net_packet *header, const uint8_t *bytes)
{
    struct net_ring *ring = client[c].ring;
    const uint32_t size = size_of(header->bytes);
    uint32_t at = client[c].out_head % NET_RING_BYTES;
    const uint32_t rest = NET_RING_BYTES - at;
    static const struct net_packet skip = {.bytes = NET_SKIP};

    if (size > rest) {
        if (client[c].out_head + rest - ring->out.tail > NET_RING_BYTES)
            return false;
        memcpy(&ring->out_bytes[at], &skip, sizeof skip);
        client[c].out_head += rest;
        ring->out.head = client[c].out_head;
        at = 0;
    }
    if (client[c].out_head + size - ring->out.tail > NET_RING_BYTES)
        return false;
    memcpy(&ring->out_bytes[at], header, sizeof *header);
    memcpy(&ring->out_bytes[at + 16], bytes, header->bytes);
    client[c].out_head += size;
    ring->out.head = client[c].out_head;
    return true;
}

static void frame_fill(uint8_t *frame, uint64_t to, uint64_t from, uint32_t bytes, uint8_t seed)
{
    for (uint32_t i = 0; i < bytes; i++)
        frame[i] = (uint8_t)(seed + i);
    for (uint32_t i = 0; i < 6; i++) {
        frame[i] = (uint8_t)(to >> (40 - 8 * i));
        frame[6 + i] = (uint8_t)(from >> (40 - 8 * i));
    }
    frame[12] = 0x08;
    frame[13] = 0x00;
}

/* Frames that are larger than one of Ethernet are TCP's, to be cut. */
bool client_send(uint32_t c, uint64_t to, uint32_t bytes, uint8_t seed)
{
    static uint8_t frame[NET_PACKET_MOST];
    struct net_packet header = {.bytes = bytes};

    if (bytes > ETHER_FRAME_MOST) {
        header = (struct net_packet){.bytes = bytes, .flags = 1, .gso_type = 1, .header_bytes = 54, .gso_bytes = 1460,
                                     .checksum_start = 34, .checksum_offset = 16};
    }
    frame_fill(frame, to, client_mac(c), bytes, seed);
    return client_put(c, &header, frame);
}

bool client_receive(uint32_t c, struct frame_seen *frame)
{
    struct net_ring *ring = client[c].ring;
    uint32_t at = client[c].in_tail % NET_RING_BYTES;

    if (client[c].in_tail == ring->in.head)
        return false;
    memcpy(&frame->header, &ring->in_bytes[at], sizeof frame->header);
    if (frame->header.bytes == NET_SKIP) {
        client[c].in_tail += NET_RING_BYTES - at;
        ring->in.tail = client[c].in_tail;
        return client_receive(c, frame);
    }
    if (frame->header.bytes > NET_PACKET_MOST || at + size_of(frame->header.bytes) > NET_RING_BYTES)
        abort();
    memcpy(frame->bytes, &ring->in_bytes[at + 16], frame->header.bytes);
    client[c].in_tail += size_of(frame->header.bytes);
    ring->in.tail = client[c].in_tail;
    return true;
}

bool frame_is(const struct frame_seen *frame, uint32_t from, uint32_t bytes, uint8_t seed)
{
    if (frame->header.bytes != bytes || mac_number(frame->bytes + 6) != client_mac(from))
        return false;
    for (uint32_t i = 14; i < bytes; i++) {
        if (frame->bytes[i] != (uint8_t)(seed + i))
            return false;
    }
    return true;
}

struct switch_round serve_all(void)
{
    struct switch_round all = {0, 0, false, false};
    struct switch_round one;

    do {
        one = switch_serve(&net_switch, now);
        all.bells |= one.bells;
        all.broken |= one.broken;
        all.waits = one.waits;
    } while (one.more);
    return all;
}
