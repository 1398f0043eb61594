/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "client.h"

#include <lib/device_server.h>
#include <lib/server.h>
#include <lib/sys.h>

struct block_ring *world_ring(uint32_t client)
{
    return device_ring(client);
}

void world_bell(uint32_t client)
{
    sys_notify(DEVICE_CAP_CLIENT + client);
}

void world_release(uint32_t client)
{
    sys_cap_drop(DEVICE_CAP_CLIENT + client);
}

void world_say(const char *line, size_t bytes)
{
    server_put(line, bytes);
}
