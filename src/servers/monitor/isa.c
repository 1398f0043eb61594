/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "isa.h"

#include <stdbool.h>
#include <string.h>

#define NAME_BYTES 10u

/*
 * In the order of the ISA string. svade holds by construction: the kernel leaves henvcfg.ADUE off, and its own walks
 * of a guest's tables write nothing.
 */
static const char isa_multi[][NAME_BYTES] = {
    "zicntr", "zicsr", "zifencei", "zba", "zbb", "zbs", "sstc", "svade",
};

static void isa_append(struct isa *isa, const char *name, bool separate)
{
    size_t used = strlen(isa->string);
    size_t bytes = strlen(name);

    if (used + bytes + 2 > ISA_BYTES || isa->list_bytes + bytes + 1 > ISA_BYTES)
        return;
    if (separate)
        isa->string[used++] = '_';
    memcpy(isa->string + used, name, bytes + 1);
    memcpy(isa->list + isa->list_bytes, name, bytes + 1);
    isa->list_bytes += bytes + 1;
}

static bool isa_has_letter(const char *host, size_t bytes, char letter)
{
    for (size_t i = 4; i < bytes && host[i] != '_'; i++) {
        if (host[i] == letter || (host[i] == 'g' && strchr("imafd", letter) != NULL))
            return true;
    }
    return false;
}

static bool isa_has_name(const char *host, size_t bytes, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i + length < bytes; i++) {
        if (host[i] == '_' && memcmp(host + i + 1, name, length) == 0 &&
            (i + 1 + length == bytes || host[i + 1 + length] == '_'))
            return true;
    }
    return false;
}

/* What all harts that Septum runs on have need not be in the string: older ones took it for granted. */
static bool isa_has_multi(const struct monitor_start *start, size_t bytes, const char *name)
{
    const bool shadow = start->mode == BUNDLE_SHADOW;

    if (strcmp(name, "sstc") == 0)
        return shadow || (start->features & BOOT_HAS_SSTC) != 0;
    if (strcmp(name, "zicntr") == 0)
        return !shadow; /* of the counters there is `time` alone */
    if (strcmp(name, "svade") == 0 || strcmp(name, "zicsr") == 0 || strcmp(name, "zifencei") == 0)
        return true;
    return isa_has_name(start->isa, bytes, name);
}

void isa_filter(const struct monitor_start *start, struct isa *isa)
{
    static const char letters[] = "imafdc";
    const char *host = start->isa;
    size_t bytes = 0;

    while (bytes < sizeof start->isa && host[bytes] != '\0')
        bytes++;
    *isa = (struct isa){.string = "rv64"};
    for (size_t i = 0; letters[i] != '\0'; i++) {
        char name[2] = {letters[i], '\0'};

        if (letters[i] == 'i' || isa_has_letter(host, bytes, letters[i]))
            isa_append(isa, name, false);
    }
    for (size_t i = 0; i < sizeof isa_multi / sizeof isa_multi[0]; i++) {
        if (isa_has_multi(start, bytes, isa_multi[i]))
            isa_append(isa, isa_multi[i], true);
    }
}
