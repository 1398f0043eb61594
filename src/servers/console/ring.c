/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "ring.h"

enum ring_news ring_news(uint32_t wanted, uint32_t seen)
{
    if (wanted == seen)
        return RING_SAME;
    return wanted % 2 == 1 ? RING_TAKE : RING_LEAVE;
}

uint32_t ring_take(struct console_ring *ring, uint8_t *to, uint32_t most)
{
    uint32_t head = __atomic_load_n(&ring->out_head, __ATOMIC_ACQUIRE);
    uint32_t tail = ring->out_tail;
    uint32_t count = head - tail;

    if (count > RING_BYTES) {
        __atomic_store_n(&ring->out_tail, head, __ATOMIC_RELEASE);
        return 0;
    }
    if (count > most)
        count = most;
    for (uint32_t i = 0; i < count; i++)
        to[i] = __atomic_load_n(&ring->out[(tail + i) % RING_BYTES], __ATOMIC_RELAXED);
    __atomic_store_n(&ring->out_tail, tail + count, __ATOMIC_RELEASE);
    return count;
}

bool ring_has_more(struct console_ring *ring)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return __atomic_load_n(&ring->out_head, __ATOMIC_ACQUIRE) != ring->out_tail;
}

bool ring_put(struct console_ring *ring, uint8_t byte)
{
    uint32_t head = ring->in_head;

    if (head - __atomic_load_n(&ring->in_tail, __ATOMIC_ACQUIRE) >= RING_BYTES)
        return false;
    ring->in[head % RING_BYTES] = byte;
    __atomic_store_n(&ring->in_head, head + 1, __ATOMIC_RELEASE);
    return true;
}

bool ring_alarm(const struct console_ring *ring, uint64_t now, uint64_t *rung, uint64_t *next)
{
    const uint64_t alarm = __atomic_load_n(&ring->alarm, __ATOMIC_ACQUIRE);

    if (alarm == 0 || alarm == *rung) {
        *rung = alarm;
        return false;
    }
    if (alarm <= now) {
        *rung = alarm;
        return true;
    }
    if (alarm < *next)
        *next = alarm;
    return false;
}
