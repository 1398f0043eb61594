/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "drive.h"

#include <stddef.h>
#include <string.h>

#define FEATURE_RO         (UINT64_C(1) << 5)
#define FEATURE_BLK_SIZE   (UINT64_C(1) << 6)
#define FEATURE_FLUSH      (UINT64_C(1) << 9)
#define FEATURE_DISCARD    (UINT64_C(1) << 13)
#define FEATURE_ZEROES     (UINT64_C(1) << 14)
#define CONFIG_CAPACITY    0u
#define CONFIG_BLK_SIZE    20u
#define CONFIG_DISCARD     36u /* the most sectors of one */
#define CONFIG_ZEROES      48u
#define CONFIG_READS       16u /* of a number that changes meanwhile */

enum { TYPE_READ = 0, TYPE_WRITE = 1, TYPE_FLUSH = 4, TYPE_DISCARD = 11, TYPE_ZEROES = 13 };

#define STATUS_OK          0u
#define STATUS_UNSUPPORTED 2u
#define STATUS_NONE        0xffu

struct head {
    uint32_t type;
    uint32_t reserved;
    uint64_t sector;
    struct {
        uint64_t sector;
        uint32_t sectors;
        uint32_t flags;
    } range;
    uint8_t status;
    uint8_t pad[31];
};

#define HEAD_BYTES offsetof(struct head, range)

_Static_assert(sizeof(struct virtqueue_memory) <= DRIVE_HEADS_AT - DRIVE_QUEUE_AT, "the queue has room");
_Static_assert(DRIVE_HEADS_AT + VIRTQUEUE_CHAINS * sizeof(struct head) <= DISK_DMA_FRAMES * FRAME_BYTES, "and so have the heads");
_Static_assert(VIRTQUEUE_CHAINS == 32, "a set of chains is one word");

static uint64_t config_once(const struct virtio *v, uint32_t at, uint32_t bytes)
{
    uint64_t value = 0;

    for (uint32_t i = 0; i < bytes; i++)
        value |= (uint64_t)v->transport->config(v, at + i) << 8 * i;
    return value;
}

/* It is read by bytes, between which the device may change it: until it is the same twice. */
static uint64_t config(const struct virtio *v, uint32_t at, uint32_t bytes)
{
    uint64_t last = config_once(v, at, bytes);

    for (uint32_t i = 0; i < CONFIG_READS; i++) {
        const uint64_t value = config_once(v, at, bytes);

        if (value == last)
            break;
        last = value;
    }
    return last;
}

static void drive_learn(struct drive *d, uint64_t features)
{
    const struct virtio *v = &d->device;

    d->sectors = config(v, CONFIG_CAPACITY, 8);
    d->caches = (features & FEATURE_FLUSH) != 0;
    if ((features & FEATURE_DISCARD) != 0)
        d->discard_most = (uint32_t)config(v, CONFIG_DISCARD, 4);
    if ((features & FEATURE_ZEROES) != 0)
        d->zeroes_most = (uint32_t)config(v, CONFIG_ZEROES, 4);
    if ((features & FEATURE_RO) != 0)
        d->flags = BLOCK_FLAG_READ_ONLY;
    else
        d->flags = (d->discard_most != 0 ? BLOCK_FLAG_DISCARD : 0) | (d->zeroes_most != 0 ? BLOCK_FLAG_ZEROES : 0);
}

bool drive_start(struct drive *d, const struct virtio *device, uint8_t *memory, uint64_t address, const char **why)
{
    const uint64_t wanted = FEATURE_RO | FEATURE_BLK_SIZE | FEATURE_FLUSH | FEATURE_DISCARD | FEATURE_ZEROES;
    enum virtio_fault fault;
    uint64_t features = 0;

    memset(d, 0, sizeof *d);
    d->device = *device;
    d->memory = memory;
    d->address = address;
    d->free = UINT32_MAX;
    memset(memory + DRIVE_HEADS_AT, 0, VIRTQUEUE_CHAINS * sizeof(struct head));
    fault = virtio_begin(&d->device, VIRTIO_TYPE_BLOCK, 0, wanted);
    if (fault == VIRTIO_OK) {
        features = device->transport->features(&d->device) & wanted;
        fault = virtqueue_start(&d->queue, &d->device, 0, VIRTQUEUE_SIZE,
                                (struct virtqueue_memory *)(void *)(memory + DRIVE_QUEUE_AT), address + DRIVE_QUEUE_AT);
    }
    *why = virtio_fault_text(fault);
    if (fault == VIRTIO_OK && (features & FEATURE_BLK_SIZE) != 0 && config(&d->device, CONFIG_BLK_SIZE, 4) != BLOCK_SECTOR) {
        *why = "has sectors of another size than 512 bytes (QEMU: logical_block_size=512)";
        fault = VIRTIO_OTHER_TYPE;
    }
    if (fault != VIRTIO_OK) {
        (void)virtio_reset(&d->device);
        return false;
    }
    drive_learn(d, features);
    virtio_go(&d->device);
    return true;
}

uint32_t drive_most(const struct drive *d, uint32_t op)
{
    switch ((enum block_op)op) {
    case BLOCK_READ:
    case BLOCK_WRITE:
        return BLOCK_SLOT_BYTES / BLOCK_SECTOR;
    case BLOCK_DISCARD:
        return d->discard_most;
    case BLOCK_ZEROES:
        return d->zeroes_most;
    case BLOCK_FLUSH:
        break;
    }
    return 0;
}

static uint32_t type_of(uint32_t op)
{
    switch ((enum block_op)op) {
    case BLOCK_READ:
        return TYPE_READ;
    case BLOCK_WRITE:
        return TYPE_WRITE;
    case BLOCK_DISCARD:
        return TYPE_DISCARD;
    case BLOCK_ZEROES:
        return TYPE_ZEROES;
    case BLOCK_FLUSH:
        break;
    }
    return TYPE_FLUSH;
}

static struct head *head_of(const struct drive *d, uint32_t chain)
{
    return (struct head *)(void *)(d->memory + DRIVE_HEADS_AT) + chain;
}

void drive_put(struct drive *d, const struct drive_ask *ask)
{
    const uint32_t chain = (uint32_t)__builtin_ctz(d->free);
    const uint64_t at = d->address + DRIVE_HEADS_AT + chain * sizeof(struct head);
    const bool moves = ask->op == BLOCK_READ || ask->op == BLOCK_WRITE;
    struct virtqueue_piece piece[3] = {{at, HEAD_BYTES, false}};
    struct head *head = head_of(d, chain);
    uint32_t count = 1;

    *head = (struct head){.type = type_of(ask->op), .sector = moves ? ask->sector : 0, .status = STATUS_NONE};
    if (moves) {
        piece[count++] = (struct virtqueue_piece){ask->data, ask->sectors * BLOCK_SECTOR, ask->op == BLOCK_READ};
    } else if (ask->op != BLOCK_FLUSH) {
        head->range.sector = ask->sector;
        head->range.sectors = ask->sectors;
        piece[count++] = (struct virtqueue_piece){at + offsetof(struct head, range), sizeof head->range, false};
    }
    piece[count++] = (struct virtqueue_piece){at + offsetof(struct head, status), 1, true};
    d->request[chain] = (struct drive_request){ask->owner, 1 + (ask->op == BLOCK_READ ? ask->sectors * BLOCK_SECTOR : 0)};
    d->free &= ~(UINT32_C(1) << chain);
    virtqueue_put(&d->queue, chain, piece, count);
    d->put = true;
}

void drive_kick(struct drive *d)
{
    if (d->put)
        virtqueue_kick(&d->queue);
    d->put = false;
}

enum virtqueue_news drive_take(struct drive *d, uint32_t *owner, uint32_t *status)
{
    uint32_t chain, bytes, said;
    const enum virtqueue_news news = virtqueue_take(&d->queue, &chain, &bytes);

    if (news != VIRTQUEUE_DONE)
        return news;
    said = __atomic_load_n(&head_of(d, chain)->status, __ATOMIC_RELAXED);
    *owner = d->request[chain].owner;
    *status = said == STATUS_OK && bytes >= d->request[chain].bytes ? BLOCK_OK
              : said == STATUS_UNSUPPORTED                          ? BLOCK_UNSUPPORTED
                                                                    : BLOCK_IO_ERROR;
    d->free |= UINT32_C(1) << chain;
    return VIRTQUEUE_DONE;
}
