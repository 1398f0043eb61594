/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The boot bundle, as the manager believes it: nothing of it is used before bundle_check() has passed. */
#pragma once

#include <septum/bundle.h>

#include <stdbool.h>
#include <stddef.h>

/* All of the bundle: header, names, ranges, checksums. On false, *why says in words what is wrong and how to mend it. */
bool bundle_check(const void *data, uint64_t bytes, char *why, size_t why_bytes);

/* How many virtio devices the guest has: disks, nets, entropy, console. The bundle was checked. */
uint32_t bundle_devices(const struct bundle *bundle, uint32_t guest);

/* The server's file, or NULL. The bundle was checked. */
const struct bundle_file *bundle_server(const struct bundle *bundle, const char *name);
