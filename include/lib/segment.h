/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * What the sender of a packet left to be done: its checksum, or the cutting of a large TCP packet into those that fit the
 * sender's segment size. On a copy that nobody else can write. Pure.
 */
#pragma once

#include <septum/device.h>

#include <stdbool.h>

#define SEGMENT_HEADERS_MOST 256u

/* A packet to be cut. */
struct segment_cut {
    const uint8_t *packet;
    uint32_t bytes;
    uint32_t ip; /* where the headers are */
    uint32_t tcp;
    uint32_t payload;
    bool ip6;
};

/* Makes the checksum that the fields tell of; they fit the packet. */
void segment_checksum(uint8_t *packet, const struct net_packet *p);

/* Finds the headers of a TCP packet; c->packet and c->bytes are given. False: it is not one. */
bool segment_parse(struct segment_cut *c, const struct net_packet *p);

/* The headers (c->payload bytes) of segment number i, with the payload's bytes from offset on. */
void segment_headers(const struct segment_cut *c, uint8_t *headers, uint32_t i, uint32_t offset, uint32_t bytes);
