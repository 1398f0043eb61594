/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "console.h"

#include "ops.h"

#include <lib/text.h>

#define MESSAGE_BEGIN '\x01'
#define MESSAGE_END   '\x02'
#define MESSAGE_BYTES 512
#define PATIENCE      500u /* waits of a millisecond before output is dropped */

/* How many bytes the ring can take. A console that breaks the rules gets nothing more. */
static uint32_t console_room(const struct monitor *m)
{
    uint32_t used = m->ring->out_head - __atomic_load_n(&m->ring->out_tail, __ATOMIC_ACQUIRE);

    return used > RING_BYTES ? 0 : RING_BYTES - used;
}

/* Waits for room, but not for ever: a guest must not hang because the console does. */
static bool console_await_room(struct hart *h)
{
    struct monitor *m = h->monitor;
    uint64_t millisecond = m->start->timebase / 1000u + 1;

    if (m->console_stuck && console_room(m) == 0)
        return false;
    m->console_stuck = false;
    for (uint32_t i = 0; console_room(m) == 0; i++) {
        if (i == PATIENCE) {
            m->console_stuck = true;
            return false;
        }
        ops_console();
        h->bits |= ops_wait(ops_time() + millisecond);
    }
    return true;
}

/*
 * Shows the console what was put since `from`. It is notified only if it had taken all before that, or if the ring
 * has become half full: it comes for the rest by itself. Its tail is read after our head is written, and it reads our
 * head after it wrote its tail, so one of the two sees the other.
 */
static void console_publish(struct monitor *m, uint32_t from, uint32_t head)
{
    uint32_t tail;

    __atomic_store_n(&m->ring->out_head, head, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    tail = __atomic_load_n(&m->ring->out_tail, __ATOMIC_RELAXED);
    if (tail - from <= head - from || (head - tail >= RING_BYTES / 2 && from - tail < RING_BYTES / 2))
        ops_console();
}

/* Under out_lock. */
static void console_put(struct hart *h, const uint8_t *text, size_t bytes, bool filter)
{
    struct monitor *m = h->monitor;
    size_t done = 0;

    while (done < bytes && console_await_room(h)) {
        uint32_t from = m->ring->out_head;
        uint32_t room = console_room(m);
        uint32_t head = from;

        for (; done < bytes && room > 0; done++, room--, head++) {
            uint8_t byte = text[done];

            if (filter && (byte == MESSAGE_BEGIN || byte == MESSAGE_END))
                byte = '?';
            m->ring->out[head % RING_BYTES] = byte;
        }
        console_publish(m, from, head);
    }
}

void console_guest(struct hart *h, const uint8_t *text, size_t bytes)
{
    lock_take(&h->monitor->out_lock, h);
    console_put(h, text, bytes, true);
    lock_drop(&h->monitor->out_lock);
}

void console_message(struct hart *h, const char *text, size_t bytes)
{
    static const uint8_t begin = MESSAGE_BEGIN;
    static const uint8_t end = MESSAGE_END;

    lock_take(&h->monitor->out_lock, h);
    console_put(h, &begin, 1, false);
    console_put(h, (const uint8_t *)text, bytes, true);
    console_put(h, &end, 1, false);
    lock_drop(&h->monitor->out_lock);
}

void console_say(struct hart *h, const char *format, ...)
{
    char text[MESSAGE_BYTES];
    size_t used;
    va_list list;

    used = text_format(text, sizeof text, "guest '%.*s': ", BUNDLE_NAME_BYTES, h->monitor->start->guest.name);
    va_start(list, format);
    used += text_format_list(text + used, sizeof text - used - 1, format, list);
    va_end(list);
    text[used++] = '\n';
    console_message(h, text, used);
}

int console_input(struct monitor *m)
{
    uint32_t tail = m->ring->in_tail;
    uint32_t head = __atomic_load_n(&m->ring->in_head, __ATOMIC_ACQUIRE);
    uint8_t byte;

    if (head - tail > RING_BYTES) { /* against the rules: drop all */
        __atomic_store_n(&m->ring->in_tail, head, __ATOMIC_RELEASE);
        return -1;
    }
    if (head == tail)
        return -1;
    byte = m->ring->in[tail % RING_BYTES];
    __atomic_store_n(&m->ring->in_tail, tail + 1u, __ATOMIC_RELEASE);
    return byte;
}

void console_state(struct monitor *m, enum guest_state state)
{
    __atomic_store_n(&m->ring->guest_state, (uint32_t)state, __ATOMIC_RELEASE);
    ops_console();
}
