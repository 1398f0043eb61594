/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "monitors.h"

#include "block/client.h"

#include <stdlib.h>
#include <string.h>

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

struct device_link link_of_all;
struct block_ring *ring[DEVICE_CLIENTS];
char said[4096];
uint32_t bells[DEVICE_CLIENTS], released[DEVICE_CLIENTS];
static int status_of[DEVICE_CLIENTS][BLOCK_SLOTS];

struct block_ring *world_ring(uint32_t client)
{
    return ring[client];
}

void world_bell(uint32_t client)
{
    bells[client]++;
}

void world_release(uint32_t client)
{
    released[client]++;
}

void world_say(const char *line, size_t bytes)
{
    const size_t used = strlen(said);

    MUST(bytes > 0 && line[bytes - 1] == '\n');
    if (used + bytes < sizeof said)
        memcpy(said + used, line, bytes);
}

void monitors_begin(void)
{
    memset(&link_of_all, 0, sizeof link_of_all);
    memset(bells, 0, sizeof bells);
    memset(released, 0, sizeof released);
    memset(said, 0, sizeof said);
}

void client_begin(uint32_t c)
{
    memset(status_of[c], -1, sizeof status_of[c]);
}

bool client_ready(uint32_t c)
{
    struct block_ring *r = ring[c];

    if (r->state != DEVICE_READY)
        return false;
    if (r->epoch_seen != r->epoch) {
        r->epoch_seen = r->epoch;
        r->asked = r->taken = 0;
    }
    return true;
}

void client_put(uint32_t c, uint32_t op, uint32_t slot, uint64_t offset, uint64_t bytes)
{
    struct block_ring *r = ring[c];

    (void)client_ready(c);
    status_of[c][slot] = -1;
    r->request[r->asked % BLOCK_SLOTS] = (struct block_request){op, slot, offset, bytes};
    r->asked++;
}

int client_status(uint32_t c, uint32_t slot)
{
    struct block_ring *r = ring[c];

    while (r->taken != r->served) {
        const struct block_answer *a = &r->answer[r->taken++ % BLOCK_SLOTS];

        MUST(a->slot < BLOCK_SLOTS);
        status_of[c][a->slot] = (int)a->status;
    }
    return status_of[c][slot];
}
