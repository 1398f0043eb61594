/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Clients write anything anywhere into their rings' words, come and go, and the disk into its memory, between rounds.
 * Whatever they do, the server stays within both, ends its rounds, and has the disk read, write and clear nothing but
 * sectors of the slice of the client whose slot the data are in: the model of the disk looks at each request.
 */
#include "world.h"

#include <string.h>

#include "input.h"

#define ROUNDS_MOST 4000u

static bool there[CLIENTS];

static void begin(void)
{
    static const uint64_t first[CLIENTS] = {16, 80, 81}, count[CLIENTS] = {64, 1, 100};

    DEMAND(world_begin(F_ALL, false));
    for (uint32_t c = 0; c < CLIENTS; c++) {
        client_add(c, first[c], count[c], c == 2 ? BUNDLE_DISK_READ_ONLY : 0);
        there[c] = true;
    }
    DEMAND(world_run());
}

/* False: the device broke the rules. */
static bool serve(void)
{
    struct slices_round round = {.moved = true};

    for (uint32_t i = 0; round.moved && !round.failed; i++) {
        DEMAND(i < ROUNDS_MOST);
        round = slices_round(&slices);
    }
    for (uint32_t c = 0; c < CLIENTS; c++)
        DEMAND(slices.slice[c].under_way <= SLICE_UNDER_WAY);
    return !round.failed;
}

/* A request that is nearly right. */
static void ask(struct input *in, uint32_t c)
{
    const uint32_t choice = (uint32_t)input_take(in, 1);
    const uint64_t offset = input_take(in, 1) * BLOCK_SECTOR + choice / 64 % 2 * input_take(in, 8);

    client_put(c, choice % 7, (uint32_t)input_take(in, 1) % BLOCK_SLOTS, offset,
               input_take(in, 1) % 48 * BLOCK_SECTOR + choice / 128);
}

static void client_turn(struct input *in, uint32_t op, uint32_t c)
{
    if (op % 8 == 0) {
        ((uint8_t *)ring[c])[input_take(in, 2) % FRAME_BYTES] = (uint8_t)input_take(in, 1);
    } else if (op % 8 == 1) {
        there[c] = !there[c];
        if (there[c])
            client_add(c, link_of_all.client[c].about.disk.first_sector, link_of_all.client[c].about.disk.sectors,
                       link_of_all.client[c].about.disk.flags);
        else
            client_remove(c);
    } else {
        ask(in, c);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    bool bent = false; /* the disk has written into the driver's memory, its own queue perhaps */
    bool good = true;

    begin();
    while (in.left > 0 && good) {
        const uint32_t op = (uint32_t)input_take(&in, 1);
        const uint32_t c = op / 16 % CLIENTS;

        model.fail = op == 255 ? (uint8_t)input_take(&in, 1) : 0;
        if (op % 16 == 15) {
            memory[input_take(&in, 2) % MEMORY] = (uint8_t)input_take(&in, 1);
            bent = true;
        } else if (op % 16 == 14) {
            DEMAND(world_restart());
            bent = false;
        } else if (op % 16 < 8) {
            client_turn(&in, op, c);
        } else if (!bent) { /* what it is told then may be anything */
            (void)model_serve(op % 16 == 8);
        }
        good = serve();
    }
    return 0;
}
