/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What every device server has (septum/device.h): its link page, its rings, and messages by way of the manager. */
#pragma once

#include <septum/device.h>

static inline struct device_link *device_link_page(void)
{
    return (struct device_link *)(uintptr_t)DEVICE_VA_LINK;
}

/* The ring of that client, while the manager says that there is one. */
static inline void *device_ring(uint32_t client)
{
    return (void *)(uintptr_t)(DEVICE_VA_RING + (uint64_t)DEVICE_RING_STRIDE * client);
}

/*
 * The rest of a server's life when it was given up (DEVICE_GIVEN_UP) and does no DMA any more: each client learns at once
 * that nothing is served. It trusts nothing but the link.
 */
_Noreturn void device_server_given_up(void);

/* So many of the machine's ticks are that long. */
uint64_t device_ticks(uint64_t microseconds);
