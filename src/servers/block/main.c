/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The block server: guests' disks are files of a directory that the build host shares. See block.h. */
#include "block.h"

#include <drivers/given_up.h>
#include <lib/device_server.h>
#include <lib/server.h>
#include <lib/sys.h>

#define START_SECONDS  5u
#define ANSWER_SECONDS 120u /* a host that is busy takes long for an fsync */
#define FUNCTION       0u /* the one physical device that this server has */

static void interrupt_take(void)
{
    share.device.transport->interrupt_take(&share.device);
    sys_irq_ack(DEVICE_CAP_IRQ + FUNCTION);
}

bool world_wait(void)
{
    const struct sys_event event = sys_wait(sys_time() + START_SECONDS * device_link_page()->timebase);

    if (event.status == SEPTUM_NOTIFIED && (event.bits & (DEVICE_BIT_IRQ << FUNCTION)) != 0)
        interrupt_take();
    return event.status == SEPTUM_NOTIFIED;
}

/* Why there is no share, or NULL. */
static const char *begin(void)
{
    const struct device_link *link = device_link_page();
    struct virtio device;
    const char *why = NULL;

    if (link->functions == 0 || link->function[FUNCTION].type != VIRTIO_TYPE_9P)
        return "the machine has no 9p device (give make qemu SHARE=, or QEMU a virtio-9p-pci)";
    if (link->dma_frames < DEVICE_DMA_FRAMES)
        return "there is no memory for its device";
    device = virtio_of(&link->function[FUNCTION]);
    sys_irq_ack(DEVICE_CAP_IRQ + FUNCTION); /* an earlier life may have left it masked */
    if (!share_start(&device, (uint8_t *)(uintptr_t)DEVICE_VA_DMA, link->dma, &why))
        return why;
    return NULL;
}

/* Rounds until nothing moves. */
static void serve(void)
{
    while (serve_round())
        continue;
}

_Noreturn void server_main(uint64_t argument)
{
    const uint64_t patience = ANSWER_SECONDS * device_link_page()->timebase;

    if ((argument & DEVICE_GIVEN_UP) != 0)
        driver_given_up(FUNCTION);
    serve_start(device_link_page(), begin());
    serve_links();
    for (;;) {
        struct sys_event event;
        uint64_t since;

        serve();
        since = serve_waits_since(sys_time());
        if (sys_time() - since >= patience) {
            serve_fail("its device does not answer");
            continue;
        }
        event = sys_wait(serve_is_asking() ? since + patience : SEPTUM_FOREVER);
        if (event.status == SEPTUM_NOTIFIED && (event.bits & (DEVICE_BIT_IRQ << FUNCTION)) != 0)
            interrupt_take();
        if (event.status == SEPTUM_NOTIFIED && (event.bits & DEVICE_BIT_LINK) != 0)
            serve_links();
    }
}
