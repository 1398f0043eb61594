/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "isa.h"

#include <libfdt.h>
#include <string.h>

/* Appends a whole extension, or nothing. */
static void append(char *isa, uint64_t room, const char *extension)
{
    size_t length = strlen(isa), more = strlen(extension);
    const char *separator = length > 0 && more > 1 ? "_" : "";
    if (length + more + strlen(separator) >= room)
        return;
    memcpy(isa + length, separator, strlen(separator));
    memcpy(isa + length + strlen(separator), extension, more + 1);
}

static bool join(const void *tree, int cpu, char *isa, uint64_t room)
{
    const char *base = fdt_stringlist_get(tree, cpu, "riscv,isa-base", 0, NULL);
    int count = fdt_stringlist_count(tree, cpu, "riscv,isa-extensions");
    if (base == NULL || count < 0 || strlen(base) >= room)
        return false;
    append(isa, room, base);
    for (int i = 0; i < count; i++) {
        const char *extension = fdt_stringlist_get(tree, cpu, "riscv,isa-extensions", i, NULL);
        bool in_base = extension != NULL && strlen(extension) == 1 && strcmp(extension, "i") == 0;
        if (extension != NULL && !in_base)
            append(isa, room, extension);
    }
    return true;
}

bool isa_read(const void *tree, int cpu, char *isa, uint64_t room)
{
    memset(isa, 0, room);
    const char *whole = fdt_stringlist_get(tree, cpu, "riscv,isa", 0, NULL);
    if (whole == NULL)
        return join(tree, cpu, isa, room);
    uint64_t length = strlen(whole);
    if (length >= room) {
        length = room - 1;
        while (length > 0 && whole[length] != '_')
            length--;
    }
    memcpy(isa, whole, length);
    return length > 0;
}

/* The end of the single letters: an underscore, or z or x, which begin longer names. Versions (2p1) are digits. */
static bool in_letters(const char *isa, char letter)
{
    for (const char *p = isa; *p != '\0' && *p != '_' && *p != 'z' && *p != 'x'; p++) {
        bool version = *p == 'p' && p > isa && p[-1] >= '0' && p[-1] <= '9';
        if (*p == letter && !version)
            return true;
    }
    return false;
}

bool isa_has(const char *isa, const char *extension)
{
    if (strncmp(isa, "rv64", 4) != 0 && strncmp(isa, "rv32", 4) != 0)
        return false;
    isa += 4;
    size_t length = strlen(extension);
    if (length == 1 && in_letters(isa, *extension))
        return true;
    while ((isa = strchr(isa, '_')) != NULL) {
        isa++;
        if (strncmp(isa, extension, length) == 0 &&
            (isa[length] == '\0' || isa[length] == '_' || (isa[length] >= '0' && isa[length] <= '9')))
            return true;
    }
    return false;
}
