/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The PLIC against a second one, written as plainly as can be: one flag for each source and context. */
#include "input.h"
#include "plic.h"

#include <stdbool.h>
#include <string.h>

#define CPUS     2u
#define CONTEXTS (2u * CPUS)

static struct {
    uint32_t priority[PLIC_SOURCES];
    uint32_t threshold[CONTEXTS];
    bool enable[CONTEXTS][PLIC_SOURCES];
    bool level[PLIC_SOURCES];
    bool pending[PLIC_SOURCES];
    bool served[PLIC_SOURCES];
} model;

static uint32_t model_best(uint32_t context)
{
    uint32_t best = 0;

    for (uint32_t s = 1; s < PLIC_SOURCES; s++) {
        if (model.pending[s] && model.enable[context][s] && model.priority[s] > 0 &&
            (best == 0 || model.priority[s] > model.priority[best]))
            best = s;
    }
    return best;
}

static void model_gateway(uint32_t source)
{
    if (model.level[source] && !model.served[source])
        model.pending[source] = true;
}

static void check_lines(const struct plic *p)
{
    for (uint32_t i = 0; i < CPUS; i++) {
        uint32_t best = model_best(2 * i + 1);
        bool line = best != 0 && model.priority[best] > model.threshold[2 * i + 1];

        DEMAND((p->lines >> i & 1u) == (line ? 1u : 0u));
    }
    DEMAND(p->lines >> CPUS == 0);
    for (uint32_t s = 1; s < PLIC_SOURCES; s++)
        DEMAND((p->pending[s / 32] >> s % 32 & 1u) == (model.pending[s] ? 1u : 0u));
}

static void do_level(struct plic *p, uint32_t source, bool level)
{
    plic_level(p, source, level);
    model.level[source] = level;
    model_gateway(source);
}

static void do_claim(struct plic *p, uint32_t context)
{
    uint32_t best = model_best(context);

    DEMAND(plic_read(p, 0x200004u + 0x1000u * context) == best);
    if (best != 0) {
        model.pending[best] = false;
        model.served[best] = true;
    }
}

static void do_complete(struct plic *p, uint32_t context, uint32_t source)
{
    plic_write(p, 0x200004u + 0x1000u * context, source);
    if (model.enable[context][source]) {
        model.served[source] = false;
        model_gateway(source);
    }
}

static void do_enable(struct plic *p, uint32_t context, uint32_t word, uint32_t bits)
{
    plic_write(p, 0x2000u + 0x80u * context + 4u * word, bits);
    for (uint32_t b = 0; b < 32; b++)
        model.enable[context][32 * word + b] = (bits >> b & 1u) != 0 && 32 * word + b != 0;
}

static void step(struct plic *p, struct input *in)
{
    uint32_t what = (uint32_t)input_take(in, 1);
    uint32_t context = what >> 4 & (CONTEXTS - 1);
    uint32_t source = 1 + (uint32_t)input_take(in, 1) % (PLIC_SOURCES - 1);

    switch (what & 7u) {
    case 0:
    case 1:
        do_level(p, source, (what & 8u) != 0);
        break;
    case 2:
        do_claim(p, context);
        break;
    case 3:
        do_complete(p, context, source);
        break;
    case 4:
        do_enable(p, context, source % PLIC_WORDS, (uint32_t)input_take(in, 4));
        break;
    case 5:
        model.priority[source] = (uint32_t)input_take(in, 1) & 7u;
        plic_write(p, 4 * source, model.priority[source] | 0x100u);
        break;
    case 6:
        model.threshold[context] = source & 7u;
        plic_write(p, 0x200000u + 0x1000u * context, model.threshold[context]);
        break;
    default: /* registers that are not there change nothing */
        plic_write(p, 0x200000u + 0x1000u * (CONTEXTS + source), UINT32_MAX);
        plic_write(p, 0x1000u + 4u * (source % 64u), UINT32_MAX);
        (void)plic_read(p, (uint32_t)input_take(in, 3) % 0x200000u & ~3u);
        break;
    }
    check_lines(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct plic p;
    struct input in = {data, size};

    memset(&model, 0, sizeof model);
    plic_reset(&p, CPUS);
    while (in.left > 0)
        step(&p, &in);
    return 0;
}
