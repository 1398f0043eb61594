/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "physical.h"

#include "device_server.h"
#include "pci.h"

#include <string.h>

#define MMIO_MAGIC     0x74726976u /* "virt" [virtio 1.2 4.2.2] */
#define MMIO_DEVICE_ID 2u          /* index of the register */
#define LOOK_US        1000000     /* between looks at what the IOMMU refused */
#define LINES_MOST     20u         /* told in that time; what is over is counted */
#define FAULTS_MOST    128u        /* taken at one look: as many as the IOMMU keeps */
#define CAUSE_WRITE    23u         /* guest-page fault of a store [iommu 1.0, 3.2] */

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

/* Where a device's registers are: windows in a row, the first of which has its interrupt. */
struct found {
    uint64_t window; /* WINDOWS: there is none */
    uint64_t count;
    struct device_function function;
};

/* The first device of that type on the virtio-mmio transport. */
static struct found find_mmio(uint32_t type)
{
    const struct bootinfo *boot = boot_info();
    struct found found = {WINDOWS, 1, {.type = type, .transport = DEVICE_MMIO, .tag = "virtio-mmio"}};

    for (uint64_t i = 0; i < boot->window_count && i < WINDOWS && found.window == WINDOWS; i++) {
        if (strncmp(boot->window[i].compatible, "virtio,mmio", sizeof boot->window[i].compatible) == 0 &&
            boot->window[i].irq != 0 && type_in(i) == type)
            found.window = i;
    }
    return found;
}

static struct found find(uint32_t type)
{
    struct found found = {WINDOWS, BOOT_PCI_PAGES, {0}};
    const struct device_function *function = pci_find(type, &found.window);

    if (function == NULL)
        return find_mmio(type);
    found.function = *function;
    return found;
}

/* The loader tells of no PCI function that an IOMMU of the machine's is not in front of. */
static bool is_confined(const struct device_function *f)
{
    return f->transport == DEVICE_PCI && boot_info()->iommu != 0;
}

/* Memory of the server's that is also its device's, behind an IOMMU at the same address. */
static bool dma_make(struct device_server *s)
{
    const struct place place = {s->domain_cap, &s->estate};
    const struct place device = {s->physical.domain_cap, &s->estate};
    uint64_t first;

    if (!place_area(&place, DEVICE_VA_DMA, s->physical.dma_frames, &first))
        return false;
    s->physical.dma = boot_info()->ram_base + first * FRAME_BYTES;
    if (s->physical.domain_cap == NO_CAP)
        return true;
    s->physical.dma = DEVICE_VA_DMA;
    return place_lend(&device, "lending a frame for DMA", s->domain_cap, DEVICE_VA_DMA, first,
                      s->physical.dma_frames);
}

/* A domain for the device alone: nothing runs in it, and the device reaches what it maps. */
static bool confine(struct device_server *s)
{
    struct physical *p = &s->physical;
    struct place place = {NO_CAP, &s->estate};

    if (!cap_take(&p->domain_cap) ||
        refused("creating a device's domain", sys_domain_create(SEPTUM_GUEST, p->domain_cap)))
        return false;
    place.domain = p->domain_cap;
    return domains_join("joining a server and its device", p->party, p->domain_cap, policy_server(s->kind),
                        s->domain_cap) &&
           place_root(&place, 4) &&
           !refused("assigning a device", sys_device_assign(p->function.requester, p->domain_cap));
}

static bool registers_give(struct device_server *s, const struct found *found)
{
    const struct place place = {s->domain_cap, &s->estate};

    for (uint64_t i = 0; i < found->count; i++) {
        if (!policy_give(&policy, found->window + i, policy_server(s->kind)))
            return !refused("giving a server its device", SEPTUM_DENIED);
        if (!place_window(&place, BOOT_CAP_WINDOW + found->window + i, DEVICE_VA_BAR + i * FRAME_BYTES))
            return false;
    }
    return !refused("granting a device's interrupt",
                    sys_cap_grant(s->domain_cap, DEVICE_CAP_IRQ, BOOT_CAP_IRQ + found->window, CAP_RIGHTS, 0)) &&
           !refused("binding a device's interrupt",
                    sys_irq_bind(BOOT_CAP_IRQ + found->window, s->thread_cap, DEVICE_BIT_IRQ));
}

/* The device's number as people write it: of bus 0. */
#define NUMBER       "00:%02x.%u"
#define NUMBER_OF(n) (unsigned)(n) / 8 % 32, (unsigned)(n) % 8

static bool give(struct device_server *s, const struct found *found)
{
    const bool confined = is_confined(&found->function);

    s->physical.function = found->function;
    if (confined)
        say("IOMMU: device " NUMBER " is the %s server's; it reaches that server's memory for it and %s",
            NUMBER_OF(found->function.requester), s->name,
            device_server_lends_rings(s) ? "the data areas of rings" : "nothing else");
    else
        say("unsafe-dma: the %s server's device at 0x%lx can read and write all memory: no IOMMU confines it, and nothing "
            "that is proved holds against that server",
            s->name, boot_info()->window[found->window].base);
    return (!confined || confine(s)) && dma_make(s) && registers_give(s, found);
}

#define NO_IOMMU_HERE                                                                                                 \
    " does DMA and no IOMMU is in front of it: write unsafe-dma; in the root node, if you accept that it can reach "   \
    "all memory"

/* What a machine without such a device lacks, and what is said of one that nothing confines. */
static const char *lack_of(uint32_t type, bool there)
{
    switch (type) {
    case PHYSICAL_NET:
        return there ? "the machine's network device" NO_IOMMU_HERE
                     : "the machine has no network device (make qemu gives it one; QEMU: a virtio-net-pci with "
                       "disable-legacy=on,iommu_platform=on)";
    case PHYSICAL_DISK:
        return there ? "the machine's disk" NO_IOMMU_HERE
                     : "the machine has no disk: give it one (DISK=; QEMU: a virtio-blk-pci with "
                       "disable-legacy=on,iommu_platform=on)";
    case PHYSICAL_RNG:
        return there ? "the device that its bytes come from" NO_IOMMU_HERE
                     : "the machine has no entropy device (make qemu gives it one; QEMU: a virtio-rng-pci with "
                       "disable-legacy=on,iommu_platform=on)";
    default:
        return there ? "the device that reads its file" NO_IOMMU_HERE
                     : "the machine shares no directory of its host: name one (SHARE=; make qemu finds it itself)";
    }
}

bool physical_give(struct device_server *s)
{
    struct physical *p = &s->physical;
    struct found found;

    if (p->type == PHYSICAL_NONE)
        return true;
    found = find(p->type);
    if (found.window == WINDOWS) {
        p->lack = lack_of(p->type, false);
        return true;
    }
    if (!is_confined(&found.function) && (bundle->flags & BUNDLE_UNSAFE_DMA) == 0) {
        p->lack = lack_of(p->type, true);
        return true;
    }
    p->given = give(s, &found);
    physical_tell(p, s->link);
    return p->given;
}

void physical_tell(const struct physical *p, struct device_link *link)
{
    if (!p->given)
        return;
    link->functions = 1;
    link->function[0] = p->function;
    link->dma = p->dma;
    link->dma_frames = p->dma_frames;
}

uint32_t physical_assigned(void)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < DEVICE_SERVERS; i++)
        count += device_server[i].physical.domain_cap != NO_CAP ? 1 : 0;
    return count;
}

static void fault_say(const struct sys_device_fault *f)
{
    const char *whose = "nobody";

    for (uint32_t i = 0; i < DEVICE_SERVERS; i++) {
        const struct physical *p = &device_server[i].physical;

        if (p->domain_cap != NO_CAP && p->function.requester == f->device)
            whose = device_server[i].name;
    }
    say("device " NUMBER " (driver: %s): DMA refused by the IOMMU: %s 0x%lx, cause %lu", NUMBER_OF(f->device), whose,
        f->cause == CAUSE_WRITE ? "write to" : "read of", f->address, f->cause);
}

/* Some devices access a page by many words: each of them is a fault of its own. */
static bool is_like(const struct sys_device_fault *a, const struct sys_device_fault *b)
{
    return a->device == b->device && a->cause == b->cause && a->address / FRAME_BYTES == b->address / FRAME_BYTES;
}

/* A server that was taken over must not keep the console busy. */
uint64_t physical_watch(void)
{
    static uint64_t since;
    static uint32_t lines, left_out;
    static struct sys_device_fault told;
    const uint64_t now = sys_time();

    if (boot_info()->iommu == 0)
        return SEPTUM_FOREVER;
    if (now - since >= ticks(LOOK_US)) {
        if (left_out > 0)
            say("DMA was refused %u times more", left_out);
        since = now;
        lines = left_out = 0;
    }
    for (uint32_t i = 0; i < FAULTS_MOST; i++) {
        const struct sys_device_fault f = sys_device_fault();

        if (f.status != SEPTUM_OK || f.cause == 0)
            break;
        if (is_like(&f, &told) || lines == LINES_MOST) {
            left_out++;
            continue;
        }
        fault_say(&f);
        lines++;
        told = f;
    }
    return physical_assigned() > 0 ? now + ticks(LOOK_US) : SEPTUM_FOREVER;
}
