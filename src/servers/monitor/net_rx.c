/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* virtio-net: packets of the server, into buffers of the guest. */
#include "monitor.h"
#include "ops.h"
#include "virtio_net.h"

#include <stddef.h>
#include <string.h>

/* As long as no more of the ring is full, any packet has room. */
#define RX_ROOM_MOST (NET_RING_BYTES - (NET_PACKET_MOST + (uint32_t)sizeof(struct net_packet) + NET_ALIGN))

/* A packet on its way into the guest's buffers. */
struct rx {
    struct virtio_device *d;
    const struct memory *memory;
    struct piece from[3]; /* header, and what the packet is made of */
    uint32_t bytes;       /* of all that */
    uint32_t done;
    uint32_t count; /* buffers */
    struct piece buffers_at[2];
    uint32_t buffers_count; /* pieces of it: where the number of buffers is to be written */
};

/* One more buffer is filled. False: it cannot even hold the header. */
static bool rx_fill(struct rx *rx)
{
    struct virtio_device *d = rx->d;
    const struct chain *c = &d->chain;
    const struct piece *to = c->piece + c->reads;
    uint32_t part = rx->bytes - rx->done;

    if (c->write_bytes < (rx->count == 0 ? NET_HEADER_BYTES : 1u))
        return false;
    if (part > c->write_bytes)
        part = (uint32_t)c->write_bytes;
    if (rx->count == 0)
        rx->buffers_count = pieces_cut(to, offsetof(struct net_header, buffers), sizeof(uint16_t), rx->buffers_at);
    pieces_copy(to, rx->from, rx->done, part);
    d->model.net.used[rx->count++] = (struct net_used){c->id, c->slots, part};
    rx->done += part;
    return true;
}

/* A driver that merges no buffers gives none that is too small for a packet it takes: one that is, loses the packet. */
static bool rx_is_too_large(const struct rx *rx)
{
    return !virtio_has(rx->d, NET_F_MRG_RXBUF) && rx->d->chain.write_bytes < rx->bytes;
}

/* Fills buffers until all of the packet is in them. */
static enum net_end rx_pour(struct rx *rx)
{
    struct virtio_device *d = rx->d;
    struct queue *q = &d->queue[NET_RX];
    struct cursor back = q->next;

    while (rx->done < rx->bytes && rx->count < NET_QUEUE) {
        enum queue_taken taken = queue_take(q, rx->memory, &d->chain);

        if (taken == QUEUE_EMPTY || (taken == QUEUE_TAKEN && rx_is_too_large(rx))) {
            d->model.net.rx_end = q->next;
            q->next = back;
            rx->count = 0;
            return taken == QUEUE_EMPTY ? NET_STUCK : NET_DONE;
        }
        if (taken == QUEUE_BAD || !rx_fill(rx)) {
            virtio_fail(d);
            return NET_STUCK;
        }
    }
    if (rx->done < rx->bytes) { /* as many buffers as there can be, and all of them tiny */
        q->next = back;
        rx->count = 0;
    }
    return NET_DONE;
}

enum net_end net_deliver(struct virtio_device *d, struct hart *h, const struct net_packet *p, const struct piece *piece)
{
    struct net_header header = {p->flags, p->gso_type, p->header_bytes, p->gso_bytes, p->checksum_start,
                                p->checksum_offset, 1};
    struct rx rx = {.d = d, .memory = &h->monitor->memory, .bytes = NET_HEADER_BYTES + p->bytes};
    uint16_t buffers;
    enum net_end end;

    rx.from[0] = (struct piece){(uint8_t *)&header, NET_HEADER_BYTES};
    rx.from[1] = piece[0];
    if (piece[0].bytes < p->bytes)
        rx.from[2] = piece[1];
    end = rx_pour(&rx);
    buffers = (uint16_t)rx.count;
    if (end == NET_DONE && rx.count > 1) {
        for (uint32_t i = 0, at = 0; i < rx.buffers_count; at += rx.buffers_at[i++].bytes)
            memcpy(rx.buffers_at[i].at, (uint8_t *)&buffers + at, rx.buffers_at[i].bytes);
    }
    for (uint32_t i = 0; end == NET_DONE && i < rx.count; i++)
        queue_put(&d->queue[NET_RX], d->model.net.used[i].id, d->model.net.used[i].slots, d->model.net.used[i].bytes);
    return end;
}

/* Does the driver take what the packet leaves to be done? */
static bool rx_is_plain_for(const struct virtio_device *d, const struct net_packet *p)
{
    return (p->flags == 0 || virtio_has(d, NET_F_GUEST_CSUM)) &&
           (p->gso_type != NET_GSO_TCP4 || virtio_has(d, NET_F_GUEST_TSO4)) &&
           (p->gso_type != NET_GSO_TCP6 || virtio_has(d, NET_F_GUEST_TSO6));
}

static enum net_end rx_packet(struct virtio_device *d, struct hart *h, const struct net_packet *p, uint8_t *at)
{
    struct piece piece = {at, p->bytes};

    if (!virtio_is_live(d) || !net_check(p))
        return NET_DONE;
    return rx_is_plain_for(d, p) ? net_deliver(d, h, p, &piece) : net_deliver_plain(d, h, p, at);
}

/*
 * The next thing in the ring, of which `left` bytes are used. Returns how many of them it takes, 0 if it has to wait. A
 * server that breaks the rules loses all that is there.
 */
static uint32_t rx_next(struct virtio_device *d, struct hart *h, uint32_t left)
{
    uint32_t at = d->model.net.in_tail % NET_RING_BYTES;
    uint32_t rest = NET_RING_BYTES - at;
    uint8_t *bytes = net_ring(d->ring)->in_bytes + at;
    struct net_packet packet;
    uint32_t need;

    if (left > NET_RING_BYTES || left < sizeof packet || rest < sizeof packet)
        return left;
    memcpy(&packet, bytes, sizeof packet);
    __asm__ volatile("" ::: "memory"); /* not to be read again */
    if (packet.bytes == NET_SKIP)
        return rest <= left ? rest : left;
    if (packet.bytes > NET_PACKET_MOST)
        return left;
    need = ((uint32_t)sizeof packet + packet.bytes + NET_ALIGN - 1u) & ~(NET_ALIGN - 1u);
    if (need > left || need > rest)
        return left;
    return rx_packet(d, h, &packet, bytes + sizeof packet) == NET_STUCK ? 0 : need;
}

/*
 * While there are not enough buffers, packets wait in the ring, and the driver is asked to notify when it gives one
 * behind those that are there. Is that one there by now?
 */
static bool rx_listen(struct virtio_device *d, bool waits)
{
    struct queue *q = &d->queue[NET_RX];
    struct cursor next = q->next;
    bool more;

    if (waits)
        q->next = d->model.net.rx_end;
    queue_listen(q, waits);
    more = queue_has(q);
    q->next = next;
    return more;
}

/*
 * The server is told of the room only if it may have looked for some in vain: it looked with our old tail, perhaps that
 * before the last, or it sees the new one. (Else it would be woken for every packet.)
 */
static bool rx_room_is_news(const struct net_ring *ring, uint32_t old_tail)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return __atomic_load_n(&ring->in.head, __ATOMIC_ACQUIRE) - old_tail > RX_ROOM_MOST;
}

bool net_receive(struct virtio_device *d, struct hart *h)
{
    struct net_ring *ring = net_ring(d->ring);
    struct net *n = &d->model.net;
    uint32_t head = __atomic_load_n(&ring->in.head, __ATOMIC_ACQUIRE);
    uint32_t tail = n->in_tail;
    uint32_t taken = 1;
    bool more;

    for (uint32_t count = 0; n->in_tail != head && taken != 0 && count < NET_QUEUE; count++) {
        taken = rx_next(d, h, head - n->in_tail);
        n->in_tail += taken;
    }
    if (n->in_tail != tail) {
        __atomic_store_n(&ring->in.tail, n->in_tail, __ATOMIC_RELEASE);
        if (rx_room_is_news(ring, n->old_in_tail))
            ops_device(d->index);
        n->old_in_tail = tail;
    }
    if (!virtio_is_live(d))
        return false;
    more = rx_listen(d, taken == 0);
    return n->in_tail != head && (taken != 0 || more);
}
