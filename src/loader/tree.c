/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "tree.h"

#include <libfdt.h>

#define TREE_DEEP 16 /* a node below more ancestors has no address */

bool tree_says(const void *tree, int node, const char *property, const char *s)
{
    return fdt_stringlist_search(tree, node, property, s) >= 0;
}

bool tree_enabled(const void *tree, int node)
{
    return fdt_getprop(tree, node, "status", NULL) == NULL || tree_says(tree, node, "status", "okay") ||
           tree_says(tree, node, "status", "ok");
}

static uint64_t cells(const fdt32_t *p, int count)
{
    uint64_t n = 0;
    for (int i = 0; i < count; i++)
        n = n << 32 | fdt32_ld(p + i);
    return n;
}

bool tree_number(const void *tree, int node, const char *property, uint64_t *n)
{
    int bytes;
    const fdt32_t *p = fdt_getprop(tree, node, property, &bytes);
    if (p == NULL || (bytes != 4 && bytes != 8))
        return false;
    *n = cells(p, bytes / 4);
    return true;
}

bool tree_cell(const void *tree, int node, const char *property, int i, uint32_t *cell)
{
    int bytes;
    const fdt32_t *p = fdt_getprop(tree, node, property, &bytes);
    if (p == NULL || i < 0 || i >= bytes / 4)
        return false;
    *cell = fdt32_ld(p + i);
    return true;
}

/* The node's ancestors, the root first. One walk: libfdt's own search for a parent takes two, each time. */
struct line {
    int node[TREE_DEEP];
    int depth; /* of the node itself: so many ancestors; negative: too many, or no such node */
};

static struct line line_of(const void *tree, int node)
{
    struct line l = {{0}, -1};
    int depth = 0, at = 0;
    while (at >= 0 && at < node && depth >= 0) {
        if (depth < TREE_DEEP)
            l.node[depth] = at;
        at = fdt_next_node(tree, at, &depth);
    }
    if (at == node && depth >= 0 && depth <= TREE_DEEP)
        l.depth = depth;
    return l;
}

static bool read_reg(const void *tree, int parent, int node, int i, uint64_t *base, uint64_t *bytes)
{
    int address_cells = fdt_address_cells(tree, parent);
    int size_cells = fdt_size_cells(tree, parent);
    int length;
    const fdt32_t *p = fdt_getprop(tree, node, "reg", &length);
    if (p == NULL || address_cells < 1 || address_cells > 2 || size_cells < 0 || size_cells > 2)
        return false;
    int entry = address_cells + size_cells;
    if (i >= length / 4 / entry)
        return false;
    *base = cells(p + i * entry, address_cells);
    *bytes = cells(p + i * entry + address_cells, size_cells);
    return *bytes <= UINT64_MAX - *base;
}

bool tree_reg(const void *tree, int node, int i, uint64_t *base, uint64_t *bytes)
{
    struct line l = line_of(tree, node);
    return l.depth > 0 && read_reg(tree, l.node[l.depth - 1], node, i, base, bytes);
}

bool tree_device(const void *tree, int node, uint64_t *base, uint64_t *bytes)
{
    struct line l = line_of(tree, node);
    for (int i = 1; i < l.depth; i++) { /* 0 is the root */
        int length;
        if (fdt_getprop(tree, l.node[i], "ranges", &length) == NULL || length != 0)
            return false; /* what is an address on that bus is none behind it */
    }
    return l.depth > 0 && read_reg(tree, l.node[l.depth - 1], node, 0, base, bytes);
}
