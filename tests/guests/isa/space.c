/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Memory and page tables of the probes. */
#include "isa.h"

#define POOL_PAGES 96
#define AREA_BYTES UINT64_C(0x200000)
#define AREA_FIRST UINT64_C(0x80800000) /* behind the program, below the device tree in 32 MiB */
#define AREAS      4

static struct table pool[POOL_PAGES] __attribute__((aligned(4096)));
static struct table home __attribute__((aligned(4096)));
static unsigned pages_used, areas_used;
uint64_t home_satp;

uint64_t pte_of(const volatile void *p, uint64_t flags)
{
    return (uint64_t)p / PAGE << 10 | flags;
}

uint64_t satp_of(const struct table *top, uint64_t asid)
{
    return UINT64_C(8) << 60 | asid << 44 | (uint64_t)top / PAGE;
}

struct table *table_new(void)
{
    struct table *t = &pool[pages_used];

    if (pages_used++ == POOL_PAGES) {
        say("out of pages\n");
        sbi_shutdown();
    }
    for (unsigned i = 0; i < PTES; i++)
        t->pte[i] = 0;
    return t;
}

struct table *page_new(void)
{
    return table_new();
}

void *area_new(void)
{
    if (areas_used == AREAS) {
        say("out of areas\n");
        sbi_shutdown();
    }
    return (void *)(AREA_FIRST + areas_used++ * AREA_BYTES);
}

static void map_home(struct table *top)
{
    top->pte[0] = pte_of((void *)0, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D);
    top->pte[2] = pte_of((void *)0x80000000, PTE_RWXAD);
    top->pte[4] = pte_of((void *)0x80000000, PTE_RWXAD | PTE_U);
}

void space_reset(void)
{
    pages_used = areas_used = 0;
    map_home(&home);
    home_satp = satp_of(&home, 0);
}

struct space space_new(void)
{
    struct space s = {table_new(), table_new(), table_new()};

    map_home(s.top);
    s.top->pte[8] = pte_of(s.middle, PTE_V);
    s.middle->pte[0] = pte_of(s.low, PTE_V);
    return s;
}
