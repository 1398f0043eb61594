/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "physical.h"

#include "device_server.h"

#include <string.h>

#define MMIO_MAGIC     0x74726976u /* "virt" [virtio 1.2 4.2.2] */
#define MMIO_DEVICE_ID 2u          /* index of the register */

/* The virtio device id that the registers in this window tell; 0: there is none. The window is the manager's again. */
static uint32_t type_in(uint64_t window)
{
    const struct place self = {CAP_SELF, &self_estate};
    const volatile uint32_t *reg = (const volatile uint32_t *)(uintptr_t)SELF_VA_PROBE;
    uint32_t type = 0;

    if (!place_window(&self, BOOT_CAP_WINDOW + window, SELF_VA_PROBE))
        return 0;
    if (reg[0] == MMIO_MAGIC)
        type = reg[MMIO_DEVICE_ID];
    (void)refused("unmapping a device", sys_window_unmap(BOOT_CAP_WINDOW + window));
    return type;
}

/* The first window with such a device; WINDOWS: there is none. */
static uint64_t find(uint32_t type)
{
    const struct bootinfo *boot = boot_info();

    for (uint64_t i = 0; i < boot->window_count && i < WINDOWS; i++) {
        if (strncmp(boot->window[i].compatible, "virtio,mmio", sizeof boot->window[i].compatible) == 0 &&
            boot->window[i].irq != 0 && type_in(i) == type)
            return i;
    }
    return WINDOWS;
}

static bool dma_make(struct device_server *s)
{
    const struct place place = {s->domain_cap, &s->estate};
    uint64_t first;

    if (!estate_take(&s->estate, DEVICE_DMA_FRAMES, 1, &first))
        return false;
    for (uint64_t i = 0; i < DEVICE_DMA_FRAMES; i++) {
        if (refused("giving a frame for DMA", sys_frame_give(first + i, s->domain_cap)) ||
            !place_map(&place, DEVICE_VA_DMA + i * FRAME_BYTES, first + i, 0, MAP_READ | MAP_WRITE))
            return false;
    }
    s->physical.dma = boot_info()->ram_base + first * FRAME_BYTES;
    return true;
}

static bool give(struct device_server *s, uint64_t window)
{
    const struct place place = {s->domain_cap, &s->estate};

    if (!policy_give(&policy, window, policy_server(s->kind)))
        return !refused("giving a server its device", SEPTUM_DENIED);
    return dma_make(s) && place_window(&place, BOOT_CAP_WINDOW + window, DEVICE_VA_BAR) &&
           !refused("granting a device's interrupt",
                    sys_cap_grant(s->domain_cap, DEVICE_CAP_IRQ, BOOT_CAP_IRQ + window, CAP_RIGHTS, 0)) &&
           !refused("binding a device's interrupt",
                    sys_irq_bind(BOOT_CAP_IRQ + window, s->thread_cap, DEVICE_BIT_IRQ));
}

bool physical_give(struct device_server *s)
{
    struct physical *p = &s->physical;
    uint64_t window;

    if (p->type == PHYSICAL_NONE)
        return true;
    window = find(p->type);
    if (window == WINDOWS) {
        p->lack = "the machine shares no directory of its host: name one (SHARE=; make qemu finds it itself)";
        return true;
    }
    if ((bundle->flags & BUNDLE_UNSAFE_DMA) == 0) {
        p->lack = "the device that reads its file does DMA and no IOMMU is in front of it: write unsafe-dma; in the "
                  "root node, if you accept that it can reach all memory";
        return true;
    }
    p->address = boot_info()->window[window].base;
    say("unsafe-dma: the %s server's device at 0x%lx can read and write all memory: no IOMMU confines it, and nothing that "
        "is proved holds against that server",
        s->name, p->address);
    p->given = give(s, window);
    physical_tell(p, s->link);
    return p->given;
}

void physical_tell(const struct physical *p, struct device_link *link)
{
    if (!p->given)
        return;
    link->functions = 1;
    link->function[0] = (struct device_function){.type = p->type, .transport = DEVICE_MMIO};
    memcpy(link->function[0].tag, "virtio-mmio", sizeof "virtio-mmio");
    link->dma = p->dma;
    link->dma_frames = DEVICE_DMA_FRAMES;
}
