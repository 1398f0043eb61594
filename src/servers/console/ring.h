/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The console's side of a guest's ring. The monitor may write anything into it at any time: nothing here believes it. */
#pragma once

#include <septum/proto.h>

#include <stdbool.h>

/*
 * What the manager's count says of a guest's ring: by an odd one that it is there, by an even one that it is to be left
 * alone, once it is empty. The manager waits until the even one was seen; so that one is never missed, and until then
 * the ring can be read, even if the odd one came and went while the console was busy.
 */
enum ring_news { RING_SAME, RING_TAKE, RING_LEAVE };
enum ring_news ring_news(uint32_t wanted, uint32_t seen);

/* Takes at most `most` bytes of the guest's output; counters that make no sense drop all that is there. */
uint32_t ring_take(struct console_ring *ring, uint8_t *to, uint32_t most);

/* Is there more? To be asked after ring_take, before waiting: the monitor may have seen the ring still in use. */
bool ring_has_more(struct console_ring *ring);

/* One byte of input; false: the guest does not read, there is no room. */
bool ring_put(struct console_ring *ring, uint8_t byte);

/*
 * Is the monitor to be rung, because the time it has named has come? *rung is the last time that it was rung for, 0 at
 * first: each is rung for once. A time to come makes *next no later than that.
 */
bool ring_alarm(const struct console_ring *ring, uint64_t now, uint64_t *rung, uint64_t *next);
