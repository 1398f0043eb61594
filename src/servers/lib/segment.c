/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <lib/segment.h>

#include <string.h>

#define ETHERTYPE_AT   12u
#define ETHERTYPE_VLAN 0x8100u
#define VLAN_BYTES     4u
#define IP4_BYTES      20u
#define IP6_BYTES      40u
#define IP4_LENGTH     2u
#define IP4_ID         4u
#define IP4_CSUM       10u
#define IP4_ADDRESSES  12u /* two of 4 bytes */
#define IP6_LENGTH     4u
#define IP6_ADDRESSES  8u /* two of 16 bytes */
#define IP_TCP         6u
#define TCP_BYTES      20u
#define TCP_SEQUENCE   4u
#define TCP_OFFSET     12u
#define TCP_FLAGS      13u
#define TCP_CSUM       16u
#define TCP_FIN_PSH    0x09u /* on the last segment only */
#define TCP_CWR        0x80u /* on the first only */

static uint32_t get16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static uint32_t get32(const uint8_t *at)
{
    return get16(at) << 16 | get16(at + 2);
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value);
}

/* The sum of 16-bit words, the last one filled up with a zero. [RFC 1071] */
static uint64_t sum(const uint8_t *at, uint32_t bytes)
{
    uint64_t total = 0;

    for (; bytes >= 2; bytes -= 2, at += 2)
        total += get16(at);
    return bytes == 0 ? total : total + ((uint64_t)at[0] << 8);
}

static uint32_t fold(uint64_t total)
{
    while (total >> 16 != 0)
        total = (total & 0xffffu) + (total >> 16);
    return (uint32_t)total ^ 0xffffu;
}

/* A checksum of 0 would say that there is none (UDP); its other form means the same everywhere. */
static uint32_t fold_to_some(uint64_t total)
{
    uint32_t value = fold(total);

    return value == 0 ? 0xffffu : value;
}

bool segment_parse(struct segment_cut *c, const struct net_packet *p)
{
    const uint8_t *at = c->packet;

    c->ip6 = p->gso_type == NET_GSO_TCP6;
    c->ip = NET_ETHERNET + (get16(at + ETHERTYPE_AT) == ETHERTYPE_VLAN ? VLAN_BYTES : 0);
    c->tcp = p->checksum_start;
    if (c->tcp < c->ip + (c->ip6 ? IP6_BYTES : IP4_BYTES) || c->tcp + TCP_BYTES > c->bytes)
        return false;
    if (at[c->ip] >> 4 != (c->ip6 ? 6 : 4) || (!c->ip6 && (at[c->ip] & 15u) * 4u != c->tcp - c->ip))
        return false;
    c->payload = c->tcp + (uint32_t)(at[c->tcp + TCP_OFFSET] >> 4) * 4u;
    return c->payload >= c->tcp + TCP_BYTES && c->payload <= c->bytes && c->payload <= SEGMENT_HEADERS_MOST;
}

/* The IP header of a segment, number i, of so many bytes. */
static void cut_ip(const struct segment_cut *c, uint8_t *headers, uint32_t i, uint32_t bytes)
{
    uint8_t *ip = headers + c->ip;

    if (c->ip6) {
        put16(ip + IP6_LENGTH, c->payload - c->ip - IP6_BYTES + bytes);
        return;
    }
    put16(ip + IP4_LENGTH, c->payload - c->ip + bytes);
    put16(ip + IP4_ID, get16(ip + IP4_ID) + i);
    put16(ip + IP4_CSUM, 0);
    put16(ip + IP4_CSUM, fold(sum(ip, c->tcp - c->ip)));
}

/* The TCP header of the segment that holds the payload's bytes from offset on. [RFC 9293 3.1] */
static void cut_tcp(const struct segment_cut *c, uint8_t *headers, uint32_t offset, uint32_t bytes)
{
    uint8_t *tcp = headers + c->tcp;
    uint32_t header = c->payload - c->tcp;
    uint64_t total = IP_TCP + header + bytes;

    put32(tcp + TCP_SEQUENCE, get32(tcp + TCP_SEQUENCE) + offset);
    if (offset != 0)
        tcp[TCP_FLAGS] &= (uint8_t)~TCP_CWR;
    if (c->payload + offset + bytes != c->bytes)
        tcp[TCP_FLAGS] &= (uint8_t)~TCP_FIN_PSH;
    put16(tcp + TCP_CSUM, 0);
    total += c->ip6 ? sum(headers + c->ip + IP6_ADDRESSES, 32) : sum(headers + c->ip + IP4_ADDRESSES, 8);
    total += sum(tcp, header) + sum(c->packet + c->payload + offset, bytes);
    put16(tcp + TCP_CSUM, fold_to_some(total));
}

void segment_headers(const struct segment_cut *c, uint8_t *headers, uint32_t i, uint32_t offset, uint32_t bytes)
{
    memcpy(headers, c->packet, c->payload);
    cut_ip(c, headers, i, bytes);
    cut_tcp(c, headers, offset, bytes);
}

void segment_checksum(uint8_t *packet, const struct net_packet *p)
{
    put16(packet + p->checksum_start + p->checksum_offset,
          fold_to_some(sum(packet + p->checksum_start, p->bytes - p->checksum_start)));
}
