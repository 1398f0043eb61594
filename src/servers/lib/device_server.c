/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <lib/device_server.h>

#include <lib/device_link.h>
#include <lib/server.h>
#include <lib/sys.h>

uint64_t device_ticks(uint64_t microseconds)
{
    return device_link_page()->timebase * microseconds / 1000000;
}

void server_put(const char *text, size_t bytes)
{
    device_link_log(device_link_page(), text, bytes);
    sys_notify(DEVICE_CAP_MANAGER);
}
