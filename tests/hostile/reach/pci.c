/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * In the pci server's place: it writes what can be written of the configuration space, switches everything on, and tells
 * the manager of a device that is not there. Then it goes on as long as it is let.
 */
#include "reach.h"

#include <lib/server.h>
#include <septum/device.h>

#define COMMAND     1u /* words of the configuration space [pci 3.0, 6.1] */
#define BAR         4u
#define BARS        6u
#define ALL_ON      7u /* ports, memory, bus master */
#define KERNEL_AT   0x80200000u
#define TYPE_9P     9u
#define FRAMES_STEP 1024u /* the manager does not wait long for it */

void server_put(const char *text, size_t bytes)
{
    (void)text;
    (void)bytes;
}

/* Its registers are to lie where the kernel is, and it may do DMA. */
static void function_turn(uint32_t f)
{
    volatile uint32_t *config = (volatile uint32_t *)(uintptr_t)(DEVICE_VA_BAR + (uint64_t)f * FRAME_BYTES);

    for (uint32_t i = 0; i < FRAME_BYTES / 4; i++)
        config[i] = UINT32_MAX;
    for (uint32_t i = BAR; i < BAR + BARS; i++)
        config[i] = KERNEL_AT;
    config[COMMAND] = ALL_ON;
}

_Noreturn void server_main(uint64_t argument)
{
    struct pci_link *link = (struct pci_link *)(uintptr_t)DEVICE_VA_LINK;

    (void)argument;
    reach_begin("pci");
    for (uint32_t f = 0; f < link->functions && f < PCI_FUNCTIONS; f++) {
        function_turn(f);
        link->fault[f] = PCI_OK;
        link->function[f] = (struct device_function){.type = TYPE_9P};
    }
    reach_round(FRAMES_STEP);
    __atomic_store_n(&link->done, 1, __ATOMIC_RELEASE);
    for (;;)
        reach_round(FRAMES_STEP);
}
