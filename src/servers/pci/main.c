/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The pci server: the one owner of the configuration space. It turns every function off, sets those up that the manager
 * wants, and is done: what it said stands in the link, and the manager never lets it run again.
 */
#include "function.h"

#include <drivers/io.h>

#include <lib/server.h>
#include <lib/sys.h>

#include <stdbool.h>

static uintptr_t config(uint32_t f, uint32_t at)
{
    return DEVICE_VA_BAR + (uint64_t)f * FRAME_BYTES + at;
}

uint32_t world_read(uint32_t f, uint32_t at)
{
    return io_get32(config(f, at));
}

void world_write(uint32_t f, uint32_t at, uint32_t value)
{
    io_put32(config(f, at), value);
}

static void functions_set(struct pci_link *link, uint32_t count)
{
    uint32_t type[PCI_FUNCTIONS];
    uint32_t wanted = link->wanted;

    for (uint32_t f = 0; f < count; f++)
        type[f] = function_off(f);
    for (uint32_t f = 0; f < count; f++) {
        const bool take = type[f] != 0 && type[f] < 32 && (wanted >> type[f] & 1) != 0;

        link->fault[f] = take ? function_on(f, link->memory[f], &link->function[f]) : PCI_NOT_WANTED;
        if (link->fault[f] == PCI_OK)
            wanted &= ~(UINT32_C(1) << type[f]);
    }
}

_Noreturn void server_main(uint64_t argument)
{
    struct pci_link *link = (struct pci_link *)(uintptr_t)DEVICE_VA_LINK;

    (void)argument;
    functions_set(link, link->functions < PCI_FUNCTIONS ? link->functions : PCI_FUNCTIONS);
    __atomic_store_n(&link->done, 1, __ATOMIC_RELEASE);
    for (;;)
        (void)sys_wait(SEPTUM_FOREVER);
}
