/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Guests that come and go at run time: one that the bundle describes is created of another size; one that a file of the
 * shared directory describes comes into a room. Both are destroyed.
 */
#include "bundle.h"
#include "copy.h"
#include "device.h"
#include "fetch.h"
#include "room.h"

#include <lib/text.h>

#include <string.h>

#define MIB_BYTES UINT64_C(0x100000)
#define MIB_UNIT  2u /* memory comes in leaves of 2 MiB */
#define WHY_BYTES 300u

/* 0 is as described. */
static bool size_is_good(uint32_t memory_mib, uint32_t cpus, char *why, size_t why_bytes)
{
    const uint64_t most = (uint64_t)FRAMES * FRAME_BYTES / MIB_BYTES;

    if (memory_mib % MIB_UNIT != 0 || memory_mib > most)
        text_format(why, why_bytes, "memory-mib=%u is not an even number from %u to %lu", memory_mib, MIB_UNIT, most);
    else if (cpus > GUEST_CPUS)
        text_format(why, why_bytes, "cpus=%u is not a number from 1 to %u", cpus, GUEST_CPUS);
    else
        return true;
    return false;
}

static struct bundle_guest sized_as(const struct bundle_guest *described, uint32_t memory_mib, uint32_t cpus)
{
    struct bundle_guest sized = *described;

    if (memory_mib != 0)
        sized.memory_bytes = memory_mib * MIB_BYTES;
    if (cpus != 0)
        sized.cpus = cpus;
    return sized;
}

static void size_forget(struct guest *g)
{
    g->sized = g->source->guest[g->source_index];
}

void guest_describe(struct guest *g, const struct bundle *source, uint32_t index)
{
    g->source = source;
    g->source_index = index;
    g->about = &g->sized;
    size_forget(g);
}

/* where: the room that it came into; NULL: it is described. */
static bool begin(struct guest *g, const char *where)
{
    const uint32_t cpus = g->about->cpus;

    say("guest '%s' is created%s%s%s: %lu MiB, %u CPU%s", g->about->name, where == NULL ? "" : " in room '",
        where == NULL ? "" : where, where == NULL ? "" : "'", g->about->memory_bytes / MIB_BYTES, cpus,
        cpus == 1 ? "" : "s");
    guest_begin(g);
    return g->phase == PHASE_BUILD;
}

bool guest_is_in_room(const struct guest *g)
{
    return g->copy != NULL;
}

bool guest_create(struct guest *g, uint32_t memory_mib, uint32_t cpus)
{
    char why[WHY_BYTES];
    struct bundle_guest sized;

    if (g->phase != PHASE_OFF) {
        say("guest '%s' is not created: it %s", g->about->name,
            g->phase == PHASE_END ? "is ending, try again" : "is there already; 'destroy' ends it");
        return false;
    }
    sized = sized_as(&g->source->guest[g->source_index], memory_mib, cpus);
    if (!size_is_good(memory_mib, cpus, why, sizeof why) ||
        (guest_is_in_room(g) && !room_fits(bundle, g->index, g->source, &sized, why, sizeof why))) {
        say("guest '%s' is not created: %s", g->about->name, why);
        return false;
    }
    g->sized = sized;
    return begin(g, NULL);
}

void guest_create_from(const struct link_command *c)
{
    struct fetch_order order = {.memory_mib = c->memory_mib, .cpus = c->cpus, .ticket = c->ticket};
    char why[WHY_BYTES];

    memcpy(order.path, c->file, sizeof order.path - 1);
    if (size_is_good(c->memory_mib, c->cpus, why, sizeof why) && fetch_begin(&order, why, sizeof why)) {
        if (c->ticket == 0)
            say("'%s' is being read", order.path);
        return;
    }
    say_begins(c->ticket);
    say("no guest is created from '%s': %s", order.path, why);
    say_ends(c->ticket, false);
}

/* Nobody who is there is disturbed by it; its disks neither disturb each other. */
static bool stands_apart(const struct bundle *file, char *why, size_t why_bytes)
{
    for (uint32_t i = 0; i < guest_count; i++) {
        if (guest[i].source != NULL && !room_apart(file, guest[i].source, guest[i].source_index, why, why_bytes))
            return false;
    }
    return room_apart(file, file, 0, why, why_bytes);
}

/* The first empty room that it fits; NULL: there is none, and of the last one *why says why not. */
static struct guest *room_choose(const struct bundle *file, const struct bundle_guest *sized, char *why,
                                 size_t why_bytes)
{
    static const char full[] = "no room is empty: destroy a guest that came at run time, or describe more rooms";

    memcpy(why, full, sizeof full);
    for (uint32_t i = 0; i < guest_count; i++) {
        if (guest[i].source == NULL && room_fits(bundle, i, file, sized, why, why_bytes))
            return &guest[i];
    }
    return NULL;
}

static void name_show(const struct guest *g)
{
    if (link_page == NULL)
        return;
    memcpy(link_page->name[g->index], g->sized.name, BUNDLE_NAME_BYTES);
    console_wake();
}

struct guest *room_fill(struct copy *copy, uint32_t memory_mib, uint32_t cpus, char *why, size_t why_bytes)
{
    const struct bundle *file = copy_bundle(copy);
    const struct bundle_guest sized = sized_as(&file->guest[0], memory_mib, cpus);
    struct guest *g = room_choose(file, &sized, why, why_bytes);

    if (g == NULL || !stands_apart(file, why, why_bytes))
        return NULL;
    guest_describe(g, file, 0);
    if (!devices_take(g)) {
        static const char many[] = "a device server has no number free for one of its devices: destroy another guest";

        memcpy(why, many, sizeof many);
        devices_forget(g);
        g->source = NULL;
        return NULL;
    }
    g->sized = sized;
    g->copy = copy;
    g->starts = 0;
    name_show(g);
    return g;
}

bool room_start(struct guest *g)
{
    return begin(g, bundle->guest[g->index].name);
}

bool room_empty(struct guest *g)
{
    if (!copy_drop(g->copy))
        return false;
    devices_forget(g);
    g->copy = NULL;
    g->source = NULL;
    g->leaves = false;
    memset(&g->sized, 0, sizeof g->sized);
    name_show(g);
    return true;
}

/* One in a room goes for good, on or off. Of another the end needs nothing of its size, which can be forgotten at once. */
bool guest_destroy(struct guest *g)
{
    bool was_on;

    if (guest_is_in_room(g) && g->phase == PHASE_OFF) {
        say("guest '%s' is destroyed", g->about->name);
        guest_end(g, GUEST_OFF, false);
        was_on = true;
    } else {
        was_on = guest_stop(g, "destroyed");
    }
    if (!guest_is_in_room(g)) {
        size_forget(g);
    } else {
        g->leaves = true;
        if (g->phase == PHASE_OFF) /* it waited to be started again */
            guest_end(g, GUEST_OFF, false);
    }
    return was_on;
}
