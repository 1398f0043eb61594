/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A guest and its device servers, all of them hostile and clumsy at times: registers in any order and width, queues that
 * are right and then spoilt, resets in between, rings whose server's half says anything. Whatever happens, the guest goes
 * on, its other devices too, no request that reaches a block server is out of bounds (the server of the unit tests looks),
 * and after a reset a device works.
 */
#include "blk_server.h"
#include "driver.h"
#include "exits.h"
#include "input.h"
#include "world.h"

#include <string.h>

#define BASE    UINT64_C(0x10001000)
#define BUFFER  UINT64_C(0x80100000)
#define BLOCK   0u /* the devices */
#define NET     1u
#define ENTROPY 2u
#define DEVICES_TRIED 4u

static struct blk_server server;
static struct driver driver[DEVICES_TRIED];
static bool spoilt; /* the block ring */

static uint64_t take_place(struct input *in)
{
    uint64_t choice = input_take(in, 1);

    switch (choice & 7u) {
    case 0: return GUEST_RAM_BASE + WORLD_MEMORY - (choice >> 3);
    case 1: return input_take(in, 8);
    case 2: return BASE;
    case 3: return 0x80010000u + input_take(in, 3) % 0x80000u; /* in the queues themselves */
    default: return BUFFER + (input_take(in, 2) << 4);
    }
}

static uint32_t take_bytes(struct input *in)
{
    static const uint32_t some[] = {0, 1, 11, 12, 16, 17, 512, 513, 1024, 1600, 4096, 0x4000, 0x10000, 0x10010};
    uint32_t choice = (uint32_t)input_take(in, 1);

    return choice < 0xf0 ? some[choice % (sizeof some / sizeof some[0])] : (uint32_t)input_take(in, 4);
}

/* A queue to the guest, and one from it. */
static bool has_two(uint32_t device)
{
    return device != BLOCK && device != ENTROPY;
}

static void begin_driver(struct input *in, uint32_t device)
{
    uint64_t choice = input_take(in, 2);
    uint64_t features = (choice & 1u) != 0 ? DRIVER_PACKED : 0;
    uint32_t size = (choice & 1u) != 0 ? 2 + (uint32_t)(choice >> 8) % 15 : 1u << (1 + (choice >> 8) % 4);

    features |= (choice & 2u) != 0 ? DRIVER_EVENT : 0;
    features |= (choice & 4u) != 0 ? DRIVER_INDIRECT : 0;
    features |= (choice & 8u) != 0 ? UINT64_C(0xffffff) : 0;
    features |= (choice & 16u) != 0 ? UINT64_C(1) << 15 : 0; /* merged buffers */
    DEMAND(driver_begin(&driver[device], device, features | DRIVER_VERSION, has_two(device) ? 2 : 1, size) == 15);
}

/* A request, a packet, buffers; right or not. */
static void add(struct input *in, uint32_t device, uint32_t queue)
{
    struct driver_piece piece[6];
    uint32_t choice = (uint32_t)input_take(in, 1);
    uint32_t count = 1 + choice % 5;
    uint32_t head[4] = {choice >> 5, 0, (uint32_t)input_take(in, 1), 0};

    if (driver[device].queue[queue].size == 0)
        return;
    for (uint32_t i = 0; i < count; i++)
        piece[i] = (struct driver_piece){take_place(in), take_bytes(in), i >= count / 2 && (!has_two(device) || queue == 0)};
    if ((choice & 0x10u) != 0) { /* as it should be */
        memcpy(driver_memory(BUFFER), head, sizeof head);
        piece[0] = (struct driver_piece){BUFFER, 16, device != BLOCK && queue == 0};
        piece[count] = (struct driver_piece){BUFFER + 0x800, 1, !has_two(device) || queue == 0};
        count++;
    }
    (void)driver_add(&driver[device], queue, piece, count);
    if ((choice & 3u) != 0)
        (void)driver_kick(&driver[device], queue);
}

static void spoil_guest(struct input *in)
{
    uint64_t at = 0x80010000u + (input_take(in, 3) % 0x80000u & ~UINT64_C(1));
    uint64_t choice = input_take(in, 1);
    uint64_t value = input_take(in, 2);

    if ((choice & 1u) != 0) /* nearer to where it hurts: descriptors, and the beginnings of the rings */
        at = 0x80010000u + 0x40000u * (choice >> 1 & 1u) + 0x4000u * (choice >> 2 & 3u) + (choice >> 3 & 30u);
    memcpy(driver_memory(at), &value, 2);
}

/* The server's half of a ring: state, counters, answers, packets. */
static void spoil_ring(struct input *in, uint32_t device)
{
    uint8_t *ring = world_ring(device);
    uint32_t offset = (uint32_t)input_take(in, 2);
    uint32_t value = (uint32_t)input_take(in, 4);

    if (device == BLOCK) {
        offset = 448 + offset % 212; /* from `served` to the end of `id` */
        spoilt = true;
    } else if (device == NET) {
        static const uint32_t words[] = {64, 128, 256, 260, 264, 268};

        offset = (offset & 1u) != 0 ? words[offset / 2 % 6] : 4096 + NET_RING_BYTES + (offset & ~15u);
    } else if (device == ENTROPY) {
        offset = 64 + offset % 8;
    } else {
        return;
    }
    memcpy(ring + (offset & ~3u), &value, 4);
}

/* The net server puts a packet as it should be put, or nearly. */
static void packet(struct input *in)
{
    struct net_ring *ring = world_ring(NET);
    uint32_t choice = (uint32_t)input_take(in, 1);
    uint32_t at = ring->in.head % NET_RING_BYTES;
    struct net_packet p = {.bytes = 14 + (uint32_t)input_take(in, 2), .flags = choice & 1u, .gso_type = choice >> 1 & 5u};

    p.gso_bytes = (uint16_t)input_take(in, 1);
    p.checksum_start = (choice & 8u) != 0 ? 34 : 54;
    p.checksum_offset = (choice & 16u) != 0 ? 16 : (uint16_t)(choice >> 4);
    if (p.bytes > NET_RING_BYTES - at || at + 100 > NET_RING_BYTES || at % 16 != 0)
        p.bytes = NET_SKIP;
    if (at + sizeof p <= NET_RING_BYTES)
        memcpy(ring->in_bytes + at, &p, sizeof p);
    if (p.bytes != NET_SKIP) {
        ring->in_bytes[at + sizeof p + 14] = p.gso_type == 4 ? 0x60 : 0x45;
        ring->in_bytes[at + sizeof p + p.checksum_start + 12] = (uint8_t)(choice & 0xf0u);
        ring->in.head += (16 + p.bytes + 15) & ~15u;
    } else {
        ring->in.head += NET_RING_BYTES - at;
    }
    ring->state = DEVICE_READY;
    ring->link_up = 1;
    blk_server_bell();
}

static void check(void)
{
    const struct virtio *v = &world.monitor.virtio;

    DEMAND(world.monitor.wish == WISH_NONE && world.monitor.halt == 0);
    DEMAND(world.monitor.device_lock.taken == 0 && v->bench.lock.taken == 0);
    for (uint32_t i = 0; i < DEVICES_TRIED; i++) {
        const struct virtio_device *d = &v->device[i];

        DEMAND(d->lock.taken == 0 && d->line == (d->interrupt != 0) && d->interrupt < 4);
        DEMAND((world.monitor.devices.plic.level[0] >> (1 + i) & 1u) == d->line);
        DEMAND((d->status & VIRTIO_DRIVER_OK) == 0 || (d->status & VIRTIO_FEATURES_OK) != 0);
        DEMAND((d->driver & ~d->offered) == 0 || (d->status & VIRTIO_FEATURES_OK) == 0);
        for (uint32_t q = 0; q < VIRTIO_QUEUES; q++)
            DEMAND(!d->queue[q].ready || (d->queue[q].size != 0 && d->queue[q].size <= d->queue[q].most));
    }
    DEMAND(v->device[BLOCK].model.blk.waiting_count <= BLK_REQUESTS);
}

static void access_register(struct input *in, uint32_t device, uint32_t choice)
{
    uint64_t gpa = BASE + 0x1000u * device + ((choice & 0x80u) != 0 ? input_take(in, 2) % 0xff8u : input_take(in, 1) & ~3u);
    uint32_t bytes = (choice & 0x40u) != 0 ? 1u << (choice >> 4 & 3u) : 4;

    if ((choice & 8u) != 0)
        world_store(gpa, bytes, (choice & 0x80u) != 0 ? input_take(in, 4) : input_take(in, 1));
    else
        (void)world_load(gpa, bytes);
}

static void serve(uint32_t choice)
{
    server.answer_with = choice >> 6;
    if (spoilt || choice % 16 == 0)
        blk_server_start(&server, BLOCK);
    spoilt = false;
    (void)blk_server_serve(&server, 1 + choice % 7, (choice & 8u) != 0);
}

static void step(struct input *in)
{
    uint32_t choice = (uint32_t)input_take(in, 1);
    uint32_t device = (choice >> 4) % DEVICES_TRIED;
    uint32_t id;
    uint32_t bytes;

    switch (choice & 15u) {
    case 0: begin_driver(in, device); break;
    case 1:
    case 2:
    case 3:
    case 4: add(in, device, 0); break;
    case 5: add(in, device | 1u, 1); break;
    case 6: spoil_guest(in); break;
    case 7: spoil_ring(in, device); break;
    case 8: packet(in); break;
    case 9: serve((uint32_t)input_take(in, 1)); break;
    case 10: access_register(in, device, (uint32_t)input_take(in, 1)); break;
    case 11: driver_write(&driver[device], 0x064, 3); break;
    case 12: ((struct net_ring *)world_ring(NET))->out.tail = ((struct net_ring *)world_ring(NET))->out.head; break;
    case 13: world.time += world.start.timebase * (choice >> 4); break;
    case 14:
        for (uint32_t i = 0; driver[device].queue[0].size != 0 && i < 8; i++)
            (void)driver_used(&driver[device], 0, &id, &bytes);
        break;
    default:
        world_input("typed");
        DEMAND(exits_serve(&world.monitor.hart[0], EXIT_NOTIFIED, MONITOR_BIT_INPUT | MONITOR_BIT_DEVICE) == SBI_RETURN);
        break;
    }
    check();
}

/* After all that, a reset is enough. */
static void works(void)
{
    const struct driver_piece piece[2] = {{BUFFER, 16, false}, {BUFFER + 0x800, 1, true}};
    const uint32_t flush[4] = {4, 0, 0, 0};
    uint32_t id;
    uint32_t bytes;

    for (uint32_t i = 0; i < DEVICES_TRIED; i++) /* their queues lie in the same memory */
        driver_write(&driver[i], 0x070, 0);
    serve(0);
    while (blk_server_serve(&server, 16, 0) != 0)
        continue;
    DEMAND(driver_begin(&driver[0], 0, DRIVER_VERSION, 1, 8) == 15);
    memcpy(driver_memory(BUFFER), flush, sizeof flush);
    DEMAND(driver_add(&driver[0], 0, piece, 2) >= 0);
    (void)driver_kick(&driver[0], 0);
    DEMAND(blk_server_serve(&server, 16, 0) == 1);
    DEMAND(driver_used(&driver[0], 0, &id, &bytes) && *driver_memory(BUFFER + 0x800) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t kinds[DEVICES_TRIED] = {DEVICE_BLOCK, DEVICE_NET, DEVICE_ENTROPY, DEVICE_CONSOLE};
    struct input in = {data, size};

    world_make(2);
    world.console_takes = true;
    world_devices(kinds, DEVICES_TRIED);
    memset(driver, 0, sizeof driver);
    memset(&server, 0, sizeof server);
    for (uint32_t i = 0; i < DEVICES_TRIED; i++)
        driver[i].base = BASE + 0x1000u * i;
    blk_server_start(&server, BLOCK);
    spoilt = false;
    while (in.left > 0)
        step(&in);
    works();
    world_drop();
    return 0;
}
