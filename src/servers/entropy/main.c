/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The entropy server: keeps the rings full that the manager tells it of, from the machine's entropy device. */
#include <drivers/given_up.h>
#include <lib/device_link.h>
#include <lib/device_server.h>
#include <lib/server.h>
#include <lib/sys.h>

#include "fill.h"

#define FUNCTION 0u /* the one physical device that this server has */

static struct source source;
static struct fill fill = {.source = &source};

/* A server that cannot start its device ends by a fault: the manager starts it again, after longer and longer pauses. */
static void begin(void)
{
    const struct device_link *link = device_link_page();
    enum virtio_fault fault;
    struct virtio device;

    while (link->functions == 0) /* no guest starts that would need it */
        (void)sys_wait(SEPTUM_FOREVER);
    if (link->dma_frames < ENTROPY_DMA_FRAMES)
        server_panic("there is no memory for the entropy device");
    device = virtio_of(&link->function[FUNCTION]);
    sys_irq_ack(DEVICE_CAP_IRQ + FUNCTION); /* an earlier life may have left it masked */
    fault = source_start(&source, &device, (uint8_t *)(uintptr_t)DEVICE_VA_DMA, link->dma,
                         link->seeded != 0 ? link->seed : NULL);
    if (fault != VIRTIO_OK)
        server_panic("the entropy device %s", virtio_fault_text(fault));
}

static void ring_take(uint32_t client)
{
    struct device_link *link = device_link_page();

    fill_take(&fill, client, device_ring(client), &link->counter[client][0]);
}

static void ring_leave(uint32_t client)
{
    fill_leave(&fill, client);
    sys_cap_drop(DEVICE_CAP_CLIENT + client);
}

static void links_serve(void)
{
    for (uint32_t i = 0; i < DEVICE_CLIENTS; i++) {
        uint32_t wanted;

        switch (device_link_news(device_link_page(), i, &wanted)) {
        case DEVICE_SAME:
            continue;
        case DEVICE_TAKE:
            ring_take(i);
            break;
        case DEVICE_LEAVE:
            ring_leave(i);
            break;
        }
        device_link_seen(device_link_page(), i, wanted);
    }
}

static void round_tell(const struct fill_round *round)
{
    for (uint64_t bells = round->bells; bells != 0; bells &= bells - 1)
        sys_notify(DEVICE_CAP_CLIENT + (uint64_t)__builtin_ctzll(bells));
    for (uint64_t broken = round->broken; broken != 0; broken &= broken - 1)
        server_log("guest '%.*s' broke the rules of its ring: its entropy device is cut off until it starts again\n",
                   BUNDLE_NAME_BYTES, device_link_page()->client[__builtin_ctzll(broken)].name);
}

_Noreturn void server_main(uint64_t argument)
{
    if ((argument & DEVICE_GIVEN_UP) != 0)
        driver_given_up(FUNCTION);
    begin();
    for (;;) {
        struct fill_round round;
        struct sys_event event;

        links_serve();
        round = fill_serve(&fill);
        round_tell(&round);
        if (round.failed)
            server_panic("the entropy device breaks the rules of its queue");
        event = sys_wait(SEPTUM_FOREVER);
        if (event.status == SEPTUM_NOTIFIED && (event.bits & (DEVICE_BIT_IRQ << FUNCTION)) != 0) {
            source.device.transport->interrupt_take(&source.device);
            sys_irq_ack(DEVICE_CAP_IRQ + FUNCTION);
        }
    }
}
