/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The console's side of a guest's ring. The monitor may write anything into it at any time: nothing here believes it. */
#pragma once

#include <septum/proto.h>

#include <stdbool.h>

/* Takes at most `most` bytes of the guest's output; counters that make no sense drop all that is there. */
uint32_t ring_take(struct console_ring *ring, uint8_t *to, uint32_t most);

/* Is there more? To be asked after ring_take, before waiting: the monitor may have seen the ring still in use. */
bool ring_has_more(struct console_ring *ring);

/* One byte of input; false: the guest does not read, there is no room. */
bool ring_put(struct console_ring *ring, uint8_t byte);
