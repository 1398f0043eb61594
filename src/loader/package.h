/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The boot bundle, as far as the loader reads it: its header, and the manager in it. */
#pragma once

#include <septum/bundle.h>

#include "error.h"

struct manager_file {
    const uint8_t *byte;
    uint64_t bytes;
    uint64_t bundle_bytes; /* of the whole bundle */
};

/* Checks the bundle in the room bytes from byte on, 8-byte aligned, and finds the manager. */
struct fault package_read(const uint8_t *byte, uint64_t room, struct manager_file *m);
