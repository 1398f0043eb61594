/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "net_peer.h"

struct driver d;
struct net_ring *ring;
uint8_t packet[70000];
uint8_t header[HEAD];
uint8_t got[70000];
static uint64_t buffer_of[256]; /* by id */

int net_begin(void **state)
{
    static const uint32_t kinds[] = {DEVICE_NET};

    (void)state;
    world_make(2);
    world_devices(kinds, 1);
    ring = world_ring(0);
    memcpy(ring->mac, "\x02\x11\x22\x33\x44\x55", 6);
    ring->state = DEVICE_READY;
    ring->link_up = 1;
    ring->epoch = 1;
    blk_server_bell();
    for (uint32_t i = 0; i < sizeof packet; i++)
        packet[i] = (uint8_t)(i * 7 + i / 256);
    return 0;
}

int net_end(void **state)
{
    (void)state;
    assert_int_equal(world.monitor.virtio.device[0].lock.taken, 0);
    assert_int_equal(world.monitor.virtio.bench.lock.taken, 0);
    world_drop();
    return 0;
}

void drive(uint64_t features, uint32_t size)
{
    assert_int_equal(driver_begin(&d, 0, PLAIN | features, 2, size), 15);
}

bool put(struct net_packet p)
{
    uint32_t need = ((uint32_t)sizeof p + p.bytes + 15) & ~15u;
    uint32_t rest = NET_RING_BYTES - ring->in.head % NET_RING_BYTES;

    if (need > rest) {
        const uint32_t skip = NET_SKIP;

        if (ring->in.head + rest - ring->in.tail > NET_RING_BYTES)
            return false;
        memcpy(ring->in_bytes + ring->in.head % NET_RING_BYTES, &skip, 4);
        ring->in.head += rest;
    }
    if (ring->in.head + need - ring->in.tail > NET_RING_BYTES)
        return false;
    memcpy(ring->in_bytes + ring->in.head % NET_RING_BYTES, &p, sizeof p);
    memcpy(ring->in_bytes + ring->in.head % NET_RING_BYTES + sizeof p, packet, p.bytes);
    ring->in.head += need;
    blk_server_bell();
    return true;
}

void give(uint32_t n, uint32_t bytes)
{
    struct driver_piece piece[2] = {{NET_RX_AT + STRIDE * n, 100, true}, {NET_RX_AT + STRIDE * n + 100, bytes - 100, true}};
    int id = driver_add(&d, 0, piece, bytes > 100 ? 2 : 1);

    assert_true(id >= 0);
    buffer_of[id] = NET_RX_AT + STRIDE * n;
    driver_kick(&d, 0);
}

void gave(uint32_t id, uint32_t n)
{
    buffer_of[id] = NET_RX_AT + STRIDE * n;
}

uint32_t receive(uint8_t *head, uint8_t *to)
{
    uint32_t done = 0;
    uint16_t buffers = 1;
    uint32_t id;
    uint32_t bytes;

    for (uint16_t i = 0; i < buffers; i++) {
        uint32_t skip = i == 0 ? HEAD : 0;

        if (!driver_used(&d, 0, &id, &bytes)) {
            assert_int_equal(i, 0); /* all of a packet's buffers are seen at once */
            return 0;
        }
        if (i == 0) {
            memcpy(head, driver_memory(buffer_of[id]), HEAD);
            memcpy(&buffers, head + 10, 2);
            assert_in_range(buffers, 1, 64);
        }
        memcpy(to + done, driver_memory(buffer_of[id] + skip), bytes - skip);
        done += bytes - skip;
    }
    assert_int_equal(driver_read(&d, 0x070), 15);
    return done;
}
