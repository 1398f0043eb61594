/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Any bytes as the device tree. What is accepted must be sound in itself. */
#include "board.h"
#include "check.h"

#include <string.h>

static void demand_sorted(const struct ranges *s)
{
    DEMAND(s->count <= RANGES);
    for (uint64_t i = 0; i < s->count; i++) {
        DEMAND(s->r[i].first < s->r[i].end);
        DEMAND(s->r[i].first % FRAME_BYTES == 0 && s->r[i].end % FRAME_BYTES == 0);
        DEMAND(i == 0 || s->r[i - 1].end < s->r[i].first);
    }
}

static void demand_harts(const struct machine *m)
{
    DEMAND(m->hart_count > 0 && m->hart_count <= HARTS && m->boot_hart < m->hart_count);
    DEMAND(m->hartid[m->boot_hart] == 0 && m->timebase != 0 && (m->features & (BOOT_HAS_H | BOOT_HAS_SV48)) != 0);
    for (uint64_t i = 0; i < m->hart_count; i++)
        for (uint64_t k = 0; k < i; k++)
            DEMAND(m->hartid[i] != m->hartid[k]);
    DEMAND(memchr(m->isa, '\0', sizeof m->isa) != NULL);
}

static void demand_windows(const struct machine *m)
{
    DEMAND(m->window_count <= WINDOWS);
    for (uint64_t i = 0; i < m->window_count; i++) {
        const struct boot_window *w = &m->window[i];
        DEMAND(w->base % FRAME_BYTES == 0 && w->irq < IRQS && w->irq <= m->plic_sources);
        DEMAND(!ranges_touch(&m->banks, w->base, w->base + FRAME_BYTES));
        DEMAND(w->base + FRAME_BYTES <= m->plic_base || w->base >= m->plic_base + m->plic_bytes);
        for (uint64_t k = 0; k < i; k++)
            DEMAND(w->base != m->window[k].base && (w->irq == 0 || w->irq != m->window[k].irq));
    }
}

static void demand_memory(const struct machine *m)
{
    demand_sorted(&m->banks);
    demand_sorted(&m->usable);
    DEMAND(m->ram_base % 0x200000 == 0 && m->frame_count > 0 && m->frame_count <= FRAMES);
    uint64_t end = m->ram_base + m->frame_count * FRAME_BYTES;
    for (uint64_t i = 0; i < m->usable.count; i++) {
        DEMAND(m->usable.r[i].first >= m->ram_base && m->usable.r[i].end <= end);
        DEMAND(ranges_hold(&m->banks, m->usable.r[i].first, m->usable.r[i].end));
    }
    if (m->initrd_first != m->initrd_end)
        DEMAND(ranges_hold(&m->usable, m->initrd_first, round_up(m->initrd_end, FRAME_BYTES)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct machine m;
    uint8_t *tree = malloc(bytes + 1); /* aligned, as the loader's copy is, and its end watched */
    DEMAND(tree != NULL);
    memcpy(tree, data, bytes);
    struct fault f = machine_read(&m, tree, bytes, 0);
    free(tree);
    DEMAND(f.error < LDR_ERRORS);
    if (f.error == LDR_OK) {
        demand_memory(&m);
        demand_harts(&m);
        demand_windows(&m);
    } else {
        said[0] = '\0';
        fault_say(f);
    }
    return 0;
}
