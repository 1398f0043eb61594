/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "world.h"

#include <stdlib.h>
#include <string.h>

struct device_link link_of_all;
char said[4096];
uint32_t bells[DEVICE_CLIENTS];
uint32_t released[DEVICE_CLIENTS];

static uint8_t dma[DEVICE_DMA_FRAMES * FRAME_BYTES] __attribute__((aligned(4096)));
static struct block_ring *ring[DEVICE_CLIENTS];
static int status[DEVICE_CLIENTS][BLOCK_SLOTS];

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

    assert_true(bytes > 0 && line[bytes - 1] == '\n');
    if (used + bytes < sizeof said)
        memcpy(said + used, line, bytes);
}

bool world_wait(void)
{
    const uint16_t before = device.done;

    model_serve(false);
    return device.done != before;
}

void world_reboot(void)
{
    memset(dma, 0, sizeof dma);
    world_restart();
}

void world_restart(void)
{
    const char *why = NULL;

    memset(&link_of_all, 0, sizeof link_of_all);
    memset(&share, 0, sizeof share);
    memset(bells, 0, sizeof bells);
    memset(released, 0, sizeof released);
    memset(said, 0, sizeof said);
    model_start();
    if (!share_start(&model_virtio, dma, (uintptr_t)dma, &why))
        fail_msg("%s", why);
    serve_start(&link_of_all, NULL);
}

void world_begin(void)
{
    files_start();
    world_reboot();
}

struct block_ring *client_ring(uint32_t c)
{
    return ring[c];
}

void client_attach(uint32_t c, const char *path, const char *overlay, uint32_t flags)
{
    struct device_client *client = &link_of_all.client[c];

    free(ring[c]);
    ring[c] = calloc(1, sizeof *ring[c]);
    assert_non_null(ring[c]);
    client->kind = DEVICE_BLOCK;
    client->number = 0;
    client->ring = (uintptr_t)ring[c];
    strcpy(client->name, c % 2 == 0 ? "web" : "db");
    client->about.disk = (struct bundle_disk){.flags = flags};
    strcpy(client->about.disk.path, path);
    strcpy(client->about.disk.overlay, overlay);
    client->wanted = (client->wanted + 1) | 1;
    world_run();
}

void client_detach(uint32_t c)
{
    link_of_all.client[c].wanted++;
    world_run();
}

bool client_ready(uint32_t c)
{
    struct block_ring *r = ring[c];

    if (r->state != DEVICE_READY)
        return false;
    if (r->epoch != r->epoch_seen) {
        r->asked = 0;
        r->taken = 0;
        r->epoch_seen = r->epoch;
    }
    return true;
}

void client_put(uint32_t c, uint32_t op, uint32_t slot, uint64_t offset, uint64_t bytes)
{
    struct block_ring *r = ring[c];

    assert_true(client_ready(c));
    r->request[r->asked % BLOCK_SLOTS] = (struct block_request){op, slot, offset, bytes};
    status[c][slot] = -1;
    r->asked++;
}

uint8_t *client_data(uint32_t c, uint32_t slot)
{
    return ring[c]->data[slot];
}

int client_status(uint32_t c, uint32_t slot)
{
    struct block_ring *r = ring[c];

    while (r->taken != r->served) {
        const struct block_answer *a = &r->answer[r->taken++ % BLOCK_SLOTS];

        assert_true(a->slot < BLOCK_SLOTS);
        status[c][a->slot] = (int)a->status;
    }
    return status[c][slot];
}

static void run(bool any)
{
    uint16_t before;

    serve_links();
    do {
        for (uint32_t i = 0; serve_round(); i++)
            assert_true(i < 1000000);
        before = device.done;
        model_serve(any);
    } while (device.done != before);
}

void world_run(void)
{
    run(false);
}

void world_run_any(void)
{
    run(true);
}

int client_do(uint32_t c, uint32_t op, uint64_t offset, uint64_t bytes)
{
    client_put(c, op, 0, offset, bytes);
    world_run();
    return client_status(c, 0);
}

int client_write(uint32_t c, uint64_t offset, uint32_t bytes, uint8_t value)
{
    memset(client_data(c, 0), value, bytes);
    return client_do(c, BLOCK_WRITE, offset, bytes);
}

bool client_reads(uint32_t c, uint64_t offset, uint32_t bytes, uint8_t value)
{
    memset(client_data(c, 0), ~value, bytes);
    if (client_do(c, BLOCK_READ, offset, bytes) != BLOCK_OK)
        return false;
    for (uint32_t i = 0; i < bytes; i++) {
        if (client_data(c, 0)[i] != value)
            return false;
    }
    return true;
}
