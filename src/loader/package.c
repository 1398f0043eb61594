/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "package.h"

#include <lib/crc32.h>
#include <septum/abi.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static uint32_t header_crc(const uint8_t *byte)
{
    static const uint8_t zero[sizeof(uint32_t)];
    const uint64_t at = offsetof(struct bundle, header_crc32), behind = at + sizeof zero;
    uint32_t crc = crc32_add(0, byte, at);
    crc = crc32_add(crc, zero, sizeof zero);
    return crc32_add(crc, byte + behind, sizeof(struct bundle) - behind);
}

static struct fault check_header(const struct bundle *b, const uint8_t *byte, uint64_t room)
{
    if (room < sizeof b->magic || b->magic != BUNDLE_MAGIC)
        return (struct fault){LDR_BUNDLE_MAGIC, 0, 0};
    if (room < sizeof *b)
        return (struct fault){LDR_BUNDLE_CUT, room, sizeof *b};
    if (b->version != BUNDLE_VERSION)
        return (struct fault){LDR_BUNDLE_VERSION, b->version, BUNDLE_VERSION};
    uint32_t crc = header_crc(byte);
    if (crc != b->header_crc32)
        return (struct fault){LDR_BUNDLE_CRC, crc, b->header_crc32};
    if (room < b->total_bytes)
        return (struct fault){LDR_BUNDLE_CUT, room, b->total_bytes};
    if (b->file_count > BUNDLE_FILES || b->guest_count > BUNDLE_GUESTS)
        return (struct fault){LDR_BUNDLE_COUNTS, b->file_count, b->guest_count};
    return NO_FAULT;
}

static bool file_fits(const struct bundle *b, const struct bundle_file *f)
{
    return f->offset % FRAME_BYTES == 0 && f->offset >= sizeof *b && f->offset <= b->total_bytes &&
           f->bytes <= b->total_bytes - f->offset && memchr(f->name, '\0', sizeof f->name) != NULL;
}

struct fault package_read(const uint8_t *byte, uint64_t room, struct manager_file *m)
{
    const struct bundle *b = (const struct bundle *)(const void *)byte;
    struct fault fault = check_header(b, byte, room);
    if (fault.error != LDR_OK)
        return fault;
    const struct bundle_file *manager = NULL;
    for (uint32_t i = 0; i < b->file_count; i++) {
        if (!file_fits(b, &b->file[i]))
            return (struct fault){LDR_BUNDLE_FILE, i, 0};
        if (manager == NULL && b->file[i].kind == BUNDLE_SERVER && strcmp(b->file[i].name, "manager") == 0)
            manager = &b->file[i];
    }
    if (manager == NULL)
        return (struct fault){LDR_NO_MANAGER, 0, 0};
    uint32_t crc = crc32_add(0, byte + manager->offset, manager->bytes);
    if (crc != manager->crc32)
        return (struct fault){LDR_MANAGER_CRC, crc, manager->crc32};
    *m = (struct manager_file){byte + manager->offset, manager->bytes, b->total_bytes};
    return NO_FAULT;
}
