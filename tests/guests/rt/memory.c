/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "rt.h"

#define PAGE         UINT64_C(4096)
#define IMPL_OPENSBI 1

static bool below_opensbi(void)
{
    return sbi(SBI_BASE, 1, 0, 0, 0, 0, 0).value == IMPL_OPENSBI;
}

static size_t add_range(struct range *range, size_t n, uint64_t from, uint64_t to)
{
    from = (from + PAGE - 1) & ~(PAGE - 1);
    to &= ~(PAGE - 1);
    if (from >= to)
        return n;
    range[n] = (struct range){from, to - from};
    return n + 1;
}

/* [from, to) without the device tree. */
static size_t add_around(struct range *range, size_t n, uint64_t from, uint64_t to, const void *tree)
{
    uint64_t first = (uint64_t)tree, last = first + tree_bytes(tree);

    if (first >= to || last <= from)
        return add_range(range, n, from, to);
    n = add_range(range, n, from, first);
    return add_range(range, n, last, to);
}

size_t free_memory(const void *tree, struct range range[FREE_RANGES])
{
    struct range memory = tree_memory(tree);
    size_t n = 0;

    if (!below_opensbi())
        n = add_around(range, n, memory.base, (uint64_t)_start, tree);
    return add_around(range, n, (uint64_t)_end, memory.base + memory.bytes, tree);
}

uint64_t satp_identity(bool user)
{
    static uint64_t root[512] __attribute__((aligned(4096)));
    uint64_t rights = user ? 0xdf : 0xcf; /* D A (U) X W R V */

    for (uint64_t i = 0; i < 256; i++)
        root[i] = (i << 30 >> 12) << 10 | rights;
    return UINT64_C(8) << 60 | (uint64_t)root >> 12;
}
