/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

struct model model;
struct drive drive;
struct slices slices;
uint8_t *memory;

static void number_put(uint32_t at, uint64_t value, uint32_t bytes)
{
    memcpy(device.config + at, &value, bytes);
}

bool world_begin(uint64_t features, bool again)
{
    for (uint32_t c = 0; c < CLIENTS; c++) {
        if (ring[c] == NULL && (ring[c] = aligned_alloc(FRAME_BYTES, sizeof *ring[c])) == NULL)
            abort();
    }
    if (memory == NULL && (memory = aligned_alloc(FRAME_BYTES, MEMORY)) == NULL)
        abort();
    if (!again)
        memset(&model, 0, sizeof model);
    model.strict = true;
    monitors_begin();
    device_begin(VIRTIO_TYPE_BLOCK, features, 1);
    number_put(0, SECTORS, 8);
    number_put(20, BLOCK_SECTOR, 4);
    number_put(36, DISCARD_MOST, 4);
    number_put(48, ZEROES_MOST, 4);
    return world_restart();
}

bool world_restart(void)
{
    const char *why;
    const bool good = drive_start(&drive, &fake_virtio, memory, (uintptr_t)memory, &why);

    memset(link_of_all.seen, 0, sizeof link_of_all.seen);
    slices_start(&slices, &drive, &link_of_all, good ? NULL : why);
    return good;
}

void client_add(uint32_t c, uint64_t first, uint64_t count, uint32_t flags)
{
    struct device_client *client = &link_of_all.client[c];

    memset(ring[c], 0, sizeof *ring[c]);
    client_begin(c);
    client->kind = DEVICE_BLOCK;
    client->number = c;
    client->ring = (uintptr_t)ring[c];
    strcpy(client->name, c == 0 ? "web" : c == 1 ? "db" : "log");
    client->about.disk = (struct bundle_disk){.flags = BUNDLE_DISK_SLICE | flags, .first_sector = first, .sectors = count};
    client->wanted |= 1;
    slices_links(&slices);
}

void client_remove(uint32_t c)
{
    link_of_all.client[c].wanted++;
}

/* Whose slot that is; CLIENTS: nobody's. */
static uint32_t owner_of(const uint8_t *at, uint32_t bytes)
{
    for (uint32_t c = 0; c < CLIENTS; c++) {
        for (uint32_t s = 0; s < BLOCK_SLOTS; s++) {
            if (at >= ring[c]->data[s] && at + bytes <= ring[c]->data[s] + BLOCK_SLOT_BYTES)
                return c;
        }
    }
    return CLIENTS;
}

/* Sectors within that client's slice, as its description has it, and written only if they may be. */
static bool is_of(uint32_t c, uint64_t sector, uint64_t count, bool writes)
{
    const struct bundle_disk *d = &link_of_all.client[c].about.disk;

    return sector >= d->first_sector && sector - d->first_sector <= d->sectors &&
           count <= d->sectors - (sector - d->first_sector) && !(writes && (d->flags & BUNDLE_DISK_READ_ONLY) != 0);
}

static bool is_anybodys(uint64_t sector, uint64_t count)
{
    bool found = false;

    for (uint32_t c = 0; c < CLIENTS; c++)
        found = found || (link_of_all.client[c].wanted > 0 && is_of(c, sector, count, true));
    return found;
}

static bool is_own(const struct fake_piece *piece)
{
    return piece->at >= memory && piece->bytes <= MEMORY && (size_t)(piece->at - memory) <= MEMORY - piece->bytes;
}

struct request {
    uint32_t type;
    uint32_t reserved;
    uint64_t sector;
};

struct range {
    uint64_t sector;
    uint32_t sectors;
    uint32_t flags;
};

static void move(const struct fake_piece *data, const struct request *r)
{
    const uint32_t count = data->bytes / BLOCK_SECTOR;
    const uint32_t c = owner_of(data->at, data->bytes);

    MUST(c < CLIENTS && data->bytes > 0 && data->bytes % BLOCK_SECTOR == 0 && data->writes == (r->type == 0));
    if (model.strict)
        MUST(is_of(c, r->sector, count, r->type == 1));
    if (r->sector + count > SECTORS || r->sector > SECTORS)
        return;
    if (r->type == 0)
        memcpy(data->at, model.data[r->sector], data->bytes);
    else
        memcpy(model.data[r->sector], data->at, data->bytes);
}

static void clear(const struct fake_piece *data, const struct request *r)
{
    struct range range;

    MUST(is_own(data) && !data->writes && data->bytes == sizeof range && r->sector == 0);
    memcpy(&range, data->at, sizeof range);
    MUST(range.flags == 0 && range.sectors > 0 && range.sectors <= (r->type == 13 ? ZEROES_MOST : DISCARD_MOST));
    if (model.strict)
        MUST(is_anybodys(range.sector, range.sectors));
    if (range.sector <= SECTORS && range.sectors <= SECTORS - range.sector)
        memset(model.data[range.sector], r->type == 13 ? 0 : 0xdd, (size_t)range.sectors * BLOCK_SECTOR);
}

static void work(const struct fake_chain *chain, const struct request *r)
{
    MUST(r->type < sizeof model.asked / sizeof model.asked[0]);
    model.asked[r->type]++;
    if (model.fail != 0)
        return;
    if (r->type == 4) {
        MUST(chain->count == 2);
        memcpy(model.safe, model.data, sizeof model.safe);
        return;
    }
    MUST(chain->count == 3);
    if (r->type <= 1) {
        move(&chain->piece[1], r);
        return;
    }
    MUST(r->type == 11 || r->type == 13);
    clear(&chain->piece[1], r);
}

bool model_serve(bool last)
{
    static struct fake_chain chain[VIRTQUEUE_CHAINS];
    static uint32_t count;
    struct request r;
    struct fake_chain *one;
    uint32_t bytes = 1;

    if ((device.status & VIRTIO_STATUS_DRIVER_OK) != 0 && device.taken[0] == 0)
        count = 0; /* another life */
    while (count < VIRTQUEUE_CHAINS && device_take(0, &chain[count]))
        count++;
    if (count == 0)
        return false;
    one = &chain[last ? count - 1 : 0];
    MUST(is_own(&one->piece[0]) && one->piece[0].bytes == sizeof r && !one->piece[0].writes);
    memcpy(&r, one->piece[0].at, sizeof r);
    MUST(is_own(&one->piece[one->count - 1]) && one->piece[one->count - 1].bytes == 1 && one->piece[one->count - 1].writes);
    work(one, &r);
    *one->piece[one->count - 1].at = model.fail;
    if (r.type == 0)
        bytes += one->piece[1].bytes;
    device_done(0, one, bytes - (model.shorter < bytes ? model.shorter : bytes));
    count--;
    memmove(one, one + 1, (size_t)(chain + count - one) * sizeof *one);
    return true;
}

bool world_run(void)
{
    struct slices_round round;

    do {
        round = slices_round(&slices);
        if (round.failed)
            return false;
    } while (round.moved || model_serve(false));
    return true;
}
