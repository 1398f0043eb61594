/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The kernel's tables of levels 2 to 0: all of Sv39, and what hangs below one entry of Sv48 [priv 10.4, 10.5]. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "range.h"

#define PTE_V 0x01u
#define PTE_R 0x02u
#define PTE_W 0x04u
#define PTE_X 0x08u
#define PTE_G 0x20u
#define PTE_A 0x40u
#define PTE_D 0x80u

/* Where physical memory is: the target's memory itself, or a test's array. */
void *memory_at(uint64_t pa);

/* The entry that points to a table. */
uint64_t table_pointer(uint64_t pa);

struct table_builder {
    uint64_t root;         /* physical address of the table of level 2, zeroed */
    struct ranges *supply; /* where tables come from, lowest first; what is taken leaves all of them */
    struct ranges *also;
};

/* Leaves of a mapping are no larger than this. */
enum leaf_level { LEAF_4K = 0, LEAF_2M = 1, LEAF_1G = 2 };

/* Maps [pa, pa + bytes) at va with the largest leaves that fit; rights of PTE_R, PTE_W, PTE_X. False: no frame for a table, or
   something is mapped there. */
bool table_map(struct table_builder *t, uint64_t va, uint64_t pa, uint64_t bytes, uint64_t rights,
               enum leaf_level most);
