/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Readings of a device tree that libfdt has not. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* True if the node is not switched off by its status. */
bool tree_enabled(const void *tree, int node);

/* True if the node's property of strings, or its one string, holds s. */
bool tree_says(const void *tree, int node, const char *property, const char *s);

/* A property of one or two cells. */
bool tree_number(const void *tree, int node, const char *property, uint64_t *n);

/* Cell i of a property. */
bool tree_cell(const void *tree, int node, const char *property, int i, uint32_t *cell);

/* Entry i of reg, as the parent's cells say. Size 0 if there are no size cells. */
bool tree_reg(const void *tree, int node, int i, uint64_t *base, uint64_t *bytes);

/* The same for a device's first entry: no bus between it and the root may translate addresses. */
bool tree_device(const void *tree, int node, uint64_t *base, uint64_t *bytes);
