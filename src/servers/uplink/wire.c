/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "wire.h"

#include <septum/device.h>

#include <string.h>

#define QUEUE_RX  0u
#define QUEUE_TX  1u
#define QUEUE_ASK 2u /* with one pair of queues */

#define ASK_ENTRIES 8u /* QEMU's device takes 64 there */

#define FEATURE_CTRL_VQ (UINT64_C(1) << 17)
#define FEATURE_CTRL_RX (UINT64_C(1) << 18)

#define HEADER_BYTES 12u /* struct virtio_net_hdr, all of it zero: nothing is left to be done */
#define MACS_BYTES   12u
#define TYPE_TAG     0x8100u
#define VLAN_MASK    0xfffu

/* The command that takes frames for all addresses: the switch knows whose are ours. [virtio 1.2 5.1.6.5.1] */
#define ASK_CLASS_RX 0u
#define ASK_PROMISC  0u
#define ASK_ON       1u
#define ASK_OK       0u
#define ASK_NOTHING  0xffu

_Static_assert(sizeof(struct virtqueue_memory) <= WIRE_TX_QUEUE_AT - WIRE_RX_QUEUE_AT, "a queue has room");
_Static_assert(VIRTQUEUE_CHAINS * WIRE_BUFFER_BYTES <= WIRE_TX_AT - WIRE_RX_AT, "the buffers have room");
_Static_assert(WIRE_TX_AT + VIRTQUEUE_CHAINS * WIRE_BUFFER_BYTES <= UPLINK_DMA_FRAMES * FRAME_BYTES, "the memory is enough");
_Static_assert(HEADER_BYTES + WIRE_TAG_BYTES + WIRE_FRAME_MOST <= WIRE_BUFFER_BYTES, "a frame has room");

static uint8_t *rx_buffer(const struct wire *w, uint32_t chain)
{
    return w->memory + WIRE_RX_AT + chain * WIRE_BUFFER_BYTES;
}

static uint8_t *tx_buffer(const struct wire *w, uint32_t chain)
{
    return w->memory + WIRE_TX_AT + chain * WIRE_BUFFER_BYTES;
}

static void rx_give(struct wire *w, uint32_t chain)
{
    const struct virtqueue_piece piece = {w->address + WIRE_RX_AT + chain * WIRE_BUFFER_BYTES, WIRE_BUFFER_BYTES, true};

    virtqueue_put(&w->rx, chain, &piece, 1);
    w->given = true;
}

static enum virtio_fault queue_start(struct wire *w, struct virtqueue *q, uint32_t number, uint32_t size, uint32_t at)
{
    return virtqueue_start(q, &w->device, number, size, (struct virtqueue_memory *)(void *)(w->memory + at),
                           w->address + at);
}

static enum virtio_fault queues_start(struct wire *w)
{
    enum virtio_fault fault = queue_start(w, &w->rx, QUEUE_RX, VIRTQUEUE_SIZE, WIRE_RX_QUEUE_AT);

    if (fault == VIRTIO_OK)
        fault = queue_start(w, &w->tx, QUEUE_TX, VIRTQUEUE_SIZE, WIRE_TX_QUEUE_AT);
    if (fault == VIRTIO_OK && w->filters)
        fault = queue_start(w, &w->ask, QUEUE_ASK, ASK_ENTRIES, WIRE_ASK_QUEUE_AT);
    return fault;
}

static void ask(struct wire *w)
{
    const uint64_t at = w->address + WIRE_ASK_AT;
    const struct virtqueue_piece piece[] = {{at, 2, false}, {at + 2, 1, false}, {at + 3, 1, true}};
    const uint8_t command[] = {ASK_CLASS_RX, ASK_PROMISC, ASK_ON, ASK_NOTHING};

    memcpy(w->memory + WIRE_ASK_AT, command, sizeof command);
    virtqueue_put(&w->ask, 0, piece, sizeof piece / sizeof piece[0]);
    virtqueue_kick(&w->ask);
}

enum virtio_fault wire_start(struct wire *w, const struct virtio *device, uint8_t *memory, uint64_t address)
{
    const uint64_t filter = FEATURE_CTRL_VQ | FEATURE_CTRL_RX;
    enum virtio_fault fault;

    memset(w, 0, sizeof *w);
    w->device = *device;
    w->memory = memory;
    w->address = address;
    fault = virtio_begin(&w->device, VIRTIO_TYPE_NET, 0, filter);
    if (fault == VIRTIO_OK) {
        w->filters = (device->transport->features(&w->device) & filter) == filter;
        fault = queues_start(w);
    }
    if (fault != VIRTIO_OK) {
        (void)virtio_reset(&w->device);
        return fault;
    }
    for (uint32_t i = 0; i < VIRTQUEUE_CHAINS; i++) {
        rx_give(w, i);
        w->free[w->free_count++] = i;
    }
    virtio_go(&w->device);
    wire_kick(w);
    if (w->filters)
        ask(w);
    return VIRTIO_OK;
}

/* Takes the frame out of its buffer, which the device may still write: it is read once. False: it is none of ours. */
static bool frame_copy(struct wire_frame *frame, const uint8_t *buffer, uint32_t bytes)
{
    static uint8_t copy[WIRE_BUFFER_BYTES];
    const uint8_t *at = copy;
    uint32_t type;

    if (bytes < HEADER_BYTES + WIRE_FRAME_LEAST)
        return false;
    bytes -= HEADER_BYTES;
    memcpy(copy, buffer + HEADER_BYTES, bytes);
    __asm__ volatile("" ::: "memory"); /* not to be read again */
    type = (uint32_t)copy[MACS_BYTES] << 8 | copy[MACS_BYTES + 1];
    frame->vlan = 0;
    memcpy(frame->bytes, copy, MACS_BYTES);
    at += MACS_BYTES;
    if (type == TYPE_TAG) {
        if (bytes < WIRE_FRAME_LEAST + WIRE_TAG_BYTES)
            return false;
        frame->vlan = (uint16_t)(((uint32_t)at[2] << 8 | at[3]) & VLAN_MASK);
        at += WIRE_TAG_BYTES;
        bytes -= WIRE_TAG_BYTES;
    }
    if (bytes > WIRE_FRAME_MOST || frame->vlan > WIRE_VLAN_MOST)
        return false;
    memcpy(frame->bytes + MACS_BYTES, at, bytes - MACS_BYTES);
    frame->count = bytes;
    return true;
}

enum virtqueue_news wire_take(struct wire *w, struct wire_frame *frame)
{
    for (;;) {
        uint32_t chain, bytes;
        const enum virtqueue_news news = virtqueue_take(&w->rx, &chain, &bytes);
        bool ours;

        if (news != VIRTQUEUE_DONE)
            return news;
        ours = frame_copy(frame, rx_buffer(w, chain), bytes);
        rx_give(w, chain);
        if (ours)
            return VIRTQUEUE_DONE;
    }
}

enum virtqueue_news wire_room(struct wire *w)
{
    uint32_t chain, bytes;
    enum virtqueue_news news;

    while ((news = virtqueue_take(&w->tx, &chain, &bytes)) == VIRTQUEUE_DONE)
        w->free[w->free_count++] = chain;
    if (news == VIRTQUEUE_BROKEN)
        return news;
    return w->free_count > 0 ? VIRTQUEUE_DONE : VIRTQUEUE_NONE;
}

/* Room for a tag is left in front. */
uint8_t *wire_place(struct wire *w)
{
    return tx_buffer(w, w->free[w->free_count - 1]) + HEADER_BYTES + WIRE_TAG_BYTES;
}

void wire_put(struct wire *w, uint32_t bytes, uint16_t vlan)
{
    const uint32_t chain = w->free[--w->free_count];
    const uint32_t at = vlan != 0 ? 0 : WIRE_TAG_BYTES;
    uint8_t *buffer = tx_buffer(w, chain);
    struct virtqueue_piece piece = {w->address + WIRE_TX_AT + chain * WIRE_BUFFER_BYTES + at, HEADER_BYTES + bytes, false};

    if (vlan != 0) {
        uint8_t *frame = buffer + HEADER_BYTES;
        const uint8_t tag[WIRE_TAG_BYTES] = {TYPE_TAG >> 8, TYPE_TAG & 0xff, (uint8_t)(vlan >> 8), (uint8_t)vlan};

        memmove(frame, frame + WIRE_TAG_BYTES, MACS_BYTES);
        memcpy(frame + MACS_BYTES, tag, sizeof tag);
        piece.bytes += WIRE_TAG_BYTES;
    }
    memset(buffer + at, 0, HEADER_BYTES);
    virtqueue_put(&w->tx, chain, &piece, 1);
    w->put = true;
}

void wire_kick(struct wire *w)
{
    if (w->given)
        virtqueue_kick(&w->rx);
    w->given = false;
    if (w->put)
        virtqueue_kick(&w->tx);
    w->put = false;
}

enum virtqueue_news wire_answer(struct wire *w)
{
    uint32_t chain, bytes;
    enum virtqueue_news news;

    if (!w->filters)
        return VIRTQUEUE_NONE;
    news = virtqueue_take(&w->ask, &chain, &bytes);
    if (news != VIRTQUEUE_DONE)
        return news;
    w->filters = false;
    w->deaf = *(volatile uint8_t *)(w->memory + WIRE_ASK_AT + 3) != ASK_OK;
    return VIRTQUEUE_DONE;
}
