/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The switch writes anything anywhere into the ring, and the device into its memory, between rounds. Whatever they do, the
 * server stays within both, ends each round, tells its device of buffers of its own memory only, and gives the switch
 * nothing but whole frames of a right size.
 */
#include "uplink/uplink.h"
#include "virtio/device.h"

#include <string.h>

#include "input.h"

#define RX 0u
#define TX 1u
#define MEMORY (UPLINK_DMA_FRAMES * FRAME_BYTES)
#define ROUNDS 2000u

static struct wire wire;
static struct uplink uplink;
static struct net_ring *ring;
static uint8_t *memory; /* so that what lies behind it is found out */
static uint64_t counter[DEVICE_COUNTERS];

static void begin(void)
{
    device_begin(VIRTIO_TYPE_NET, UINT64_C(3) << 17, 3);
    if (memory == NULL && ((memory = aligned_alloc(FRAME_BYTES, MEMORY)) == NULL ||
                           (ring = aligned_alloc(FRAME_BYTES, sizeof *ring)) == NULL))
        abort();
    memset(memory, 0, MEMORY);
    memset(ring, 0, sizeof *ring);
    memset(&uplink, 0, sizeof uplink);
    uplink.wire = &wire;
    uplink.counter = counter;
    DEMAND(wire_start(&wire, &fake_virtio, memory, (uintptr_t)memory) == VIRTIO_OK && uplink_take(&uplink, ring));
}

/* A packet that is nearly right, where the server reads next. */
static void packet_write(struct input *in)
{
    const uint32_t at = ring->in.head % NET_RING_BYTES / NET_ALIGN * NET_ALIGN;
    const uint32_t choice = (uint32_t)input_take(in, 1);
    struct net_packet h = {.bytes = (uint32_t)input_take(in, 2), .vlan = (uint16_t)(choice / 128 * input_take(in, 2))};

    if (choice % 4 == 0)
        h.bytes = NET_SKIP;
    if (choice % 4 > 1) {
        h.flags = 1;
        h.gso_type = choice % 4 == 2 ? 0 : choice % 16 < 8 ? 1 : 4;
        h.gso_bytes = (uint16_t)(256 + choice * 6);
        h.checksum_start = h.gso_type == 4 ? 54 : 34;
        h.checksum_offset = 16;
    }
    memcpy(&ring->in_bytes[at], &h, sizeof h);
    if (at + 6 * NET_ALIGN <= NET_RING_BYTES) { /* as far as an IPv6 packet with a TCP header reaches */
        ring->in_bytes[at + 16 + 14] = h.gso_type == 4 ? 0x60 : 0x45;
        ring->in_bytes[at + 16 + (h.gso_type == 4 ? 66 : 46)] = 0x50;
    }
    ring->in.head += h.bytes == NET_SKIP ? NET_RING_BYTES - at : 16 + (h.bytes + 15) / 16 * 16;
}

static void within(const struct fake_piece *piece)
{
    DEMAND(piece->at >= memory && piece->bytes <= MEMORY && (size_t)(piece->at - memory) <= MEMORY - piece->bytes);
}

static bool bent; /* the device has written into the driver's memory, its own queues perhaps */

/* What the device is told of, before anybody bends it. */
static void device_work(struct input *in)
{
    struct fake_chain chain;

    while (device_take(TX, &chain)) {
        within(&chain.piece[0]);
        DEMAND(chain.count == 1 && chain.piece[0].bytes >= 12 + 14 && chain.piece[0].bytes <= 12 + 1518);
        device_done(TX, &chain, 0);
    }
    if (device_take(RX, &chain)) {
        within(&chain.piece[0]);
        device_done(RX, &chain, (uint32_t)input_take(in, 2) % 2100);
    }
}

/* Frames that came to the switch since `from`, if the ring still holds. */
static void arrivals_check(uint32_t from)
{
    while (from != uplink.out_head) {
        struct net_packet h;

        memcpy(&h, &ring->out_bytes[from % NET_RING_BYTES], sizeof h);
        if (h.bytes == NET_SKIP) {
            from += NET_RING_BYTES - from % NET_RING_BYTES;
            continue;
        }
        DEMAND(h.bytes >= 14 && h.bytes <= 1514 && h.flags == 0 && h.gso_type == 0 && h.vlan <= 4094);
        from += 16 + (h.bytes + 15) / 16 * 16;
    }
}

static bool serve(void)
{
    struct uplink_round round = {.more = true};

    for (uint32_t i = 0; round.more && !round.failed; i++) {
        const uint32_t head = uplink.out_head;

        DEMAND(i < ROUNDS);
        round = uplink_serve(&uplink);
        if (!round.broken)
            arrivals_check(head);
    }
    return !round.failed && wire_answer(&wire) != VIRTQUEUE_BROKEN;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    bool good = true;

    begin();
    bent = false;
    while (in.left > 0 && good) {
        const uint32_t op = (uint32_t)input_take(&in, 1);

        if (op % 16 == 0) {
            memory[input_take(&in, 3) % MEMORY] = (uint8_t)input_take(&in, 1);
            bent = true;
        } else if (op % 16 == 1)
            ((uint8_t *)ring)[input_take(&in, 3) % sizeof *ring] = (uint8_t)input_take(&in, 1);
        else if (op % 16 == 2)
            (void)uplink_take(&uplink, ring);
        else if (op % 16 < 6)
            ring->out.tail = uplink.out_head;
        else if (op % 16 < 11)
            packet_write(&in);
        else if (!bent) /* what it is told then may be anything */
            device_work(&in);
        good = serve();
    }
    return 0;
}
