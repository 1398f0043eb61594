/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Who waits for room in whose ring. The next room is for the one that holds it; the others queue. Who has had a batch of
 * bytes gives way to the next in the queue. A receiver's patience is how long others may wait for it; it earns some by
 * what it takes. A client waits for one receiver at a time: the packet at the front of its ring tells which. Pure.
 */
#pragma once

#include "switch.h"

/* The next room in the ring of `to` is somebody else's: `from` queues, if `waits`. */
bool wait_is_reserved(struct net_switch *sw, uint32_t to, uint32_t from, bool waits);

/* The ring of `to` is full. False: the patience is over, the frame is to be dropped. */
bool wait_begin(struct net_switch *sw, uint32_t to, uint32_t from);

/* `from` does not wait any more, whatever for. */
void wait_end(struct net_switch *sw, uint32_t from);

/* So many bytes went from one to the other. */
void wait_delivered(struct port *to, uint32_t from, uint32_t bytes);

/* The receiver has taken what is before `tail`. */
void wait_earn(const struct net_switch *sw, struct port *to, uint32_t tail);
