/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "pci.h"

#include <string.h>

#define PCI_PRIORITY     5
#define PCI_PATIENCE_US  2000000
#define PCI_LOOK_US      500
#define COMMON_BYTES     56u /* of the common registers [virtio 1.2 4.1.4.3] */

struct pci_server {
    uint64_t domain_cap;
    uint64_t thread_cap;
    uint64_t entry;
    uint64_t link_frame;
    struct estate estate;
};

static struct pci_server server;
static uint32_t count;
static uint64_t first_window[PCI_FUNCTIONS]; /* of each function: its configuration */
static struct device_function function[PCI_FUNCTIONS];

static bool is_called(uint64_t window, const char *compatible)
{
    const struct boot_window *w = &boot_info()->window[window];

    return strncmp(w->compatible, compatible, sizeof w->compatible) == 0;
}

static void functions_find(void)
{
    const uint64_t windows = boot_info()->window_count;

    count = 0;
    memset(function, 0, sizeof function);
    for (uint64_t w = 0; w + BOOT_PCI_WINDOWS <= windows && windows <= WINDOWS && count < PCI_FUNCTIONS; w++) {
        bool whole = is_called(w, BOOT_PCI_CONFIG);

        for (uint64_t i = 1; i < BOOT_PCI_WINDOWS; i++)
            whole = whole && is_called(w + i, BOOT_PCI_MEMORY);
        if (whole)
            first_window[count++] = w;
    }
}

static bool link_make(struct pci_server *s, struct pci_link *link)
{
    const struct place self = {CAP_SELF, &self_estate};
    const struct place place = {s->domain_cap, &s->estate};

    if (!estate_take(&self_estate, 1, 1, &s->link_frame) ||
        !place_map(&self, SELF_VA_PCI_LINK, s->link_frame, 0, MAP_READ | MAP_WRITE))
        return false;
    memset(link, 0, sizeof *link);
    return place_lend(&place, "lending the pci server's link", CAP_SELF, DEVICE_VA_LINK, s->link_frame, 1);
}

static bool windows_give(const struct place *place)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!policy_give(&policy, first_window[i], POLICY_PCI))
            return !refused("giving the pci server a function", SEPTUM_DENIED);
        if (!place_window(place, BOOT_CAP_WINDOW + first_window[i], DEVICE_VA_BAR + (uint64_t)i * FRAME_BYTES))
            return false;
    }
    return true;
}

static bool server_make(struct pci_server *s, struct pci_link *link)
{
    const struct time_share share = {PCI_PRIORITY, 0, 0};
    struct place place = {NO_CAP, &s->estate};
    const bool made = place_server(&place, "creating the pci server's domain", "pci", &s->entry, NULL);

    s->domain_cap = place.domain;
    return made && link_make(s, link) && windows_give(&place) && cap_take(&s->thread_cap) &&
           thread_make(s->domain_cap, s->thread_cap, boot_info()->boot_hart, &share);
}

/* It is waited for: nobody else wants anything of the manager yet but the console, which can wait as long. */
static bool server_run(struct pci_server *s, struct pci_link *link, uint32_t wanted)
{
    const uint64_t until = sys_time() + ticks(PCI_PATIENCE_US);
    bool done = false;

    link->functions = count;
    link->wanted = wanted;
    for (uint32_t i = 0; i < count; i++)
        link->memory[i] = boot_info()->window[first_window[i] + 1].base;
    if (refused("starting the pci server", sys_thread_start(s->thread_cap, s->entry, SERVER_VA_STACK, 0)))
        return false;
    while (!done && sys_time() < until && sys_thread_info(s->thread_cap).state != THREAD_FAULTED) {
        (void)sys_wait(sys_time() + ticks(PCI_LOOK_US));
        done = __atomic_load_n(&link->done, __ATOMIC_ACQUIRE) != 0;
    }
    thread_halt(s->thread_cap);
    return done || !refused("waiting for the pci server to be done", SEPTUM_BUSY);
}

static const char *fault_text(uint32_t fault)
{
    switch ((enum pci_fault)fault) {
    case PCI_OK:
        return "works";
    case PCI_NOT_WANTED:
        return "is not driven: no server wants it";
    case PCI_NO_REGISTERS:
        return "cannot be driven: its capabilities do not tell of registers in one memory BAR (QEMU: disable-legacy=on)";
    case PCI_TOO_LARGE:
        return "cannot be driven: its registers need more than 16 KiB, or its BARs more than 64 KiB";
    }
    return "cannot be driven";
}

/*
 * Are the registers that a driver accesses all in the function's pages? A pci server that was taken over must not send the
 * driver's accesses elsewhere in the driver's own memory. (What the device itself says of a place, the driver checks.)
 */
static bool registers_fit(const struct device_function *f)
{
    const uint32_t room = DEVICE_FUNCTION_PAGES * FRAME_BYTES;

    return f->common % 4 == 0 && f->common <= room - COMMON_BYTES && f->notify < room && f->isr < room && f->device < room;
}

static void functions_take(const struct pci_link *link)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t requester = boot_info()->window[first_window[i]].base / FRAME_BYTES % DEVICES;
        const bool driven = link->fault[i] == PCI_OK;

        if (!driven || !registers_fit(&link->function[i])) {
            say("PCI function 00:%02lx.%lu %s", requester / 8, requester % 8,
                driven ? "cannot be driven: the pci server tells of registers outside its pages" : fault_text(link->fault[i]));
            continue;
        }
        function[i] = link->function[i];
        function[i].requester = (uint32_t)requester;
        function[i].transport = DEVICE_PCI;
        strncpy(function[i].tag, "virtio-pci", sizeof function[i].tag - 1);
    }
}

void pci_begin(uint32_t wanted)
{
    struct pci_link *link = (struct pci_link *)(uintptr_t)SELF_VA_PCI_LINK;

    functions_find();
    if (count == 0 || wanted == 0)
        return;
    if (!server_make(&server, link) || !server_run(&server, link, wanted) || !cap_seal(&server.thread_cap) ||
        !cap_seal(&server.domain_cap)) {
        say("the pci server cannot set up the machine's PCI functions: %s: %s (%ld); none is driven", trouble.step,
            status_text(trouble.status), trouble.status);
        return;
    }
    functions_take(link);
}

const struct device_function *pci_find(uint32_t type, uint64_t *window)
{
    for (uint32_t i = 0; i < count; i++) {
        *window = first_window[i] + 1;
        if (function[i].type == type)
            return &function[i];
    }
    return NULL;
}
