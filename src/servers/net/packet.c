/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "packet.h"

#define NEEDS_CHECKSUM 1u /* VIRTIO_NET_HDR_F_NEEDS_CSUM [virtio 1.2 5.1.6] */
#define GSO_NONE       0u
#define GSO_TCPV4      1u
#define GSO_TCPV6      4u
#define CHECKSUM_BYTES 2u

/* Types of an Ethernet frame. [IEEE 802] */
#define ETHER_IPV4       0x0800u
#define ETHER_IPV6       0x86ddu
#define ETHER_TAG        0x8100u
#define ETHER_TAG_OUTER  0x88a8u
#define ETHER_TAG_OLD    0x9100u

uint64_t mac_number(const uint8_t mac[6])
{
    uint64_t number = 0;

    for (int i = 0; i < 6; i++)
        number = number << 8 | mac[i];
    return number;
}

bool mac_is_group(uint64_t mac)
{
    return (mac >> 40 & 1) != 0;
}

uint64_t packet_to(const struct ring_packet *packet)
{
    return mac_number(packet->ether);
}

static uint32_t packet_type(const struct ring_packet *packet)
{
    return (uint32_t)packet->ether[12] << 8 | packet->ether[13];
}

static bool checksum_check(struct net_packet *h)
{
    if (h->flags == 0) {
        h->checksum_start = 0;
        h->checksum_offset = 0;
        return true;
    }
    return h->flags == NEEDS_CHECKSUM && h->checksum_start >= ETHER_HEADER_BYTES &&
           (uint32_t)h->checksum_start + h->checksum_offset + CHECKSUM_BYTES <= h->bytes;
}

static bool gso_check(struct net_packet *h, uint32_t type)
{
    if (h->gso_type == GSO_NONE) {
        h->gso_bytes = 0;
        h->header_bytes = 0;
        return h->bytes <= ETHER_FRAME_MOST;
    }
    if (h->gso_type != GSO_TCPV4 && h->gso_type != GSO_TCPV6)
        return false;
    return type == (h->gso_type == GSO_TCPV4 ? ETHER_IPV4 : ETHER_IPV6) && h->flags == NEEDS_CHECKSUM &&
           h->gso_bytes > 0 && h->gso_bytes <= ETHER_FRAME_MOST - ETHER_HEADER_BYTES && h->header_bytes <= h->bytes;
}

bool packet_check(struct ring_packet *packet, uint64_t mac)
{
    struct net_packet *h = &packet->header;
    const uint32_t type = packet_type(packet);

    h->pad = 0;
    if (h->bytes < ETHER_HEADER_BYTES || mac_number(packet->ether + 6) != mac)
        return false;
    if (type == ETHER_TAG || type == ETHER_TAG_OUTER || type == ETHER_TAG_OLD)
        return false;
    return checksum_check(h) && gso_check(h, type);
}
