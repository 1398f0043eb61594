/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "share.h"

#include <septum/device.h>

#include <string.h>

#define FEATURE_MOUNT_TAG 1u /* the device has a tag [virtio 1.2 5.9 names the device; QEMU's 9p.rst its tag] */

struct share share;

_Static_assert(sizeof(struct virtqueue_memory) <= SHARE_BUFFER_AT - SHARE_QUEUE_AT, "the queue has room");
_Static_assert(P9_BUFFER_BYTES <= SHARE_ZEROES_AT - SHARE_BUFFER_AT, "the messages have room");
_Static_assert(BLOCK_SLOT_BYTES <= SHARE_HEADS_AT - SHARE_ZEROES_AT, "the zeroes have room");

static bool tag_is_ours(void)
{
    const struct virtio *v = &share.device;
    const uint32_t bytes = sizeof SHARE_TAG - 1;

    if (v->transport->config(v, 0) != bytes || v->transport->config(v, 1) != 0)
        return false;
    for (uint32_t i = 0; i < bytes; i++) {
        if (v->transport->config(v, P9_CONFIG_TAG + i) != (uint8_t)SHARE_TAG[i])
            return false;
    }
    return true;
}

static bool device_start(const char **why)
{
    enum virtio_fault fault = virtio_begin(&share.device, VIRTIO_TYPE_9P, FEATURE_MOUNT_TAG, 0);

    if (fault == VIRTIO_OK)
        fault = virtqueue_start(&share.p9.queue, &share.device, 0, VIRTQUEUE_SIZE,
                                (struct virtqueue_memory *)(void *)(share.memory + SHARE_QUEUE_AT),
                                share.address + SHARE_QUEUE_AT);
    if (fault != VIRTIO_OK) {
        *why = virtio_fault_text(fault);
        return false;
    }
    if (!tag_is_ours()) {
        *why = "has another tag than '" SHARE_TAG "'";
        return false;
    }
    virtio_go(&share.device);
    return true;
}

/* At the start nobody else waits for anything, so here one question is put and its answer waited for. */
static bool ask(struct p9_ask *question, struct p9_reply *reply)
{
    uint64_t owner;
    enum virtqueue_news news;

    p9_put(&share.p9, question, 0, 0);
    p9_kick(&share.p9);
    while ((news = p9_take(&share.p9, reply, &owner)) == VIRTQUEUE_NONE) {
        if (!world_wait())
            return false;
    }
    return news == VIRTQUEUE_DONE && reply->type == question->type;
}

static bool session_start(const char **why)
{
    struct p9_ask version = {.type = P9_VERSION, .bytes = P9_MESSAGE_MOST};
    struct p9_ask attach = {.type = P9_ATTACH, .fid = SHARE_ROOT};
    struct p9_reply reply;

    if (!ask(&version, &reply)) {
        *why = "does not speak 9P2000.L";
        return false;
    }
    if (reply.count < P9_WRITE_HEAD + BLOCK_SLOT_BYTES) {
        *why = "takes only shorter messages than 16 KiB of data need (msize)";
        return false;
    }
    if (!ask(&attach, &reply)) {
        *why = "does not give its directory";
        return false;
    }
    return true;
}

bool share_start(const struct virtio *device, uint8_t *memory, uint64_t address, const char **why)
{
    share.device = *device;
    share.memory = memory;
    share.address = address;
    memset(memory, 0, SHARE_PAGES_AT);
    share.up = device_start(why);
    if (share.up) {
        p9_start(&share.p9, memory + SHARE_BUFFER_AT, address + SHARE_BUFFER_AT);
        share.up = session_start(why);
    }
    if (!share.up)
        (void)virtio_reset(device);
    return share.up;
}

void share_end(void)
{
    share.up = false;
    (void)virtio_reset(&share.device);
}
