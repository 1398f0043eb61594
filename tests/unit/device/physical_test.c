/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The machine's own devices: given, confined, refused; and what their rings do when servers and guests end. */
#include "world.h"

#include "manager/pci.h"

static void pci_too_large(void)
{
    struct pci_link *link = (struct pci_link *)(uintptr_t)SELF_VA_PCI_LINK;

    link->fault[0] = PCI_TOO_LARGE;
    link->done = 1;
}

static struct device_function told; /* by a pci server that was taken over */

static void pci_tells(void)
{
    struct pci_link *link = (struct pci_link *)(uintptr_t)SELF_VA_PCI_LINK;

    link->function[0] = told;
    link->done = 1;
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
    ring_is_shared(&guest[0], 0, block, 0);
    assert_int_equal(kernel_mapped(d, DEVICE_VA_RING + FRAME_BYTES), KERNEL_FRAMES); /* the server has no data */
}

/* Behind an IOMMU: registers and interrupt are the server's, DMA goes to a domain that has just what it is to reach. */
static void a_function_is_confined(void **state)
{
    const struct device_server *block = server(DEVICE_BLOCK);
    const uint32_t d = domain(block->domain_cap);
    const uint32_t dma = domain(block->physical.domain_cap);

    (void)state;
    assert_string_equal(said, "IOMMU: device 00:03.0 is the block server's; it reaches that server's memory for it and the "
                              "data areas of rings\n");
    assert_int_equal(kernel_device[DEVFN], dma);
    assert_int_equal(physical_assigned(), 1);
    for (uint64_t i = 0; i < BOOT_PCI_PAGES; i++) {
        assert_int_equal(kernel_window[CONFIG + 1 + i].domain, d);
        assert_int_equal(kernel_window[CONFIG + 1 + i].at, DEVICE_VA_BAR + i * FRAME_BYTES);
    }
    assert_int_equal(kernel_window[CONFIG + 1].thread, kernel_cap(MANAGER_DOMAIN, block->thread_cap)->object);
    assert_int_equal(kernel_cap(d, DEVICE_CAP_IRQ)->object, PCI_IRQ);
    assert_int_equal(block->link->function[0].transport, DEVICE_PCI);
    assert_int_equal(block->link->function[0].notify, 0x3000);
    assert_int_equal(block->link->function[0].requester, DEVFN);
    assert_true(block->link->dma == DEVICE_VA_DMA);
    for (uint64_t i = 0; i < DEVICE_DMA_FRAMES; i++) {
        const uint64_t frame = kernel_mapped(d, DEVICE_VA_DMA + i * FRAME_BYTES);

        assert_int_equal(kernel_frame[frame].owner, d);
        assert_int_equal(kernel_frame[frame].borrower, dma);
        assert_int_equal(kernel_frame[frame].at[1], DEVICE_VA_DMA + i * FRAME_BYTES);
    }
    assert_true(starts(&guest[0]));
    assert_true(block->link->client[0].ring == DEVICE_VA_RING);
    ring_is_shared(&guest[0], 0, block, 0);
}

/* The configuration space is out of everybody's reach once the first server runs. */
static void the_pci_server_is_locked(void **state)
{
    const uint32_t pci = kernel_window[CONFIG].domain;
    uint64_t stopped = 0;

    (void)state;
    assert_int_not_equal(pci, 0);
    assert_int_not_equal(pci, MANAGER_DOMAIN);
    assert_int_equal(kernel_window[CONFIG].at, DEVICE_VA_BAR);
    for (uint32_t i = 0; i < KERNEL_THREADS; i++) {
        if (kernel_thread[i].domain == pci) {
            assert_int_equal(kernel_thread[i].state, THREAD_STOPPED);
            stopped++;
        }
    }
    assert_int_equal(stopped, 1);
    for (uint64_t slot = BOOT_CAP_FREE; slot < CAPS; slot++) {
        const struct kernel_cap *c = kernel_cap(MANAGER_DOMAIN, slot);

        if ((c->type == CAP_DOMAIN && c->object == pci) ||
            (c->type == CAP_THREAD && kernel_thread[c->object].domain == pci))
            assert_int_equal(c->rights, CAP_STOP);
    }
}

static void nothing(void) {}

/* One that never says that it is done; a function that cannot be set up; none at all. */
static void functions_that_cannot_be_had_are_told(void **state)
{
    (void)state;
    kernel_others = nothing;
    begin(PHYSICAL_9P, 0);
    assert_non_null(strstr(said, "the pci server cannot set up the machine's PCI functions: waiting for the pci server"));
    assert_int_equal(kernel_window[CONFIG + 1].domain, 0);
    assert_int_equal(kernel_device[DEVFN], 0);
    guest_begin(&guest[0]);
    assert_non_null(strstr(said, "but the machine shares no directory of its host"));
    kernel_others = pci_too_large;
    begin(PHYSICAL_9P, 0);
    assert_string_equal(said, "PCI function 00:03.0 cannot be driven: its registers need more than 16 KiB, or its BARs more "
                              "than 64 KiB\n");
    assert_int_equal(physical_assigned(), 0);
}

/* A driver follows what the pci server says of its registers: only within the function's pages. */
static void registers_elsewhere_are_not_believed(void **state)
{
    const uint32_t end = DEVICE_FUNCTION_PAGES * FRAME_BYTES;
    const struct device_function bad[] = {{.type = 9, .common = end - 52},        {.type = 9, .common = UINT32_MAX - 3},
                                          {.type = 9, .common = 2},               {.type = 9, .notify = end},
                                          {.type = 9, .isr = DEVICE_VA_LINK}, {.type = 9, .device = end}};

    (void)state;
    kernel_others = pci_tells;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        told = bad[i];
        begin(PHYSICAL_9P, 0);
        assert_string_equal(said, "PCI function 00:03.0 cannot be driven: the pci server tells of registers outside its "
                                  "pages\n");
        assert_int_equal(physical_assigned(), 0);
    }
    told = (struct device_function){.type = 9, .common = end - 56, .notify = end - 1, .isr = end - 1, .device = end - 1};
    begin(PHYSICAL_9P, 0);
    assert_int_equal(physical_assigned(), 1);
}

/* Without an IOMMU a function is as any other device that does DMA. */
static void a_function_without_an_iommu_wants_the_word(void **state)
{
    const struct device_server *block = server(DEVICE_BLOCK);

    (void)state;
    board_iommu = 0;
    begin(PHYSICAL_9P, 0);
    assert_int_equal(kernel_window[CONFIG + 1].domain, 0);
    guest_begin(&guest[0]);
    assert_non_null(strstr(said, "does DMA and no IOMMU is in front of it: write unsafe-dma;"));
    begin(PHYSICAL_9P, BUNDLE_UNSAFE_DMA);
    assert_non_null(strstr(said, "unsafe-dma: the block server's device at 0x40000000 can read and write all memory"));
    assert_int_equal(kernel_device[DEVFN], 0);
    assert_true(block->link->dma == RAM_BASE + kernel_mapped(domain(block->domain_cap), DEVICE_VA_DMA) * FRAME_BYTES);
}

/* With an IOMMU the ring is taken from the device as the guest ends, whatever its server does. */
static void a_confined_ring_comes_back_at_once(void **state)
{
    struct device_server *block = server(DEVICE_BLOCK);
    uint64_t frames;

    (void)state;
    assert_true(starts(&guest[0]) && ends(&guest[0]));
    frames = pool.free;
    assert_true(starts(&guest[0]));
    block->pause = SECOND;
    block->started = kernel_now;
    device_server_restart(block, false);
    assert_true(block->down);
    assert_true(ends(&guest[0]));
    assert_int_equal(pool.free, frames);
    kernel_now += 2 * SECOND;
    (void)device_server_work();
    assert_true(block->link->dma == DEVICE_VA_DMA);
    assert_int_equal(block->link->functions, 1);
    assert_true(starts(&guest[0]));
}

static void refused_dma_is_told_and_does_not_flood(void **state)
{
    (void)state;
    kernel_now += SECOND;
    said[0] = '\0';
    kernel_fault = (struct sys_device_fault){SEPTUM_OK, DEVFN, 23, 0x80200000};
    kernel_faults = 1;
    assert_in_range(physical_watch(), kernel_now + SECOND - 9, kernel_now + SECOND);
    assert_string_equal(said, "device 00:03.0 (driver: block): DMA refused by the IOMMU: write to 0x80200000, cause 23\n");
    said[0] = '\0';
    kernel_fault = (struct sys_device_fault){SEPTUM_OK, 8, 258, 0x1000};
    kernel_faults = 1;
    (void)physical_watch();
    assert_string_equal(said, "device 00:01.0 (driver: nobody): DMA refused by the IOMMU: read of 0x1000, cause 258\n");
    said[0] = '\0';
    kernel_fault.address = 0x1ffc; /* of the page that was told of */
    kernel_faults = 10;
    (void)physical_watch();
    assert_string_equal(said, "");
    for (uint32_t i = 0; i < 90; i++) {
        kernel_fault.address += FRAME_BYTES;
        kernel_faults = 1;
        (void)physical_watch();
    }
    assert_int_equal(strlen(said), 18 * strlen("device 00:01.0 (driver: nobody): DMA refused by the IOMMU: read of "
                                               "0x2ffc, cause 258\n") + 4); /* four addresses are a digit longer */
    said[0] = '\0';
    kernel_now += SECOND;
    (void)physical_watch();
    assert_string_equal(said, "DMA was refused 82 times more\n");
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
    device_server_restart(block, false);
    guest_end(&guest[0], GUEST_OFF, false);
    assert_false(reaches(&guest[0], PHASE_OFF, true));
    assert_int_not_equal(kernel_mapped(domain(block->domain_cap), DEVICE_VA_RING), KERNEL_FRAMES);
    kernel_now += 2 * SECOND;
    (void)device_server_work();
    assert_false(block->down);
    assert_int_equal(block->link->functions, 1);
    assert_true(reaches(&guest[0], PHASE_OFF, true));
}

const struct CMUnitTest physical_tests[] = {
    cmocka_unit_test_setup(a_server_gets_its_device, fresh),
    cmocka_unit_test(no_dma_without_the_word_and_no_device),
    cmocka_unit_test_setup(a_ring_outlives_a_server_that_is_down, fresh),
    cmocka_unit_test_setup(a_function_is_confined, fresh_pci),
    cmocka_unit_test_setup(the_pci_server_is_locked, fresh_pci),
    cmocka_unit_test_setup(functions_that_cannot_be_had_are_told, fresh_pci),
    cmocka_unit_test_setup(registers_elsewhere_are_not_believed, fresh_pci),
    cmocka_unit_test_setup(a_function_without_an_iommu_wants_the_word, fresh_pci),
    cmocka_unit_test_setup(a_confined_ring_comes_back_at_once, fresh_pci),
    cmocka_unit_test_setup(refused_dma_is_told_and_does_not_flood, fresh_pci),
};
const int physical_count = (int)(sizeof physical_tests / sizeof physical_tests[0]);
