/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A client of 9P2000.L over one virtqueue: P9_TAGS questions at once, each with an owner's word that comes back with the
 * answer. Data go straight to and from where the caller says; nothing here waits.
 */
#pragma once

#include "p9_message.h"
#include "virtqueue.h"

#define P9_TAGS         VIRTQUEUE_CHAINS
#define P9_MESSAGE_MOST 0x8000u /* the longest message that we agree to */
#define P9_BUFFER_BYTES (P9_TAGS * (P9_ASK_BYTES + P9_REPLY_BYTES))
#define P9_CONFIG_TAG   2u /* where the tag of the shared directory stands, behind its length in 16 bits */

struct p9 {
    struct virtqueue queue;
    uint8_t *buffer;  /* P9_BUFFER_BYTES that the device reaches */
    uint64_t address; /* of it, for the device */
    uint32_t count;   /* questions under way */
    bool kick;        /* some are put, and the device was not told */
    struct {
        bool busy;
        uint8_t type;
        uint32_t most;  /* see struct p9_expect */
        uint64_t owner;
    } tag[P9_TAGS];
};

/* `p9->queue` has been started. */
void p9_start(struct p9 *p9, uint8_t *buffer, uint64_t address);
bool p9_has_room(const struct p9 *p9);

/* Puts a question; its tag is chosen here. `data`: for the device, of READ and WRITE. There is room. Returns how many
 * bytes of a WALK's path it names. */
uint32_t p9_put(struct p9 *p9, struct p9_ask *ask, uint64_t data, uint64_t owner);
void p9_kick(struct p9 *p9); /* tells the device of all that was put */

/* VIRTQUEUE_BROKEN: the device or the file server breaks the rules; whatever is under way has no answer to wait for. */
enum virtqueue_news p9_take(struct p9 *p9, struct p9_reply *reply, uint64_t *owner);
