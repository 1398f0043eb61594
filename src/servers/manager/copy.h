/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Files that the manager has read at run time: in frames of its own, which nobody else maps, so that what was checked is
 * what is used. One is there for as long as the guest that it describes.
 */
#pragma once

#include "manager.h"

#define COPY_BYTES_MOST UINT64_C(0x8000000) /* of one: 128 MiB */

struct copy {
    bool taken;
    uint64_t frames; /* mapped from its first byte on */
    struct estate estate;
};

struct copy *copy_new(void); /* NULL: there are as many as there can be guests */
uint8_t *copy_bytes(const struct copy *copy);
const struct bundle *copy_bundle(const struct copy *copy);

/* So many bytes are there, or more; false: there is too little memory, `trouble` says what of. */
bool copy_grow(struct copy *copy, uint64_t bytes);

/* Gives back some of its frames. True: all are back, and it is no more. */
bool copy_drop(struct copy *copy);
