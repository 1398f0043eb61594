/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "p9.h"

#include <string.h>

#define TAG_BYTES (P9_ASK_BYTES + P9_REPLY_BYTES)

void p9_start(struct p9 *p9, uint8_t *buffer, uint64_t address)
{
    p9->buffer = buffer;
    p9->address = address;
    p9->count = 0;
    p9->kick = false;
    memset(p9->tag, 0, sizeof p9->tag);
}

bool p9_has_room(const struct p9 *p9)
{
    return p9->count < P9_TAGS;
}

static uint32_t tag_free(const struct p9 *p9)
{
    uint32_t t = 0;

    while (p9->tag[t].busy)
        t++;
    return t;
}

static uint32_t names_in(const struct p9_ask *ask, uint32_t bytes)
{
    uint32_t names = 0;

    for (uint32_t i = 0; i < bytes; i++)
        names += ask->name[i] != '/' && (i == 0 || ask->name[i - 1] == '/') ? 1 : 0;
    return names;
}

static uint32_t most_of(const struct p9_ask *ask, uint32_t taken)
{
    return ask->type == P9_WALK ? names_in(ask, taken) : ask->bytes;
}

uint32_t p9_put(struct p9 *p9, struct p9_ask *ask, uint64_t data, uint64_t owner)
{
    const uint32_t t = tag_free(p9);
    const uint64_t address = p9->address + (uint64_t)t * TAG_BYTES;
    const uint32_t reply = ask->type == P9_READ ? P9_READ_HEAD : P9_REPLY_BYTES;
    struct virtqueue_piece piece[3];
    uint32_t pieces = 0, taken = 0;

    ask->tag = ask->type == P9_VERSION ? P9_NO_TAG : (uint16_t)t;
    piece[pieces++] =
        (struct virtqueue_piece){address, p9_ask_write(p9->buffer + (size_t)t * TAG_BYTES, ask, &taken), false};
    if (ask->type == P9_WRITE)
        piece[pieces++] = (struct virtqueue_piece){data, ask->bytes, false};
    piece[pieces++] = (struct virtqueue_piece){address + P9_ASK_BYTES, reply, true};
    if (ask->type == P9_READ)
        piece[pieces++] = (struct virtqueue_piece){data, ask->bytes, true};
    p9->tag[t].busy = true;
    p9->tag[t].type = ask->type;
    p9->tag[t].most = most_of(ask, taken);
    p9->tag[t].owner = owner;
    p9->count++;
    p9->kick = true;
    virtqueue_put(&p9->queue, t, piece, pieces);
    return taken;
}

void p9_kick(struct p9 *p9)
{
    if (p9->kick)
        virtqueue_kick(&p9->queue);
    p9->kick = false;
}

enum virtqueue_news p9_take(struct p9 *p9, struct p9_reply *reply, uint64_t *owner)
{
    uint8_t copy[P9_REPLY_BYTES];
    struct p9_expect expect;
    uint32_t t, bytes, room;
    const enum virtqueue_news news = virtqueue_take(&p9->queue, &t, &bytes);

    if (news != VIRTQUEUE_DONE)
        return news;
    expect = (struct p9_expect){p9->tag[t].type, (uint16_t)t, p9->tag[t].most, bytes};
    if (expect.type == P9_VERSION)
        expect.tag = P9_NO_TAG;
    room = expect.type == P9_READ ? P9_READ_HEAD : P9_REPLY_BYTES;
    if (room > bytes)
        room = bytes;
    memcpy(copy, p9->buffer + (size_t)t * TAG_BYTES + P9_ASK_BYTES, room); /* the device may still write there */
    *owner = p9->tag[t].owner;
    p9->tag[t].busy = false;
    p9->count--;
    if (p9_reply_read(copy, room, &expect, reply))
        return VIRTQUEUE_DONE;
    p9->queue.broken = true;
    return VIRTQUEUE_BROKEN;
}
