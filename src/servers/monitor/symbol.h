/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What stands at an address of the guest's kernel, by the symbols of its file. */
#pragma once

#include "monitor.h"

#define SYMBOL_BYTES 64u

struct symbol {
    char name[SYMBOL_BYTES];
    uint64_t offset; /* of the address behind it */
};

/*
 * The function that covers the address, or the nearest label below it: by the map that the description gives, or by the
 * symbol table of the kernel's ELF file; either is read again for this. Of an Image or a raw binary without a map: the
 * file's name, and the offset in it. False: nothing is known. Nothing of a file is believed unchecked.
 */
bool symbol_find(struct hart *h, uint64_t va, struct symbol *symbol);
