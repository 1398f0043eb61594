/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <lib/device_link.h>

enum device_news device_link_news(const struct device_link *link, uint32_t client, uint32_t *wanted)
{
    *wanted = __atomic_load_n(&link->client[client].wanted, __ATOMIC_ACQUIRE);
    if (*wanted == link->seen[client])
        return DEVICE_SAME;
    return *wanted % 2 == 1 ? DEVICE_TAKE : DEVICE_LEAVE;
}

void device_link_seen(struct device_link *link, uint32_t client, uint32_t wanted)
{
    __atomic_store_n(&link->seen[client], wanted, __ATOMIC_RELEASE);
}

void device_link_break(void *ring, uint32_t kind)
{
    uint32_t *state = NULL;

    switch ((enum device_kind)kind) {
    case DEVICE_BLOCK:
        state = &((struct block_ring *)ring)->state;
        break;
    case DEVICE_NET:
        state = &((struct net_ring *)ring)->state;
        break;
    case DEVICE_ENTROPY:
        state = &((struct entropy_ring *)ring)->state;
        break;
    case DEVICE_NONE:
    case DEVICE_CONSOLE:
    case DEVICE_BALLOON:
        break;
    }
    if (state != NULL) /* the uplink's ring has no state: both of its ends are servers */
        __atomic_store_n(state, DEVICE_BROKEN, __ATOMIC_SEQ_CST);
}

void device_link_log(struct device_link *link, const char *text, size_t bytes)
{
    const uint32_t head = link->log_head;
    const uint32_t used = head - __atomic_load_n(&link->log_tail, __ATOMIC_ACQUIRE);

    if (used > DEVICE_LOG_BYTES || bytes > DEVICE_LOG_BYTES - used)
        return;
    for (size_t i = 0; i < bytes; i++)
        link->log[(head + i) % DEVICE_LOG_BYTES] = (uint8_t)text[i];
    __atomic_store_n(&link->log_head, head + (uint32_t)bytes, __ATOMIC_RELEASE);
}
