/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Guests that come and go at run time: one that is described is created of another size, and destroyed. */
#include "manager.h"

#define MIB_BYTES UINT64_C(0x100000)
#define MIB_UNIT  2u /* memory comes in leaves of 2 MiB */

static bool size_is_good(const struct guest *g, uint32_t memory_mib, uint32_t cpus)
{
    const uint64_t most = (uint64_t)FRAMES * FRAME_BYTES / MIB_BYTES;

    if (memory_mib == 0 || memory_mib % MIB_UNIT != 0 || memory_mib > most) {
        say("guest '%s' is not created: memory-mib=%u is not an even number from %u to %lu", g->about->name, memory_mib,
            MIB_UNIT, most);
        return false;
    }
    if (cpus == 0 || cpus > GUEST_CPUS) {
        say("guest '%s' is not created: cpus=%u is not a number from 1 to %u", g->about->name, cpus, GUEST_CPUS);
        return false;
    }
    return true;
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

bool guest_create(struct guest *g, uint32_t memory_mib, uint32_t cpus)
{
    const struct bundle_guest *described = &g->source->guest[g->source_index];

    if (g->phase != PHASE_OFF) {
        say("guest '%s' is not created: it %s", g->about->name,
            g->phase == PHASE_END ? "is ending, try again" : "is there already; 'destroy' ends it");
        return false;
    }
    if (memory_mib == 0)
        memory_mib = (uint32_t)(described->memory_bytes / MIB_BYTES);
    if (cpus == 0)
        cpus = described->cpus;
    if (!size_is_good(g, memory_mib, cpus))
        return false;
    size_forget(g);
    g->sized.memory_bytes = memory_mib * MIB_BYTES;
    g->sized.cpus = cpus;
    say("guest '%s' is created: %u MiB, %u CPU%s", g->about->name, memory_mib, cpus, cpus == 1 ? "" : "s");
    guest_begin(g);
    return g->phase == PHASE_BUILD;
}

/* Its end needs nothing of its size: that can be forgotten before all is back. */
bool guest_destroy(struct guest *g)
{
    const bool was_on = guest_stop(g, "destroyed");

    size_forget(g);
    return was_on;
}
