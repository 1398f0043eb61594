/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The boot bundle, as the manager believes it: nothing of it is used before bundle_check() has passed. */
#pragma once

#include <septum/bundle.h>

#include <stdbool.h>
#include <stddef.h>

/* All of the bundle: header, names, ranges, checksums. On false, *why says in words what is wrong and how to mend it. */
bool bundle_check(const void *data, uint64_t bytes, char *why, size_t why_bytes);

/* The same of the description of one guest that is to come into a room, without the files' checksums. */
bool bundle_check_guest(const void *data, uint64_t bytes, char *why, size_t why_bytes);

/* Below the shared directory whatever that holds: relative, and no component is empty, "." or "..". */
bool bundle_path_is_good(const char path[BUNDLE_PATH_BYTES]);

/* How far the checksums are. */
struct bundle_sum {
    uint32_t file; /* that one is next; file_count: all are right */
    uint64_t at;
    uint32_t crc;
};

/* Goes on with at most so many bytes; false: that file's checksum does not match. All else was checked. */
bool bundle_sum(const struct bundle *bundle, struct bundle_sum *sum, uint64_t most);

/* How many virtio devices the guest has: disks, nets, entropy, console. The bundle was checked. */
uint32_t bundle_devices(const struct bundle *bundle, uint32_t guest);

/* The server's file, or NULL. The bundle was checked. */
const struct bundle_file *bundle_server(const struct bundle *bundle, const char *name);

/* The network with an uplink, if a guest is on it or may come onto it; else BUNDLE_NETWORKS. The bundle was checked. */
uint32_t bundle_uplink(const struct bundle *bundle);
