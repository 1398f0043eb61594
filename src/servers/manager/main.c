/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The manager: the first server. It owns what the kernel does not keep, and builds the system out of it. */
#include "manager.h"

#include <lib/server.h>

#include "bundle.h"
#include "device.h"
#include "device_server.h"
#include "fetch.h"

#define BUSY_US    1000 /* a step that must be tried again is tried so much later */
#define MIB_FRAMES 256

static bool any_ran; /* a guest has been on */

static void memory_take(void)
{
    const struct bootinfo *boot = boot_info();

    for (uint64_t i = 0; i < boot->region_count && i < BOOT_REGIONS; i++) {
        if (!pool_give(&pool, boot->region[i].first, boot->region[i].count))
            say("memory: region %lu of the boot information cannot be used", i);
    }
}

/* The bundle is mapped as it lies in memory: 2 MiB leaves where all of the 2 MiB is its own, else 4 KiB ones. */
static void bundle_map(void)
{
    const struct bootinfo *boot = boot_info();
    const struct place self = {CAP_SELF, &self_estate};
    const uint64_t end = boot->bundle_first + boot->bundle_count;
    const uint64_t va = SELF_VA_BUNDLE + boot->bundle_first % CHUNK_FRAMES * FRAME_BYTES;

    for (uint64_t f = boot->bundle_first; f < end;) {
        bool large = f % CHUNK_FRAMES == 0 && end - f >= CHUNK_FRAMES;

        if (!place_map(&self, va + (f - boot->bundle_first) * FRAME_BYTES, f, large ? 1 : 0, MAP_READ))
            say_and_stop("bundle: frame %lu cannot be mapped: %s: %s (%ld)", f, trouble.step,
                         status_text(trouble.status), trouble.status);
        f += large ? CHUNK_FRAMES : 1;
    }
    bundle = (const struct bundle *)(uintptr_t)va;
}

static void bundle_take(void)
{
    const struct bootinfo *boot = boot_info();
    char why[300];

    if (boot->bundle_count == 0 || boot->bundle_bytes > boot->bundle_count * FRAME_BYTES)
        say_and_stop("bundle: there is none: give the machine a septum bundle as its initrd");
    bundle_map();
    if (!bundle_check(bundle, boot->bundle_bytes, why, sizeof why))
        say_and_stop("bundle: %s", why);
    guest_count = bundle->guest_count;
}

/* A policy that the theorem is not about would be a fault of this program's: nothing is built on it. */
static void policy_take(void)
{
    static const char *const name[] = {"", "control_in", "control_out", "system_controls", "wired_one and fitted_one"};
    enum policy_hypothesis fault;
    uint32_t a;
    uint32_t b;

    policy_of(&policy, bundle, boot_info()->window_count, console_uart());
    fault = policy_fault(&policy, &a, &b);
    if (fault != POLICY_HOLDS)
        say_and_stop("policy: what follows from '%s' does not satisfy %s (ASM-28) for the parties %u and %u, so that "
                     "nothing would keep them apart as proved: please report this as a fault of Septum's",
                     bundle->description, name[fault], a, b);
}

static void guests_begin(void)
{
    uint64_t hart = 0;
    uint32_t described = 0;

    for (uint32_t i = 0; i < guest_count; i++) {
        struct guest *g = &guest[i];

        g->about = &g->sized;
        if ((bundle->guest[i].devices & BUNDLE_GUEST_ROOM) == 0)
            guest_describe(g, bundle, i);
        described += g->source != NULL;
        g->index = i;
        g->hart = (uint32_t)(hart % boot_info()->hart_count);
        hart += bundle->guest[i].cpus;
    }
    if (!console_build())
        say_and_stop("the console cannot be built: %s: %s (%ld)", trouble.step, status_text(trouble.status),
                     trouble.status);
    world_find();
    devices_begin();
    auditor_begin();
    servers_name(link_page);
    say("%lu MiB free, %lu harts, %u guests from '%s'", pool.free / MIB_FRAMES, boot_info()->hart_count, described,
        bundle->description);
    if (described < guest_count)
        say("%u rooms for guests at run time", guest_count - described);
    if (boot_info()->iommu != 0)
        say("IOMMU: contexts for %u devices, %u assigned", DEVICES, physical_assigned());
    for (uint32_t i = 0; i < guest_count; i++) {
        if (guest[i].about->autostart != 0) {
            guest_begin(&guest[i]);
            any_ran = true;
        }
    }
}

static void off_if_all_are(void)
{
    for (uint32_t i = 0; i < guest_count; i++) {
        if (guest[i].phase != PHASE_OFF || guest[i].stopped)
            return;
    }
    if (any_ran && fetch_is_idle())
        machine_off("every guest is off");
}

/* When a slice that began then may be followed by another: guests that run get at least half of the hart. */
static uint64_t after(uint64_t begin, bool live)
{
    const uint64_t now = sys_time();

    return live ? now + (now - begin) : now;
}

/* A slice of work for the first guest that has some. Returns when to come back: a time, or SEPTUM_FOREVER. */
static uint64_t work(void)
{
    const uint64_t begin = sys_time();
    const uint64_t watch = physical_watch();
    const uint64_t audit = audit_work();
    uint64_t next = device_server_work();
    bool live = false;

    if (watch < next)
        next = watch;
    if (audit < next)
        next = audit;
    for (uint32_t i = 0; i < guest_count; i++)
        live = live || guest[i].phase == PHASE_LIVE;
    if (fetch_slice(&next))
        return after(begin, live);
    for (uint32_t i = 0; i < guest_count; i++) {
        struct guest *g = &guest[i];

        if (g->phase == PHASE_PAUSE && begin >= g->due)
            guest_begin(g);
        if (g->phase == PHASE_PAUSE && g->due < next)
            next = g->due;
        if (g->phase != PHASE_BUILD && g->phase != PHASE_END)
            continue;
        if (guest_slice(g))
            return after(begin, live);
        if (next > begin + ticks(BUSY_US))
            next = begin + ticks(BUSY_US);
    }
    off_if_all_are();
    return next;
}

_Noreturn void server_main(uint64_t argument)
{
    struct sys_message reply = {{argument, 0, 0, 0}};
    uint64_t flags = 0;
    uint64_t next;

    memory_take();
    bundle_take();
    policy_take();
    guests_begin();
    faults_serve(); /* what came while the manager waited for the pci server */
    commands_serve();
    device_server_news();
    next = sys_time();
    for (;;) {
        struct sys_event event = sys_reply_wait(&reply, next, flags);

        flags = 0;
        if (event.status == SEPTUM_OK) {
            reply = call_serve(event.badge, &event.message);
            flags = SEPTUM_REPLY;
            next = sys_time(); /* the call may have made work */
        } else if (event.status == SEPTUM_NOTIFIED) {
            if ((event.bits & SEPTUM_BIT_FAULT) != 0)
                faults_serve();
            if ((event.bits & MANAGER_BIT_CONSOLE) != 0)
                commands_serve();
            if ((event.bits & MANAGER_BIT_DEVICE) != 0)
                device_server_news();
            if ((event.bits & MANAGER_BIT_AUDIT) != 0)
                audit_news();
            next = sys_time();
        }
        if (flags == 0 || sys_time() >= next + ticks(BUSY_US))
            next = work();
    }
}
