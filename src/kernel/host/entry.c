/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What src/kernel/hart/entry.S does, for the fake machine: save, call the C half, load what it chose. */
#include <assert.h>
#include <string.h>

#include <kernel/main.h>

#include "host.h"

#define SP 2
#define TP 4

static uint64_t resume(uint64_t h, uint64_t what)
{
    struct host_hart *here = &host_hart[h];
    uint64_t t = hart[h].current;

    assert(host_locked == 0);
    if (what == RESUME_IDLE) {
        assert(t == NO_THREAD && here->space == DOMAINS && here->shadow == NO_FRAME);
        here->mode = HOST_IDLE;
        return what;
    }
    assert(t < THREADS && here->context == t && here->space == thread[t].domain % NAME_SLOTS);
    assert(here->root == dom[here->space].root && domain_live(thread[t].domain));
    if (what == RESUME_GUEST) {
        assert(here->vector == HOST_VECTOR_GUEST && here->page == vcpu[t].page && running_look(h) == t);
        assert(domain_live(vcpu[t].guest) && info[here->page].kind == FRAME_VCPU);
        if (shadow[t].on)
            assert(here->shadow < frame_count && info[here->shadow].at_owner == t);
        else
            assert(here->hgatp % HGATP_VMID == ram_base_pfn + dom[vcpu[t].guest % NAME_SLOTS].root);
        memcpy(here->x, ram[here->page].word, sizeof(here->x));
        here->mode = HOST_IN_GUEST;
    } else if (what == RESUME_SERVER) {
        memcpy(here->x, &context[t], sizeof(here->x));
        here->mode = HOST_IN_SERVER;
    } else {
        here->x[0] = context[t].pc;
        memcpy(&here->x[SP], &context[t].x[SP - 1], (TP - SP + 1) * sizeof(here->x[0]));
        here->x[1 + REG_A0] = what - RESUME_EXIT;
        here->mode = HOST_IN_SERVER;
    }
    /* A shadow root is for its own guest only. */
    assert(here->shadow == NO_FRAME || (here->mode == HOST_IN_GUEST && shadow[t].on));
    assert(here->mode == HOST_IN_GUEST || (here->vector == HOST_VECTOR_SERVER && running_look(h) == NO_THREAD));
    here->sepc = here->x[0];
    return what;
}

uint64_t host_start(uint64_t h)
{
    host_self = (uint32_t)h;
    return resume(h, h == boot.boot_hart ? main_first() : main_second(h));
}

static uint64_t run(uint64_t h)
{
    struct context *to = &context[host_hart[h].context];

    to->pc = host_hart[h].sepc + 4;
    memcpy(&to->x[SP - 1], &host_hart[h].x[SP], (TP - SP + 1) * sizeof(to->x[0]));
    return trap_run(h, host_hart[h].x[1 + REG_A0]);
}

static int kept_by_c(uint32_t reg) { return reg == 3 || reg == 8 || reg == 9 || (reg >= 18 && reg <= 27); }

/* A virtual instruction: pc and what C keeps are not on the page yet, and are not loaded if that was all. */
static uint64_t virtual(uint64_t h)
{
    struct host_hart *here = &host_hart[h];
    uint64_t *word = ram[here->page].word;
    uint64_t old[32];

    memcpy(old, here->x, sizeof(old));
    for (uint32_t i = 1; i < 32; i++) {
        if (!kept_by_c(i))
            word[i] = old[i];
    }
    if (trap_virtual(h) != RESUME_GUEST)
        return RESUME_SERVER;
    resume(h, RESUME_GUEST);
    for (uint32_t i = 1; i < 32; i++) {
        if (kept_by_c(i))
            here->x[i] = old[i];
    }
    return RESUME_GUEST;
}

uint64_t host_trap(uint64_t h, uint64_t cause)
{
    struct host_hart *here = &host_hart[h];

    host_self = (uint32_t)h;
    here->scause = cause;
    here->x[0] = here->sepc;
    if (here->mode == HOST_IDLE)
        return resume(h, trap_idle(h));
    if (here->mode == HOST_IN_GUEST) {
        if (cause == CAUSE_VIRTUAL && virtual(h) == RESUME_GUEST)
            return RESUME_GUEST;
        memcpy(ram[here->page].word, here->x, sizeof(here->x));
        return resume(h, trap_guest(h, cause));
    }
    if (cause == CAUSE_ECALL_U && here->x[1 + REG_A7] == SEPTUM_VCPU_RUN)
        return resume(h, run(h));
    memcpy(&context[here->context], here->x, sizeof(here->x));
    return resume(h, trap_server(h));
}
