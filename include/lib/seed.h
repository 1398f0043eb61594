/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Random bytes out of a seed that came from outside: ChaCha20 whose key is replaced each time, so that what was given
 * out cannot be found again from what is kept. It makes no entropy: without a seed there are no bytes. [RFC 8439]
 */
#pragma once

#include <septum/proto.h>

#include <stdbool.h>

struct seed {
    bool there;
    uint8_t key[SEED_BYTES];
};

/* SEED_BYTES fresh bytes; false: there is no seed, nothing is written. */
bool seed_take(struct seed *seed, uint8_t *to);
