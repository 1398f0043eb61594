/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The driver's side: features, configuration, requests as they are taken from the queue and given back. */
#include "virtio_blk.h"

#include "blk_ring.h"
#include "monitor.h"
#include "ops.h"

#include <string.h>

#define BLK_F_SEG_MAX      (UINT64_C(1) << 2)
#define BLK_F_RO           (UINT64_C(1) << 5)
#define BLK_F_BLK_SIZE     (UINT64_C(1) << 6)
#define BLK_F_DISCARD      (UINT64_C(1) << 13)
#define BLK_F_WRITE_ZEROES (UINT64_C(1) << 14)

/* The configuration. [virtio 1.2 5.2.4] */
struct blk_config {
    uint64_t capacity; /* sectors */
    uint32_t size_max;
    uint32_t seg_max;
    uint32_t geometry;
    uint32_t blk_size;
    uint64_t topology;
    uint8_t writeback;
    uint8_t unused0;
    uint16_t num_queues;
    uint32_t max_discard_sectors;
    uint32_t max_discard_seg;
    uint32_t discard_sector_alignment;
    uint32_t max_write_zeroes_sectors;
    uint32_t max_write_zeroes_seg;
    uint8_t write_zeroes_may_unmap;
    uint8_t unused1[3];
    uint32_t secure_erase[3];
};
_Static_assert(sizeof(struct blk_config) == 72 && sizeof(struct blk_config) <= VIRTIO_CONFIG_BYTES, "the configuration has room");

/* Requests. [virtio 1.2 5.2.6] */
#define BLK_T_IN           0u
#define BLK_T_OUT          1u
#define BLK_T_FLUSH        4u
#define BLK_T_GET_ID       8u
#define BLK_T_DISCARD      11u
#define BLK_T_WRITE_ZEROES 13u
#define BLK_ID_BYTES       20u
#define BLK_RANGE_UNMAP    1u
#define BLK_RANGE_SECTORS  (16u * 1024u * 1024u / BLOCK_SECTOR) /* the most of one DISCARD or WRITE_ZEROES */
#define BLK_ALIGNMENT      8u                                   /* sectors: what the server's files like */

struct blk_header {
    uint32_t type;
    uint32_t reserved;
    uint64_t sector;
};

struct blk_range {
    uint64_t sector;
    uint32_t sectors;
    uint32_t flags;
};

static void blk_configure(struct virtio_device *d)
{
    struct blk_config config = {
        .capacity = d->model.blk.disk_bytes / BLOCK_SECTOR,
        .seg_max = BLK_PIECES - 2u, /* the header and the status take one each */
        .blk_size = BLOCK_SECTOR,
        .num_queues = 1,
        .max_discard_sectors = BLK_RANGE_SECTORS,
        .max_discard_seg = 1,
        .discard_sector_alignment = BLK_ALIGNMENT,
        .max_write_zeroes_sectors = BLK_RANGE_SECTORS,
        .max_write_zeroes_seg = 1,
    };

    memcpy(d->config, &config, sizeof config);
}

void blk_offer(struct virtio_device *d)
{
    uint32_t server = d->model.blk.server_flags;
    bool read_only = blk_is_read_only(d);

    d->offered |= BLK_F_SEG_MAX | BLK_F_BLK_SIZE | BLK_F_FLUSH;
    if (read_only)
        d->offered |= BLK_F_RO;
    if ((server & BLOCK_FLAG_DISCARD) != 0 && !read_only)
        d->offered |= BLK_F_DISCARD;
    if ((server & BLOCK_FLAG_ZEROES) != 0 && !read_only)
        d->offered |= BLK_F_WRITE_ZEROES;
    d->queue[0].most = BLK_PIECES;
    blk_configure(d);
}

void blk_drop(struct virtio_device *d)
{
    struct blk *b = &d->model.blk;

    for (uint32_t i = 0; i < BLOCK_SLOTS; i++)
        b->slot[i].request = BLK_NONE;
    for (uint32_t i = 0; i < BLK_REQUESTS; i++)
        b->request[i].stage = BLK_FREE;
    b->under_way = 0;
    b->waiting_count = 0;
}

bool blk_uses(const struct blk *b, const uint8_t *page)
{
    bool uses = false;

    for (uint32_t i = 0; i < BLK_REQUESTS && !uses; i++) {
        const struct blk_request *r = &b->request[i];

        if (r->stage == BLK_FREE)
            continue;
        uses = piece_is_in(r->status_at, 1, page);
        for (uint32_t n = 0; n < r->data_count; n++)
            uses = uses || piece_is_in(r->data[n].at, r->data[n].bytes, page);
    }
    return uses;
}

/*
 * The used length counts from the first writable byte on, and the status byte is the last: it is counted if all before
 * it was written, too.
 */
void blk_finish(struct virtio_device *d, struct blk_request *r, uint32_t status)
{
    uint32_t bytes = (uint32_t)r->written;

    if (bytes == r->write_bytes - 1u)
        bytes = r->write_bytes;
    __atomic_store_n(r->status_at, (uint8_t)status, __ATOMIC_RELAXED);
    queue_put(&d->queue[0], r->id, r->slots, bytes);
    r->stage = BLK_FREE;
    d->model.blk.under_way--;
}

/* Is that part of the disk there? */
static bool blk_is_within(const struct blk *b, uint64_t sector, uint64_t bytes)
{
    return sector <= b->disk_bytes / BLOCK_SECTOR && bytes <= b->disk_bytes - sector * BLOCK_SECTOR;
}

/* READ and WRITE: whole sectors, all of them there. */
static uint32_t blk_plan_data(struct virtio_device *d, struct blk_request *r, uint64_t sector, uint64_t bytes)
{
    if (bytes % BLOCK_SECTOR != 0 || !blk_is_within(&d->model.blk, sector, bytes))
        return BLK_S_IOERR;
    if (r->op == BLOCK_WRITE && blk_is_read_only(d))
        return BLK_S_IOERR;
    r->first = sector * BLOCK_SECTOR;
    r->bytes = bytes;
    return BLK_S_OK;
}

/* DISCARD and WRITE_ZEROES, of one range. */
static uint32_t blk_plan_range(struct virtio_device *d, struct blk_request *r, uint64_t feature, uint64_t bytes)
{
    uint32_t allowed = r->op == BLOCK_ZEROES ? BLK_RANGE_UNMAP : 0;
    struct blk_range range;

    if (!virtio_has(d, feature))
        return BLK_S_UNSUPP;
    if (bytes != sizeof range || blk_is_read_only(d))
        return BLK_S_IOERR;
    pieces_read(r->data, 0, (uint8_t *)&range, sizeof range);
    if ((range.flags & ~allowed) != 0)
        return BLK_S_UNSUPP;
    if (range.sectors > BLK_RANGE_SECTORS ||
        !blk_is_within(&d->model.blk, range.sector, (uint64_t)range.sectors * BLOCK_SECTOR))
        return BLK_S_IOERR;
    r->first = range.sector * BLOCK_SECTOR;
    r->bytes = (uint64_t)range.sectors * BLOCK_SECTOR;
    return BLK_S_OK;
}

static uint32_t blk_give_id(struct virtio_device *d, struct blk_request *r, uint64_t bytes)
{
    uint8_t id[BLK_ID_BYTES];

    memcpy(id, blk_ring(d)->id, sizeof id);
    r->written = bytes < sizeof id ? bytes : sizeof id;
    pieces_write(r->data, 0, id, r->written);
    return BLK_S_OK;
}

/* What is to be done. BLK_S_OK with bytes or a flush to be put; else the request is over. */
static uint32_t blk_plan(struct virtio_device *d, struct blk_request *r, const struct blk_header *header,
                         uint64_t out, uint64_t in)
{
    switch (header->type) {
    case BLK_T_IN: r->op = BLOCK_READ; return blk_plan_data(d, r, header->sector, in);
    case BLK_T_OUT: r->op = BLOCK_WRITE; return blk_plan_data(d, r, header->sector, out);
    case BLK_T_FLUSH: r->op = BLOCK_FLUSH; return BLK_S_OK;
    case BLK_T_GET_ID: r->op = BLOCK_READ; return blk_give_id(d, r, in);
    case BLK_T_DISCARD: r->op = BLOCK_DISCARD; return blk_plan_range(d, r, BLK_F_DISCARD, out);
    case BLK_T_WRITE_ZEROES: r->op = BLOCK_ZEROES; return blk_plan_range(d, r, BLK_F_WRITE_ZEROES, out);
    default: r->op = BLOCK_WRITE; return BLK_S_UNSUPP;
    }
}

/* A request of which nothing is known but its chain. Its pieces are left as they are: they are 1 KiB. */
static void blk_clear(struct blk *b, struct blk_request *r, const struct chain *c)
{
    b->under_way++;
    r->stage = BLK_PARTS;
    r->status = BLK_S_OK;
    r->id = c->id;
    r->slots = c->slots;
    r->write_bytes = (uint32_t)c->write_bytes;
    r->parts = 0;
    r->first = 0;
    r->bytes = 0;
    r->put = 0;
    r->written = 0;
    r->flush_put = false;
    r->since = ops_time();
}

/*
 * A request as it comes from the queue: 16 bytes of header, data for the disk, room for data from the disk, a byte of
 * status; how they lie in pieces is up to the driver. [virtio 1.2 2.7.4] False: it is not one.
 */
static bool blk_begin(struct virtio_device *d, struct blk_request *r)
{
    const struct chain *c = &d->chain;
    const struct piece *writable = c->piece + c->reads;
    struct blk_header header;
    uint64_t out;
    uint64_t in;
    uint32_t status;

    if (c->read_bytes < sizeof header || c->write_bytes == 0)
        return false;
    out = c->read_bytes - sizeof header;
    in = c->write_bytes - 1u;
    blk_clear(&d->model.blk, r, c);
    pieces_read(c->piece, 0, (uint8_t *)&header, sizeof header);
    r->status_at = c->piece[c->count - 1u].at + (c->piece[c->count - 1u].bytes - 1u);
    if (header.type == BLK_T_IN || header.type == BLK_T_GET_ID)
        r->data_count = pieces_cut(writable, 0, in, r->data);
    else
        r->data_count = pieces_cut(c->piece, sizeof header, out, r->data);
    status = blk_plan(d, r, &header, out, in);
    if (status != BLK_S_OK || (r->bytes == 0 && r->op != BLOCK_FLUSH))
        blk_finish(d, r, status);
    return true;
}

/*
 * Takes what is available while there is room for it, and not more than a queue full. True: all that there was is
 * taken.
 */
static bool blk_take(struct virtio_device *d, struct hart *h)
{
    struct blk *b = &d->model.blk;
    uint32_t i = 0;

    for (uint32_t count = 0; count < BLK_PIECES; count++) { /* those that end at once free their room */
        enum queue_taken taken;

        while (i < BLK_REQUESTS && b->request[i].stage != BLK_FREE)
            i++;
        if (i == BLK_REQUESTS)
            return false;
        taken = queue_take(&d->queue[0], &h->monitor->memory, &d->chain);
        if (taken == QUEUE_EMPTY)
            return true;
        if (taken == QUEUE_BAD || !blk_begin(d, &b->request[i])) {
            virtio_fail(d);
            return false;
        }
        if (b->request[i].stage != BLK_FREE)
            b->waiting[b->waiting_count++] = (uint8_t)i;
    }
    return false;
}

/* Ends what the server has had for too long, or all if it is broken. */
static void blk_expire(struct virtio_device *d, struct hart *h)
{
    struct blk *b = &d->model.blk;
    uint64_t patience = BLK_PATIENCE * h->monitor->start->timebase;
    bool broken = blk_ring_is_broken(d);
    uint64_t now = ops_time();

    for (uint32_t i = 0; b->under_way > 0 && i < BLK_REQUESTS; i++) {
        if (b->request[i].stage != BLK_FREE && (broken || now - b->request[i].since > patience)) {
            blk_ring_forget(b, i);
            blk_finish(d, &b->request[i], BLK_S_IOERR);
        }
    }
}

/* What the server says of the disk is told to the driver. */
static void blk_renew(struct virtio_device *d)
{
    if (d->status == 0)
        virtio_offer(d);
    else
        blk_configure(d);
    virtio_config_changed(d);
}

static bool blk_has_room(const struct blk *b)
{
    return b->under_way < BLK_REQUESTS;
}

/*
 * While there is no room for more, the driver need not notify: whatever ends will be followed by a look at the queue.
 */
void blk_run(struct virtio_device *d, struct hart *h)
{
    struct queue *q = &d->queue[0];
    bool all;

    if (!virtio_is_live(d))
        blk_drop(d);
    if (blk_ring_news(d))
        blk_renew(d);
    if (!virtio_is_live(d))
        return;
    all = blk_take(d, h);
    if (!virtio_is_live(d))
        return;
    blk_expire(d, h);
    blk_ring_put(d);
    virtio_publish(d, q);
    queue_listen(q, all);
    if ((all || blk_has_room(&d->model.blk)) && queue_has(q))
        d->again = true;
}
