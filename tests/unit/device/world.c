/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#define _GNU_SOURCE /* MAP_FIXED */
#include "world.h"

#include <lib/text.h>

#include <sys/mman.h>

#define POOL     7000u

uint8_t bundle_bytes[FILES_AT + 7 * ELF_BYTES] __attribute__((aligned(16)));
char said[8192];

void say(const char *format, ...)
{
    va_list list;
    const size_t used = strlen(said);

    va_start(list, format);
    text_format_list(said + used, sizeof said - used - 1, format, list);
    va_end(list);
    strcat(said, "\n");
}

void console_wake(void) {}

void say_begins(uint32_t ticket)
{
    if (ticket != 0)
        say("<%u", ticket);
}

void say_ends(uint32_t ticket, bool good)
{
    if (ticket != 0)
        say("%s>", good ? "done" : "failed");
}

const char *status_text(int64_t status)
{
    return status == SEPTUM_OK ? "ok" : "refused";
}

static void file_add(struct bundle *b, const char *name)
{
    struct bundle_file *f = &b->file[b->file_count];

    *f = (struct bundle_file){.kind = BUNDLE_SERVER, .bytes = ELF_BYTES, .offset = FILES_AT + b->file_count * ELF_BYTES};
    snprintf(f->name, sizeof f->name, "%s", name);
    elf_good((uint8_t *)b + f->offset);
    b->file_count++;
}

static void guest_add(struct bundle *b, const char *name)
{
    struct bundle_guest *g = &b->guest[b->guest_count++];

    *g = (struct bundle_guest){.memory_bytes = 2u << 20, .cpus = 1, .priority = 2, .mode = BUNDLE_HARDWARE,
                               .initrd = BUNDLE_NO_FILE, .map = BUNDLE_NO_FILE};
    snprintf(g->name, sizeof g->name, "%s", name);
}

/* 'web': a disk and two nets; 'db': one net; 'plain': a console, which wants no server; a room for one on 'lan'. */
static void system_make(void)
{
    struct bundle *b = (struct bundle *)(void *)bundle_bytes;

    memset(bundle_bytes, 0, sizeof bundle_bytes);
    file_add(b, "monitor");
    file_add(b, "net");
    file_add(b, "block");
    file_add(b, "pci");
    guest_add(b, "web");
    guest_add(b, "db");
    guest_add(b, "plain");
    guest_add(b, "spare");
    b->guest[ROOM].memory_bytes = 8u << 20;
    b->guest[ROOM].cpus = 2;
    b->guest[ROOM].kernel = BUNDLE_NO_FILE;
    b->guest[ROOM].devices = BUNDLE_GUEST_ROOM | BUNDLE_GUEST_DISKS;
    b->guest[ROOM].networks = 2;
    snprintf(b->guest[ROOM].folder, sizeof b->guest[ROOM].folder, "pub");
    snprintf(b->network[0].name, sizeof b->network[0].name, "inner");
    snprintf(b->network[1].name, sizeof b->network[1].name, "lan");
    b->guest[2].devices = BUNDLE_GUEST_CONSOLE;
    b->network_count = 2;
    if (board_functions == FUNCTIONS) {
        file_add(b, "entropy");
        file_add(b, "uplink");
        file_add(b, "disk");
        b->guest[1].devices = BUNDLE_GUEST_ENTROPY;
        b->network[0].flags = BUNDLE_NETWORK_UPLINK;
    }
    b->net_count = 3;
    b->net[0] = (struct bundle_net){0, 0, {2, 0, 0, 0, 0, 1}, 0};
    b->net[1] = (struct bundle_net){0, 1, {2, 0, 0, 0, 0, 2}, 7};
    b->net[2] = (struct bundle_net){1, 0, {2, 0, 0, 0, 0, 3}, 0};
    b->disk_count = 1;
    b->disk[0] = (struct bundle_disk){.guest = 0, .flags = BUNDLE_DISK_READ_ONLY, .path = "web.img"};
    if (board_functions == FUNCTIONS)
        b->disk[b->disk_count++] = (struct bundle_disk){.guest = 1, .flags = BUNDLE_DISK_SLICE, .first_sector = 8, .sectors = 16};
    bundle = b;
    guest_count = b->guest_count;
}

struct device_server *server(uint32_t kind)
{
    return device_server_of(kind);
}

uint32_t domain(uint64_t cap)
{
    return kernel_cap(MANAGER_DOMAIN, cap)->object;
}

struct kernel_thread *thread(uint64_t cap)
{
    return &kernel_thread[kernel_cap(MANAGER_DOMAIN, cap)->object];
}

/* Two windows: one of another device, and one of the block server's, or of none. */
static void windows_make(struct bootinfo *boot, uint32_t type)
{
    memset(kernel_window, 0, sizeof kernel_window);
    boot->ram_base = RAM_BASE;
    boot->window_count = 2;
    for (uint32_t i = 0; i < 2; i++) {
        boot->window[i] = (struct boot_window){0x10001000 + 0x1000 * (uint64_t)i, 1 + i, "virtio,mmio"};
        kernel_window[i].type = i == 0 ? 1 : type;
        *kernel_cap(MANAGER_DOMAIN, BOOT_CAP_WINDOW + i) = (struct kernel_cap){CAP_WINDOW, i, CAP_RIGHTS, 0};
        *kernel_cap(MANAGER_DOMAIN, BOOT_CAP_IRQ + i) = (struct kernel_cap){CAP_IRQ, 1 + i, CAP_RIGHTS, 0};
    }
}


uint64_t board_iommu;
uint32_t board_functions;

static const uint32_t function_type[FUNCTIONS] = {PHYSICAL_9P, PHYSICAL_RNG, PHYSICAL_NET, PHYSICAL_DISK};

/* A PCI function in slot 3 + number, from that window on. */
static void function_make(struct bootinfo *boot, uint32_t number, uint32_t first)
{
    const uint64_t base = MEMORY + BOOT_PCI_BYTES * (uint64_t)number;

    for (uint32_t i = first; i < first + BOOT_PCI_WINDOWS; i++) {
        boot->window[i] = (struct boot_window){base + (i - first - 1) * UINT64_C(0x1000), 0, BOOT_PCI_MEMORY};
        kernel_window[i].type = function_type[number];
        *kernel_cap(MANAGER_DOMAIN, BOOT_CAP_WINDOW + i) = (struct kernel_cap){CAP_WINDOW, i, CAP_RIGHTS, 0};
    }
    boot->window[first] = (struct boot_window){0x30000000 + (DEVFN + 8 * number) * UINT64_C(0x1000), 0, BOOT_PCI_CONFIG};
    boot->window[first + 1].irq = PCI_IRQ + number;
    *kernel_cap(MANAGER_DOMAIN, BOOT_CAP_IRQ + first) = (struct kernel_cap){0};
    *kernel_cap(MANAGER_DOMAIN, BOOT_CAP_IRQ + first + 1) = (struct kernel_cap){CAP_IRQ, PCI_IRQ + number, CAP_RIGHTS, 0};
}

static void functions_make(struct bootinfo *boot)
{
    if (board_functions == 0)
        return;
    boot->window_count = CONFIG + board_functions * BOOT_PCI_WINDOWS;
    for (uint32_t i = 0; i < board_functions; i++)
        function_make(boot, i, CONFIG + i * BOOT_PCI_WINDOWS);
}

/* What the pci server does, once it runs. */
static void pci_serve(void)
{
    struct pci_link *link = (struct pci_link *)(uintptr_t)SELF_VA_PCI_LINK;
    uint32_t wanted = 0;

    assert_int_equal(link->functions, board_functions);
    for (uint32_t i = 0; i < board_functions; i++) {
        assert_int_equal(link->memory[i], MEMORY + BOOT_PCI_BYTES * i);
        link->function[i] = (struct device_function){.type = function_type[i], .requester = 77, .notify = 0x3000};
        wanted |= 1u << function_type[i];
    }
    assert_int_equal(link->wanted, wanted);
    link->done = 1;
}

int begin(uint32_t type, uint32_t flags)
{
    struct bootinfo *boot = mmap((void *)(uintptr_t)BOOT_VA_INFO, FRAME_BYTES, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    uint64_t slot;

    if (boot == MAP_FAILED)
        return -1;
    boot->timebase = SECOND;
    boot->hart_count = 1;
    boot->features = BOOT_HAS_H;
    kernel_begin();
    for (slot = BOOT_CAP_AUDIT + 1; slot < CAPS; slot++) {
        uint64_t held = slot;

        cap_free(&held);
    }
    windows_make(boot, type);
    functions_make(boot);
    boot->iommu = board_iommu;
    pool = (struct frame_pool){0};
    self_estate.count = 0;
    memset(device_server, 0, sizeof device_server);
    device_servers_name();
    memset(guest, 0, sizeof guest);
    system_make();
    ((struct bundle *)(void *)bundle_bytes)->flags = flags;
    policy_of(&policy, bundle, boot->window_count, WINDOWS);
    said[0] = '\0';
    pool_give(&pool, 512, POOL);
    for (uint32_t i = 0; i < guest_count; i++) {
        guest[i].about = &guest[i].sized;
        if (i != ROOM)
            guest_describe(&guest[i], bundle, i);
        guest[i].index = i;
    }
    devices_begin();
    return 0;
}

int fresh(void **state)
{
    (void)state;
    board_iommu = 0;
    board_functions = 0;
    kernel_others = NULL;
    if (begin(PHYSICAL_9P, BUNDLE_UNSAFE_DMA) != 0)
        return -1;
    said[0] = '\0';
    return 0;
}

/* The same with the device on PCI, and an IOMMU in front of it. */
int fresh_pci(void **state)
{
    (void)state;
    board_iommu = IOMMU;
    board_functions = 1;
    kernel_others = pci_serve;
    return begin(PHYSICAL_9P, 0);
}

int fresh_own(void **state)
{
    (void)state;
    board_iommu = IOMMU;
    board_functions = FUNCTIONS;
    kernel_others = pci_serve;
    return begin(PHYSICAL_9P, 0);
}

/* What a server that keeps the rules does when its bell rings. */
static void serve(struct device_server *s)
{
    struct device_link *link = s->link;

    if (thread(s->thread_cap)->state != THREAD_READY)
        return;
    for (uint32_t c = 0; c < DEVICE_CLIENTS; c++) {
        uint32_t wanted;
        const enum device_news news = device_link_news(link, c, &wanted);

        if (news == DEVICE_LEAVE)
            *kernel_cap(domain(s->domain_cap), DEVICE_CAP_CLIENT + c) = (struct kernel_cap){0};
        if (news != DEVICE_SAME)
            device_link_seen(link, c, wanted);
    }
}

void serve_both(void)
{
    serve(server(DEVICE_NET));
    serve(server(DEVICE_BLOCK));
    if (server(DEVICE_ENTROPY)->link != NULL)
        serve(server(DEVICE_ENTROPY));
    if (server(DEVICE_DISK)->link != NULL)
        serve(server(DEVICE_DISK));
}

/* Slices until the guest is in that phase; true if it gets there. */
bool reaches(struct guest *g, uint32_t phase, bool served)
{
    for (int i = 0; i < 200 && g->phase != phase; i++) {
        if (g->phase != PHASE_BUILD && g->phase != PHASE_END)
            return false;
        if (!guest_slice(g) && served)
            serve_both();
    }
    return g->phase == phase;
}

bool starts(struct guest *g)
{
    guest_begin(g);
    return reaches(g, PHASE_LIVE, true);
}

bool ends(struct guest *g)
{
    guest_end(g, GUEST_OFF, false);
    return reaches(g, PHASE_OFF, true);
}

/* The first frames are the server's on loan, the others its device's, or nobody's. */
void ring_is_shared(const struct guest *g, uint32_t index, const struct device_server *s, uint32_t client)
{
    const uint32_t monitor = domain(g->monitor_cap);
    const uint32_t device = s->physical.domain_cap != NO_CAP ? domain(s->physical.domain_cap) : 0;

    for (uint64_t i = 0; i < s->ring_frames; i++) {
        const uint64_t f = kernel_mapped(monitor, MONITOR_VA_DEVICE + DEVICE_RING_STRIDE * index + i * FRAME_BYTES);
        const uint32_t borrower = i < s->ring_shared ? domain(s->domain_cap) : device;

        assert_int_not_equal(f, KERNEL_FRAMES);
        assert_int_equal(kernel_frame[f].owner, monitor);
        assert_int_equal(kernel_frame[f].borrower, borrower);
        assert_int_equal(kernel_frame[f].at[1],
                         borrower == 0 ? 0 : DEVICE_VA_RING + DEVICE_RING_STRIDE * client + i * FRAME_BYTES);
    }
}

void bells_are_granted(const struct guest *g, uint32_t index, const struct device_server *s, uint32_t client)
{
    const struct kernel_cap *to_server = kernel_cap(domain(g->monitor_cap), MONITOR_CAP_DEVICE + index);
    const struct kernel_cap *to_monitor = kernel_cap(domain(s->domain_cap), DEVICE_CAP_CLIENT + client);

    assert_int_equal(to_server->type, CAP_THREAD);
    assert_int_equal(to_server->object, kernel_cap(MANAGER_DOMAIN, s->thread_cap)->object);
    assert_int_equal(to_server->rights, CAP_NOTIFY);
    assert_int_equal(to_server->badge, UINT64_C(1) << client);
    assert_int_equal(to_monitor->object, kernel_cap(MANAGER_DOMAIN, g->thread_cap[0])->object);
    assert_int_equal(to_monitor->rights, CAP_NOTIFY);
    assert_int_equal(to_monitor->badge, MONITOR_BIT_DEVICE);
}
