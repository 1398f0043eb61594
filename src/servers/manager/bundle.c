/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "bundle.h"

#include <lib/text.h>
#include <septum/proto.h>

#include <string.h>

#include "crc.h"

#define MIB2  (UINT64_C(2) << 20)
#define AGAIN "; build the bundle again (make) and boot that"

/* Where the reason goes. */
struct why {
    char *text;
    size_t bytes;
};

__attribute__((format(printf, 2, 3))) static bool refuse(const struct why *why, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    text_format_list(why->text, why->bytes, format, list);
    va_end(list);
    return false;
}

/* A NUL within the array; a name also has at least one character, all printable and none a quote. */
static bool string_ends(const char *text, size_t bytes)
{
    return memchr(text, '\0', bytes) != NULL;
}

static bool name_is_good(const char *name)
{
    if (!string_ends(name, BUNDLE_NAME_BYTES) || name[0] == '\0')
        return false;
    for (; *name != '\0'; name++) {
        if (*name <= ' ' || *name > '~' || *name == '\'')
            return false;
    }
    return true;
}

static uint32_t header_crc(const struct bundle *b)
{
    const uint8_t *data = (const uint8_t *)b;
    const size_t at = offsetof(struct bundle, header_crc32);
    const uint32_t zero = 0;
    uint32_t crc = crc32_add(0, data, at);

    crc = crc32_add(crc, &zero, sizeof zero);
    return crc32_add(crc, data + at + sizeof zero, sizeof *b - at - sizeof zero);
}

static bool header_check(const struct bundle *b, uint64_t bytes, const struct why *why)
{
    if (bytes < sizeof *b)
        return refuse(why, "is cut short: %lu bytes, its header alone has %lu" AGAIN, bytes, sizeof *b);
    if (b->magic != BUNDLE_MAGIC)
        return refuse(why, "has no bundle header (magic %lx): give the machine a septum bundle as its initrd",
                      b->magic);
    if (b->version != BUNDLE_VERSION)
        return refuse(why, "has version %u, this manager reads version %u" AGAIN, b->version, BUNDLE_VERSION);
    if (b->header_crc32 != header_crc(b))
        return refuse(why, "has a damaged header (checksum %08x, should be %08x)" AGAIN, header_crc(b),
                      b->header_crc32);
    if (b->total_bytes > bytes)
        return refuse(why, "is cut short: %lu of %lu bytes" AGAIN, bytes, b->total_bytes);
    if (b->file_count > BUNDLE_FILES || b->guest_count > BUNDLE_GUESTS)
        return refuse(why, "counts %u files and %u guests; at most %u and %u" AGAIN, b->file_count, b->guest_count,
                      (unsigned)BUNDLE_FILES, (unsigned)BUNDLE_GUESTS);
    if (!string_ends(b->description, sizeof b->description))
        return refuse(why, "has a description name without end" AGAIN);
    return true;
}

static bool file_check(const struct bundle *b, uint32_t index, const struct why *why)
{
    const struct bundle_file *f = &b->file[index];

    if (!name_is_good(f->name))
        return refuse(why, "has a bad name for file %u" AGAIN, index);
    if (f->kind < BUNDLE_SERVER || f->kind > BUNDLE_MAP)
        return refuse(why, "has an unknown kind %u for file '%s'" AGAIN, f->kind, f->name);
    if (f->offset % FRAME_BYTES != 0 || f->offset < sizeof *b || f->offset > b->total_bytes ||
        f->bytes > b->total_bytes - f->offset)
        return refuse(why, "has file '%s' at %lu + %lu, outside its %lu bytes" AGAIN, f->name, f->offset, f->bytes,
                      b->total_bytes);
    if (crc32_add(0, (const uint8_t *)b + f->offset, f->bytes) != f->crc32)
        return refuse(why, "has a damaged file '%s' (its checksum does not match)" AGAIN, f->name);
    return true;
}

static bool guest_files_check(const struct bundle *b, const struct bundle_guest *g, const struct why *why)
{
    if (g->kernel >= b->file_count || b->file[g->kernel].kind < BUNDLE_KERNEL_IMAGE ||
        b->file[g->kernel].kind > BUNDLE_KERNEL_RAW)
        return refuse(why, "has no kernel for guest '%s'" AGAIN, g->name);
    if (g->initrd != BUNDLE_NO_FILE && (g->initrd >= b->file_count || b->file[g->initrd].kind != BUNDLE_INITRD))
        return refuse(why, "has a wrong initrd for guest '%s'" AGAIN, g->name);
    if (g->map != BUNDLE_NO_FILE && (g->map >= b->file_count || b->file[g->map].kind != BUNDLE_MAP))
        return refuse(why, "has a wrong map for guest '%s'" AGAIN, g->name);
    return true;
}

static bool guest_check(const struct bundle *b, uint32_t index, const struct why *why)
{
    const struct bundle_guest *g = &b->guest[index];

    if (!name_is_good(g->name) || !string_ends(g->bootargs, BUNDLE_ARGS_BYTES))
        return refuse(why, "has a bad name or bad bootargs for guest %u" AGAIN, index);
    for (uint32_t i = 0; i < index; i++) {
        if (strcmp(b->guest[i].name, g->name) == 0)
            return refuse(why, "has two guests named '%s': rename one in the system description", g->name);
    }
    if (g->memory_bytes == 0 || g->memory_bytes % MIB2 != 0 || g->memory_bytes > (uint64_t)FRAMES * FRAME_BYTES)
        return refuse(why, "gives guest '%s' %lu bytes of memory: a multiple of 2 MiB up to 16 GiB is right", g->name,
                      g->memory_bytes);
    if (g->cpus == 0 || g->cpus > GUEST_CPUS)
        return refuse(why, "gives guest '%s' %u cpus: 1 to %u is right", g->name, g->cpus, (unsigned)GUEST_CPUS);
    if (g->priority < 1 || g->priority > 4)
        return refuse(why, "gives guest '%s' priority %u: 1 to 4 is right", g->name, g->priority);
    if (g->mode > BUNDLE_SHADOW || g->autostart > 1 || g->restart > BUNDLE_RESTART_ON_CRASH)
        return refuse(why, "has a bad mode, autostart or restart for guest '%s'" AGAIN, g->name);
    if (g->budget_us != 0 && g->budget_us > g->period_us)
        return refuse(why, "gives guest '%s' a budget of %u us in each %u us: the budget must not exceed the period",
                      g->name, g->budget_us, g->period_us);
    return guest_files_check(b, g, why);
}

bool bundle_check(const void *data, uint64_t bytes, char *why_text, size_t why_bytes)
{
    const struct bundle *b = data;
    const struct why why = {why_text, why_bytes};

    if (!header_check(b, bytes, &why))
        return false;
    for (uint32_t i = 0; i < b->file_count; i++) {
        if (!file_check(b, i, &why))
            return false;
    }
    for (uint32_t i = 0; i < b->guest_count; i++) {
        if (!guest_check(b, i, &why))
            return false;
    }
    if (bundle_server(b, "monitor") == NULL || bundle_server(b, "console") == NULL)
        return refuse(&why, "lacks the server 'monitor' or 'console'" AGAIN);
    return true;
}

const struct bundle_file *bundle_server(const struct bundle *b, const char *name)
{
    for (uint32_t i = 0; i < b->file_count; i++) {
        if (b->file[i].kind == BUNDLE_SERVER && strcmp(b->file[i].name, name) == 0)
            return &b->file[i];
    }
    return NULL;
}
