/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* virtio-net: packets of the guest, into the ring to the server. */
#include "monitor.h"
#include "ops.h"
#include "virtio_net.h"

/* Bytes of the ring that a packet takes. */
static uint32_t tx_need(uint32_t bytes)
{
    return ((uint32_t)sizeof(struct net_packet) + bytes + NET_ALIGN - 1u) & ~(NET_ALIGN - 1u);
}

/* How many are free. A server that breaks the rules leaves none. */
static uint32_t tx_room(const struct virtio_device *d)
{
    uint32_t used = d->model.net.out_head - __atomic_load_n(&net_ring(d->ring)->out.tail, __ATOMIC_ACQUIRE);

    return used > NET_RING_BYTES ? 0 : NET_RING_BYTES - used;
}

static void tx_show(struct virtio_device *d, uint32_t bytes)
{
    d->model.net.out_head += bytes;
    __atomic_store_n(&net_ring(d->ring)->out.head, d->model.net.out_head, __ATOMIC_RELEASE);
}

static struct net_packet *tx_at(const struct virtio_device *d)
{
    return (struct net_packet *)(void *)(net_ring(d->ring)->out_bytes + d->model.net.out_head % NET_RING_BYTES);
}

/*
 * Are so many bytes free? Before the answer is no, the server must be able to see our head: it rings when it takes from a
 * ring that may have been full, so one of the two sees the other.
 */
static bool tx_has_room(const struct virtio_device *d, uint32_t need)
{
    if (tx_room(d) >= need)
        return true;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return tx_room(d) >= need;
}

/* Room for a packet in one piece: the rest of the ring is skipped if it is too small. False: not now. */
static bool tx_make_room(struct virtio_device *d, uint32_t need)
{
    uint32_t rest = NET_RING_BYTES - d->model.net.out_head % NET_RING_BYTES;

    if (need > rest) {
        if (!tx_has_room(d, rest))
            return false;
        tx_at(d)->bytes = NET_SKIP;
        tx_show(d, rest);
    }
    return tx_has_room(d, need);
}

/* The packet of the chain, as it is described in the ring. False: it is none, or asks for what was not negotiated. */
static bool tx_describe(const struct virtio_device *d, struct net_packet *p)
{
    const struct chain *c = &d->chain;
    struct net_header header;

    if (c->read_bytes < NET_HEADER_BYTES || c->read_bytes - NET_HEADER_BYTES > NET_PACKET_MOST)
        return false;
    pieces_read(c->piece, 0, (uint8_t *)&header, NET_HEADER_BYTES);
    *p = (struct net_packet){.bytes = (uint32_t)c->read_bytes - NET_HEADER_BYTES, .flags = header.flags};
    if (p->flags != 0) {
        p->checksum_start = header.checksum_start;
        p->checksum_offset = header.checksum_offset;
    }
    p->gso_type = header.gso_type;
    if (p->gso_type != NET_GSO_NONE) {
        p->header_bytes = header.header_bytes;
        p->gso_bytes = header.gso_bytes;
    }
    if ((p->flags != 0 && !virtio_has(d, NET_F_CSUM)) ||
        (p->gso_type == NET_GSO_TCP4 && !virtio_has(d, NET_F_HOST_TSO4)) ||
        (p->gso_type == NET_GSO_TCP6 && !virtio_has(d, NET_F_HOST_TSO6)))
        return false;
    return net_check(p);
}

static enum net_end tx_packet(struct virtio_device *d)
{
    struct net_packet packet;
    uint32_t need;

    if (!d->model.net.link_up || !tx_describe(d, &packet))
        return NET_DONE;
    need = tx_need(packet.bytes);
    if (!tx_make_room(d, need))
        return NET_STUCK;
    *tx_at(d) = packet;
    pieces_read(d->chain.piece, NET_HEADER_BYTES, (uint8_t *)(tx_at(d) + 1), packet.bytes);
    tx_show(d, need);
    return NET_DONE;
}

/* Takes packets while there are some, not more than a queue full. True: all are taken. */
static bool tx_take(struct virtio_device *d, struct hart *h)
{
    struct queue *q = &d->queue[NET_TX];

    for (uint32_t count = 0; count < NET_QUEUE; count++) {
        struct cursor back = q->next;
        enum queue_taken taken = queue_take(q, &h->monitor->memory, &d->chain);

        if (taken == QUEUE_BAD)
            virtio_fail(d);
        if (taken != QUEUE_TAKEN)
            return true;
        if (tx_packet(d) == NET_STUCK) {
            q->next = back;
            return false;
        }
        queue_put(q, d->chain.id, d->chain.slots, 0);
    }
    return true;
}

/* A ring that is full makes the driver wait, unasked: the server rings when it has taken something. */
bool net_send(struct virtio_device *d, struct hart *h)
{
    struct queue *q = &d->queue[NET_TX];
    uint32_t head = d->model.net.out_head;
    bool all = tx_take(d, h);

    if (d->model.net.out_head != head)
        ops_device(d->index);
    if (!virtio_is_live(d))
        return false;
    queue_listen(q, all);
    return all && queue_has(q);
}
