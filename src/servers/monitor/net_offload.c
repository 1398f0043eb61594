/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * virtio-net: what a sender left to be done, for a driver that takes no such packets: checksums, and the cutting of a
 * large TCP packet into those that fit the sender's segment size. It works on a copy that nobody else can write.
 */
#include "monitor.h"
#include "virtio_net.h"

#include <lib/segment.h>

/*
 * Segments for which there are no buffers are lost, as on a wire; but if there is none for the first, the packet waits.
 * So the buffers bound the work, whatever segment size the sender has chosen.
 */
static enum net_end cut_deliver(struct virtio_device *d, struct hart *h, const struct segment_cut *c, uint32_t most)
{
    uint8_t headers[SEGMENT_HEADERS_MOST];
    enum net_end end = NET_DONE;
    bool first = true; /* nothing has been delivered */
    uint32_t offset = 0;

    for (uint32_t i = 0; i == 0 || (end == NET_DONE && offset < c->bytes - c->payload); i++) {
        uint32_t left = c->bytes - c->payload - offset;
        uint32_t bytes = left < most ? left : most;
        struct net_packet segment = {.bytes = c->payload + bytes};
        struct piece piece[2] = {{headers, c->payload}, {(uint8_t *)(uintptr_t)(c->packet + c->payload + offset), bytes}};

        segment_headers(c, headers, i, offset, bytes);
        end = net_deliver(d, h, &segment, piece);
        offset += bytes;
        first = first && (i > 0 || end == NET_STUCK);
    }
    return first ? NET_STUCK : NET_DONE;
}

enum net_end net_deliver_plain(struct virtio_device *d, struct hart *h, const struct net_packet *p, const uint8_t *at)
{
    struct net_bench *bench = &h->monitor->virtio.bench;
    uint8_t *packet = bench->packet;
    struct segment_cut c = {.packet = packet, .bytes = p->bytes};
    struct net_packet plain = {.bytes = p->bytes};
    struct piece piece = {packet, p->bytes};
    enum net_end end = NET_DONE;

    lock_take(&bench->lock, h);
    memory_copy(packet, at, p->bytes);
    if (p->gso_type == NET_GSO_NONE) {
        segment_checksum(packet, p);
        end = net_deliver(d, h, &plain, &piece);
    } else if (segment_parse(&c, p)) {
        end = cut_deliver(d, h, &c, p->gso_bytes);
    }
    lock_drop(&bench->lock);
    return end;
}
