/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "complaint.h"

#include "client.h"

#include <lib/text.h>

#define COMPLAINTS_MOST 8u
#define LINE_BYTES      400u

void complaint_say(uint32_t *said, const char *who, const char *format, va_list list)
{
    char line[LINE_BYTES];
    size_t bytes;

    if (*said >= COMPLAINTS_MOST)
        return;
    ++*said;
    bytes = text_format(line, sizeof line - 1, "%s: ", who);
    bytes += text_format_list(line + bytes, sizeof line - 1 - bytes, format, list);
    if (*said == COMPLAINTS_MOST)
        bytes += text_format(line + bytes, sizeof line - 1 - bytes, "; no more is said of this disk");
    line[bytes++] = '\n';
    world_say(line, bytes);
}
