/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The auditor: re-checks the invariant on the live data, by code of its own. It maps nothing of what it reads, and can do
 * nothing but read the books and tables and tell the manager.
 */
#include "audit.h"
#include "books.h"

#include <lib/server.h>
#include <lib/sys.h>

#include <string.h>

struct audit_sums sums;

static struct audit_link *link_page(void)
{
    return (struct audit_link *)(uintptr_t)AUDIT_VA_LINK;
}

void server_put(const char *text, size_t bytes)
{
    (void)text; /* there is nothing to say but what the link holds: a fault of its own ends it */
    (void)bytes;
}

void report(uint64_t broken, uint64_t domain, uint64_t p, uint64_t entry, uint64_t word)
{
    struct audit_link *link = link_page();

    for (uint32_t number = 1; broken >> number != 0; number++) {
        if ((broken >> number & 1) == 0)
            continue;
        if (link->found < AUDIT_FINDINGS)
            link->finding[link->found] = (struct audit_finding){number, (uint32_t)domain, p, entry, word};
        link->found++;
    }
}

static void audit(struct audit_link *link)
{
    link->found = 0;
    memset(&sums, 0, sizeof sums);
    books_begin(link->frame_count, link->ram_base_pfn);
    audit_records();
    audit_frames();
    audit_shadows();
    link->sums = sums;
}

_Noreturn void server_main(uint64_t argument)
{
    struct audit_link *link = link_page();

    (void)argument;
    for (;;) {
        const uint64_t wanted = __atomic_load_n(&link->wanted, __ATOMIC_ACQUIRE);

        if (wanted == link->done) {
            (void)sys_wait(SEPTUM_FOREVER);
            continue;
        }
        audit(link);
        __atomic_store_n(&link->done, wanted, __ATOMIC_RELEASE);
        sys_notify(AUDITOR_CAP_MANAGER);
    }
}
