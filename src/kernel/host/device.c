/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A model of the RISC-V IOMMU, written from its specification [iommu 1.0]: the registers that the kernel uses, the two
 * queues, and caches that hold whatever they may. It takes invalidations to heart as late as it is allowed to: when an
 * IOFENCE.C behind them completes.
 */
#include <assert.h>
#include <string.h>

#include "host.h"
#include <machine/registers.h>

#define TYPE_READ UINT64_C(2)
#define TYPE_WRITE UINT64_C(3)
#define NOT_VALID 258
#define FQOF (1u << 9)
#define READ_FAULT 21
#define WRITE_FAULT 23

struct host_iommu host_iommu;
extern struct iommu_pages iommu_pages;

static struct host_walk tlb[DOMAINS];
static struct host_walk now;
static struct device_context seen[DEVICES];
static uint32_t told[DOMAINS], told_directory;
static uint32_t head, tail, fault_head, fault_tail;

void host_iommu_reset(void)
{
    memset(&host_iommu, 0, sizeof(host_iommu));
    memset(&iommu_pages, 0, sizeof(iommu_pages));
    memset(seen, 0, sizeof(seen));
    memset(told, 0, sizeof(told));
    head = tail = fault_head = fault_tail = told_directory = 0;
    for (uint32_t slot = 0; slot < DOMAINS; slot++)
        tlb[slot].count = 0;
}

void host_iommu_fill(void)
{
    memcpy(seen, device_context, sizeof(seen));
    for (uint32_t slot = 0; slot < DOMAINS; slot++) {
        tlb[slot].count = 0;
        if (dom[slot].kind != 0 && dom[slot].root < frame_count)
            host_walk_root(dom[slot].root, &tlb[slot]);
    }
}

int host_iommu_stale(uint32_t slot)
{
    uint32_t k = 0;

    now.count = 0;
    if (dom[slot].kind != 0 && dom[slot].root < frame_count)
        host_walk_root(dom[slot].root, &now);
    /* Both stand in the order of one walk. */
    for (uint32_t i = 0; i < tlb[slot].count; i++, k++) {
        const struct host_entry *held = &tlb[slot].entry[i];

        while (k < now.count && (now.entry[k].va != held->va || now.entry[k].level != held->level))
            k++;
        if (k == now.count || now.entry[k].entry != held->entry)
            return 1;
    }
    return 0;
}

/* All commands before this one have taken effect. */
static void fence(void)
{
    for (uint32_t slot = 0; slot < DOMAINS; slot++)
        if (told[slot])
            tlb[slot].count = 0;
    memset(told, 0, sizeof(told));
    if (told_directory)
        memcpy(seen, device_context, sizeof(seen));
    told_directory = 0;
    host_iommu.fences++;
}

static void serve(const uint64_t *word)
{
    uint64_t slot = word[0] >> 44 & 0xffff;

    assert(word[1] == 0);
    if ((word[0] & ~(UINT64_C(0xffff) << 44)) == 0x200000081 && slot < DOMAINS) { /* IOTINVAL.GVMA, GV */
        told[slot] = 1;
        host_iommu.invalidations++;
    } else if (word[0] == 3) { /* IODIR.INVAL_DDT of all */
        told_directory = 1;
        host_iommu.directories++;
    } else {
        assert(word[0] == 0x3002); /* IOFENCE.C, PR, PW */
        fence();
    }
}

uint32_t iommu_get(uint64_t word)
{
    switch (word) {
    case IOMMU_CQH: return head;
    case IOMMU_CQT: return tail;
    case IOMMU_FQH: return fault_head;
    case IOMMU_FQT: return fault_tail;
    default: assert(!"a register that the kernel has no use for"); return 0;
    }
}

void iommu_set(uint64_t word, uint32_t v)
{
    if (word == IOMMU_FQH) {
        assert(v < IOMMU_FAULTS);
        fault_head = v;
        return;
    }
    if (word == IOMMU_FQCSR) {
        assert(v % 2 == 1); /* it stays on */
        host_iommu.overflow &= ~v;
        return;
    }
    assert(word == IOMMU_CQT && v < IOMMU_COMMANDS);
    tail = v;
    for (; head != tail && !host_iommu.silent; head = (head + 1) % IOMMU_COMMANDS)
        serve(iommu_pages.command[head]);
}

static void report(uint64_t n, uint64_t cause, uint64_t iova, uint32_t write)
{
    uint64_t *word = iommu_pages.fault[fault_tail];

    if ((fault_tail + 1) % IOMMU_FAULTS == fault_head)
        host_iommu.overflow |= FQOF;
    if (host_iommu.overflow != 0)
        return; /* nothing is reported until the bit is written [iommu 1.0, 5.10] */
    word[0] = n << 40 | (write ? TYPE_WRITE : TYPE_READ) << 34 | cause;
    word[1] = 0;
    word[2] = iova;
    word[3] = iova & ~UINT64_C(3);
    fault_tail = (fault_tail + 1) % IOMMU_FAULTS;
}

uint64_t host_dma(uint64_t n, uint64_t iova, uint32_t write)
{
    const struct device_context *c = &device_context[n];

    if (n >= DEVICES || (c->tc & 1) == 0) {
        report(n, NOT_VALID, iova, write);
        return NO_FRAME;
    }
    assert(c->tc == 1 && c->iohgatp >> 60 == 8);
    for (uint32_t k = 0; k < 6; k++)
        assert(c->rest[k] == 0);
    host_walk_root((c->iohgatp & (SATP_PAGES - 1)) - ram_base_pfn, &now);
    for (uint32_t i = 0; i < now.count; i++) {
        const struct host_entry *e = &now.entry[i];
        uint64_t bytes = UINT64_C(4096) << 9 * e->level;

        if ((e->entry & 14) != 0 && iova - e->va < bytes && (e->entry & (write ? 4 : 2)) != 0)
            return (e->entry >> 10) - ram_base_pfn + (iova - e->va) / FRAME_BYTES;
    }
    report(n, write ? WRITE_FAULT : READ_FAULT, iova, write);
    return NO_FRAME;
}

int host_contexts_stale(void) { return memcmp(seen, device_context, sizeof(seen)) != 0; }
