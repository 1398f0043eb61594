/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "driver.h"

#include "world.h"

#include <string.h>

#define AREA   0x40000u /* of guest memory for each queue: 16 KiB a ring, then tables */
#define TABLES 0x10000u
#define RINGS  0x9000u /* bytes of an area that must read zero */

uint8_t *driver_memory(uint64_t gpa)
{
    return world.memory + (gpa - 0x80000000u);
}

static uint16_t get16(uint64_t gpa)
{
    uint16_t value;

    memcpy(&value, driver_memory(gpa), 2);
    return value;
}

static uint32_t get32(uint64_t gpa)
{
    uint32_t value;

    memcpy(&value, driver_memory(gpa), 4);
    return value;
}

static void put16(uint64_t gpa, uint32_t value)
{
    uint16_t v = (uint16_t)value;

    memcpy(driver_memory(gpa), &v, 2);
}

uint32_t driver_read(const struct driver *d, uint32_t offset)
{
    return (uint32_t)world_load(d->base + offset, 4);
}

void driver_write(const struct driver *d, uint32_t offset, uint32_t value)
{
    world_store(d->base + offset, 4, value);
}

void driver_queue(struct driver *d, uint32_t index, uint32_t size)
{
    struct driver_queue *q = &d->queue[index];
    uint64_t area = 0x80010000u + AREA * index;

    memset(driver_memory(area), 0, RINGS);
    *q = (struct driver_queue){.size = size, .descriptors = area, .driver = area + 0x4000, .device = area + 0x8000};
    q->tables = area + TABLES;
    q->lap = true;
    q->used_lap = true;
    q->slots = size;
    for (uint32_t i = 0; i < size; i++)
        q->free[q->free_count++] = (uint16_t)(size - 1 - i);
    driver_write(d, 0x030, index);
    driver_write(d, 0x038, size);
    driver_write(d, 0x080, (uint32_t)q->descriptors);
    driver_write(d, 0x084, 0);
    driver_write(d, 0x090, (uint32_t)q->driver);
    driver_write(d, 0x094, 0);
    driver_write(d, 0x0a0, (uint32_t)q->device);
    driver_write(d, 0x0a4, 0);
    driver_write(d, 0x044, 1);
}

uint32_t driver_begin(struct driver *d, uint32_t device, uint64_t features, uint32_t queues, uint32_t size)
{
    uint64_t offered;

    memset(d, 0, sizeof *d);
    d->base = 0x10001000u + 0x1000u * device;
    driver_write(d, 0x070, 0);
    driver_write(d, 0x070, 1);
    driver_write(d, 0x070, 3);
    driver_write(d, 0x014, 0);
    offered = driver_read(d, 0x010);
    driver_write(d, 0x014, 1);
    offered |= (uint64_t)driver_read(d, 0x010) << 32;
    d->features = features & offered;
    d->indirect = (d->features & DRIVER_INDIRECT) != 0;
    driver_write(d, 0x024, 0);
    driver_write(d, 0x020, (uint32_t)d->features);
    driver_write(d, 0x024, 1);
    driver_write(d, 0x020, (uint32_t)(d->features >> 32));
    driver_write(d, 0x070, 11);
    for (uint32_t i = 0; i < queues; i++)
        driver_queue(d, i, size);
    driver_write(d, 0x070, 15);
    return driver_read(d, 0x070);
}

static void descriptor(uint64_t at, uint64_t gpa, uint32_t bytes, uint32_t third, uint32_t fourth)
{
    memcpy(driver_memory(at), &gpa, 8);
    memcpy(driver_memory(at + 8), &bytes, 4);
    put16(at + 12, third);
    put16(at + 14, fourth);
}

/* A split chain in a table: from descriptor to descriptor as `order` names them. */
static void split_chain(uint64_t table, const uint16_t *order, const struct driver_piece *piece, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        descriptor(table + 16u * order[i], piece[i].gpa, piece[i].bytes,
                   (piece[i].writable ? 2u : 0u) | (i + 1 < count ? 1u : 0u), i + 1 < count ? order[i + 1] : 0);
}

static int split_add(struct driver *d, struct driver_queue *q, const struct driver_piece *piece, uint32_t count)
{
    uint32_t slots = d->indirect ? 1 : count;
    uint16_t order[DRIVER_QUEUE_MOST];
    uint16_t head;

    if (slots > q->free_count)
        return -1;
    for (uint32_t i = 0; i < slots; i++)
        order[i] = q->free[--q->free_count];
    head = order[0];
    if (d->indirect) {
        uint64_t table = q->tables + 0x300u * head;

        descriptor(q->descriptors + 16u * head, table, 16 * count, 4, 0);
        for (uint32_t i = 0; i < count; i++)
            order[i] = (uint16_t)i;
        split_chain(table, order, piece, count);
    } else {
        split_chain(q->descriptors, order, piece, count);
    }
    q->count[head] = (uint16_t)slots;
    q->last_slot = head;
    put16(q->driver + 4 + 2u * (q->next % q->size), head);
    put16(q->driver + 2, ++q->next);
    return head;
}

static uint32_t packed_flags(const struct driver_queue *q)
{
    return q->lap ? 0x80u : 0x8000u;
}

static void packed_step(const struct driver_queue *q, uint16_t *at, bool *lap)
{
    if (++*at == q->size) {
        *at = 0;
        *lap = !*lap;
    }
}

static int packed_add(struct driver *d, struct driver_queue *q, const struct driver_piece *piece, uint32_t count)
{
    uint32_t slots = d->indirect ? 1 : count;
    uint16_t first = q->next;
    uint32_t first_flags = 0;
    uint16_t id;

    if (slots > q->slots)
        return -1;
    q->slots -= slots;
    id = q->free[--q->free_count]; /* every chain has a slot, so there is one */
    q->last_slot = first;
    for (uint32_t i = 0; i < slots; i++) {
        uint32_t flags = packed_flags(q);
        uint64_t at = q->descriptors + 16u * q->next;

        if (d->indirect) {
            uint64_t table = q->tables + 0x300u * id;

            for (uint32_t j = 0; j < count; j++)
                descriptor(table + 16u * j, piece[j].gpa, piece[j].bytes, 0xabcd, piece[j].writable ? 2 : 0);
            descriptor(at, table, 16 * count, id, flags | 4u);
        } else {
            flags |= (piece[i].writable ? 2u : 0u) | (i + 1 < count ? 1u : 0u);
            descriptor(at, piece[i].gpa, piece[i].bytes, id, flags);
        }
        if (i == 0) {
            first_flags = get16(at + 14);
            put16(at + 14, q->lap ? 0x8000u : 0x80u); /* not yet */
        }
        packed_step(q, &q->next, &q->lap);
    }
    put16(q->descriptors + 16u * first + 14, first_flags);
    q->count[id] = (uint16_t)slots;
    q->added += slots;
    return id;
}

int driver_add(struct driver *d, uint32_t index, const struct driver_piece *piece, uint32_t count)
{
    struct driver_queue *q = &d->queue[index];

    return (d->features & DRIVER_PACKED) != 0 ? packed_add(d, q, piece, count) : split_add(d, q, piece, count);
}

/* [virtio 1.2 2.7.10] */
static bool split_wants(const struct driver *d, const struct driver_queue *q)
{
    uint16_t event = get16(q->device + 4 + 8u * q->size);

    if ((d->features & DRIVER_EVENT) == 0)
        return (get16(q->device) & 1u) == 0;
    return (uint16_t)(q->next - event - 1) < (uint16_t)(q->next - q->told);
}

/* Was the slot that the device waits for among those added since the last kick? */
static bool packed_wants(const struct driver_queue *q)
{
    uint16_t where = get16(q->device);
    uint16_t flags = get16(q->device + 2) & 3u;
    uint16_t at = q->next;
    bool lap = q->lap;

    if (flags != 2)
        return flags == 0;
    for (uint32_t i = 0; i < q->added; i++) { /* backwards */
        if (at == 0) {
            at = (uint16_t)q->size;
            lap = !lap;
        }
        at--;
        if (at == (where & 0x7fffu) && lap == (where >> 15 != 0))
            return true;
    }
    return false;
}

bool driver_kick(struct driver *d, uint32_t index)
{
    struct driver_queue *q = &d->queue[index];
    bool wants = (d->features & DRIVER_PACKED) != 0 ? packed_wants(q) : split_wants(d, q);

    q->told = q->next;
    q->added = 0;
    if (wants)
        driver_write(d, 0x050, index);
    return wants;
}

static void give_back(struct driver_queue *q, uint32_t id, bool packed, uint64_t table)
{
    uint32_t slots = q->count[id];

    if (packed) {
        q->free[q->free_count++] = (uint16_t)id;
        q->slots += slots;
        return;
    }
    for (uint32_t i = 0; i < slots; i++) {
        q->free[q->free_count++] = (uint16_t)id;
        id = get16(table + 16u * id + 14) % q->size; /* the memory may have been spoilt since */
    }
}

bool driver_used(struct driver *d, uint32_t index, uint32_t *id, uint32_t *bytes)
{
    struct driver_queue *q = &d->queue[index];
    bool packed = (d->features & DRIVER_PACKED) != 0;
    uint64_t at;

    if (packed) {
        at = q->descriptors + 16u * q->used;
        if ((get16(at + 14) & 0x8080u) != (q->used_lap ? 0x8080u : 0u))
            return false;
        *id = get16(at + 12);
        *bytes = get32(at + 8);
    } else {
        if (get16(q->device + 2) == q->used)
            return false;
        at = q->device + 4 + 8u * (q->used % q->size);
        *id = get32(at);
        *bytes = get32(at + 4);
        q->used++;
    }
    if (*id >= q->size || q->count[*id] == 0)
        return false;
    for (uint32_t i = 0; packed && i < q->count[*id]; i++)
        packed_step(q, &q->used, &q->used_lap);
    give_back(q, *id, packed, q->descriptors);
    q->count[*id] = 0;
    return true;
}

void driver_want(struct driver *d, uint32_t index, bool want)
{
    struct driver_queue *q = &d->queue[index];
    bool event = (d->features & DRIVER_EVENT) != 0;

    if ((d->features & DRIVER_PACKED) != 0) {
        put16(q->driver, (uint32_t)q->used | (q->used_lap ? 0x8000u : 0u));
        put16(q->driver + 2, want ? (event ? 2 : 0) : 1);
    } else {
        put16(q->driver, want || event ? 0 : 1);
        put16(q->driver + 4 + 2u * q->size, want ? q->used : q->used - 1u);
    }
}
