/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * What both layouts of a queue have in common, for queue.c, queue_split.c and queue_packed.c only: single accesses to
 * memory that the guest writes at the same time, descriptors, chains.
 */
#pragma once

#include "queue.h"

#include <string.h>

#define DESCRIPTOR_BYTES 16u
#define DESCRIPTOR_NEXT     1u /* flags [virtio 1.2 2.7.5, 2.8.21] */
#define DESCRIPTOR_WRITE    2u
#define DESCRIPTOR_INDIRECT 4u
#define EVENT_AREA      4u /* both event suppression areas: where, and flags */

typedef uint16_t guest_u16 __attribute__((may_alias));
typedef uint32_t guest_u32 __attribute__((may_alias));
typedef uint64_t guest_u64 __attribute__((may_alias));

static inline uint16_t guest_load16(const uint8_t *at)
{
    return __atomic_load_n((const guest_u16 *)(const void *)at, __ATOMIC_RELAXED);
}

static inline uint16_t guest_load16_acquire(const uint8_t *at)
{
    return __atomic_load_n((const guest_u16 *)(const void *)at, __ATOMIC_ACQUIRE);
}

static inline uint32_t guest_load32(const uint8_t *at)
{
    return __atomic_load_n((const guest_u32 *)(const void *)at, __ATOMIC_RELAXED);
}

static inline uint64_t guest_load64(const uint8_t *at)
{
    return __atomic_load_n((const guest_u64 *)(const void *)at, __ATOMIC_RELAXED);
}

static inline void guest_store16(uint8_t *at, uint16_t value)
{
    __atomic_store_n((guest_u16 *)(void *)at, value, __ATOMIC_RELAXED);
}

static inline void guest_store16_release(uint8_t *at, uint16_t value)
{
    __atomic_store_n((guest_u16 *)(void *)at, value, __ATOMIC_RELEASE);
}

static inline void guest_store32(uint8_t *at, uint32_t value)
{
    __atomic_store_n((guest_u32 *)(void *)at, value, __ATOMIC_RELAXED);
}

/* What we wrote is seen before what we read next is read: each side writes its own and then looks at the other's. */
static inline void guest_fence(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* A descriptor as it was read, once. `high` is the next one (split) or the flags (packed). */
struct descriptor {
    uint64_t gpa;
    uint32_t bytes;
    uint16_t low;  /* split: flags; packed: buffer id */
    uint16_t high; /* split: next; packed: flags */
};

/* Tables of indirect descriptors need not be aligned. */
static inline struct descriptor descriptor_read(const uint8_t *at)
{
    uint64_t word[2];

    if ((uintptr_t)at % sizeof word[0] == 0) {
        word[1] = guest_load64(at + sizeof word[0]);
        word[0] = guest_load64(at);
    } else {
        memcpy(word, at, sizeof word);
        __asm__ volatile("" ::: "memory"); /* not to be read again */
    }
    return (struct descriptor){word[0], (uint32_t)word[1], (uint16_t)(word[1] >> 32), (uint16_t)(word[1] >> 48)};
}

static inline void chain_begin(struct chain *c, uint16_t id)
{
    c->id = id;
    c->slots = 1;
    c->count = 0;
    c->reads = 0;
    c->read_bytes = 0;
    c->write_bytes = 0;
}

/* One more piece. False: not all of it is memory, a readable one behind a writable one, or the chain is too long. */
bool chain_add(struct chain *c, const struct memory *m, uint64_t gpa, uint32_t bytes, bool writable);

uint32_t split_driver_bytes(const struct queue *q); /* of the available ring */
uint32_t split_device_bytes(const struct queue *q); /* of the used ring */
bool split_enable(struct queue *q, const struct memory *m);
enum queue_taken split_take(struct queue *q, const struct memory *m, struct chain *c);
bool split_has(const struct queue *q);
void split_put(struct queue *q, uint16_t id, uint32_t bytes);
bool split_publish(struct queue *q);
void split_listen(struct queue *q, bool listen);

bool packed_enable(struct queue *q, const struct memory *m);
enum queue_taken packed_take(struct queue *q, const struct memory *m, struct chain *c);
bool packed_has(const struct queue *q);
void packed_put(struct queue *q, uint16_t id, uint16_t slots, uint32_t bytes);
bool packed_publish(struct queue *q);
void packed_listen(struct queue *q, bool listen);
