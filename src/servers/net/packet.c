/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "packet.h"

#define CHECKSUM_BYTES 2u

/* Types of an Ethernet frame. [IEEE 802] */
#define ETHER_IPV4       0x0800u
#define ETHER_IPV6       0x86ddu
#define ETHER_TAG        0x8100u
#define ETHER_TAG_OUTER  0x88a8u
#define ETHER_TAG_OLD    0x9100u

#define WIRE_GROUPS UINT64_C(0x0180c2000000) /* and the fifteen that follow */
#define VLAN_LAST   4094u

uint64_t mac_number(const uint8_t mac[6])
{
    uint64_t number = 0;

    for (int i = 0; i < 6; i++)
        number = number << 8 | mac[i];
    return number;
}

void mac_bytes(uint64_t number, uint8_t mac[6])
{
    for (int i = 0; i < 6; i++)
        mac[i] = (uint8_t)(number >> 8 * (5 - i));
}

bool mac_is_group(uint64_t mac)
{
    return (mac >> 40 & 1) != 0;
}

bool mac_is_of_the_wire(uint64_t mac)
{
    return mac >> 4 == WIRE_GROUPS >> 4;
}

uint64_t packet_to(const struct ring_packet *packet)
{
    return mac_number(packet->ether);
}

uint64_t packet_from(const struct ring_packet *packet)
{
    return mac_number(packet->ether + 6);
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
    return h->flags == NET_NEEDS_CSUM && h->checksum_start >= ETHER_HEADER_BYTES &&
           (uint32_t)h->checksum_start + h->checksum_offset + CHECKSUM_BYTES <= h->bytes;
}

static bool gso_check(struct net_packet *h, uint32_t type)
{
    if (h->gso_type == NET_GSO_NONE) {
        h->gso_bytes = 0;
        h->header_bytes = 0;
        return h->bytes <= ETHER_FRAME_MOST;
    }
    if (h->gso_type != NET_GSO_TCP4 && h->gso_type != NET_GSO_TCP6)
        return false;
    return type == (h->gso_type == NET_GSO_TCP4 ? ETHER_IPV4 : ETHER_IPV6) && h->flags == NET_NEEDS_CSUM &&
           h->gso_bytes > 0 && h->gso_bytes <= ETHER_FRAME_MOST - ETHER_HEADER_BYTES && h->header_bytes <= h->bytes;
}

static bool is_tagged(uint32_t type)
{
    return type == ETHER_TAG || type == ETHER_TAG_OUTER || type == ETHER_TAG_OLD;
}

bool packet_check(struct ring_packet *packet, uint64_t mac)
{
    struct net_packet *h = &packet->header;
    const uint32_t type = packet_type(packet);

    h->vlan = 0;
    if (h->bytes < ETHER_HEADER_BYTES || packet_from(packet) != mac || is_tagged(type))
        return false;
    return checksum_check(h) && gso_check(h, type);
}

bool packet_check_outside(struct ring_packet *packet)
{
    struct net_packet *h = &packet->header;

    if (h->bytes < ETHER_HEADER_BYTES || h->flags != 0 || h->gso_type != NET_GSO_NONE || h->vlan > VLAN_LAST)
        return false;
    return !mac_is_group(packet_from(packet)) && !mac_is_of_the_wire(packet_to(packet)) && !is_tagged(packet_type(packet)) &&
           checksum_check(h) && gso_check(h, packet_type(packet));
}
