/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "world.h"

#include <stdlib.h>
#include <string.h>

static uint8_t dma[DEVICE_DMA_FRAMES * FRAME_BYTES] __attribute__((aligned(4096)));

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

    memset(&share, 0, sizeof share);
    monitors_begin();
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

void client_attach(uint32_t c, const char *path, const char *overlay, uint32_t flags)
{
    struct device_client *client = &link_of_all.client[c];

    free(ring[c]);
    ring[c] = calloc(1, sizeof *ring[c]);
    assert_non_null(ring[c]);
    client_begin(c);
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

uint8_t *client_data(uint32_t c, uint32_t slot)
{
    return ring[c]->data[slot];
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
