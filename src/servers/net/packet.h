/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * What a guest may send: a frame from its own address, without a tag, with offload fields that fit it; and what may come
 * from outside. Pure.
 */
#pragma once

#include "ring.h"

#define ETHER_HEADER_BYTES 14u
#define ETHER_FRAME_MOST   1514u /* without segmentation offload: 1,500 bytes and the header */

/* A MAC address as a number: its first byte is the highest of 48 bits. */
uint64_t mac_number(const uint8_t mac[6]);

void mac_bytes(uint64_t number, uint8_t mac[6]);

/* Broadcast or multicast: the lowest bit of the first byte. [IEEE 802 8.2.2] */
bool mac_is_group(uint64_t mac);

/* A group of those that no bridge passes on: its frames are about the wire itself. [IEEE 802.1Q 8.6.3] */
bool mac_is_of_the_wire(uint64_t mac);

uint64_t packet_to(const struct ring_packet *packet);
uint64_t packet_from(const struct ring_packet *packet);

/* May the owner of that address send it? Fields that mean nothing become zero. */
bool packet_check(struct ring_packet *packet, uint64_t mac);

/* May it come from outside? Its tag was taken off by the uplink server, which leaves nothing to be done. */
bool packet_check_outside(struct ring_packet *packet);
