/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Guests with devices come and go, their servers fault, hang, lie: each frame comes back, and nobody else is harmed. */
#define _GNU_SOURCE /* MAP_FIXED */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <lib/device_link.h>
#include <lib/text.h>

#include "kernel.h"
#include "manager/bundle.h"
#include "manager/device.h"
#include "manager/device_server.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define SECOND   10000000u
#define POOL     7000u
#define RAM_BASE UINT64_C(0x80000000)
#define FILES_AT 0x20000u

static uint8_t bundle_bytes[FILES_AT + 4 * ELF_BYTES] __attribute__((aligned(16)));
static char said[8192];

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

/* 'web': a disk and two nets; 'db': one net; 'plain': a console, which wants no server. */
static void system_make(void)
{
    struct bundle *b = (struct bundle *)(void *)bundle_bytes;

    memset(bundle_bytes, 0, sizeof bundle_bytes);
    file_add(b, "monitor");
    file_add(b, "net");
    file_add(b, "block");
    guest_add(b, "web");
    guest_add(b, "db");
    guest_add(b, "plain");
    b->guest[2].devices = BUNDLE_GUEST_CONSOLE;
    b->network_count = 2;
    b->net_count = 3;
    b->net[0] = (struct bundle_net){0, 0, {2, 0, 0, 0, 0, 1}, 0};
    b->net[1] = (struct bundle_net){0, 1, {2, 0, 0, 0, 0, 2}, 7};
    b->net[2] = (struct bundle_net){1, 0, {2, 0, 0, 0, 0, 3}, 0};
    b->disk_count = 1;
    b->disk[0] = (struct bundle_disk){.guest = 0, .flags = BUNDLE_DISK_READ_ONLY, .path = "web.img"};
    bundle = b;
    guest_count = b->guest_count;
}

static struct device_server *server(uint32_t kind)
{
    return device_server_of(kind);
}

static uint32_t domain(uint64_t cap)
{
    return kernel_cap(MANAGER_DOMAIN, cap)->object;
}

static struct kernel_thread *thread(uint64_t cap)
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

static int begin(uint32_t type, uint32_t flags)
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
    for (slot = BOOT_CAP_THREAD + 1; slot < CAPS; slot++) {
        uint64_t held = slot;

        cap_free(&held);
    }
    windows_make(boot, type);
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
        guest[i].about = &bundle->guest[i];
        guest[i].index = i;
    }
    devices_begin();
    return 0;
}

static int fresh(void **state)
{
    (void)state;
    if (begin(PHYSICAL_9P, BUNDLE_UNSAFE_DMA) != 0)
        return -1;
    said[0] = '\0';
    return 0;
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

static void serve_both(void)
{
    serve(server(DEVICE_NET));
    serve(server(DEVICE_BLOCK));
}

/* Slices until the guest is in that phase; true if it gets there. */
static bool reaches(struct guest *g, uint32_t phase, bool served)
{
    for (int i = 0; i < 200 && g->phase != phase; i++) {
        if (g->phase != PHASE_BUILD && g->phase != PHASE_END)
            return false;
        if (!guest_slice(g) && served)
            serve_both();
    }
    return g->phase == phase;
}

static bool starts(struct guest *g)
{
    guest_begin(g);
    return reaches(g, PHASE_LIVE, true);
}

static bool ends(struct guest *g)
{
    guest_end(g, GUEST_OFF, false);
    return reaches(g, PHASE_OFF, true);
}

static void ring_is_shared(const struct guest *g, uint32_t index, const struct device_server *s, uint32_t client)
{
    const uint32_t monitor = domain(g->monitor_cap);

    for (uint64_t i = 0; i < s->ring_frames; i++) {
        const uint64_t f = kernel_mapped(monitor, MONITOR_VA_DEVICE + DEVICE_RING_STRIDE * index + i * FRAME_BYTES);

        assert_int_not_equal(f, KERNEL_FRAMES);
        assert_int_equal(kernel_frame[f].owner, monitor);
        assert_int_equal(f, kernel_mapped(domain(s->domain_cap),
                                          DEVICE_VA_RING + DEVICE_RING_STRIDE * client + i * FRAME_BYTES));
    }
}

static void bells_are_granted(const struct guest *g, uint32_t index, const struct device_server *s, uint32_t client)
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

static void servers_run_above_guests(void **state)
{
    const struct device_server *net = server(DEVICE_NET);

    (void)state;
    assert_string_equal(said, "");
    assert_int_equal(thread(net->thread_cap)->state, THREAD_READY);
    assert_int_equal(thread(net->thread_cap)->argument, 1);
    assert_in_range(thread(net->thread_cap)->priority, 5, 5);
    assert_int_not_equal(thread(net->thread_cap)->budget_us, 0);
    assert_int_equal(net->link->timebase, SECOND);
    assert_int_equal(kernel_cap(domain(net->domain_cap), DEVICE_CAP_MANAGER)->badge, MANAGER_BIT_DEVICE);
    assert_false(device_server_is_there(server(DEVICE_ENTROPY))); /* no guest wants it */
}

static void a_guest_gets_its_devices(void **state)
{
    const struct device_server *net = server(DEVICE_NET);
    const struct monitor_start *start;
    struct guest *web = &guest[0];

    (void)state;
    assert_true(starts(web));
    ring_is_shared(web, 0, server(DEVICE_BLOCK), 0);
    ring_is_shared(web, 1, net, 0);
    ring_is_shared(web, 2, net, 1);
    bells_are_granted(web, 0, server(DEVICE_BLOCK), 0);
    bells_are_granted(web, 2, net, 1);
    start = kernel_memory(kernel_mapped(domain(web->monitor_cap), MONITOR_VA_START));
    assert_int_equal(start->device_count, 3);
    assert_int_equal(start->device[0].kind, DEVICE_BLOCK);
    assert_int_equal(start->device[0].flags, BUNDLE_DISK_READ_ONLY);
    assert_int_equal(start->device[2].kind, DEVICE_NET);
    assert_string_equal(net->link->client[1].name, "web");
    assert_int_equal(net->link->client[1].about.net.vlan, 7);
    assert_int_equal(net->link->client[1].kind, DEVICE_NET);
    assert_int_equal(net->link->client[1].wanted % 2, 1);
    assert_int_equal(net->link->client[2].wanted, 0);
    assert_int_not_equal(thread(net->thread_cap)->bits & DEVICE_BIT_LINK, 0);
    assert_string_equal(server(DEVICE_BLOCK)->link->client[0].about.disk.path, "web.img");
}

static void each_frame_comes_back(void **state)
{
    uint64_t frames = 0;
    uint32_t caps = 0;

    (void)state;
    for (int life = 0; life < 30; life++) {
        assert_true(starts(&guest[0]) && starts(&guest[1]));
        assert_int_equal(guest[0].starts, life + 1);
        assert_true(ends(&guest[0]) && ends(&guest[1]));
        if (life == 0) { /* the servers keep the tables that their rings wanted */
            frames = pool.free;
            caps = kernel_caps(MANAGER_DOMAIN);
        }
        assert_int_equal(pool.free, frames);
        assert_int_equal(kernel_caps(MANAGER_DOMAIN), caps);
    }
    assert_string_equal(said, "");
}

static void a_server_that_never_lets_go_is_started_again(void **state)
{
    struct device_server *net = server(DEVICE_NET);
    const uint64_t before = pool.free;

    (void)state;
    assert_true(starts(&guest[1]));
    guest_end(&guest[1], GUEST_OFF, false);
    assert_false(reaches(&guest[1], PHASE_OFF, false)); /* it does not answer */
    assert_int_equal(net->starts, 1);
    kernel_now += 5 * SECOND;
    guest_slice(&guest[1]);
    assert_int_equal(net->starts, 2);
    assert_int_equal(thread(net->thread_cap)->argument, 2);
    assert_true(reaches(&guest[1], PHASE_OFF, true));
    assert_int_equal(before - pool.free, 2); /* a table of the server's, and one of the manager's for its staging */
    assert_true(starts(&guest[1]));
}

static void fault(struct device_server *s)
{
    thread(s->thread_cap)->state = THREAD_FAULTED;
    device_server_faults();
}

static void a_server_that_faults_is_started_again_and_guests_go_on(void **state)
{
    struct device_server *net = server(DEVICE_NET);

    (void)state;
    assert_true(starts(&guest[0]));
    serve_both();
    fault(net);
    assert_non_null(strstr(said, "the net server was started again"));
    assert_int_equal(thread(net->thread_cap)->state, THREAD_READY);
    assert_int_equal(thread(net->thread_cap)->argument, 2);
    assert_int_equal(guest[0].phase, PHASE_LIVE);
    ring_is_shared(&guest[0], 1, net, 0);
    bells_are_granted(&guest[0], 1, net, 0);
    assert_int_equal(net->link->seen[0], net->link->client[0].wanted - 1); /* news to it */
    assert_int_equal(net->link->seen[2], net->link->client[2].wanted);
    assert_int_equal(server(DEVICE_BLOCK)->starts, 1);
}

static void faults_in_a_row_are_followed_by_longer_pauses(void **state)
{
    struct device_server *net = server(DEVICE_NET);

    (void)state;
    fault(net);
    for (uint64_t pause = 1; pause < 300; pause *= 2) {
        const uint64_t seconds = pause < 64 ? pause : 64;
        const uint64_t starts_before = net->starts;

        fault(net);
        assert_true(net->down);
        assert_in_range(net->due, kernel_now + (seconds - 1) * SECOND, kernel_now + seconds * SECOND);
        assert_int_equal(device_server_work(), net->due);
        assert_int_equal(net->starts, starts_before);
        kernel_now = net->due;
        assert_int_equal(device_server_work(), SEPTUM_FOREVER);
        assert_int_equal(net->starts, starts_before + 1);
    }
    kernel_now += 60 * (uint64_t)SECOND; /* it has lived */
    fault(net);
    assert_false(net->down);
}

static void a_guest_comes_and_goes_while_its_server_is_down(void **state)
{
    struct device_server *net = server(DEVICE_NET);
    uint64_t frames;

    (void)state;
    assert_true(starts(&guest[1]) && ends(&guest[1]));
    frames = pool.free;
    assert_true(starts(&guest[1]));
    serve_both();
    fault(net);
    fault(net);
    assert_true(net->down);
    assert_true(ends(&guest[1]));
    assert_int_equal(pool.free, frames);
    guest_begin(&guest[1]);
    assert_false(reaches(&guest[1], PHASE_LIVE, true)); /* the server still holds the old bell */
    assert_int_equal(guest[1].phase, PHASE_BUILD);
    kernel_now = net->due;
    device_server_work();
    assert_true(reaches(&guest[1], PHASE_LIVE, true));
    bells_are_granted(&guest[1], 0, net, 2);
}

static void a_server_that_writes_its_link_fools_nobody(void **state)
{
    struct device_server *net = server(DEVICE_NET);
    uint64_t frames;

    (void)state;
    assert_true(starts(&guest[1]) && ends(&guest[1]));
    frames = pool.free;
    assert_true(starts(&guest[1]));
    serve_both();
    memset(net->link, 0x5a, sizeof *net->link);
    device_server_news();
    assert_true(ends(&guest[1]));
    assert_int_equal(pool.free, frames);
    assert_true(starts(&guest[1]));
    serve_both();
    net->link->seen[2] = 77; /* it never says that it has let go */
    guest_end(&guest[1], GUEST_OFF, false);
    assert_false(reaches(&guest[1], PHASE_OFF, false));
    kernel_now += 5 * SECOND;
    assert_true(reaches(&guest[1], PHASE_OFF, true)); /* after a restart that writes the link anew */
    assert_int_equal(pool.free, frames);
    assert_string_equal(net->link->client[2].name, "db");
}

static void what_is_not_served_is_told(void **state)
{
    struct bundle *b = (struct bundle *)(void *)bundle_bytes;
    uint64_t frames;

    (void)state;
    assert_true(starts(&guest[2]) && ends(&guest[2]));
    frames = pool.free;
    b->network[1].flags = BUNDLE_NETWORK_UPLINK;
    guest_begin(&guest[0]);
    assert_non_null(strstr(said, "guest 'web' is on a network with an uplink"));
    assert_true(reaches(&guest[0], PHASE_OFF, true));
    cap_free(&server(DEVICE_NET)->thread_cap);
    guest_begin(&guest[1]);
    assert_non_null(strstr(said, "guest 'db' has a net device, but the net server does not run"));
    assert_true(reaches(&guest[1], PHASE_OFF, true));
    assert_true(starts(&guest[2]) && ends(&guest[2])); /* wants none */
    assert_int_equal(device_at(2, 0)->kind, DEVICE_CONSOLE);
    assert_int_equal(pool.free, frames);
}

static void log_put(struct device_server *s, const char *text)
{
    device_link_log(s->link, text, strlen(text));
    device_server_news();
}

static void a_log_is_shown_by_lines_that_forge_nothing(void **state)
{
    struct device_server *net = server(DEVICE_NET);

    (void)state;
    log_put(net, "one line\nhalf of");
    assert_string_equal(said, "net: one line\n");
    log_put(net, " it\x1b[2J\n");
    assert_string_equal(said, "net: one line\nnet: half of it?[2J\n");
    net->link->log_head += DEVICE_LOG_BYTES + 1;
    device_server_news();
    assert_string_equal(said, "net: one line\nnet: half of it?[2J\n");
    for (int i = 0; i < 100; i++)
        log_put(net, "x\n");
    assert_int_equal(strlen(said), strlen("net: one line\nnet: half of it?[2J\n") + 18 * strlen("net: x\n"));
    kernel_now += SECOND;
    log_put(net, "later\n");
    assert_non_null(strstr(said, "net: later\n"));
}

static void a_line_without_end_goes_some_time(void **state)
{
    struct device_server *net = server(DEVICE_NET);

    (void)state;
    for (int i = 0; i < 100; i++)
        log_put(net, "on and on and on and on and on and on and on and on ");
    log_put(net, "\nnext\nlast\n");
    assert_non_null(strstr(said, "net: last\n"));
}

static void counters_are_told(void **state)
{
    struct device_server *net = server(DEVICE_NET);

    (void)state;
    assert_true(starts(&guest[1]));
    for (uint32_t i = 0; i < DEVICE_COUNTERS; i++)
        net->link->counter[2][i] = 10 + i;
    device_stats_say(&guest[1]);
    assert_string_equal(said, "  device 0, net: 10 packets out, 11 bytes out, 12 packets in, 13 bytes in, 14 dropped, "
                              "15 errors\n");
}

/* Registers, interrupt, memory for DMA, and the addresses by which the device knows it and the rings. */
static void a_server_gets_its_device(void **state)
{
    const struct device_server *block = server(DEVICE_BLOCK);
    const uint32_t d = domain(block->domain_cap);
    uint64_t frame;

    (void)state;
    begin(PHYSICAL_9P, BUNDLE_UNSAFE_DMA);
    assert_string_equal(said, "unsafe-dma: the block server's device at 0x10002000 can read and write all memory: no IOMMU "
                              "confines it, and nothing that is proved holds against that server\n");
    assert_int_equal(kernel_window[0].domain, 0);
    assert_int_equal(kernel_window[1].domain, d);
    assert_int_equal(kernel_window[1].at, DEVICE_VA_BAR);
    assert_int_equal(kernel_window[1].thread, kernel_cap(MANAGER_DOMAIN, block->thread_cap)->object);
    assert_int_equal(kernel_window[1].bits, DEVICE_BIT_IRQ);
    assert_int_equal(kernel_cap(d, DEVICE_CAP_IRQ)->object, 2);
    assert_int_equal(block->link->functions, 1);
    assert_int_equal(block->link->function[0].type, 9);
    assert_int_equal(block->link->function[0].transport, DEVICE_MMIO);
    assert_int_equal(block->link->dma_frames, DEVICE_DMA_FRAMES);
    for (uint64_t i = 0; i < DEVICE_DMA_FRAMES; i++) {
        frame = kernel_mapped(d, DEVICE_VA_DMA + i * FRAME_BYTES);
        assert_int_equal(kernel_frame[frame].owner, d);
        assert_true(block->link->dma + i * FRAME_BYTES == RAM_BASE + frame * FRAME_BYTES);
    }
    assert_true(starts(&guest[0]));
    frame = kernel_mapped(d, DEVICE_VA_RING);
    assert_true(block->link->client[0].ring == RAM_BASE + frame * FRAME_BYTES);
    for (uint64_t i = 0; i < BLOCK_RING_FRAMES; i++)
        assert_int_equal(kernel_mapped(d, DEVICE_VA_RING + i * FRAME_BYTES), frame + i);
}

static void is_refused(const char *words)
{
    assert_null(strstr(said, "unsafe-dma: the block"));
    assert_int_equal(kernel_window[1].domain, 0);
    guest_begin(&guest[0]);
    assert_true(reaches(&guest[0], PHASE_OFF, true));
    assert_non_null(strstr(said, words));
    assert_true(starts(&guest[1])); /* which has no disk */
}

static void no_dma_without_the_word_and_no_device(void **state)
{
    (void)state;
    begin(PHYSICAL_9P, 0);
    is_refused("guest 'web' has a block device, but the device that reads its file does DMA and no IOMMU is in front of it: "
               "write unsafe-dma;");
    begin(4, BUNDLE_UNSAFE_DMA);
    is_refused("guest 'web' has a block device, but the machine shares no directory of its host: name one (SHARE=");
}

/* Until the device was reset it may still write into the ring: its frames do not come back before. */
static void a_ring_outlives_a_server_that_is_down(void **state)
{
    struct device_server *block = server(DEVICE_BLOCK);

    (void)state;
    assert_true(starts(&guest[0]));
    block->pause = SECOND;
    block->started = kernel_now;
    device_server_restart(block);
    guest_end(&guest[0], GUEST_OFF, false);
    assert_false(reaches(&guest[0], PHASE_OFF, true));
    assert_int_not_equal(kernel_mapped(domain(block->domain_cap), DEVICE_VA_RING), KERNEL_FRAMES);
    kernel_now += 2 * SECOND;
    (void)device_server_work();
    assert_false(block->down);
    assert_int_equal(block->link->functions, 1);
    assert_true(reaches(&guest[0], PHASE_OFF, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(servers_run_above_guests, fresh),
        cmocka_unit_test_setup(a_guest_gets_its_devices, fresh),
        cmocka_unit_test_setup(each_frame_comes_back, fresh),
        cmocka_unit_test_setup(a_server_that_never_lets_go_is_started_again, fresh),
        cmocka_unit_test_setup(a_server_that_faults_is_started_again_and_guests_go_on, fresh),
        cmocka_unit_test_setup(faults_in_a_row_are_followed_by_longer_pauses, fresh),
        cmocka_unit_test_setup(a_guest_comes_and_goes_while_its_server_is_down, fresh),
        cmocka_unit_test_setup(a_server_that_writes_its_link_fools_nobody, fresh),
        cmocka_unit_test_setup(what_is_not_served_is_told, fresh),
        cmocka_unit_test_setup(a_log_is_shown_by_lines_that_forge_nothing, fresh),
        cmocka_unit_test_setup(a_line_without_end_goes_some_time, fresh),
        cmocka_unit_test_setup(counters_are_told, fresh),
        cmocka_unit_test_setup(a_server_gets_its_device, fresh),
        cmocka_unit_test(no_dma_without_the_word_and_no_device),
        cmocka_unit_test_setup(a_ring_outlives_a_server_that_is_down, fresh),
    };
    const int count = (int)(sizeof tests / sizeof tests[0]);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    printf("unit-device: %d passed, %d failed\n", count - failed, failed);
    return failed == 0 ? 0 : 1;
}
