/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A guest in shadow mode, for the suites of its walk and of its shadow tables: 2 MiB of memory by one stage-2 leaf, some
 * 4 KiB pages with various rights, an arena, and a root table at ROOT whose space is the present one.
 */
#ifndef KERNEL_SHADOW_WORLD_H
#define KERNEL_SHADOW_WORLD_H

#include "suite.h"

#include <kernel/gwalk.h>

#define RAM UINT64_C(0x80000000)   /* guest-physical: 2 MiB by one stage-2 leaf */
#define SMALL UINT64_C(0x80200000) /* 4 KiB pages */
#define SMALLS 64
#define HOLE UINT64_C(0x80600000)
#define ROOT RAM /* the guest's root table; its other tables follow */
#define TABLE(n) (RAM + (uint64_t)(n) * FRAME_BYTES)
#define DATA (RAM + 0x100000)
#define KERNEL UINT64_C(0xffffffc000000000)
#define ARENA 64
#define MIB2 UINT64_C(0x200000)
#define GIB UINT64_C(0x40000000)
#define SUM 0x40000
#define MXR 0x80000

enum { V = 1, R = 2, W = 4, X = 8, U = 16, G = 32, A = 64, D = 128 };
#define AD (A | D)

static uint32_t s, g, t;
static uint64_t block, smalls, arena;

static inline uint64_t *word(uint64_t gpa)
{
    uint64_t p = gpa < SMALL ? block + (gpa - RAM) / FRAME_BYTES : smalls + (gpa - SMALL) / FRAME_BYTES;

    return &ram[p].word[gpa / 8 % 512];
}

static inline uint64_t entry(uint64_t gpa, uint64_t flags) { return gpa >> 12 << 10 | flags; }
static inline void put(uint64_t table, uint64_t i, uint64_t e) { *word(table + 8 * i) = e; }

static inline void satp(uint64_t root, uint64_t asid)
{
    vcpu[t].csr[VSATP] = UINT64_C(8) << 60 | asid << 44 | root >> 12;
    assert_int_equal(shadow_root(t), 1);
}

static inline void mode(uint32_t supervisor, uint64_t status)
{
    shadow[t].supervisor = supervisor;
    vcpu[t].csr[VSSTATUS] = status;
    assert_int_equal(shadow_root(t), 1);
}

/* The guest maps va in its table tree at `root`, whose tables are TABLE(k + 1), TABLE(k + 2). */
static inline void map_in(uint64_t root, uint32_t k, uint64_t va, uint64_t gpa, uint64_t flags)
{
    put(root, va >> 30 & 511, entry(TABLE(k + 1), V));
    put(TABLE(k + 1), va >> 21 & 511, entry(TABLE(k + 2), V));
    put(TABLE(k + 2), va >> 12 & 511, entry(gpa, flags));
}

static inline void map(uint64_t va, uint64_t gpa, uint64_t flags) { map_in(ROOT, 0, va, gpa, flags); }

static inline int begin(void **state)
{
    int status = world_begin(state);

    machine_features |= BOOT_HAS_SV48;
    s = world_domain(SEPTUM_SERVER);
    g = world_domain(SEPTUM_GUEST);
    t = world_vcpu(s, 0, g);
    block = world_block(g);
    arena = world_block(g);
    smalls = arena + 512 - SMALLS;
    world_tables(g, RAM, 1);
    OK(space_map(g, RAM, block, 1, 7));
    world_tables(g, SMALL, 0);
    for (uint64_t k = 0; k < SMALLS; k++)
        OK(space_map(g, SMALL + k * FRAME_BYTES, smalls + k, 0, k == 1 ? 1 : k == 2 ? 4 : k == 3 ? 5 : 7));
    shadow_new(t);
    for (uint64_t k = 0; k < ARENA; k++)
        OK(shadow_arena(t, arena + k));
    satp(ROOT, 1);
    return status;
}

static inline struct walked walk(uint64_t va, uint64_t access) { return guest_walk(t, va, access); }
static inline uint64_t cause(uint64_t va, uint64_t access) { return walk(va, access).cause; }

/* What the hart's walk of Sv48 finds from a root [priv 10.5]: the leaf, and its level in `level`. */
static uint64_t level;

static inline uint64_t found(uint64_t top, uint64_t va)
{
    uint64_t at = top;

    for (level = 4; level-- > 0;) {
        uint64_t e = ram[at].word[va >> (12 + 9 * level) & 511];

        if (!(e & V))
            return 0;
        assert_true(e >> 54 == 0);
        if (e & (R | W | X))
            return e;
        assert_int_equal(e & (U | G | A | D), 0);
        at = (e >> 10) - ram_base_pfn;
        assert_true(at >= arena && at < arena + shadow[t].used);
    }
    assert_true(!"a pointer at the last level");
    return 0;
}

static inline uint64_t leaf_of(uint64_t va) { return found(host_hart[0].shadow, va); }
static inline uint64_t leaf(uint64_t p, uint64_t rights) { return (ram_base_pfn + p) << 10 | V | U | A | D | rights; }

static inline int fill(uint64_t va, uint64_t access)
{
    struct walked w = walk(va, access);

    assert_int_equal(w.cause, 0);
    return shadow_fill(t, va, w, access);
}

/* The guest's access succeeds, by a fill, and the hart then finds that leaf. */
static inline void fills(uint64_t va, uint64_t access, uint64_t e, uint64_t at_level)
{
    assert_int_equal(fill(va, access), 1);
    assert_int_equal(leaf_of(va), e);
    assert_int_equal(level, at_level);
}

static inline void three(uint64_t va, uint64_t fetch, uint64_t load, uint64_t store)
{
    assert_int_equal(cause(va, MAP_EXECUTE), fetch);
    assert_int_equal(cause(va, MAP_READ), load);
    assert_int_equal(cause(va, MAP_WRITE), store);
}

#define SHADOW_TEST(name) cmocka_unit_test_setup(name, begin)

#endif
