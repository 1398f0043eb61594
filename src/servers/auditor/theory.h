/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * What an entry, a step of a walk and ownership are, written down from spec/model/pte.mlw, walk.mlw, ownership.mlw and
 * translation.mlw: each function is the symbol of that name there. Nothing here is the kernel's own code.
 */
#pragma once

#include <septum/abi.h>

#include <stdbool.h>
#include <stdint.h>

#define ROOT_NONE ((uint64_t)FRAMES) /* a domain without a root has this one */

/* A frame's record, and a slot's. */
struct frame_record {
    uint64_t at_owner;
    uint64_t at_borrower;
    uint32_t owner;
    uint32_t borrower;
    uint64_t kind;
};
struct slot_record {
    uint64_t kind;
    uint64_t name;
    uint64_t root;
};

/* pte.mlw */
uint64_t page(uint64_t e);
bool is_leaf(uint64_t e);
bool is_pointer(uint64_t e);
bool user_leaf(uint64_t e);

/* walk.mlw. A page below `base` is no frame: what frame() says of it is past all frames. */
uint64_t place(uint64_t t, uint64_t i);
uint64_t pages(uint64_t level);
uint64_t frame(uint64_t e, uint64_t base);

/* ownership.mlw */
uint64_t slot_of(uint64_t name);
bool is_live(const struct slot_record *s, uint64_t name);
bool is_table(uint64_t kind);
bool is_user_page(uint64_t kind);
uint64_t entries(uint64_t kind); /* those with is_entry() are the first so many */
uint64_t span(uint64_t kind);
bool maps(const struct frame_record *f, uint64_t at, uint64_t domain);
uint64_t place_for(const struct frame_record *f, uint64_t domain);
bool is_child(const struct frame_record *f, const struct frame_record *above, uint64_t at);
bool two_sides(const struct frame_record *f);

/* translation.mlw: entry e gives no right that s does not. */
bool within(uint64_t e, uint64_t s);
