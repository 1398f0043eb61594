/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "ring.h"

#include <string.h>

#define WORDS(bytes) ((bytes) / sizeof(uint64_t))

_Static_assert(sizeof(struct net_packet) == NET_ALIGN && RING_ETHER_BYTES == NET_ALIGN, "both are one unit of the ring");
_Static_assert((NET_RING_BYTES & (NET_RING_BYTES - 1)) == 0, "counters wrap where the ring does");

static uint32_t size_of(uint32_t bytes)
{
    return (uint32_t)sizeof(struct net_packet) + (bytes + NET_ALIGN - 1) / NET_ALIGN * NET_ALIGN;
}

/* One unit, each word of it read once: whoever writes it meanwhile, it does not change any more. */
static void unit_read(void *to, const uint8_t *from)
{
    uint64_t word[WORDS(NET_ALIGN)];

    for (size_t i = 0; i < WORDS(NET_ALIGN); i++)
        word[i] = __atomic_load_n((const uint64_t *)(const void *)from + i, __ATOMIC_RELAXED);
    memcpy(to, word, sizeof word);
}

enum ring_look ring_look(struct ring_way way, uint32_t *tail, struct ring_packet *packet)
{
    const uint32_t head = __atomic_load_n(&way.side->head, __ATOMIC_ACQUIRE);
    uint32_t used = head - *tail;
    uint32_t at = *tail % NET_RING_BYTES;

    if (used > NET_RING_BYTES || used % NET_ALIGN != 0)
        return RING_BROKEN;
    if (used == 0)
        return RING_EMPTY;
    unit_read(&packet->header, &way.bytes[at]);
    if (packet->header.bytes == NET_SKIP) {
        if (used < NET_RING_BYTES - at)
            return RING_BROKEN;
        used -= NET_RING_BYTES - at;
        *tail += NET_RING_BYTES - at;
        at = 0;
        if (used == 0)
            return RING_EMPTY;
        unit_read(&packet->header, &way.bytes[at]);
    }
    if (packet->header.bytes == 0 || packet->header.bytes > NET_PACKET_MOST)
        return RING_BROKEN; /* a second skip, too */
    packet->size = size_of(packet->header.bytes);
    if (packet->size > used || packet->size > NET_RING_BYTES - at)
        return RING_BROKEN;
    packet->bytes = &way.bytes[at + sizeof packet->header];
    unit_read(packet->ether, packet->bytes);
    return RING_PACKET;
}

/* The part of the packet that was looked at goes as it was then, whatever the sender made of it since. */
static void packet_copy(uint8_t *to, const struct ring_packet *packet)
{
    const uint32_t bytes = packet->header.bytes;

    memcpy(to, &packet->header, sizeof packet->header);
    to += sizeof packet->header;
    memcpy(to, packet->ether, RING_ETHER_BYTES);
    if (bytes > RING_ETHER_BYTES)
        memcpy(to + RING_ETHER_BYTES, packet->bytes + RING_ETHER_BYTES, bytes - RING_ETHER_BYTES);
}

enum ring_put ring_put(struct ring_way way, uint32_t *head, uint32_t *tail, const struct ring_packet *packet)
{
    static const struct net_packet skip = {.bytes = NET_SKIP};
    uint32_t at = *head % NET_RING_BYTES;
    uint32_t used;

    *tail = __atomic_load_n(&way.side->tail, __ATOMIC_ACQUIRE);
    used = *head - *tail;
    if (used > NET_RING_BYTES)
        return RING_PUT_BROKEN;
    if (packet->size > NET_RING_BYTES - at) {
        if (NET_RING_BYTES - used < NET_RING_BYTES - at)
            return RING_FULL;
        memcpy(&way.bytes[at], &skip, sizeof skip);
        *head += NET_RING_BYTES - at;
        used += NET_RING_BYTES - at;
        at = 0;
        __atomic_store_n(&way.side->head, *head, __ATOMIC_RELEASE);
    }
    if (packet->size > NET_RING_BYTES - used)
        return RING_FULL;
    packet_copy(&way.bytes[at], packet);
    *head += packet->size;
    __atomic_store_n(&way.side->head, *head, __ATOMIC_RELEASE);
    return RING_PUT;
}

bool ring_begin(struct net_ring *ring, uint32_t *out_tail, uint32_t *in_head)
{
    const uint32_t taken = __atomic_load_n(&ring->in.tail, __ATOMIC_ACQUIRE);

    *out_tail = __atomic_load_n(&ring->out.head, __ATOMIC_ACQUIRE);
    *in_head = __atomic_load_n(&ring->in.head, __ATOMIC_RELAXED);
    if (*in_head - taken > NET_RING_BYTES)
        *in_head = taken;
    __atomic_store_n(&ring->out.tail, *out_tail, __ATOMIC_RELEASE);
    __atomic_store_n(&ring->in.head, *in_head, __ATOMIC_RELEASE);
    return *out_tail % NET_ALIGN == 0 && *in_head % NET_ALIGN == 0;
}
