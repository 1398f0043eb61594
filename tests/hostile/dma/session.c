/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "session.h"

#include <lib/device_server.h>
#include <lib/server.h>
#include <lib/sys.h>

#include <stddef.h>

#define ANSWER_US 20000u
#define LOOK_US   200u
#define QUEUE_ENTRIES 8u /* as many as every device of QEMU's takes */

struct virtio hardware;

static uint32_t patience_us = ANSWER_US;

bool session_begin(uint32_t type, bool rude)
{
    return (rude ? virtio_reset(&hardware) : virtio_begin(&hardware, type, 0, 0)) == VIRTIO_OK;
}

void session_go(bool rude)
{
    if (rude)
        hardware.transport->set_status(&hardware, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_DRIVER_OK);
    else
        virtio_go(&hardware);
}

bool session_queue(struct virtqueue *q, uint32_t number, uint32_t at, uint64_t table)
{
    const uint64_t address = device_link_page()->dma + at;
    const struct virtio_queue_place place = {QUEUE_ENTRIES, table, address + offsetof(struct virtqueue_memory, avail),
                                             address + offsetof(struct virtqueue_memory, used)};

    if (virtqueue_start(q, &hardware, number, QUEUE_ENTRIES, (struct virtqueue_memory *)(void *)own(at), address) != VIRTIO_OK)
        return false;
    return table == 0 || virtio_place(&hardware, number, &place) == VIRTIO_OK;
}

void session_wait(struct virtqueue *q)
{
    const uint64_t end = sys_time() + device_ticks(patience_us);
    uint32_t chain, bytes;

    while (sys_time() < end && (hardware.transport->status(&hardware) & VIRTIO_STATUS_NEEDS_RESET) == 0 &&
           virtqueue_take(q, &chain, &bytes) == VIRTQUEUE_NONE)
        (void)sys_wait(sys_time() + device_ticks(LOOK_US));
}

static void reach_own(void (*own_memory)(bool rude), bool rude)
{
    patience_us = OWN_US;
    own_memory(rude);
    patience_us = ANSWER_US;
}

static void tell(const char *what, uint32_t tries, uint32_t all)
{
    server_log("%s: %u of %u tried\n", what, tries, all);
}

void session_attack(void (*own_memory)(bool rude))
{
    uint32_t tries, all;

    hardware = virtio_of(&device_link_page()->function[0]);
    attack_wait();
    reach_own(own_memory, false);
    tries = attack_registers(&all);
    tell("registers", tries, all);
    tries = attack_memory(STEP, false, &all);
    tell("memory", tries, all);
    reach_own(own_memory, true);
    tries = attack_memory(RUDE_STEP, true, &all);
    tell("rude memory", tries, all);
    reach_own(own_memory, false);
}
