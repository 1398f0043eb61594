/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "world.h"

#include <assert.h>
#include <string.h>

static uint64_t next_frame, next_block;

static struct {
    struct frame ram[WORLD_FRAMES];
    struct frame_info info[WORLD_FRAMES];
    struct domain dom[DOMAINS];
    struct peer_row peer[DOMAINS];
    struct window window[WINDOWS];
    struct cap_row cap[DOMAINS];
    uint32_t device_owner[DEVICES];
    struct device_context device_context[DEVICES];
} kept;

static void segment(uint32_t k, uint64_t va, uint64_t first, uint64_t count, uint64_t rights)
{
    boot.segment[k] = (struct boot_segment){va, first, count, rights};
}

void world_boot(void)
{
    boot = (struct bootinfo){
        .magic = BOOTINFO_MAGIC,
        .version = SEPTUM_ABI_VERSION,
        .ram_base = WORLD_RAM_BASE,
        .frame_count = WORLD_FRAMES,
        .kernel_pa = WORLD_RAM_BASE + WORLD_KERNEL * FRAME_BYTES,
        .kernel_root = SATP_SV39 | 0x80300,
        .timebase = WORLD_TICKS_PER_SECOND,
        .features = BOOT_HAS_H | BOOT_HAS_SSTC,
        .hart_count = 2,
        .boot_hart = 0,
        .plic_sources = 95,
        .region_count = 2,
        .region = {{WORLD_REGION, WORLD_BLOCKS - WORLD_REGION}, {WORLD_BLOCKS, WORLD_FRAMES - WORLD_BLOCKS}},
        .bundle_first = WORLD_BUNDLE,
        .bundle_count = 4,
        .bundle_bytes = 4 * FRAME_BYTES,
        .segment_count = 4,
        .manager_entry = 0x400000,
        .manager_stack = 0x40000000,
        .window_count = 2,
        .window = {{.base = WORLD_UART, .irq = 10}, {.base = WORLD_UART + FRAME_BYTES}},
        .iommu = WORLD_IOMMU,
    };
    segment(0, 0x400000, WORLD_SEGMENTS, 2, MAP_READ | MAP_EXECUTE);
    segment(1, 0x402000, WORLD_SEGMENTS + 2, 2, MAP_READ | MAP_WRITE);
    segment(2, BOOT_VA_INFO, WORLD_SEGMENTS + 4, 1, MAP_READ);
    segment(3, 0x3ffff000, WORLD_SEGMENTS + 5, 1, MAP_READ | MAP_WRITE);
}

int world_begin(void **state)
{
    (void)state;
    host_reset(WORLD_FRAMES);
    world_boot();
    if (setjmp(host_off))
        return -1;
    host_start(0);
    host_start(1);
    host_self = 0;
    next_frame = WORLD_REGION + BOOT_TABLES_MIN;
    next_block = WORLD_BLOCKS;
    host_tlb_fill();
    return 0;
}

static void give(uint64_t p, uint32_t owner)
{
    if (owner != MANAGER_NAME && frame_give(MANAGER_NAME, p, owner) != SEPTUM_OK)
        assert(!"the manager's frame cannot be given");
}

uint64_t world_frame(uint32_t owner)
{
    assert(next_frame < WORLD_BLOCKS);
    give(next_frame, owner);
    return next_frame++;
}

uint64_t world_four(uint32_t owner)
{
    uint64_t first = (next_frame + 3) / 4 * 4;

    next_frame = first;
    for (uint32_t k = 0; k < 4; k++)
        world_frame(owner);
    return first;
}

uint64_t world_block(uint32_t owner)
{
    uint64_t first = next_block;

    assert(first < WORLD_FRAMES);
    next_block += 512;
    for (uint64_t k = 0; k < 512; k++)
        give(first + k, owner);
    return first;
}

uint32_t world_domain(uint32_t kind)
{
    uint32_t d = domain_new(kind);
    int status = space_root(d, kind == SEPTUM_GUEST ? world_four(d) : world_frame(d));

    assert(status == SEPTUM_OK);
    (void)status;
    return d;
}

void world_tables(uint32_t d, uint64_t va, uint64_t level)
{
    for (uint64_t k = 2; k-- > level;) {
        int status = space_table(d, va, k, world_frame(d));

        assert(status == SEPTUM_OK || status == SEPTUM_MAPPED);
        (void)status;
    }
}

uint32_t world_thread(uint32_t d, uint32_t h, uint32_t priority)
{
    uint32_t t = thread_new(d, h, priority, thread_name(MANAGER));

    assert(t != NO_THREAD);
    thread[t].state = THREAD_READY;
    cap_put(d % NAME_SLOTS, CAP_SELF, CAP_DOMAIN, d, 0);
    return t;
}

uint32_t world_vcpu(uint32_t d, uint32_t h, uint32_t guest)
{
    uint32_t t = world_thread(d, h, 3);
    uint64_t page = world_frame(d);
    int status = frame_to_vcpu(d, page);

    assert(status == SEPTUM_OK);
    (void)status;
    vcpu_bind(t, guest, page, 0);
    return t;
}

int64_t world_call(uint32_t t, uint64_t number, struct world_args args)
{
    memcpy(&context[t].x[REG_A0], args.a, sizeof(args.a));
    context[t].x[REG_A7] = number;
    call_dispatch(t);
    return (int64_t)context[t].x[REG_A0];
}

uint64_t world_result(uint32_t t, uint32_t i) { return context[t].x[REG_A0 + i]; }

void world_keep(void)
{
    memcpy(kept.ram, ram, sizeof(kept.ram));
    memcpy(kept.info, info, sizeof(kept.info));
    memcpy(kept.dom, dom, sizeof(kept.dom));
    memcpy(kept.peer, peer, sizeof(kept.peer));
    memcpy(kept.window, window, sizeof(kept.window));
    memcpy(kept.cap, cap, sizeof(kept.cap));
    memcpy(kept.device_owner, device_owner, sizeof(kept.device_owner));
    memcpy(kept.device_context, device_context, sizeof(kept.device_context));
}

int world_same(void)
{
    return memcmp(kept.ram, ram, sizeof(kept.ram)) == 0 && memcmp(kept.info, info, sizeof(kept.info)) == 0 &&
           memcmp(kept.dom, dom, sizeof(kept.dom)) == 0 && memcmp(kept.peer, peer, sizeof(kept.peer)) == 0 &&
           memcmp(kept.window, window, sizeof(kept.window)) == 0 && memcmp(kept.cap, cap, sizeof(kept.cap)) == 0 &&
           memcmp(kept.device_owner, device_owner, sizeof(kept.device_owner)) == 0 &&
           memcmp(kept.device_context, device_context, sizeof(kept.device_context)) == 0;
}
