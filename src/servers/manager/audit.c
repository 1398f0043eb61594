/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The auditor, and what it finds. It has the one capability that nobody else of the servers has, CAP_AUDIT; it is believed
 * in nothing but what is shown of it: a report of its own making.
 */
#include "balloon.h"

#include <septum/audit.h>

#include <string.h>

#define AUDITOR_PRIORITY  5
#define AUDITOR_BUDGET_US 2000 /* an audit is long: guests of its hart go on */
#define AUDITOR_PERIOD_US 10000
#define SECOND_US         1000000

static struct {
    uint64_t domain_cap;
    uint64_t thread_cap; /* NO_CAP: there is none, or none any more */
    uint64_t bell_cap;
    uint64_t link_frame;
    uint64_t due;   /* of the next that nobody asks for; SEPTUM_FOREVER: never */
    uint64_t began; /* the one that is under way */
    bool busy;
    uint32_t ticket; /* of who asked */
    struct estate estate;
} auditor;

static struct audit_link *audit_page(void)
{
    return (struct audit_link *)(uintptr_t)SELF_VA_AUDIT_LINK;
}

static bool link_make(const struct place *place)
{
    const struct place self = {CAP_SELF, &self_estate};

    if (!estate_take(&self_estate, 1, 1, &auditor.link_frame) ||
        !place_map(&self, SELF_VA_AUDIT_LINK, auditor.link_frame, 0, MAP_READ | MAP_WRITE))
        return false;
    memset(audit_page(), 0, sizeof *audit_page());
    audit_page()->frame_count = boot_info()->frame_count;
    audit_page()->ram_base_pfn = boot_info()->ram_base / FRAME_BYTES;
    return place_lend(place, "lending the auditor's link", CAP_SELF, AUDIT_VA_LINK, auditor.link_frame, 1);
}

static bool authority_give(void)
{
    const uint64_t to = auditor.domain_cap;

    return !refused("granting the auditor the books",
                    sys_cap_grant(to, AUDITOR_CAP_BOOKS, BOOT_CAP_AUDIT, CAP_RIGHTS, 0)) &&
           !refused("granting the manager's bell",
                    sys_cap_grant(to, AUDITOR_CAP_MANAGER, BOOT_CAP_THREAD, CAP_NOTIFY, MANAGER_BIT_AUDIT)) &&
           cap_take(&auditor.bell_cap) &&
           !refused("making the auditor's bell",
                    sys_cap_grant(CAP_SELF, auditor.bell_cap, auditor.thread_cap, CAP_NOTIFY, AUDITOR_BIT_LINK));
}

static bool auditor_build(void)
{
    const struct time_share share = {AUDITOR_PRIORITY, AUDITOR_BUDGET_US, AUDITOR_PERIOD_US};
    struct place place = {NO_CAP, &auditor.estate};
    uint64_t entry;
    const bool made = place_server(&place, "creating the auditor's domain", "auditor", &entry, NULL);

    auditor.domain_cap = place.domain;
    return made && link_make(&place) && cap_take(&auditor.thread_cap) &&
           thread_make(auditor.domain_cap, auditor.thread_cap, boot_info()->hart_count - 1, &share) &&
           authority_give() &&
           !refused("starting the auditor", sys_thread_start(auditor.thread_cap, entry, SERVER_VA_STACK, 0)) &&
           cap_seal(&auditor.thread_cap) && cap_seal(&auditor.domain_cap);
}

static void due_set(void)
{
    const uint64_t seconds = bundle->audit_seconds;

    auditor.due = seconds == 0 || auditor.thread_cap == NO_CAP ? SEPTUM_FOREVER : sys_time() + ticks(seconds * SECOND_US);
}

void auditor_begin(void)
{
    if ((bundle->flags & BUNDLE_AUDITOR) != 0 && !auditor_build()) {
        say("the auditor cannot be built: %s: %s (%ld); there are no audits", trouble.step, status_text(trouble.status),
            trouble.status);
        cap_free(&auditor.thread_cap);
    }
    due_set();
}

static void audit_start(uint32_t ticket)
{
    auditor.busy = true;
    auditor.ticket = ticket;
    auditor.began = sys_time();
    __atomic_store_n(&audit_page()->wanted, audit_page()->wanted + 1, __ATOMIC_RELEASE);
    sys_notify(auditor.bell_cap);
}

void audit_ask(uint32_t ticket)
{
    if (auditor.thread_cap != NO_CAP && !auditor.busy) {
        audit_start(ticket);
        return;
    }
    say_begins(ticket);
    if (auditor.thread_cap == NO_CAP)
        say("audit: there is no auditor: write auditor { }; in the root node of '%s'", bundle->description);
    else
        say("audit: one is under way: try again");
    say_ends(ticket, false);
}

/* The invariants by the names of spec/invariants.md. */
static const char *invariant_text(uint32_t number)
{
    static const char *const text[] = {
        [1] = "Sizes",     [2] = "DomainSlots", [3] = "LeafRange",   [4] = "LeafPlace",    [5] = "LeafFlags",
        [6] = "PointerPlace", [7] = "KernelHalf", [8] = "RootShape", [9] = "PadZero",      [10] = "TwoSides",
        [11] = "Roots",    [12] = "Past",       [13] = "WindowPast", [14] = "WindowPages", [15] = "WindowsDistinct",
        [30] = "Contexts", [31] = "ShadowInv",
    };

    return number < sizeof text / sizeof text[0] && text[number] != NULL ? text[number] : "?";
}

/* Whose domain that is, by a frame that it owns. */
static const char *domain_text(uint32_t domain, const char **name)
{
    *name = "";
    for (uint32_t i = 0; i < guest_count; i++) {
        const struct guest *g = &guest[i];

        if (g->phase != PHASE_LIVE)
            continue;
        *name = g->about->name;
        if (sys_frame_info(BOOT_CAP_AUDIT, balloon_is_there(g) ? g->guest_tables : g->ram[0].first).owner == domain)
            return "guest ";
        if (sys_frame_info(BOOT_CAP_AUDIT, g->ring).owner == domain)
            return "the monitor of ";
    }
    *name = "";
    return "no guest";
}

static void finding_say(const struct audit_finding *f)
{
    const char *name;
    const char *whose = domain_text(f->domain, &name);

    if (f->frame == AUDIT_NOWHERE)
        say("INV-%u %s: record %lu; domain %u, %s%s", f->invariant, invariant_text(f->invariant), f->entry, f->domain,
            whose, name);
    else if (f->entry == FRAME_WORDS)
        say("INV-%u %s: frame %lu of kind %lu; domain %u, %s%s", f->invariant, invariant_text(f->invariant), f->frame,
            f->word, f->domain, whose, name);
    else
        say("INV-%u %s: frame %lu entry %lu is 0x%lx; domain %u, %s%s", f->invariant, invariant_text(f->invariant),
            f->frame, f->entry, f->word, f->domain, whose, name);
}

/* As data, for the console: before it is said, so that who reads the last word finds it there. */
static void audit_write(const struct audit_link *link)
{
    struct link_audit *audit = &link_page->audit;

    audit->found = link->found;
    audit->shown = link->found < LINK_FINDINGS ? (uint32_t)link->found : LINK_FINDINGS;
    audit->milliseconds = (sys_time() - auditor.began) / ticks(SECOND_US / 1000);
    audit->sums = link->sums;
    memcpy(audit->finding, link->finding, sizeof audit->finding);
    audit->count++;
}

static void sums_say(void)
{
    const struct audit_sums sums = link_page->audit.sums;

    say("audit: %lu frames, %lu tables with %lu leaves, %lu shadow leaves, %lu device contexts in %lu ms; %lu read again, "
        "%lu never at rest",
        sums.frames, sums.tables, sums.leaves, sums.shadows, sums.contexts,
        link_page->audit.milliseconds, sums.again, sums.given_up);
}

/* True if all holds. */
static bool audit_tell(const struct audit_link *link)
{
    const uint64_t found = link->found;

    audit_write(link);
    for (uint64_t i = 0; i < found && i < AUDIT_FINDINGS; i++) {
        const struct audit_finding f = link->finding[i];

        finding_say(&f);
    }
    if (found > AUDIT_FINDINGS)
        say("audit: %lu more are not shown", found - AUDIT_FINDINGS);
    sums_say();
    if (found == 0)
        say("audit: every invariant holds");
    else
        say("audit: VIOLATED in %lu places: guests may no longer be kept apart", found);
    return found == 0;
}

void audit_news(void)
{
    const struct audit_link *link = audit_page();

    if (!auditor.busy || __atomic_load_n(&link->done, __ATOMIC_ACQUIRE) != link->wanted)
        return;
    auditor.busy = false;
    say_begins(auditor.ticket);
    say_ends(auditor.ticket, audit_tell(link));
    due_set();
}

void audit_faults(void)
{
    const uint32_t ticket = auditor.busy ? auditor.ticket : 0;
    struct sys_thread_info info;

    if (auditor.thread_cap == NO_CAP)
        return;
    info = sys_thread_info(auditor.thread_cap);
    if (info.status != SEPTUM_OK || info.state != THREAD_FAULTED)
        return;
    say_begins(ticket);
    say("the auditor faulted: cause %lu at pc 0x%lx, address 0x%lx; there are no audits any more", info.cause, info.pc,
        info.stval);
    say_ends(ticket, false);
    cap_free(&auditor.thread_cap);
    auditor.busy = false;
    due_set();
}

uint64_t audit_work(void)
{
    if (sys_time() < auditor.due || auditor.busy)
        return auditor.due > sys_time() ? auditor.due : SEPTUM_FOREVER;
    audit_start(0);
    auditor.due = SEPTUM_FOREVER;
    return SEPTUM_FOREVER;
}
