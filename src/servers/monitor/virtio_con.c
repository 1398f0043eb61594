/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "virtio_con.h"

#include "console.h"
#include "hart.h"

#define CON_RX    0u /* queues */
#define CON_TX    1u
#define CON_QUEUE 64u
#define CON_PIECE 256u     /* bytes at a time */
#define CON_MOST  0x10000u /* bytes of one buffer */

void con_offer(struct virtio_device *d)
{
    d->queue[CON_RX].most = CON_QUEUE;
    d->queue[CON_TX].most = CON_QUEUE;
}

/* Writes a buffer of the guest; what is over CON_MOST is lost, for it would keep this hart from being paused. */
static void con_write(struct virtio_device *d, struct hart *h)
{
    uint64_t left = d->chain.read_bytes < CON_MOST ? d->chain.read_bytes : CON_MOST;
    uint8_t text[CON_PIECE];

    for (uint64_t at = 0; left > 0;) {
        uint32_t part = left < CON_PIECE ? (uint32_t)left : CON_PIECE;

        pieces_read(d->chain.piece, at, text, part);
        console_guest(h, text, part);
        at += part;
        left -= part;
    }
}

/* True: there may be more. */
static bool con_send(struct virtio_device *d, struct hart *h)
{
    struct queue *q = &d->queue[CON_TX];
    enum queue_taken taken = QUEUE_TAKEN;
    uint32_t count = 0;

    for (; count < CON_QUEUE && taken == QUEUE_TAKEN; count++) {
        taken = queue_take(q, &h->monitor->memory, &d->chain);
        if (taken != QUEUE_TAKEN)
            break;
        con_write(d, h);
        queue_put(q, d->chain.id, d->chain.slots, 0);
    }
    if (count > 0)
        hart_speaks(h, true);
    if (taken == QUEUE_BAD)
        virtio_fail(d);
    queue_listen(q, true);
    return queue_has(q);
}

/* Fills the buffer that was taken last with what was typed; returns how many bytes. Under device_lock. */
static uint32_t con_read(struct virtio_device *d, struct monitor *m)
{
    uint64_t room = d->chain.write_bytes < CON_PIECE ? d->chain.write_bytes : CON_PIECE;
    uint8_t text[CON_PIECE];
    uint32_t bytes = 0;
    int byte;

    while (bytes < room && (byte = console_input(m)) >= 0)
        text[bytes++] = (uint8_t)byte;
    pieces_write(d->chain.piece + d->chain.reads, 0, text, bytes);
    return bytes;
}

/* What was typed stays in the console's ring while there is no buffer for it. */
static void con_receive(struct virtio_device *d, struct hart *h)
{
    struct monitor *m = h->monitor;
    struct queue *q = &d->queue[CON_RX];
    enum queue_taken taken = QUEUE_EMPTY;
    struct cursor back;
    uint32_t bytes = 1;

    lock_take(&m->device_lock, h);
    for (uint32_t count = 0; m->speaks_virtio && bytes != 0 && count < CON_QUEUE; count++) {
        back = q->next;
        taken = queue_take(q, &m->memory, &d->chain);
        if (taken != QUEUE_TAKEN)
            break;
        bytes = con_read(d, m);
        if (bytes == 0)
            q->next = back;
        else
            queue_put(q, d->chain.id, d->chain.slots, bytes);
    }
    lock_drop(&m->device_lock);
    if (taken == QUEUE_BAD)
        virtio_fail(d);
    queue_listen(q, true);
}

void con_run(struct virtio_device *d, struct hart *h)
{
    if (virtio_is_live(d) && con_send(d, h))
        d->again = true;
    if (virtio_is_live(d))
        con_receive(d, h);
    if (virtio_is_live(d)) {
        virtio_publish(d, &d->queue[CON_TX]);
        virtio_publish(d, &d->queue[CON_RX]);
    }
}
