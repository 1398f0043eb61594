/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What all parts of a disk need: its questions to the file server, and what the operator is told of it. */
#include "block.h"
#include "complaint.h"

#include <lib/text.h>

struct disk disk[DEVICE_CLIENTS];
struct map *map;

uint32_t disk_fid(const struct disk *d, enum disk_file file)
{
    return SHARE_ROOT + 1 + 2 * d->index + (file == FILE_OVERLAY ? 1 : 0);
}

bool disk_may_ask(const struct disk *d)
{
    return share.up && d->batch < DISK_BATCH && d->under_way < DISK_UNDER_WAY && p9_has_room(&share.p9);
}

uint32_t disk_ask(struct disk *d, struct p9_ask *ask, uint64_t data, uint64_t owner)
{
    d->batch++;
    d->under_way++;
    return p9_put(&share.p9, ask, data, owner);
}

void disk_complain(struct disk *d, const char *format, ...)
{
    char who[COMPLAINT_WHO_BYTES];
    va_list list;

    if (disk_is_read_by_manager(d))
        text_format(who, sizeof who, "file '%s'", d->about.path);
    else
        text_format(who, sizeof who, "guest '%s', disk %u ('%s')", d->guest, d->number, d->about.path);
    va_start(list, format);
    complaint_say(&d->complaints, who, format, list);
    va_end(list);
}

const char *error_text(uint32_t error)
{
    switch (error) {
    case P9_ENOENT:
        return "there is no such file in the shared directory";
    case P9_EPERM:
    case P9_EACCES:
        return "the host does not allow it (let its user read and write the file, or write read-only; or overlay;)";
    case P9_EROFS:
        return "the host's file system is read-only (write read-only;)";
    case P9_EISDIR:
        return "it is a directory";
    case P9_ELOOP:
        return "it is a link (name the file itself)";
    case P9_ENOSPC:
    case P9_EDQUOT:
        return "the host has no room left for it (make room there)";
    case P9_EFBIG:
        return "the host does not allow files of that size";
    case P9_EMFILE:
        return "the host has too many files open";
    case P9_ESTALE:
        return "the host's file is gone";
    case P9_EIO:
        return "the host has an I/O error";
    default:
        return "the host refuses it";
    }
}
