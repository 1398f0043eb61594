/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "plic.h"

#define PRIORITY_BITS  7u
#define PENDING_OFFSET 0x1000u
#define ENABLE_OFFSET  0x2000u
#define ENABLE_STRIDE  0x80u
#define CONTEXT_STRIDE 0x1000u

void plic_reset(struct plic *p, uint32_t cpus)
{
    *p = (struct plic){.cpus = cpus};
}

/* The source a context would claim now, above the given priority; 0: none. The lowest number wins a tie. */
static uint32_t plic_best(const struct plic *p, uint32_t context, uint32_t above)
{
    uint32_t best = 0;

    for (uint32_t w = 0; w < PLIC_WORDS; w++) {
        uint32_t left = p->pending[w] & p->enable[context][w];

        for (uint32_t source = 32u * w; left != 0; source++, left >>= 1) {
            if ((left & 1u) != 0 && p->priority[source] > above) {
                above = p->priority[source];
                best = source;
            }
        }
    }
    return best;
}

/* Kept out of the register accesses, so that those need no registers saved. */
static __attribute__((noinline)) void plic_find_lines(struct plic *p)
{
    uint32_t lines = 0;

    for (uint32_t i = 0; i < p->cpus; i++) {
        uint32_t context = 2u * i + 1u;

        if (plic_best(p, context, p->threshold[context]) != 0)
            lines |= 1u << i;
    }
    p->lines = lines;
}

static void plic_update(struct plic *p)
{
    if ((p->pending[0] | p->pending[1] | p->pending[2]) == 0)
        p->lines = 0;
    else
        plic_find_lines(p);
}

/* The gateway of a level-triggered source lets a request through unless one is pending or being served. */
static void plic_gateway(struct plic *p, uint32_t source)
{
    uint32_t w = source / 32u;
    uint32_t bit = 1u << source % 32u;

    if ((p->level[w] & bit) != 0 && (p->served[w] & bit) == 0)
        p->pending[w] |= bit;
}

void plic_level(struct plic *p, uint32_t source, bool level)
{
    uint32_t w = source / 32u;
    uint32_t bit = 1u << source % 32u;

    if (source == 0 || source >= PLIC_SOURCES || ((p->level[w] & bit) != 0) == level)
        return;
    p->level[w] ^= bit;
    if (level) {
        plic_gateway(p, source);
        plic_update(p);
    }
}

static __attribute__((noinline)) uint32_t plic_claim(struct plic *p, uint32_t context)
{
    uint32_t source = plic_best(p, context, 0);

    if (source != 0) {
        p->pending[source / 32u] &= ~(1u << source % 32u);
        p->served[source / 32u] |= 1u << source % 32u;
        plic_update(p);
    }
    return source;
}

/* A completion counts only for a source that is enabled for the context. */
static __attribute__((noinline)) void plic_complete(struct plic *p, uint32_t context, uint32_t source)
{
    uint32_t bit = 1u << source % 32u;

    if (source >= PLIC_SOURCES || (p->enable[context][source / 32u] & bit) == 0)
        return;
    p->served[source / 32u] &= ~bit;
    plic_gateway(p, source);
    plic_update(p);
}

uint32_t plic_read(struct plic *p, uint64_t offset)
{
    uint64_t at = offset / 4u;
    uint64_t context;

    if (offset < PENDING_OFFSET)
        return at < PLIC_SOURCES ? p->priority[at] : 0;
    if (offset < ENABLE_OFFSET) {
        at -= PENDING_OFFSET / 4u;
        return at < PLIC_WORDS ? p->pending[at] : 0;
    }
    if (offset < PLIC_CONTEXT_OFFSET) {
        context = (offset - ENABLE_OFFSET) / ENABLE_STRIDE;
        at = (offset - ENABLE_OFFSET) % ENABLE_STRIDE / 4u;
        return context < 2u * p->cpus && at < PLIC_WORDS ? p->enable[context][at] : 0;
    }
    context = (offset - PLIC_CONTEXT_OFFSET) / CONTEXT_STRIDE;
    at = (offset - PLIC_CONTEXT_OFFSET) % CONTEXT_STRIDE;
    if (context >= 2u * p->cpus || at > 4)
        return 0;
    return at == 0 ? p->threshold[context] : plic_claim(p, (uint32_t)context);
}

/* Threshold and completion. */
static void plic_write_context(struct plic *p, uint64_t offset, uint32_t value)
{
    uint64_t context = offset / CONTEXT_STRIDE;
    uint64_t at = offset % CONTEXT_STRIDE;

    if (context >= 2u * p->cpus || at > 4)
        return;
    if (at == 4) {
        plic_complete(p, (uint32_t)context, value);
        return;
    }
    p->threshold[context] = value & PRIORITY_BITS;
    plic_update(p);
}

static void plic_write_enable(struct plic *p, uint64_t offset, uint32_t value)
{
    uint64_t context = offset / ENABLE_STRIDE;
    uint64_t at = offset % ENABLE_STRIDE / 4u;

    if (context >= 2u * p->cpus || at >= PLIC_WORDS)
        return;
    p->enable[context][at] = at == 0 ? value & ~1u : value; /* there is no source 0 */
    plic_update(p);
}

void plic_write(struct plic *p, uint64_t offset, uint32_t value)
{
    uint64_t at = offset / 4u;

    if (offset >= PLIC_CONTEXT_OFFSET) {
        plic_write_context(p, offset - PLIC_CONTEXT_OFFSET, value);
    } else if (offset >= ENABLE_OFFSET) {
        plic_write_enable(p, offset - ENABLE_OFFSET, value);
    } else if (at != 0 && at < PLIC_SOURCES) {
        p->priority[at] = value & PRIORITY_BITS;
        plic_update(p);
    }
}
