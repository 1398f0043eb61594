/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A platform-level interrupt controller with the register map of QEMU's virt: for each hart i context 2 i (M mode,
 * kept but driving nothing) and 2 i + 1 (S mode, driving its external interrupt). [RISC-V PLIC 1.0]
 */
#pragma once

#include <septum/proto.h>
#include <stdbool.h>
#include <stdint.h>

#define PLIC_SOURCES        96u
#define PLIC_WORDS          3u
#define PLIC_CONTEXTS       (2u * GUEST_CPUS)
#define PLIC_BYTES          UINT64_C(0x600000)
#define PLIC_CONTEXT_OFFSET 0x200000u /* thresholds and claims */

struct plic {
    uint32_t cpus;
    uint32_t lines; /* bit i: hart i has an external interrupt */
    uint32_t priority[PLIC_SOURCES];
    uint32_t pending[PLIC_WORDS];
    uint32_t level[PLIC_WORDS];  /* what the sources drive */
    uint32_t served[PLIC_WORDS]; /* claimed, not completed: the gateway is closed */
    uint32_t enable[PLIC_CONTEXTS][PLIC_WORDS];
    uint32_t threshold[PLIC_CONTEXTS];
};

void plic_reset(struct plic *p, uint32_t cpus);

/* The 32-bit register at the offset, a multiple of 4 below PLIC_BYTES. Reading a claim register claims. */
uint32_t plic_read(struct plic *p, uint64_t offset);
void plic_write(struct plic *p, uint64_t offset, uint32_t value);

/* A register below PLIC_CONTEXT_OFFSET: reading it changes nothing, so it needs no lock. */
static inline uint32_t plic_peek(struct plic *p, uint64_t offset)
{
    if (offset / 4u < PLIC_SOURCES)
        return __atomic_load_n(&p->priority[offset / 4u], __ATOMIC_RELAXED);
    return plic_read(p, offset);
}

/* Source 1 .. PLIC_SOURCES - 1 drives its line. */
void plic_level(struct plic *p, uint32_t source, bool level);
