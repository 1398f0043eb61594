/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "input.h"
#include "state.h"

static const uint8_t *at;
static size_t left;

void input_begin(const uint8_t *data, size_t bytes)
{
    at = data;
    left = bytes;
}

int input_left(void) { return left > 0; }

uint8_t input_byte(void)
{
    if (left == 0)
        return 0;
    left--;
    return *at++;
}

uint64_t input_word(void)
{
    uint64_t value = 0;

    for (uint32_t k = 0; k < 8; k++)
        value = value << 8 | input_byte();
    return value;
}

/* What an argument is: a slot by the type of its capability; a frame by what the domain of the first slot has to do
 * with it; an address; a small number; anything. */
enum argument {
    NONE, DOMAIN, THREAD, WINDOW, AUDIT, EMPTY, OWN, MINE, MAPPED, LENT, BORROWED, DEAD, TABLE, BLOCK, FOUR,
    PLACE, PLACE2, ZERO, ONE, LEVEL, KIND, RIGHTS, SMALL, RAW, ARGUMENTS
};

static uint64_t slot_of(uint32_t t, uint32_t type)
{
    const struct cap *own = cap[thread[t].domain % NAME_SLOTS].slot;
    uint64_t found[CAPS], count = 0;
    uint8_t b = input_byte();

    for (uint64_t k = 0; k < CAPS; k++)
        if (own[k].type == type && (type != CAP_DOMAIN || b % 8 == 0 || model_live(own[k].name)))
            found[count++] = k;
    return count == 0 ? b % CAPS : found[b % count];
}

static int fits(enum argument kind, uint32_t d, uint64_t p)
{
    const struct model_frame *frame = &model.frame[p];

    switch ((int)kind) {
    case MAPPED: return model_view(d, p)->level != UNMAPPED;
    case LENT: return frame->borrower != NOBODY && frame->owner == d;
    case BORROWED: return frame->borrower == d && model_view(d, p)->level == UNMAPPED;
    case DEAD: return frame->kind != FRAME_NONE && !model_live(frame->owner);
    case TABLE: return frame->owner == d && (frame->kind == FRAME_TABLE0 || frame->kind == FRAME_TABLE1);
    case FOUR: return frame->owner == d && frame->kind == FRAME_DATA && p % 4 == 0;
    default: return frame->owner == d && frame->kind == FRAME_DATA;
    }
}

static uint64_t frame_of(enum argument kind, uint32_t d)
{
    uint64_t first = WORLD_REGION + input_byte();

    for (uint64_t k = 0; k < WORLD_FRAMES; k++)
        if (fits(kind, d, (first + k) % WORLD_FRAMES))
            return (first + k) % WORLD_FRAMES;
    return first;
}

static uint64_t block_of(uint32_t d)
{
    return WORLD_BLOCKS + (model.frame[WORLD_BLOCKS + 1].owner == d ? 0 : 512);
}

static uint64_t place(void)
{
    static const uint64_t gib[] = {0x40000000, 0x40000000, 0x40000000, 0x40000000,
                                   0x40000000, 0x80000000, 0,          SPACE_END - 0x40000000};
    uint8_t b = input_byte();

    return gib[b % 8] + (b / 8 % 4 / 3) * UINT64_C(0x200000) + b / 32 * UINT64_C(0x1000);
}

static uint64_t argument(enum argument kind, uint32_t t, uint32_t d)
{
    static const uint8_t rights[] = {1, 3, 4, 5, 7, 1, 3, 7, 1, 3, 7, 2, 3, 5, 6, 3, 8, 1, 7, 0};
    uint8_t b = input_byte();

    if (b >= 252)
        return b % 2 ? input_word() : UINT64_MAX << b % 8 * 8;
    switch (kind) {
    case DOMAIN: return slot_of(t, CAP_DOMAIN);
    case THREAD: return slot_of(t, CAP_THREAD);
    case WINDOW: return slot_of(t, b % 4 ? CAP_WINDOW : CAP_IRQ);
    case AUDIT: return slot_of(t, CAP_AUDIT);
    case EMPTY: return slot_of(t, CAP_NONE);
    case OWN: case MAPPED: case LENT: case BORROWED: case DEAD: case TABLE: case FOUR:
        return b < 16 ? WORLD_REGION + b : frame_of(kind, d);
    case MINE: return frame_of(OWN, thread[t].domain);
    case BLOCK: return block_of(d) + b / 8 % 5 / 4 * b;
    case PLACE: return place() + (b == 1);
    case PLACE2: return UINT64_C(0x40200000) + b % 3 * UINT64_C(0x200000);
    case ONE: return 1;
    case LEVEL: return b % 9 / 4;
    case KIND: return 1 + b % 9 / 4;
    case RIGHTS: return rights[b % sizeof(rights)];
    case SMALL: return b % 32;
    case RAW: return input_word();
    case NONE: case ZERO: case ARGUMENTS:
    default: return 0;
    }
}

struct shape {
    uint8_t number;
    uint8_t a[6];
};

static const struct shape shapes[] = {
    {SEPTUM_FRAME_GIVE, {MINE, DOMAIN}},
    {SEPTUM_FRAME_GIVE, {MINE, DOMAIN}},
    {SEPTUM_FRAME_LEND, {DOMAIN, OWN, DOMAIN}},
    {SEPTUM_FRAME_LEND, {DOMAIN, MAPPED, DOMAIN}},
    {SEPTUM_FRAME_LEND, {DOMAIN, BLOCK, DOMAIN}},
    {SEPTUM_FRAME_REVOKE, {DOMAIN, LENT}},
    {SEPTUM_FRAME_RELEASE, {DOMAIN, BORROWED}},
    {SEPTUM_FRAME_RECLAIM, {DEAD}},
    {SEPTUM_FRAME_RECLAIM, {DEAD}},
    {SEPTUM_AUDIT_READ, {AUDIT, SMALL, MINE, SMALL}},
    {SEPTUM_SPACE_ROOT, {DOMAIN, FOUR}},
    {SEPTUM_SPACE_TABLE, {DOMAIN, PLACE, LEVEL, OWN}},
    {SEPTUM_SPACE_TABLE, {DOMAIN, PLACE, LEVEL, OWN}},
    {SEPTUM_SPACE_UNTABLE, {DOMAIN, TABLE}},
    {SEPTUM_SPACE_MAP, {DOMAIN, PLACE, OWN, ZERO, RIGHTS}},
    {SEPTUM_SPACE_MAP, {DOMAIN, PLACE, OWN, ZERO, RIGHTS}},
    {SEPTUM_SPACE_MAP, {DOMAIN, PLACE, BORROWED, ZERO, RIGHTS}},
    {SEPTUM_SPACE_MAP, {DOMAIN, PLACE2, BLOCK, ONE, RIGHTS}},
    {SEPTUM_SPACE_MAP, {DOMAIN, PLACE, MAPPED, ZERO, RIGHTS}},
    {SEPTUM_SPACE_UNMAP, {DOMAIN, MAPPED}},
    {SEPTUM_SPACE_UNMAP, {DOMAIN, BLOCK}},
    {SEPTUM_SPACE_SPLIT, {DOMAIN, BLOCK, OWN}},
    {SEPTUM_SPACE_PROTECT, {DOMAIN, MAPPED, RIGHTS}},
    {SEPTUM_WINDOW_MAP, {WINDOW, DOMAIN, PLACE}},
    {SEPTUM_WINDOW_UNMAP, {WINDOW}},
    {SEPTUM_DOMAIN_CREATE, {KIND, EMPTY}},
    {SEPTUM_DOMAIN_PEER, {DOMAIN, DOMAIN}},
    {SEPTUM_CAP_GRANT, {DOMAIN, SMALL, DOMAIN, SMALL, SMALL}},
    {SEPTUM_CAP_GRANT, {DOMAIN, SMALL, WINDOW, ZERO, ZERO}},
    {SEPTUM_THREAD_CREATE, {DOMAIN, EMPTY, LEVEL, RIGHTS, RAW, RAW}},
    {SEPTUM_THREAD_START, {THREAD, RAW, RAW, RAW}},
    {SEPTUM_THREAD_STOP, {THREAD}},
    {SEPTUM_THREAD_INFO, {THREAD}},
    {SEPTUM_VCPU_BIND, {THREAD, DOMAIN, OWN}},
    {SEPTUM_VCPU_SAVE, {RAW}},
    {SEPTUM_VCPU_FENCE, {RAW, RAW, RAW, RAW}},
    {SEPTUM_CALL, {THREAD, RAW}},
    {SEPTUM_NOTIFY, {THREAD}},
    {SEPTUM_VCPU_KICK, {THREAD}},
    {SEPTUM_IRQ_BIND, {WINDOW, THREAD, RAW}},
    {SEPTUM_IRQ_ACK, {WINDOW}},
    {SEPTUM_DEVICE_ASSIGN, {SMALL, DOMAIN}},
    {SEPTUM_DEVICE_TAKE, {SMALL}},
};

/* What a thread does less often, for a world without domains or authority soon ends. */
static const struct shape rare[] = {
    {SEPTUM_DOMAIN_DESTROY, {DOMAIN}},
    {SEPTUM_DOMAIN_DESTROY, {DOMAIN}},
    {SEPTUM_SYSTEM_LOG, {SMALL}},
    {SEPTUM_CAP_DROP, {DOMAIN}},
    {SEPTUM_REPLY_WAIT, {RAW, RAW, RAW, RAW, SMALL, SMALL}},
    {SEPTUM_SYSTEM_LOG, {RAW}},
    {SEPTUM_DEVICE_FAULT, {RAW}},
};

/* The domain that a call is about: of the first slot's capability; for a vCPU's page the thread's. */
static uint32_t subject(uint32_t t, const struct shape *shape, uint64_t slot)
{
    const struct cap *c = &cap[thread[t].domain % NAME_SLOTS].slot[slot % CAPS];

    if (shape->a[0] == DOMAIN && c->type == CAP_DOMAIN)
        return c->name;
    if (shape->a[0] == THREAD && c->type == CAP_THREAD)
        return thread[c->name % NAME_SLOTS].domain;
    return thread[t].domain;
}

struct model_call input_call(uint32_t t)
{
    uint8_t b = input_byte();
    struct model_call call = {.thread = t};

    if (b >= 252) {
        call.number = b % 2 ? input_word() : input_byte();
        for (uint32_t k = 0; k < 6; k++)
            call.a[k] = argument(input_byte() % ARGUMENTS, t, thread[t].domain);
        return call;
    }
    const struct shape *shape = b >= 245 ? &rare[input_byte() % (sizeof(rare) / sizeof(rare[0]))]
                                         : &shapes[b % (sizeof(shapes) / sizeof(shapes[0]))];
    call.number = shape->number;
    for (uint32_t k = 0; k < 6; k++)
        if (shape->a[k] != NONE)
            call.a[k] = argument(shape->a[k], t, subject(t, shape, call.a[0]));
    /* The manager trusts nobody to answer: it calls nobody, and waits for nothing. */
    if (t == MANAGER && call.number == SEPTUM_CALL)
        call.number = SEPTUM_NOTIFY;
    if (t == MANAGER && call.number == SEPTUM_REPLY_WAIT)
        call.a[4] = 0;
    return call;
}
