/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A guest that gives up pages and asks for them back, in any order, right and wrong, while the manager takes and gives or
 * does not. Whatever happens, no call is made that the kernel would refuse, each frame has one place, the pages that the
 * guest has keep what it wrote, and those that come back read zero.
 */
#include "driver.h"
#include "exits.h"
#include "frames.h"
#include "input.h"
#include "life.h"

#include <stdlib.h>
#include <string.h>

#define BUFFER    UINT64_C(0x80180000)
#define PFN       (uint32_t)(GUEST_RAM_BASE >> 12)
#define PAGES     (uint32_t)(WORLD_MEMORY / 4096)
#define MUST_TELL UINT64_C(1)
#define QUEUES    256u /* the first page that holds no queue */
#define LIST      ((uint32_t)(BUFFER - GUEST_RAM_BASE) / 4096)

static struct driver driver;
static uint32_t written[PAGES]; /* the word that each page begins with, as the guest knows it; 0: it has not written */
static bool out[PAGES];
static bool certain; /* the guest has kept the rules since the reset */

static uint32_t *word(uint32_t page)
{
    return (uint32_t *)(void *)driver_memory(GUEST_RAM_BASE + page * UINT64_C(4096));
}

static void begin(uint64_t features)
{
    for (uint32_t page = QUEUES; page < PAGES; page++)
        written[page] = out[page] ? 0 : written[page];
    frames_refuse_chunk = false;
    DEMAND(driver_begin(&driver, 0, DRIVER_VERSION | MUST_TELL | features, 2, 16) == 15);
    DEMAND(world.ring->given_up == 0);
    memset(out, 0, sizeof out);
    certain = true;
}

/* A row of pages, in or out: what is right, if the guest keeps the rules. */
static void name(struct input *in, uint32_t queue, bool right)
{
    const uint32_t from = QUEUES + (uint32_t)input_take(in, 2) % (PAGES - QUEUES);
    const uint32_t step = 1 + (uint32_t)input_take(in, 1) % 3;
    const uint32_t most = 1 + (uint32_t)input_take(in, 2) % 600;
    uint32_t page[600];
    uint32_t count = 0;
    uint32_t id;
    uint32_t bytes;
    struct driver_piece piece = {BUFFER, 0, false};

    for (uint32_t n = from; n < PAGES && count < most; n += step) {
        if (!right || (out[n] == (queue == 1) && n != LIST))
            page[count++] = n;
    }
    if (count == 0 || out[LIST])
        return;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t pfn = page[i] + PFN;

        memcpy(driver_memory(BUFFER + i * 4u), &pfn, sizeof pfn);
    }
    written[LIST] = *word(LIST);
    piece.bytes = count * 4;
    if (!right) {
        certain = false;
        piece.bytes += (uint32_t)input_take(in, 1) % 6;
    }
    if (driver_add(&driver, queue, &piece, 1) < 0)
        return;
    (void)driver_kick(&driver, queue);
    if (!certain || !driver_used(&driver, queue, &id, &bytes)) {
        certain = false; /* what comes later is not followed */
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        out[page[i]] = queue == 0;
        written[page[i]] = 0;
    }
}

static void write(struct input *in)
{
    const uint32_t page = QUEUES + (uint32_t)input_take(in, 2) % (PAGES - QUEUES);

    if (page == LIST || out[page] || !frames_reach(GUEST_RAM_BASE + page * UINT64_C(4096)))
        return;
    written[page] = (uint32_t)input_take(in, 2) + 1;
    *word(page) = written[page];
}

static void check(void)
{
    frames_check();
    DEMAND(world.monitor.virtio.device[0].lock.taken == 0 && world.monitor.device_lock.taken == 0);
    DEMAND(world.monitor.wish == WISH_NONE);
    if (!certain)
        return;
    for (uint32_t page = QUEUES; page < PAGES; page++) {
        DEMAND(frames_reach(GUEST_RAM_BASE + page * UINT64_C(4096)) == !out[page]);
        DEMAND(out[page] || *word(page) == written[page]);
    }
}

static void step(struct input *in)
{
    const uint32_t choice = (uint32_t)input_take(in, 1);

    switch (choice & 7u) {
    case 0:
    case 1: name(in, 0, true); break;
    case 2: name(in, 1, true); break;
    case 3: name(in, choice >> 3 & 1u, (choice & 0xf0u) != 0); break;
    case 4: write(in); break;
    case 5:
        frames_refuse_tray = (choice & 8u) != 0;
        frames_refuse_chunk = (choice & 16u) != 0;
        break;
    case 6:
        if ((choice & 0x18u) == 0x18u)
            begin((choice & 0x20u) != 0 ? DRIVER_PACKED : 0);
        break;
    default:
        world.ring->balloon = choice >> 3;
        world.time += world.start.timebase;
        DEMAND(exits_serve(&world.monitor.hart[0], EXIT_NOTIFIED, MONITOR_BIT_INPUT) == SBI_RETURN);
        break;
    }
    check();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t kinds[] = {DEVICE_BALLOON};
    struct input in = {data, size};

    world_make(2);
    frames_make();
    world_devices(kinds, 1);
    world.console_takes = true;
    memset(written, 0, sizeof written);
    memset(out, 0, sizeof out);
    begin(0);
    while (in.left > 0)
        step(&in);
    frames_refuse_tray = false;
    begin(0);
    check();
    frames_drop();
    world_drop();
    return 0;
}
