/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "theory.h"

#define PAGE_NUMBERS UINT64_C(0x100000000000)

uint64_t page(uint64_t e)
{
    return e / 1024 % PAGE_NUMBERS;
}

bool is_leaf(uint64_t e)
{
    return e % 2 == 1 && e / 2 % 8 != 0;
}

bool is_pointer(uint64_t e)
{
    return e % 2 == 1 && e / 2 % 8 == 0;
}

bool user_leaf(uint64_t e)
{
    const uint64_t flags = e % 1024;

    return e / 1024 < PAGE_NUMBERS && (flags == 211 || flags == 215 || flags == 217 || flags == 219 || flags == 223);
}

uint64_t place(uint64_t t, uint64_t i)
{
    return t * 512 + i;
}

uint64_t pages(uint64_t level)
{
    return level == 2 ? 262144 : level == 1 ? 512 : 1;
}

uint64_t frame(uint64_t e, uint64_t base)
{
    return page(e) - base;
}

uint64_t slot_of(uint64_t name)
{
    return name % NAME_SLOTS;
}

bool is_live(const struct slot_record *s, uint64_t name)
{
    return s->kind != 0 && s->name == name;
}

bool is_table(uint64_t kind)
{
    return kind >= FRAME_TABLE0 && kind <= FRAME_TABLE2;
}

bool is_user_page(uint64_t kind)
{
    return kind == FRAME_DATA || kind == FRAME_VCPU;
}

uint64_t entries(uint64_t kind)
{
    return !is_table(kind) ? 0 : kind == FRAME_TABLE2 ? 256 : 512;
}

uint64_t span(uint64_t kind)
{
    return kind == FRAME_TABLE0 ? 1 : 512;
}

bool maps(const struct frame_record *f, uint64_t at, uint64_t domain)
{
    return (is_user_page(f->kind) && f->owner == domain && f->at_owner == at) ||
           (f->kind == FRAME_DATA && f->borrower == domain && f->at_borrower == at);
}

uint64_t place_for(const struct frame_record *f, uint64_t domain)
{
    return f->owner == domain ? f->at_owner : f->at_borrower;
}

bool is_child(const struct frame_record *f, const struct frame_record *above, uint64_t at)
{
    return f->kind + 1 == above->kind && f->owner == above->owner && f->at_owner == at;
}

bool two_sides(const struct frame_record *f)
{
    return !is_user_page(f->kind) ||
           (f->owner != 0 && f->owner != f->borrower && (f->kind != FRAME_VCPU || f->borrower == 0));
}

bool within(uint64_t e, uint64_t s)
{
    return (e / 2 % 8 & ~(s / 2 % 8)) == 0;
}
