/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "uplink.h"

#include <stddef.h>
#include <string.h>

#define BATCH       64u /* frames each way in a round */
#define TCP_BYTES   20u /* the shortest TCP header */
#define TCP_CSUM_AT 16u

bool uplink_take(struct uplink *u, struct net_ring *ring)
{
    const uint32_t out_tail = __atomic_load_n(&ring->out.tail, __ATOMIC_ACQUIRE);
    const uint32_t in_head = __atomic_load_n(&ring->in.head, __ATOMIC_ACQUIRE);

    u->out_head = __atomic_load_n(&ring->out.head, __ATOMIC_RELAXED);
    u->in_tail = __atomic_load_n(&ring->in.tail, __ATOMIC_RELAXED);
    u->job.there = false;
    u->ring = NULL;
    if (u->out_head - out_tail > NET_RING_BYTES || u->out_head % NET_ALIGN != 0 || in_head - u->in_tail > NET_RING_BYTES ||
        u->in_tail % NET_ALIGN != 0)
        return false;
    u->ring = ring;
    return true;
}

static uint32_t ring_bytes(uint32_t bytes)
{
    return (uint32_t)sizeof(struct net_packet) + (bytes + NET_ALIGN - 1) / NET_ALIGN * NET_ALIGN;
}

/* A frame for which the ring has no room is lost, as on a wire. */
static void receive_one(struct uplink *u, const struct wire_frame *frame, struct uplink_round *round)
{
    struct ring_packet packet = {.header = {.bytes = frame->count, .vlan = frame->vlan}, .bytes = frame->bytes};
    const uint32_t head = u->out_head;
    uint32_t tail;

    packet.size = ring_bytes(frame->count);
    memcpy(packet.ether, frame->bytes, frame->count < RING_ETHER_BYTES ? frame->count : RING_ETHER_BYTES);
    switch (ring_put(ring_out(u->ring), &u->out_head, &tail, &packet)) {
    case RING_PUT:
        u->counter[UPLINK_IN]++;
        u->counter[UPLINK_IN_BYTES] += frame->count;
        break;
    case RING_FULL:
        u->counter[UPLINK_DROPPED]++;
        break;
    case RING_PUT_BROKEN:
        round->broken = true;
        break;
    }
    round->bell = round->bell || u->out_head != head;
}

static void receive_all(struct uplink *u, struct uplink_round *round)
{
    static struct wire_frame frame;
    enum virtqueue_news news = VIRTQUEUE_DONE;

    for (uint32_t i = 0; i < BATCH && !round->broken && news == VIRTQUEUE_DONE; i++) {
        news = wire_take(u->wire, &frame);
        if (news == VIRTQUEUE_DONE)
            receive_one(u, &frame, round);
    }
    round->more = round->more || news == VIRTQUEUE_DONE;
    round->failed = round->failed || news == VIRTQUEUE_BROKEN;
}

/* Do the fields fit the packet? The switch has looked at them: this server goes by its own eyes. */
static bool fields_are_good(const struct net_packet *p)
{
    if (p->bytes < NET_ETHERNET || p->vlan > WIRE_VLAN_MOST || (p->flags & ~NET_NEEDS_CSUM) != 0)
        return false;
    if (p->flags != 0 && (uint32_t)p->checksum_start + p->checksum_offset + 2u > p->bytes)
        return false;
    if (p->gso_type == NET_GSO_NONE)
        return p->bytes <= WIRE_FRAME_MOST;
    return (p->gso_type == NET_GSO_TCP4 || p->gso_type == NET_GSO_TCP6) && p->flags != 0 &&
           p->gso_bytes >= UPLINK_SEGMENT_LEAST && p->checksum_offset == TCP_CSUM_AT &&
           p->checksum_start + TCP_BYTES <= p->bytes;
}

static void sent(struct uplink *u, uint32_t bytes, uint16_t vlan)
{
    wire_put(u->wire, bytes, vlan);
    u->counter[UPLINK_OUT]++;
    u->counter[UPLINK_OUT_BYTES] += bytes;
}

/* The next segment of the packet that is cut, which a frame has room for. */
static void job_step(struct uplink *u)
{
    struct uplink_job *job = &u->job;
    const uint32_t left = job->cut.bytes - job->cut.payload - job->offset;
    const uint32_t bytes = left < job->most ? left : job->most;
    uint8_t *frame = wire_place(u->wire);

    segment_headers(&job->cut, frame, job->number, job->offset, bytes);
    memcpy(frame + job->cut.payload, job->packet + job->cut.payload + job->offset, bytes);
    sent(u, job->cut.payload + bytes, job->vlan);
    job->number++;
    job->offset += bytes;
    job->there = job->offset < job->cut.bytes - job->cut.payload;
}

/* The part that was looked at, as it was then, and the rest. */
static void packet_copy(uint8_t *to, const struct ring_packet *packet)
{
    const uint32_t bytes = packet->header.bytes;
    const uint32_t first = bytes < RING_ETHER_BYTES ? bytes : RING_ETHER_BYTES;

    memcpy(to, packet->ether, first);
    memcpy(to + first, packet->bytes + first, bytes - first);
}

static bool job_begin(struct uplink *u, const struct ring_packet *packet)
{
    struct uplink_job *job = &u->job;

    packet_copy(job->packet, packet);
    job->cut = (struct segment_cut){.packet = job->packet, .bytes = packet->header.bytes};
    job->number = 0;
    job->offset = 0;
    job->most = packet->header.gso_bytes;
    job->vlan = packet->header.vlan;
    job->there = segment_parse(&job->cut, &packet->header) && job->cut.payload + job->most <= WIRE_FRAME_MOST;
    return job->there;
}

static void send_one(struct uplink *u, const struct ring_packet *packet)
{
    const struct net_packet *p = &packet->header;
    uint8_t *frame;

    if (!fields_are_good(p) || (p->gso_type != NET_GSO_NONE && !job_begin(u, packet))) {
        u->counter[UPLINK_ERRORS]++;
        return;
    }
    if (p->gso_type != NET_GSO_NONE) {
        job_step(u);
        return;
    }
    frame = wire_place(u->wire);
    packet_copy(frame, packet);
    if (p->flags != 0)
        segment_checksum(frame, p);
    sent(u, p->bytes, p->vlan);
}

/* While the device has no room, packets wait in the ring, and the switch has their senders wait. */
static void send_all(struct uplink *u, struct uplink_round *round)
{
    const uint32_t begin = u->in_tail;
    enum virtqueue_news room = VIRTQUEUE_DONE;
    enum ring_look look = RING_PACKET;
    struct ring_packet packet;

    for (uint32_t i = 0; i < BATCH && look == RING_PACKET && (room = wire_room(u->wire)) == VIRTQUEUE_DONE; i++) {
        if (u->job.there) {
            job_step(u);
            continue;
        }
        look = ring_look(ring_in(u->ring), &u->in_tail, &packet);
        if (look == RING_PACKET) {
            send_one(u, &packet);
            u->in_tail += packet.size;
        }
    }
    round->broken = round->broken || look == RING_BROKEN;
    round->failed = round->failed || room == VIRTQUEUE_BROKEN;
    round->more = round->more || (look == RING_PACKET && room == VIRTQUEUE_DONE);
    if (u->in_tail == begin)
        return;
    __atomic_store_n(&u->ring->in.tail, u->in_tail, __ATOMIC_RELEASE);
    round->bell = true;
}

struct uplink_round uplink_serve(struct uplink *u)
{
    struct uplink_round round = {false, false, false, false};

    if (u->ring == NULL)
        return round;
    receive_all(u, &round);
    if (!round.broken && !round.failed)
        send_all(u, &round);
    wire_kick(u->wire);
    if (round.broken)
        u->ring = NULL;
    return round;
}
