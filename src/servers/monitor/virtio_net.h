/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * virtio-net. [virtio 1.2 5.1] Packets are copied between the guest's buffers and the byte rings of struct net_ring. What
 * another guest left to be done, a checksum or the cutting of a large TCP packet, is passed on to a driver that takes it,
 * and done here for one that does not.
 */
#pragma once

#include "lock.h"
#include "queue.h"

#include <septum/device.h>

#define NET_RX    0u /* queues */
#define NET_TX    1u
#define NET_QUEUE QUEUE_MOST

#define NET_F_CSUM       (UINT64_C(1) << 0)
#define NET_F_GUEST_CSUM (UINT64_C(1) << 1)
#define NET_F_MAC        (UINT64_C(1) << 5)
#define NET_F_GUEST_TSO4 (UINT64_C(1) << 7)
#define NET_F_GUEST_TSO6 (UINT64_C(1) << 8)
#define NET_F_HOST_TSO4  (UINT64_C(1) << 11)
#define NET_F_HOST_TSO6  (UINT64_C(1) << 12)
#define NET_F_MRG_RXBUF  (UINT64_C(1) << 15)
#define NET_F_STATUS     (UINT64_C(1) << 16)

/* In front of each packet in the guest's buffers. [virtio 1.2 5.1.6] */
struct net_header {
    uint8_t flags;
    uint8_t gso_type;
    uint16_t header_bytes;
    uint16_t gso_bytes;
    uint16_t checksum_start;
    uint16_t checksum_offset;
    uint16_t buffers;
};
#define NET_HEADER_BYTES 12u

/* A buffer of the guest that a packet went to. */
struct net_used {
    uint16_t id;
    uint16_t slots;
    uint32_t bytes;
};

struct net {
    bool known; /* the server has said the address */
    bool link_up;
    uint8_t mac[6];
    uint32_t out_head; /* as in the ring; it is never read back */
    uint32_t in_tail;
    uint32_t old_in_tail; /* at the begin of the last batch that was taken */
    struct cursor rx_end; /* behind the receive buffers that were not enough for the packet that waits */
    struct net_used used[NET_QUEUE];
};

/* Room for one packet that needs more than copying; for all of a guest's devices. */
struct net_bench {
    struct lock lock;
    uint8_t packet[NET_PACKET_MOST];
};

enum net_end {
    NET_DONE = 0, /* the packet is gone: on, or dropped */
    NET_STUCK = 1 /* there is no room: again later */
};

struct virtio_device;
struct hart;

static inline struct net_ring *net_ring(uint8_t *ring)
{
    return (struct net_ring *)(void *)ring;
}

void net_offer(struct virtio_device *d);

/* Does all that can be done now, both ways. Under the device's lock. */
void net_run(struct virtio_device *d, struct hart *h);

/*
 * net_tx.c, net_rx.c: take a batch of what is there. True: there may be more, now. False: there is none, or no room for
 * it.
 */
bool net_send(struct virtio_device *d, struct hart *h);
bool net_receive(struct virtio_device *d, struct hart *h);

/* Is the header right for a packet of so many bytes? */
bool net_check(const struct net_packet *p);

/* Puts a packet, made of the pieces, which hold its bytes, into buffers of the guest. */
enum net_end net_deliver(struct virtio_device *d, struct hart *h, const struct net_packet *p, const struct piece *piece);

/* As net_deliver, for a driver that does not take what the packet leaves to be done; at: its bytes. */
enum net_end net_deliver_plain(struct virtio_device *d, struct hart *h, const struct net_packet *p, const uint8_t *at);
