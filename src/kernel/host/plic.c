/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A small model of the PLIC, one context a hart, all priorities equal [plic 1.0.0]. */
#include <assert.h>
#include <string.h>

#include "host.h"

static struct {
    uint8_t line, pending, claimed; /* claimed: the gateway waits for the completion */
} source[IRQS];
static uint8_t enabled[HARTS][IRQS];

void host_plic_reset(void)
{
    memset(source, 0, sizeof(source));
    memset(enabled, 0, sizeof(enabled));
}

static void gateway(uint32_t n)
{
    if (source[n].line && !source[n].claimed)
        source[n].pending = 1;
}

void host_plic_line(uint32_t n, uint32_t level)
{
    assert(n > 0 && n < IRQS);
    source[n].line = level != 0;
    gateway(n);
}

int host_plic_enabled(uint32_t h, uint32_t n)
{
    assert(h < HARTS && n < IRQS);
    return enabled[h][n];
}

static uint32_t best(uint64_t h)
{
    for (uint32_t n = 1; n < IRQS; n++)
        if (source[n].pending && enabled[h][n])
            return n;
    return 0;
}

int host_plic_wants(uint32_t h) { return best(h) != 0; }

uint32_t plic_claim(uint64_t h)
{
    assert(h < HARTS);
    uint32_t n = best(h);

    if (n != 0) {
        source[n].pending = 0;
        source[n].claimed = 1;
    }
    return n;
}

/* Of a source that is not enabled for the context it is ignored [plic 1.0.0, 9]. */
void plic_complete(uint64_t h, uint32_t n)
{
    assert(h < HARTS && n < IRQS);
    if (enabled[h][n]) {
        source[n].claimed = 0;
        gateway(n);
    }
}

void plic_enable(uint64_t h, uint32_t n, uint32_t on)
{
    assert(h < HARTS && n > 0 && n < IRQS);
    enabled[h][n] = on != 0;
}
