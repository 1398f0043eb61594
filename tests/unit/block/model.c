/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "model.h"

#include <stdlib.h>
#include <string.h>

struct model_device device;
static uint64_t seed;

void model_seed(uint64_t value)
{
    seed = value * 2 + 1;
}

uint32_t model_random(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

static bool there(const struct virtio *v)
{
    (void)v;
    return true;
}

static uint32_t type(const struct virtio *v)
{
    (void)v;
    return device.type;
}

static uint32_t status(const struct virtio *v)
{
    (void)v;
    return device.status;
}

static void set_status(const struct virtio *v, uint32_t value)
{
    (void)v;
    if (device.no_reset && value == 0)
        return;
    if (value == 0) {
        device.taken = 0;
        device.done = 0;
        device.held = 0;
        device.place.size = 0;
    }
    if (device.no_features)
        value &= ~VIRTIO_STATUS_FEATURES_OK;
    device.status = value;
}

static uint64_t features(const struct virtio *v)
{
    (void)v;
    return device.offered;
}

static void set_features(const struct virtio *v, uint64_t value)
{
    (void)v;
    device.agreed = value;
}

static uint32_t queue_most(const struct virtio *v, uint32_t queue)
{
    (void)v;
    return queue == 0 ? device.queue_most : 0;
}

static void queue_place(const struct virtio *v, uint32_t queue, const struct virtio_queue_place *place)
{
    (void)v;
    (void)queue;
    device.place = *place;
}

static void notify(const struct virtio *v, uint32_t queue)
{
    (void)v;
    (void)queue;
    device.notified++;
}

static void interrupt_take(const struct virtio *v)
{
    (void)v;
}

static uint8_t config(const struct virtio *v, uint32_t offset)
{
    (void)v;
    if (offset < 2)
        return offset == 0 ? (uint8_t)strlen(device.tag) : 0;
    return (uint8_t)device.tag[offset - 2];
}

const struct virtio_transport model_transport = {there,      type,        status, set_status,     features, set_features,
                                                 queue_most, queue_place, notify, interrupt_take, config};
const struct virtio model_virtio = {.transport = &model_transport};

void model_start(void)
{
    device = (struct model_device){.type = 9, .offered = UINT64_C(1) << 32 | 1, .queue_most = 128, .tag = "septum"};
    model_seed(1);
}

/* Fields by their offsets [virtio 1.2 2.7.5, 2.7.6, 2.7.8]. */
static uint64_t field(uint64_t at, uint32_t bytes)
{
    uint64_t value = 0;

    memcpy(&value, (const void *)(uintptr_t)at, bytes);
    return value;
}

static void set_field(uint64_t at, uint64_t value, uint32_t bytes)
{
    memcpy((void *)(uintptr_t)at, &value, bytes);
}

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

/* Parts of one request: what is read, and what is written. */
static void chain_serve(uint32_t chain)
{
    uint8_t *out[4], *in[4], reply[4096], ask[4096];
    uint32_t out_bytes[4] = {0}, in_bytes[4] = {0}, outs = 0, ins = 0, at = chain, written, asked = 0;

    for (uint32_t i = 0;; i++) {
        const uint64_t d = device.place.desc + 16 * (uint64_t)at;
        const uint64_t flags = field(d + 12, 2);
        uint8_t *memory = (uint8_t *)(uintptr_t)field(d, 8);

        MUST(i < 4 && at < device.place.size && field(d + 8, 4) > 0);
        if ((flags & 2) != 0) {
            in[ins] = memory;
            in_bytes[ins++] = (uint32_t)field(d + 8, 4);
        } else {
            MUST(ins == 0);
            out[outs] = memory;
            out_bytes[outs++] = (uint32_t)field(d + 8, 4);
        }
        if ((flags & 1) == 0)
            break;
        at = (uint32_t)field(d + 14, 2);
    }
    MUST(outs >= 1 && ins >= 1 && outs <= 2 && ins <= 2);
    memcpy(ask, out[0], out_bytes[0]);
    asked = (uint32_t)ask[0] | (uint32_t)ask[1] << 8 | (uint32_t)ask[2] << 16;
    MUST(asked == out_bytes[0] + out_bytes[1]);
    written = files_answer(ask, out_bytes[0], outs > 1 ? out[1] : NULL, reply, ins > 1 ? in[1] : NULL);
    memcpy(in[0], reply, written < in_bytes[0] ? written : in_bytes[0]);
    set_field(device.place.used + 4 + 8 * (uint64_t)(device.done % device.place.size), chain, 4);
    set_field(device.place.used + 8 + 8 * (uint64_t)(device.done % device.place.size), written + device.longer, 4);
    device.done++;
    set_field(device.place.used + 2, device.done, 2);
}

void model_release(void)
{
    while (device.held > 0)
        chain_serve(device.held_chain[--device.held]);
}

void model_serve(bool any)
{
    uint32_t chain[128], count = 0;

    if (device.place.size == 0 || (device.status & VIRTIO_STATUS_DRIVER_OK) == 0)
        return;
    while (device.taken != (uint16_t)field(device.place.avail + 2, 2))
        chain[count++] = (uint32_t)field(device.place.avail + 4 + 2 * (uint64_t)(device.taken++ % device.place.size), 2);
    while (count > 0) {
        const uint32_t pick = any ? model_random(count) : 0;
        const uint32_t c = chain[pick];

        memmove(&chain[pick], &chain[pick + 1], (count - pick - 1) * sizeof chain[0]);
        count--;
        if (device.holds)
            device.held_chain[device.held++] = c;
        else
            chain_serve(c);
    }
}
