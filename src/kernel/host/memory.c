/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Memory, the words that harts share, and fences of the fake machine. */
#define _GNU_SOURCE
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "host.h"
#include "state.h"

struct bootinfo boot;
uint64_t kernel_root_table[FRAME_WORDS];
uint32_t host_space_fences[DOMAINS];
uint32_t host_code_fences, host_store_fences;
struct host_guest_fence host_guest_fence;
static uint64_t pending[THREADS];
static uint64_t running[HARTS]; /* 1 more than the thread; 0: none */
static uint64_t mapped;

static void map_at(void *at, uint64_t bytes)
{
    void *got = mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);

    if (got != at) {
        perror("host: mmap");
        abort();
    }
}

/* Fresh pages each time: what an earlier test wrote is gone. */
static void memory_reset(uint64_t frames)
{
    assert(frames <= FRAMES);
    if (mapped != 0) {
        munmap(ram, mapped * sizeof(ram[0]));
        munmap(info, mapped * sizeof(info[0]));
    }
    map_at(ram, frames * sizeof(ram[0]));
    map_at(info, frames * sizeof(info[0]));
    mapped = frames;
}

static void kernel_reset(void)
{
    memset(dom, 0, sizeof(dom));
    memset(peer, 0, sizeof(peer));
    memset(window, 0, sizeof(window));
    memset(cap, 0, sizeof(cap));
    memset(thread, 0, sizeof(thread));
    memset(context, 0, sizeof(context));
    memset(vcpu, 0, sizeof(vcpu));
    memset(shadow, 0, sizeof(shadow));
    memset(hart, 0, sizeof(hart));
    memset(shadow, 0, sizeof(shadow));
    memset(irq, 0, sizeof(irq));
    memset(device_owner, 0, sizeof(device_owner));
    memset(device_context, 0, sizeof(device_context));
    memset(&boot, 0, sizeof(boot));
    frame_count = ram_base_pfn = machine_features = 0;
    thread_top = hart_count = 0;
    for (uint32_t i = 0; i < FRAME_WORDS; i++)
        kernel_root_table[i] = i < ROOT_SLOTS ? 0 : UINT64_C(0x20000001) + i * 1024;
}

void host_reset(uint64_t frames)
{
    memory_reset(frames);
    kernel_reset();
    host_hart_reset();
    host_plic_reset();
    host_tlb_reset();
    host_iommu_reset();
    memset(pending, 0, sizeof(pending));
    memset(running, 0, sizeof(running));
    memset(host_space_fences, 0, sizeof(host_space_fences));
    memset(&host_guest_fence, 0, sizeof(host_guest_fence));
    host_code_fences = host_store_fences = 0;
}

static uint64_t *shared_word(uint64_t p, uint64_t i)
{
    assert(p < frame_count && i < FRAME_WORDS);
    assert(info[p].kind == FRAME_DATA || info[p].kind == FRAME_VCPU);
    return &ram[p].word[i];
}

uint64_t shared_read(uint64_t p, uint64_t i) { return *shared_word(p, i); }
void shared_write(uint64_t p, uint64_t i, uint64_t v) { *shared_word(p, i) = v; }

uint64_t shared_swap(uint64_t p, uint64_t i, uint64_t v)
{
    uint64_t old = *shared_word(p, i);

    *shared_word(p, i) = v;
    return old;
}

void pending_set(uint64_t t, uint64_t bits)
{
    assert(t < THREADS);
    pending[t] |= bits;
}

uint64_t pending_take(uint64_t t)
{
    uint64_t bits = pending_look(t);

    pending[t] = 0;
    return bits;
}

uint64_t pending_look(uint64_t t)
{
    assert(t < THREADS);
    return pending[t];
}

void running_publish(uint64_t h, uint64_t t)
{
    assert(h < HARTS && t < THREADS);
    running[h] = t + 1;
}

void running_clear(uint64_t h)
{
    assert(h < HARTS);
    running[h] = 0;
}

uint64_t running_look(uint64_t h)
{
    assert(h < HARTS);
    return running[h] == 0 ? NO_THREAD : running[h] - 1;
}

void fence_harts(uint32_t slot)
{
    assert(slot < DOMAINS);
    host_space_fences[slot]++;
    host_tlb_fence(slot);
}

void fence_code(void) { host_code_fences++; }
void fence_stores(void) { host_store_fences++; }
void hart_fence_vcpu(void) { host_hart[host_self].vcpu_fences++; }

void hart_fence_guest(uint32_t slot, uint64_t what, uint64_t va, uint64_t bytes, uint64_t asid, uint32_t remote)
{
    host_guest_fence = (struct host_guest_fence){.count = host_guest_fence.count + 1,
                                                 .slot = slot,
                                                 .remote = remote,
                                                 .what = what,
                                                 .va = va,
                                                 .bytes = bytes,
                                                 .asid = asid};
}
