/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The machine's network device, a virtio-net [virtio 1.2 5.1], as a wire for whole Ethernet frames, with or without a VLAN
 * tag. The device reaches bounce buffers and nothing else: frames are copied in and out. It does no work for us (no
 * checksums, no segments), and we do none for it.
 */
#pragma once

#include "drivers/virtqueue.h"

#define WIRE_FRAME_MOST  1514u /* without a tag */
#define WIRE_FRAME_LEAST 14u
#define WIRE_TAG_BYTES   4u
#define WIRE_VLAN_MOST   4094u

/* Where things lie in the memory that the device reaches (DEVICE_VA_DMA), in bytes. */
#define WIRE_RX_QUEUE_AT 0x0000u
#define WIRE_TX_QUEUE_AT 0x1000u
#define WIRE_ASK_QUEUE_AT 0x2000u
#define WIRE_ASK_AT      0x3000u
#define WIRE_RX_AT       0x10000u
#define WIRE_TX_AT       0x20000u
#define WIRE_BUFFER_BYTES 2048u

struct wire {
    struct virtio device;
    struct virtqueue rx, tx, ask;
    uint8_t *memory;
    uint64_t address; /* of `memory`, for the device */
    bool filters;     /* it was asked to take frames for all addresses, and has not answered */
    bool deaf;        /* it will not: it takes those for its own address only */
    bool given;       /* buffers that the device has not been told of, */
    bool put;         /* and frames */
    uint32_t free[VIRTQUEUE_CHAINS]; /* chains of `tx` */
    uint32_t free_count;
};

struct wire_frame {
    uint8_t bytes[WIRE_FRAME_MOST]; /* without a tag */
    uint32_t count;
    uint16_t vlan; /* 0: none */
};

/* Starts the device. On failure it is reset. */
enum virtio_fault wire_start(struct wire *w, const struct virtio *device, uint8_t *memory, uint64_t address);

/* VIRTQUEUE_DONE: a frame came in. Those that are none of ours (too short, too long) are passed over. */
enum virtqueue_news wire_take(struct wire *w, struct wire_frame *frame);

/* VIRTQUEUE_DONE: a buffer is free, for wire_put. */
enum virtqueue_news wire_room(struct wire *w);

/* Where the next frame is to be put, WIRE_FRAME_MOST bytes; there is room. Nothing is sent before wire_put. */
uint8_t *wire_place(struct wire *w);
void wire_put(struct wire *w, uint32_t bytes, uint16_t vlan);

/* The device sees what was put, and the buffers that were emptied. */
void wire_kick(struct wire *w);

/* VIRTQUEUE_DONE: the question was answered, see `deaf`; at any time. */
enum virtqueue_news wire_answer(struct wire *w);
