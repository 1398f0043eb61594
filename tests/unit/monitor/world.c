/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "world.h"

#include "fault.h"
#include "life.h"
#include "ops.h"

#include <stdlib.h>
#include <string.h>

struct world world;

void world_make(uint32_t cpus)
{
    memset(&world, 0, sizeof world);
    world.ring = calloc(1, sizeof *world.ring);
    world.memory = calloc(1, WORLD_MEMORY);
    world.staging = calloc(1, STAGING_BYTES);
    for (uint32_t i = 0; i < GUEST_CPUS; i++)
        world.page[i] = calloc(1, sizeof *world.page[i]);
    world.start.timebase = WORLD_TICKS * 1000u;
    world.start.features = BOOT_HAS_H | BOOT_HAS_SSTC;
    world.start.mode = BUNDLE_HARDWARE;
    world.start.guest.memory_bytes = WORLD_MEMORY;
    world.start.guest.cpus = cpus;
    strcpy(world.start.guest.name, "web");
    strcpy(world.start.isa, "rv64imafdch_zicbom_zicntr_zba_zbb_zbs_zvbb_sstc_svadu");
    life_init(&world.monitor, &world.start, world.ring, world.staging, world.memory, world.page);
    devices_reset(&world.monitor.devices, cpus);
    world.monitor.hart[0].state = HART_STARTED;
    world.monitor.hart[0].parked = false;
}

void world_drop(void)
{
    free(world.rings);
    for (uint32_t i = 0; i < GUEST_CPUS; i++)
        free(world.page[i]);
    free(world.staging);
    free(world.memory);
    free(world.ring);
}

void world_devices(const uint32_t *kinds, uint32_t count)
{
    world.rings = calloc(count, DEVICE_RING_STRIDE);
    world.start.device_count = count;
    for (uint32_t i = 0; i < count; i++)
        world.start.device[i].kind = kinds[i];
    virtio_init(&world.monitor.virtio, &world.start, world.rings);
    virtio_reset(&world.monitor.virtio);
}

void *world_ring(uint32_t device)
{
    return world.rings + DEVICE_RING_STRIDE * device;
}

/* The power of two, as funct3 of a load or store has it. */
static uint64_t world_width(uint32_t bytes)
{
    return (uint64_t)__builtin_ctz(bytes) << 12;
}

static void world_fault(uint64_t cause, uint64_t gpa, uint64_t htinst)
{
    struct vcpu_page *page = world.page[0];

    page->scause = cause;
    page->htval = gpa >> 2;
    page->stval = gpa;
    page->htinst = htinst;
    page->pc = GUEST_RAM_BASE;
    if (fault_serve(&world.monitor.hart[0]) != NULL)
        abort();
}

uint64_t world_load(uint64_t gpa, uint32_t bytes)
{
    page_set(world.page[0], REG_A0, UINT64_MAX);
    world_fault(CAUSE_LOAD_GUEST_PAGE, gpa, 0x0503u | world_width(bytes) | (bytes < 8 ? 0x4000u : 0)); /* l[bhw]u a0 */
    return page_get(world.page[0], REG_A0);
}

void world_store(uint64_t gpa, uint32_t bytes, uint64_t value)
{
    page_set(world.page[0], REG_A0, value);
    world_fault(CAUSE_STORE_GUEST_PAGE, gpa, 0xa00023u | world_width(bytes)); /* s[bhwd] a0 */
}

void world_call(uint64_t extension, uint64_t function, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4)
{
    struct vcpu_page *page = world.page[0];

    page_set(page, REG_A7, extension);
    page_set(page, REG_A6, function);
    page_set(page, REG_A0, a0);
    page_set(page, REG_A0 + 1, a1);
    page_set(page, REG_A0 + 2, a2);
    page_set(page, REG_A0 + 3, a3);
    page_set(page, REG_A0 + 4, a4);
}

const char *world_output(void)
{
    static char text[RING_BYTES + 1];
    uint32_t used = 0;

    for (; world.ring->out_tail != world.ring->out_head && used < RING_BYTES; world.ring->out_tail++)
        text[used++] = (char)world.ring->out[world.ring->out_tail % RING_BYTES];
    text[used] = '\0';
    return text;
}

void world_input(const char *text)
{
    for (; *text != '\0'; text++)
        world.ring->in[world.ring->in_head++ % RING_BYTES] = (uint8_t)*text;
}

uint64_t ops_time(void)
{
    return world.time;
}

uint64_t ops_wait(uint64_t deadline)
{
    uint64_t bits = world.bits;

    world.waits++;
    world.bits = 0;
    if (world.waits == world.pause)
        world.ring->paused = 0;
    if (bits == 0 && deadline > world.time && deadline != SEPTUM_FOREVER)
        world.time = deadline;
    if (world.console_takes)
        world.ring->out_tail = world.ring->out_head;
    for (uint32_t i = 1; i < GUEST_CPUS; i++) {
        if (world.monitor.halt != 0)
            world.monitor.hart[i].parked = true; /* the other threads do as they are told */
    }
    return bits;
}

void ops_wake(uint32_t hart)
{
    world.woken |= 1u << hart;
}

void ops_kick(uint32_t hart)
{
    world.kicked |= 1u << hart;
}

void ops_console(void)
{
    world.bells++;
}

void ops_device(uint32_t device)
{
    world.device_bells[device]++;
}

void ops_save(void)
{
    world.saves++;
}

void ops_fence(uint64_t what, uint64_t va, uint64_t bytes, uint64_t asid)
{
    uint64_t *fence = world.fence[world.fences++ % WORLD_FENCES];

    fence[0] = what;
    fence[1] = va;
    fence[2] = bytes;
    fence[3] = asid;
}

/* As the manager: reads lie within the file, or are refused. */
static int64_t world_read(uint64_t which, uint64_t offset, uint64_t bytes)
{
    const uint64_t sizes[3] = {world.start.kernel.bytes, world.start.initrd.bytes, world.start.map.bytes};
    uint64_t size = which < 3 ? sizes[which] : 0;

    if (which > 2 || bytes > STAGING_BYTES || offset > size || bytes > size - offset || world.read_fails)
        return SEPTUM_BAD_ARGUMENT;
    memcpy(world.staging, world.file[which] + offset, bytes);
    return SEPTUM_OK;
}

int64_t ops_manager(uint64_t op, uint64_t m1, uint64_t m2, uint64_t m3)
{
    world.calls[op & 7u]++;
    if (op == MANAGER_READ)
        return world_read(m1, m2, m3);
    if (op == MANAGER_OFF)
        world.last_off = m1;
    return SEPTUM_OK;
}
