/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The model's abstract state. */
#ifndef MODEL_STATE_H
#define MODEL_STATE_H

#include "model.h"

#define TABLES 256
#define UNMAPPED 0xffu

struct model_domain {
    uint32_t kind; /* 0: nobody lives in the slot */
    uint32_t name;
    uint64_t root; /* NO_ROOT: none */
    uint32_t sealed;
};

struct model_frame {
    uint32_t owner, borrower, kind;
};

/* How a domain sees a frame, or a window's page. */
struct model_view {
    uint64_t va;    /* of the leaf */
    uint8_t level;  /* UNMAPPED, 0 or 1 */
    uint8_t rights;
};

struct model_table {
    uint64_t va;
    uint64_t frame;
    uint32_t level;
};

struct model_space {
    struct model_view view[WORLD_FRAMES];
    struct model_table table[TABLES];
    uint32_t tables;
    uint32_t views; /* frames seen */
};

struct model_window {
    uint32_t owner;
    uint64_t page;
    struct model_view view; /* its owner's */
};

struct model {
    struct model_domain domain[DOMAINS];
    struct peer_row peer[DOMAINS];
    struct model_frame frame[WORLD_FRAMES];
    struct model_space space[DOMAINS];
    struct model_window window[WINDOWS];
};

extern struct model model;

int model_live(uint32_t name);
/* Has table or leaf of that level, at the address of an entry of it, been put into domain d's space? */
int model_taken(uint32_t d, uint64_t va, uint64_t level);
/* Does a table that holds entries of that level cover va? Level 2: the root. */
int model_covered(uint32_t d, uint64_t va, uint64_t level);
struct model_view *model_view(uint32_t d, uint64_t p);
uint64_t model_span(uint64_t level); /* bytes that an entry of that level covers */
void model_map(uint32_t d, uint64_t va, uint64_t p, uint64_t level, uint64_t rights);
void model_unmap(uint32_t d, uint64_t p);
void model_split(uint32_t d, uint64_t p, uint64_t f);
void model_add_table(uint32_t d, uint64_t va, uint64_t level, uint64_t p);
void model_drop_table(uint32_t d, uint64_t p);
/* Is the table p of domain d without any entry? */
int model_table_empty(uint32_t d, uint64_t p);
void model_end(uint32_t d);

#endif
