/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "wait.h"

static uint64_t bit(uint32_t client)
{
    return UINT64_C(1) << client;
}

bool wait_is_reserved(struct net_switch *sw, uint32_t to, uint32_t from, bool waits)
{
    struct port *p = &sw->port[to];

    if (p->full_from == 0 || p->holder == from)
        return false;
    if (waits) {
        p->queue |= bit(from);
        sw->port[from].waits_for = to;
    }
    return true;
}

/* The next in the queue after that client, round robin. There is one. */
static uint32_t queue_next(const struct port *p, uint32_t client)
{
    const uint64_t behind = p->queue & ~(bit(client) | (bit(client) - 1));

    return (uint32_t)__builtin_ctzll(behind != 0 ? behind : p->queue);
}

bool wait_begin(struct net_switch *sw, uint32_t to, uint32_t from)
{
    struct port *p = &sw->port[to];

    if (p->full_from == 0) {
        const bool gives_way = p->turn == from && p->turn_bytes >= SWITCH_BATCH_BYTES && p->queue != 0;

        p->full_from = sw->now;
        p->holder = gives_way ? queue_next(p, from) : from;
        p->queue = (p->queue | (gives_way ? bit(from) : 0)) & ~bit(p->holder);
    }
    sw->port[from].waits_for = to;
    return sw->now - p->full_from < p->patience;
}

void wait_end(struct net_switch *sw, uint32_t from)
{
    const uint32_t to = sw->port[from].waits_for;
    struct port *p = &sw->port[to];
    uint64_t waited;

    if (to == from)
        return;
    sw->port[from].waits_for = from;
    p->queue &= ~bit(from);
    if (p->full_from == 0 || p->holder != from)
        return;
    waited = sw->now - p->full_from;
    p->patience = waited < p->patience ? p->patience - waited : 0;
    p->full_from = 0;
}

void wait_delivered(struct port *to, uint32_t from, uint32_t bytes)
{
    if (to->turn != from)
        to->turn_bytes = 0;
    to->turn = from;
    if (to->turn_bytes < SWITCH_BATCH_BYTES)
        to->turn_bytes += bytes;
}

void wait_earn(const struct net_switch *sw, struct port *to, uint32_t tail)
{
    const uint32_t taken = tail - to->in_tail;

    to->in_tail = tail;
    if (taken <= NET_RING_BYTES)
        to->patience += sw->patience * taken / NET_RING_BYTES;
    if (to->patience > sw->patience)
        to->patience = sw->patience;
}
