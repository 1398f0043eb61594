/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The disk server: guests' disks that are slices of the machine's own. See slice.h. */
#include "slice.h"

#include <drivers/given_up.h>
#include <lib/device_server.h>
#include <lib/server.h>
#include <lib/sys.h>

#define ANSWER_SECONDS 120u /* a host that is busy takes long for a flush */
#define FUNCTION       0u   /* the one physical device that this server has */

static struct drive drive = {.free = UINT32_MAX};
static struct slices slices;

/* Why there is no disk, or NULL. */
static const char *begin(void)
{
    const struct device_link *link = device_link_page();
    struct virtio device;
    const char *why = NULL;

    if (link->functions == 0)
        return "is not there (give make qemu DISK=, or QEMU a virtio-blk-pci)";
    if (link->dma_frames < DISK_DMA_FRAMES)
        return "has no memory for its requests";
    device = virtio_of(&link->function[FUNCTION]);
    sys_irq_ack(DEVICE_CAP_IRQ + FUNCTION); /* an earlier life may have left it masked */
    return drive_start(&drive, &device, (uint8_t *)(uintptr_t)DEVICE_VA_DMA, link->dma, &why) ? NULL : why;
}

/* Rounds until nothing moves. True: the disk has answered something. */
static bool serve(void)
{
    struct slices_round round = {.moved = true};
    bool answered = false;

    while (round.moved) {
        round = slices_round(&slices);
        answered = answered || round.answered;
        if (round.failed)
            server_panic("the machine's disk breaks the rules of its queue");
    }
    return answered;
}

/* A disk that breaks the rules or is silent ends the server by a fault: it is started again, and resets the device. */
_Noreturn void server_main(uint64_t argument)
{
    const uint64_t patience = device_ticks(1000000 * ANSWER_SECONDS);
    uint64_t since = sys_time();

    if ((argument & DEVICE_GIVEN_UP) != 0)
        driver_given_up(FUNCTION);
    slices_start(&slices, &drive, device_link_page(), begin());
    for (;;) {
        const bool idle = !drive_is_asked(&drive);
        struct sys_event event;

        if (serve() || idle)
            since = sys_time();
        else if (sys_time() - since >= patience)
            server_panic("the machine's disk does not answer");
        event = sys_wait(drive_is_asked(&drive) ? since + patience : SEPTUM_FOREVER);
        if (event.status != SEPTUM_NOTIFIED)
            continue;
        if ((event.bits & (DEVICE_BIT_IRQ << FUNCTION)) != 0) {
            drive.device.transport->interrupt_take(&drive.device);
            sys_irq_ack(DEVICE_CAP_IRQ + FUNCTION);
        }
        if ((event.bits & DEVICE_BIT_LINK) != 0)
            slices_links(&slices);
    }
}
