/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The entropy, the uplink and the disk server: each with a device of its own, confined, and what they share with others. */
#include "world.h"

#include "manager/pci.h"

static void each_device_is_confined_to_its_own_server(void **state)
{
    static const uint32_t kinds[FUNCTIONS] = {DEVICE_BLOCK, DEVICE_ENTROPY, DEVICE_UPLINK, DEVICE_DISK};
    static const uint64_t frames[FUNCTIONS] = {DEVICE_DMA_FRAMES, ENTROPY_DMA_FRAMES, UPLINK_DMA_FRAMES, DISK_DMA_FRAMES};

    (void)state;
    assert_int_equal(physical_assigned(), FUNCTIONS);
    assert_non_null(strstr(said, "IOMMU: device 00:04.0 is the entropy server's; it reaches that server's memory for it and "
                                 "nothing else\n"));
    assert_non_null(strstr(said, "IOMMU: device 00:05.0 is the uplink server's; it reaches"));
    assert_non_null(strstr(said, "IOMMU: device 00:06.0 is the disk server's; it reaches that server's memory for it and the "
                                 "data areas of rings\n"));
    for (uint32_t i = 0; i < FUNCTIONS; i++) {
        const struct device_server *s = server(kinds[i]);
        const uint32_t d = domain(s->domain_cap);
        const uint32_t dma = domain(s->physical.domain_cap);
        uint32_t lent = 0;

        assert_int_equal(kernel_device[DEVFN + 8 * i], dma);
        assert_int_equal(kernel_window[CONFIG + BOOT_PCI_WINDOWS * i + 1].domain, d);
        assert_int_equal(kernel_cap(d, DEVICE_CAP_IRQ)->object, PCI_IRQ + i);
        assert_int_equal(s->link->dma_frames, frames[i]);
        for (uint32_t f = 0; f < KERNEL_FRAMES; f++) {
            if (kernel_frame[f].borrower != dma)
                continue;
            /* What comes into rooms is read into the data areas of a ring of the manager's. */
            if (kinds[i] == DEVICE_BLOCK && kernel_frame[f].owner == MANAGER_DOMAIN)
                continue;
            assert_int_equal(kernel_frame[f].owner, d);
            lent++;
        }
        assert_int_equal(lent, frames[i]);
    }
}

static void the_uplink_shares_a_ring_with_the_switch_and_nothing_else(void **state)
{
    const struct device_server *net = server(DEVICE_NET);
    const struct device_server *uplink = server(DEVICE_UPLINK);
    const uint32_t d = domain(uplink->domain_cap);
    const uint32_t client = 3; /* behind the guests' */

    (void)state;
    assert_int_equal(net->link->client[client].kind, DEVICE_UPLINK);
    assert_int_equal(net->link->client[client].about.net.network, 0);
    assert_int_equal(net->link->client[client].wanted, 1);
    assert_int_equal(uplink->link->client[0].wanted, 1);
    for (uint64_t i = 0; i < NET_RING_FRAMES; i++) {
        const uint64_t f = kernel_mapped(d, DEVICE_VA_RING + i * FRAME_BYTES);

        assert_int_not_equal(f, KERNEL_FRAMES);
        assert_int_equal(kernel_frame[f].owner, d);
        assert_int_equal(kernel_frame[f].borrower, domain(net->domain_cap));
        assert_int_equal(kernel_frame[f].at[1], DEVICE_VA_RING + DEVICE_RING_STRIDE * client + i * FRAME_BYTES);
    }
    assert_int_equal(kernel_cap(d, DEVICE_CAP_CLIENT)->object, kernel_cap(MANAGER_DOMAIN, net->thread_cap)->object);
    assert_int_equal(kernel_cap(d, DEVICE_CAP_CLIENT)->badge, 1u << client);
    assert_int_equal(kernel_cap(d, DEVICE_CAP_CLIENT)->rights, CAP_NOTIFY);
    assert_int_equal(kernel_cap(domain(net->domain_cap), DEVICE_CAP_CLIENT + client)->object,
                     kernel_cap(MANAGER_DOMAIN, uplink->thread_cap)->object);
    assert_int_equal(kernel_cap(domain(net->domain_cap), DEVICE_CAP_CLIENT + client)->badge, 1);
    for (uint32_t f = 0; f < KERNEL_FRAMES; f++) {
        if (kernel_frame[f].borrower == d)
            assert_int_equal(kernel_frame[f].owner, MANAGER_DOMAIN); /* its link */
    }
}

/* With an end of its own neither takes the ring away from the other. */
static void the_ring_outlives_both_servers(void **state)
{
    struct device_server *net = server(DEVICE_NET);
    struct device_server *uplink = server(DEVICE_UPLINK);
    const uint64_t frame = kernel_mapped(domain(uplink->domain_cap), DEVICE_VA_RING);

    (void)state;
    serve_both();
    device_server_restart(uplink, true);
    device_server_restart(net, true);
    assert_false(uplink->down || net->down);
    assert_int_equal(kernel_mapped(domain(uplink->domain_cap), DEVICE_VA_RING), frame);
    assert_int_equal(uplink->link->seen[0], 0); /* the ring is news to it */
    assert_int_equal(net->link->seen[3], 0);
    assert_int_equal(uplink->link->functions, 1);
    assert_int_equal(kernel_frame[frame].borrower, domain(net->domain_cap));
}

static void guests_with_them_come_and_go(void **state)
{
    const struct device_server *entropy = server(DEVICE_ENTROPY);
    uint64_t frames;

    (void)state;
    assert_true(starts(&guest[0]) && starts(&guest[1]));
    ring_is_shared(&guest[1], 2, entropy, 0);
    bells_are_granted(&guest[1], 2, entropy, 0);
    assert_true(ends(&guest[0]) && ends(&guest[1]));
    frames = pool.free;
    for (int life = 0; life < 3; life++)
        assert_true(starts(&guest[0]) && starts(&guest[1]) && ends(&guest[0]) && ends(&guest[1]));
    assert_int_equal(pool.free, frames);
}

/* To its guest a slice is a disk as any other; its server and its server's device are others than a file's. */
static void a_slice_is_its_own_servers(void **state)
{
    struct device_server *disk = server(DEVICE_DISK);
    struct monitor_start page;

    (void)state;
    assert_true(starts(&guest[0]) && starts(&guest[1]));
    assert_int_equal(disk->taken, 1);
    assert_int_equal(server(DEVICE_BLOCK)->link->client[0].guest, 0);
    assert_int_equal(disk->link->client[0].kind, DEVICE_BLOCK);
    assert_int_equal(disk->link->client[0].about.disk.first_sector, 8);
    assert_int_equal(disk->link->client[0].about.disk.sectors, 16);
    ring_is_shared(&guest[1], 0, disk, 0);
    bells_are_granted(&guest[1], 0, disk, 0);
    devices_start_page(&guest[1], &page);
    assert_int_equal(page.device[0].kind, DEVICE_BLOCK);
    for (uint32_t i = 0; i < DEVICE_COUNTERS; i++)
        disk->link->counter[0][i] = 30 + i;
    said[0] = '\0';
    device_stats_say(&guest[1]);
    assert_non_null(strstr(said, "  device 0, disk: 30 reads, 31 bytes read, 32 writes, 33 bytes written, 34 flushes, 35 "
                                 "errors\n"));
    disk->link->seen[0] = 0; /* started again, it has the ring anew */
    device_server_restart(disk, true);
    assert_int_equal(disk->link->client[0].wanted, 1);
    assert_int_equal(disk->link->functions, 1);
}

static void what_went_out_and_came_in_is_told(void **state)
{
    (void)state;
    said[0] = '\0';
    for (uint32_t i = 0; i < DEVICE_COUNTERS; i++)
        server(DEVICE_UPLINK)->link->counter[0][i] = 20 + i;
    strcpy(((struct bundle *)(void *)bundle_bytes)->network[0].name, "lan");
    uplink_stats_say();
    assert_string_equal(said, "  uplink of network 'lan': 20 packets out, 21 bytes out, 22 packets in, 23 bytes in, "
                              "24 dropped, 25 errors\n");
    fresh(NULL); /* no uplink */
    uplink_stats_say();
    assert_string_equal(said, "");
}

/* A machine without the devices: guests that want one do not start, and are told why; others do. */
static void devices_that_are_not_there_are_told(void **state)
{
    (void)state;
    kernel_others = NULL;
    board_iommu = 0;
    begin(PHYSICAL_9P, 0);
    guest_begin(&guest[1]);
    assert_non_null(strstr(said, "guest 'db' has a disk device, but the machine has no disk: give it one (DISK="));
    server(DEVICE_DISK)->physical.lack = NULL;
    guest_begin(&guest[1]);
    assert_non_null(strstr(said, "guest 'db' has a net device, but the machine's network device does DMA and no IOMMU is in "
                                 "front of it: write unsafe-dma;"));
    assert_true(starts(&guest[2]));
}

const struct CMUnitTest own_tests[] = {
    cmocka_unit_test_setup(each_device_is_confined_to_its_own_server, fresh_own),
    cmocka_unit_test_setup(the_uplink_shares_a_ring_with_the_switch_and_nothing_else, fresh_own),
    cmocka_unit_test_setup(the_ring_outlives_both_servers, fresh_own),
    cmocka_unit_test_setup(guests_with_them_come_and_go, fresh_own),
    cmocka_unit_test_setup(a_slice_is_its_own_servers, fresh_own),
    cmocka_unit_test_setup(what_went_out_and_came_in_is_told, fresh_own),
    cmocka_unit_test_setup(devices_that_are_not_there_are_told, fresh_own),
};
const int own_count = (int)(sizeof own_tests / sizeof own_tests[0]);
