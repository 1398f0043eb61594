/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* In the auditor's place. Its time is limited; it pauses to leave the test's machine some instructions. */
#include "reach.h"

#include <lib/server.h>
#include <lib/sys.h>
#include <septum/audit.h>

void server_put(const char *text, size_t bytes)
{
    (void)text;
    (void)bytes;
}

#define PAUSE_TICKS 10000000u /* a second of QEMU's: nobody tells the auditor how long a tick is */

/* Of how many frames the kernel tells the words. */
static void frames_read(uint64_t frames)
{
    uint64_t count = 0;

    for (uint64_t f = 0; f < frames; f++)
        count += sys_audit_read(AUDITOR_CAP_BOOKS, AUDIT_TABLE, f, 0).status == SEPTUM_OK;
    reach.frames[REACH_READ] = count;
}

_Noreturn void server_main(uint64_t argument)
{
    const struct audit_link *link = (const struct audit_link *)(uintptr_t)AUDIT_VA_LINK;

    (void)argument;
    reach_begin("auditor");
    for (;;) {
        frames_read(link->frame_count);
        reach_round(STEP);
        reach_pause(PAUSE_TICKS);
    }
}
