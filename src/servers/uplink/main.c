/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The uplink server: drives the machine's network device, for the port of the switch that leads out of the machine. */
#include <drivers/given_up.h>
#include <lib/device_link.h>
#include <lib/device_server.h>
#include <lib/server.h>
#include <lib/sys.h>

#include "uplink.h"

#define FUNCTION 0u /* the one physical device that this server has */
#define SWITCH   0u /* its one client */

static struct wire wire;
static struct uplink uplink = {.wire = &wire};

/* A server that cannot start its device ends by a fault: the manager starts it again, after longer and longer pauses. */
static void begin(void)
{
    struct device_link *link = device_link_page();
    enum virtio_fault fault;
    struct virtio device;

    while (link->functions == 0) /* no guest starts that would need it */
        (void)sys_wait(SEPTUM_FOREVER);
    if (link->dma_frames < UPLINK_DMA_FRAMES)
        server_panic("there is no memory for the network device");
    device = virtio_of(&link->function[FUNCTION]);
    sys_irq_ack(DEVICE_CAP_IRQ + FUNCTION); /* an earlier life may have left it masked */
    fault = wire_start(&wire, &device, (uint8_t *)(uintptr_t)DEVICE_VA_DMA, link->dma);
    if (fault != VIRTIO_OK)
        server_panic("the network device %s", virtio_fault_text(fault));
    uplink.counter = link->counter[SWITCH];
}

static void ring_serve(void)
{
    struct device_link *link = device_link_page();
    uint32_t wanted;

    switch (device_link_news(link, SWITCH, &wanted)) {
    case DEVICE_SAME:
        return;
    case DEVICE_TAKE:
        if (!uplink_take(&uplink, device_ring(SWITCH)))
            server_log("the ring to the switch cannot be right: the uplink stays cut off\n");
        break;
    case DEVICE_LEAVE:
        uplink.ring = NULL;
        break;
    }
    device_link_seen(link, SWITCH, wanted);
}

static void round_tell(const struct uplink_round *round)
{
    if (round->bell)
        sys_notify(DEVICE_CAP_CLIENT + SWITCH);
    if (round->broken)
        server_log("the switch broke the rules of the ring: the uplink is cut off until this server starts again\n");
    if (round->failed)
        server_panic("the network device breaks the rules of its queues");
}

static void filter_serve(void)
{
    const enum virtqueue_news news = wire_answer(&wire);

    if (news == VIRTQUEUE_BROKEN)
        server_panic("the network device breaks the rules of its queues");
    if (news == VIRTQUEUE_DONE && wire.deaf)
        server_log("the network device takes no frames for the guests' addresses\n");
}

_Noreturn void server_main(uint64_t argument)
{
    if ((argument & DEVICE_GIVEN_UP) != 0)
        driver_given_up(FUNCTION);
    begin();
    for (;;) {
        struct uplink_round round;
        struct sys_event event;

        ring_serve();
        filter_serve();
        round = uplink_serve(&uplink);
        round_tell(&round);
        if (round.more)
            continue;
        event = sys_wait(SEPTUM_FOREVER);
        if (event.status == SEPTUM_NOTIFIED && (event.bits & (DEVICE_BIT_IRQ << FUNCTION)) != 0) {
            wire.device.transport->interrupt_take(&wire.device);
            sys_irq_ack(DEVICE_CAP_IRQ + FUNCTION);
        }
    }
}
