/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "tree.h"

#include <libfdt.h>

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

bool tree_reg(const void *tree, int node, int i, uint64_t *base, uint64_t *bytes)
{
    int parent = fdt_parent_offset(tree, node);
    if (parent < 0)
        return false;
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

/* True if an address on the node's bus is a physical address. */
static bool untranslated(const void *tree, int node)
{
    int parent = fdt_parent_offset(tree, node);
    while (parent > 0) { /* 0 is the root */
        int bytes;
        const void *ranges = fdt_getprop(tree, parent, "ranges", &bytes);
        if (ranges == NULL || bytes != 0)
            return false;
        parent = fdt_parent_offset(tree, parent);
    }
    return parent == 0;
}

bool tree_device(const void *tree, int node, uint64_t *base, uint64_t *bytes)
{
    return untranslated(tree, node) && tree_reg(tree, node, 0, base, bytes);
}
