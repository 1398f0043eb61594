/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "given_up.h"

#include <lib/device_server.h>

#include "virtio.h"

_Noreturn void driver_given_up(uint32_t function)
{
    const struct device_link *link = device_link_page();
    struct virtio device;

    if (function < link->functions) {
        device = virtio_of(&link->function[function]);
        (void)virtio_reset(&device);
    }
    device_server_given_up();
}
