/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* ISA strings of the device tree (riscv,isa; riscv,isa-base with riscv,isa-extensions). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Writes the node's ISA string; joined if the tree has the parts only, cut at an extension if it does not fit. False: none. */
bool isa_read(const void *tree, int cpu, char *isa, uint64_t room);

/* True if the string names the extension, of one letter or more. */
bool isa_has(const char *isa, const char *extension);
