/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Clients write anything anywhere into their rings, and the device into its memory, between rounds. Whatever they do, the
 * server stays within both, ends each round, keeps its counters, and writes nothing into a ring that was closed or left.
 */
#include "entropy/fill.h"
#include "virtio/device.h"

#include <string.h>

#include "input.h"

#define CLIENTS 3u

static struct source source;
static struct fill fill;
static struct entropy_ring *ring[CLIENTS];
static uint8_t *memory; /* so that what lies behind it is found out */
static uint64_t given[CLIENTS];

static void begin(void)
{
    device_begin(VIRTIO_TYPE_ENTROPY, 0, 1);
    if (memory == NULL && (memory = aligned_alloc(FRAME_BYTES, ENTROPY_DMA_FRAMES * FRAME_BYTES)) == NULL)
        abort();
    memset(memory, 0, ENTROPY_DMA_FRAMES * FRAME_BYTES);
    memset(&fill, 0, sizeof fill);
    fill.source = &source;
    DEMAND(source_start(&source, &fake_virtio, memory, (uintptr_t)memory, NULL) == VIRTIO_OK);
    for (uint32_t c = 0; c < CLIENTS; c++) {
        if (ring[c] == NULL && (ring[c] = aligned_alloc(FRAME_BYTES, sizeof(struct entropy_ring))) == NULL)
            abort();
        memset(ring[c], 0, sizeof(struct entropy_ring));
        given[c] = 0;
        fill_take(&fill, c, ring[c], &given[c]);
    }
}

static bool serve(void)
{
    static struct entropy_ring before[CLIENTS];
    struct fill_round round;

    for (uint32_t c = 0; c < CLIENTS; c++)
        before[c] = *ring[c];
    round = fill_serve(&fill);
    DEMAND((round.bells | round.broken) >> CLIENTS == 0);
    for (uint32_t c = 0; c < CLIENTS; c++) {
        const bool open = fill.client[c].ring != NULL;

        if (!open && (round.broken >> c & 1) == 0)
            DEMAND(memcmp(&before[c], ring[c], sizeof before[c]) == 0);
        DEMAND(ring[c]->tail == before[c].tail);
        DEMAND(!open || (round.bells >> c & 1) == 0 || ring[c]->head == fill.client[c].head);
    }
    return !round.failed;
}

/* The device answers as it should, or with a length of the input's. */
static void answer(struct input *in, bool right)
{
    struct fake_chain chain;

    if (device_take(0, &chain))
        device_done(0, &chain, right ? chain.piece[0].bytes : (uint32_t)input_take(in, 2));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    bool bent = false; /* the device has written into the driver's memory, its own queue perhaps */
    bool good = true;

    begin();
    while (in.left > 0 && good) {
        const uint32_t op = (uint32_t)input_take(&in, 1);
        const uint32_t c = op / 8 % CLIENTS;

        if (op % 8 == 0) {
            memory[input_take(&in, 2) % (ENTROPY_DMA_FRAMES * FRAME_BYTES)] = (uint8_t)input_take(&in, 1);
            bent = true;
        } else if (op % 8 == 1)
            ((uint8_t *)ring[c])[input_take(&in, 2) % sizeof *ring[c]] = (uint8_t)input_take(&in, 1);
        else if (op % 8 == 2)
            ring[c]->tail = ring[c]->head;
        else if (op % 8 == 3)
            fill_take(&fill, c, ring[c], &given[c]);
        else if (op % 8 == 4)
            fill_leave(&fill, c);
        else if (!bent) /* what it is told then may be anything */
            answer(&in, op % 8 != 5);
        good = serve();
    }
    return 0;
}
