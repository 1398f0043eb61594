/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Any bytes as an answer of the file server, as a client's ring between rounds, and as what the device writes into its
 * queue and its answers. Whatever comes: no access out of bounds, every round ends, a disk's file is written only within
 * its size, and a client whose ring breaks leaves the other's alone.
 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#define DISK_BYTES 0x10000u
#define STEPS_MOST 64u
#define ROUNDS_MOST 20000u

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t bytes);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void reply_try(const uint8_t *input, size_t bytes)
{
    static const uint8_t types[] = {6, 12, 14, 24, 26, 50, 100, 104, 110, 116, 118, 120};
    struct p9_expect expect;
    struct p9_reply reply;
    uint8_t *copy;

    if (bytes < 3)
        return;
    expect = (struct p9_expect){types[input[0] % sizeof types], input[1], (uint32_t)input[2] * 128, (uint32_t)bytes - 3};
    copy = malloc(bytes - 3 + 1);
    must(copy != NULL);
    memcpy(copy, input + 3, bytes - 3);
    if (expect.type == P9_READ && bytes - 3 >= P9_READ_HEAD)
        bytes = 3 + P9_READ_HEAD;
    if (p9_reply_read(copy, (uint32_t)bytes - 3, &expect, &reply)) {
        must(reply.type == expect.type || reply.type == P9_ERROR);
        must((reply.type == P9_ERROR) == (reply.error != 0));
        must(reply.count <= expect.most);
    }
    free(copy);
}

static void rounds(void)
{
    for (uint32_t i = 0; serve_round(); i++)
        must(i < ROUNDS_MOST);
    model_serve(true);
}

static void begin(uint32_t flags)
{
    world_begin();
    memset(files_add("web.img", DISK_BYTES)->data, 1, DISK_BYTES);
    (void)files_add("db.img", DISK_BYTES);
    client_attach(0, "web.img", "web.overlay", flags);
    client_attach(1, "db.img", "", 0);
    must(client_ready(0) && client_ready(1));
}

static void other_works(void)
{
    must(client_write(1, 512, 512, 7) == BLOCK_OK && client_reads(1, 512, 512, 7));
}

/* Each four bytes: where in the ring's first page, and what; odd ones are requests that begin well. */
static void ring_try(const uint8_t *input, size_t bytes, uint32_t flags)
{
    struct block_ring *r;

    begin(flags);
    r = ring[0];
    for (uint32_t step = 0; bytes >= 4 && step < STEPS_MOST; step++, bytes -= 4, input += 4) {
        if (input[0] % 2 == 1) {
            r->request[r->asked % BLOCK_SLOTS] = (struct block_request){
                input[0] / 2 % 7, input[1] % (BLOCK_SLOTS + 1), 512 * (uint64_t)input[2], 512 * (uint64_t)input[3]};
            r->asked++;
        } else {
            ((uint8_t *)r)[(input[1] | (uint32_t)input[2] << 8) % FRAME_BYTES] = input[3];
        }
        if (input[0] % 4 < 2)
            rounds();
    }
    world_run();
    must(files_find("web.img")->bytes == DISK_BYTES && files_find("db.img")->bytes == DISK_BYTES);
    if (flags != 0)
        must(files_find("web.img")->data[DISK_BYTES / 2] == 1 && files_find("web.overlay")->bytes == 8192 + DISK_BYTES);
    other_works();
    client_detach(0);
    must(link_of_all.seen[0] == link_of_all.client[0].wanted);
}

/* What the device may write: its used ring, the answers, the pages of the map. */
static void device_try(const uint8_t *input, size_t bytes)
{
    uint8_t *memory;

    begin(BUNDLE_DISK_OVERLAY);
    memory = share.memory;
    for (uint32_t step = 0; bytes >= 4 && step < STEPS_MOST; step++, bytes -= 4, input += 4) {
        const uint32_t at = input[1] | (uint32_t)input[2] << 8;

        if (client_ready(0) && disk[0].place.busy == 0)
            client_put(0, 1 + input[0] / 4 % 5, 0, 512 * (uint64_t)(input[1] % 64), input[0] / 4 % 5 == 2 ? 0 : 512);
        (void)serve_round();
        if (input[0] % 4 == 0)
            memory[offsetof(struct virtqueue_memory, used) + at % 1030] = input[3];
        else if (input[0] % 4 == 1)
            memory[SHARE_BUFFER_AT + (at / P9_REPLY_BYTES * 2 + 1) * P9_REPLY_BYTES % P9_BUFFER_BYTES + at % P9_REPLY_BYTES] = input[3];
        else if (input[0] % 4 == 2)
            device.longer = input[3];
        rounds();
    }
    for (uint32_t i = 0; i < 4; i++)
        rounds();
    must(files_find("web.img")->data[0] == 1 && files_find("web.img")->bytes == DISK_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t bytes)
{
    if (bytes < 5)
        return 0;
    switch (input[0] % 4) {
    case 0:
        reply_try(input + 1, bytes - 1);
        break;
    case 1:
        ring_try(input + 1, bytes - 1, 0);
        break;
    case 2:
        ring_try(input + 1, bytes - 1, BUNDLE_DISK_OVERLAY);
        break;
    default:
        device_try(input + 1, bytes - 1);
        break;
    }
    return 0;
}
