/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "p9_message.h"

#include <string.h>

#define VERSION       "9P2000.L"
#define VERSION_BYTES 8u
#define QID_BYTES     13u
#define GETATTR_BYTES 153u /* of an Rgetattr, behind its head */
#define NO_ID         0xffffffffu /* of a user or a group */

struct writer {
    uint8_t *at;
    uint32_t bytes;
    bool full;
};

static void put(struct writer *w, uint64_t value, uint32_t bytes)
{
    if (bytes > P9_ASK_BYTES - w->bytes) {
        w->full = true;
        return;
    }
    for (uint32_t i = 0; i < bytes; i++)
        w->at[w->bytes++] = (uint8_t)(value >> 8 * i);
}

static void put_text(struct writer *w, const char *text, uint32_t bytes)
{
    put(w, bytes, 2);
    if (w->full || bytes > P9_ASK_BYTES - w->bytes) {
        w->full = true;
        return;
    }
    memcpy(w->at + w->bytes, text, bytes);
    w->bytes += bytes;
}

/* The names of the path, without its slashes; returns how many bytes of it are done. */
static uint32_t put_names(struct writer *w, const char *path, uint32_t bytes)
{
    const uint32_t head = w->bytes;
    uint32_t at = 0;
    uint16_t names = 0;

    put(w, 0, 2);
    while (at < bytes && names < P9_NAMES) {
        uint32_t end = at;

        while (end < bytes && path[end] != '/')
            end++;
        if (end > at) {
            put_text(w, path + at, end - at);
            names++;
        }
        at = end < bytes ? end + 1 : end;
    }
    w->at[head] = (uint8_t)names;
    return at;
}

static void put_setattr(struct writer *w, uint64_t size)
{
    put(w, P9_SETATTR_SIZE, 4);
    put(w, 0, 4); /* mode, user, group */
    put(w, NO_ID, 4);
    put(w, NO_ID, 4);
    put(w, size, 8);
    for (uint32_t i = 0; i < 4; i++) /* times */
        put(w, 0, 8);
}

static uint32_t put_fields(struct writer *w, const struct p9_ask *ask)
{
    switch ((enum p9_type)ask->type) {
    case P9_VERSION:
        put(w, ask->bytes, 4);
        put_text(w, VERSION, VERSION_BYTES);
        break;
    case P9_ATTACH:
        put(w, ask->fid, 4);
        put(w, P9_NO_FID, 4);
        put_text(w, "", 0);
        put_text(w, "", 0);
        put(w, NO_ID, 4);
        break;
    case P9_WALK:
        put(w, ask->fid, 4);
        put(w, ask->new_fid, 4);
        return put_names(w, ask->name, ask->name_bytes);
    case P9_LOPEN:
        put(w, ask->fid, 4);
        put(w, ask->flags, 4);
        break;
    case P9_LCREATE:
        put(w, ask->fid, 4);
        put_text(w, ask->name, ask->name_bytes);
        put(w, ask->flags, 4);
        put(w, ask->mode, 4);
        put(w, NO_ID, 4);
        break;
    case P9_GETATTR:
        put(w, ask->fid, 4);
        put(w, P9_GETATTR_MODE | P9_GETATTR_SIZE, 8);
        break;
    case P9_SETATTR:
        put(w, ask->fid, 4);
        put_setattr(w, ask->size);
        break;
    case P9_FSYNC:
        put(w, ask->fid, 4);
        put(w, ask->flags, 4);
        break;
    case P9_READ:
    case P9_WRITE:
        put(w, ask->fid, 4);
        put(w, ask->offset, 8);
        put(w, ask->bytes, 4);
        break;
    case P9_CLUNK:
        put(w, ask->fid, 4);
        break;
    case P9_ERROR: /* asks nothing */
        w->full = true;
        break;
    }
    return 0;
}

uint32_t p9_ask_write(uint8_t *to, const struct p9_ask *ask, uint32_t *taken)
{
    struct writer w = {to, 0, false};
    uint32_t size, done;

    put(&w, 0, 4);
    put(&w, ask->type, 1);
    put(&w, ask->tag, 2);
    done = put_fields(&w, ask);
    if (w.full)
        return 0;
    if (taken != NULL)
        *taken = done;
    size = w.bytes + (ask->type == P9_WRITE ? ask->bytes : 0);
    for (uint32_t i = 0; i < 4; i++)
        to[i] = (uint8_t)(size >> 8 * i);
    return w.bytes;
}

static uint64_t get(const uint8_t *from, uint32_t bytes)
{
    uint64_t value = 0;

    for (uint32_t i = 0; i < bytes; i++)
        value |= (uint64_t)from[i] << 8 * i;
    return value;
}

/* `size` bytes are the whole message, as it says itself and the transport allows. */
static bool read_version(const uint8_t *from, uint32_t size, const struct p9_expect *expect, struct p9_reply *reply)
{
    if (size != P9_HEAD + 4 + 2 + VERSION_BYTES || get(from + P9_HEAD + 4, 2) != VERSION_BYTES ||
        memcmp(from + P9_HEAD + 6, VERSION, VERSION_BYTES) != 0)
        return false;
    reply->count = (uint32_t)get(from + P9_HEAD, 4);
    return reply->count <= expect->most;
}

static bool read_walk(const uint8_t *from, uint32_t size, const struct p9_expect *expect, struct p9_reply *reply)
{
    if (size < P9_HEAD + 2)
        return false;
    reply->count = (uint32_t)get(from + P9_HEAD, 2);
    if (reply->count < expect->most) { /* it ended at a name that is not there, and made no fid */
        reply->type = P9_ERROR;
        reply->error = P9_ENOENT;
    }
    return reply->count <= expect->most && size == P9_HEAD + 2 + reply->count * QID_BYTES;
}

static bool read_count(const uint8_t *from, uint32_t size, const struct p9_expect *expect, struct p9_reply *reply)
{
    if (size < P9_READ_HEAD)
        return false;
    reply->count = (uint32_t)get(from + P9_HEAD, 4);
    return reply->count <= expect->most && size == P9_READ_HEAD + (expect->type == P9_READ ? reply->count : 0);
}

static bool read_getattr(const uint8_t *from, uint32_t size, struct p9_reply *reply)
{
    const uint64_t needed = P9_GETATTR_MODE | P9_GETATTR_SIZE;

    if (size != P9_HEAD + GETATTR_BYTES || (get(from + P9_HEAD, 8) & needed) != needed)
        return false;
    reply->mode = (uint32_t)get(from + P9_HEAD + 8 + QID_BYTES, 4);
    reply->size = get(from + P9_HEAD + 8 + QID_BYTES + 12 + 16, 8);
    return true;
}

static bool read_fields(const uint8_t *from, uint32_t size, const struct p9_expect *expect, struct p9_reply *reply)
{
    switch ((enum p9_type)expect->type) {
    case P9_VERSION:
        return read_version(from, size, expect, reply);
    case P9_ATTACH:
        return size == P9_HEAD + QID_BYTES;
    case P9_WALK:
        return read_walk(from, size, expect, reply);
    case P9_LOPEN:
    case P9_LCREATE:
        return size == P9_HEAD + QID_BYTES + 4;
    case P9_GETATTR:
        return read_getattr(from, size, reply);
    case P9_READ:
    case P9_WRITE:
        return read_count(from, size, expect, reply);
    case P9_SETATTR:
    case P9_FSYNC:
    case P9_CLUNK:
        return size == P9_HEAD;
    case P9_ERROR:
        return false;
    }
    return false;
}

bool p9_reply_read(const uint8_t *from, uint32_t bytes, const struct p9_expect *expect, struct p9_reply *reply)
{
    uint32_t size;

    memset(reply, 0, sizeof *reply);
    if (bytes < P9_HEAD || expect->length < P9_HEAD)
        return false;
    size = (uint32_t)get(from, 4);
    if (size != expect->length || (expect->type != P9_READ && size > bytes) || get(from + 5, 2) != expect->tag)
        return false;
    if (from[4] == P9_ERROR + 1) {
        if (size != P9_HEAD + 4 || bytes < size)
            return false;
        reply->type = P9_ERROR;
        reply->error = (uint32_t)get(from + P9_HEAD, 4);
        return reply->error != 0;
    }
    reply->type = expect->type;
    return from[4] == expect->type + 1 && bytes >= (expect->type == P9_READ ? P9_READ_HEAD : size) &&
           read_fields(from, size, expect, reply);
}
