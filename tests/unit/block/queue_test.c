/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The driver's side of virtio against a device that is right, and against devices that are not. */
#include "suite.h"
#include "world.h"

#include <string.h>

static struct virtqueue_memory memory __attribute__((aligned(4096)));
static struct virtqueue queue;

static int fresh(void **state)
{
    (void)state;
    model_start();
    files_start();
    return 0;
}

static enum virtio_fault begin(void)
{
    enum virtio_fault fault = virtio_begin(&model_virtio, VIRTIO_TYPE_9P, 1, 0);

    if (fault == VIRTIO_OK)
        fault = virtqueue_start(&queue, &model_virtio, 0, VIRTQUEUE_SIZE, &memory, (uintptr_t)&memory);
    if (fault == VIRTIO_OK)
        virtio_go(&model_virtio);
    return fault;
}

static void a_device_is_started(void **state)
{
    (void)state;
    assert_int_equal(begin(), VIRTIO_OK);
    assert_int_equal(device.status, 1 | 2 | 4 | 8);
    assert_true(device.agreed == (UINT64_C(1) << 32 | 1));
    assert_int_equal(device.place.size, 128);
    assert_int_equal(device.place.desc % 16, 0);
    assert_int_equal(device.place.avail % 2, 0);
    assert_int_equal(device.place.used % 4, 0);
}

static void the_iommu_is_agreed_to(void **state)
{
    (void)state;
    device.offered |= UINT64_C(1) << 33 | UINT64_C(1) << 28;
    assert_int_equal(begin(), VIRTIO_OK);
    assert_true(device.agreed == (UINT64_C(3) << 32 | 1));
}

static void faults_of_devices(void **state)
{
    (void)state;
    device.type = 2;
    assert_int_equal(begin(), VIRTIO_OTHER_TYPE);
    model_start();
    device.offered = 1; /* a device of before version 1 */
    assert_int_equal(begin(), VIRTIO_NO_FEATURES);
    assert_int_equal(device.status, VIRTIO_STATUS_FAILED);
    model_start();
    device.no_features = true;
    assert_int_equal(begin(), VIRTIO_NO_FEATURES);
    model_start();
    device.queue_most = 64;
    assert_int_equal(begin(), VIRTIO_NO_QUEUE);
    model_start();
    device.status = 4;
    device.no_reset = true;
    assert_int_equal(begin(), VIRTIO_NO_RESET);
    for (enum virtio_fault f = VIRTIO_OK; f <= VIRTIO_NO_QUEUE; f++)
        assert_true(strlen(virtio_fault_text(f)) > 4);
}

/* The used ring as a device would write it. */
static void device_says(uint16_t index, uint32_t slot, uint32_t chain, uint32_t bytes)
{
    memory.used.done[slot].chain = chain;
    memory.used.done[slot].bytes = bytes;
    memory.used.index = index;
}

static void put(uint32_t chain)
{
    const struct virtqueue_piece piece[2] = {{0x1000, 16, false}, {0x2000, 32, true}};

    virtqueue_put(&queue, chain, piece, 2);
    virtqueue_kick(&queue);
}

static void chains_go_and_come(void **state)
{
    uint32_t chain, bytes;

    (void)state;
    assert_int_equal(begin(), VIRTIO_OK);
    assert_int_equal(virtqueue_take(&queue, &chain, &bytes), VIRTQUEUE_NONE);
    put(3);
    assert_int_equal(memory.avail.index, 1);
    assert_int_equal(memory.avail.chain[0], 12);
    assert_int_equal(memory.desc[12].flags, 1);
    assert_int_equal(memory.desc[12].next, 13);
    assert_int_equal(memory.desc[13].flags, 2);
    assert_int_equal(device.notified, 1);
    device_says(1, 0, 12, 32);
    assert_int_equal(virtqueue_take(&queue, &chain, &bytes), VIRTQUEUE_DONE);
    assert_int_equal(chain, 3);
    assert_int_equal(bytes, 32);
    assert_int_equal(virtqueue_take(&queue, &chain, &bytes), VIRTQUEUE_NONE);
}

static void indices_wrap(void **state)
{
    uint32_t chain, bytes;

    (void)state;
    assert_int_equal(begin(), VIRTIO_OK);
    for (uint32_t i = 0; i < 70000; i++) {
        put(i % VIRTQUEUE_CHAINS);
        device_says((uint16_t)(i + 1), i % 128, 4 * (i % VIRTQUEUE_CHAINS), 1);
        assert_int_equal(virtqueue_take(&queue, &chain, &bytes), VIRTQUEUE_DONE);
        assert_int_equal(chain, i % VIRTQUEUE_CHAINS);
    }
}

static void is_broken_by(uint16_t index, uint32_t chain, uint32_t bytes)
{
    uint32_t c, b;

    fresh(NULL);
    assert_int_equal(begin(), VIRTIO_OK);
    put(3);
    device_says(index, 0, chain, bytes);
    assert_int_equal(virtqueue_take(&queue, &c, &b), VIRTQUEUE_BROKEN);
    device_says(1, 0, 12, 1);
    assert_int_equal(virtqueue_take(&queue, &c, &b), VIRTQUEUE_BROKEN);
}

static void lies_of_devices(void **state)
{
    uint32_t c, b;

    (void)state;
    is_broken_by(2, 12, 1);       /* more than was put */
    is_broken_by(0x8000, 12, 1);
    is_broken_by(0xffff, 12, 1);  /* backwards */
    is_broken_by(1, 13, 1);       /* no chain begins there */
    is_broken_by(1, 16, 1);       /* it is not under way */
    is_broken_by(1, 128, 1);      /* out of range */
    is_broken_by(1, UINT32_MAX - 3, 1);
    is_broken_by(1, 12, 33);      /* more than there was room for */
    is_broken_by(1, 12, UINT32_MAX);
    fresh(NULL);
    assert_int_equal(begin(), VIRTIO_OK);
    put(3);
    put(4);
    device_says(2, 0, 12, 1);
    memory.used.done[1].chain = 12; /* twice the same */
    assert_int_equal(virtqueue_take(&queue, &c, &b), VIRTQUEUE_DONE);
    assert_int_equal(virtqueue_take(&queue, &c, &b), VIRTQUEUE_BROKEN);
}

/* Registers of the virtio-mmio transport by their offsets [virtio 1.2 4.2.2]. */
static void mmio_registers(void **state)
{
    static uint32_t page[1024];
    const struct virtio v = {.transport = &virtio_mmio, .base = (uintptr_t)page};
    const struct virtio_queue_place place = {128, UINT64_C(0x1122334455667788), 0x90a0, 0xb0c0};

    (void)state;
    memset(page, 0, sizeof page);
    assert_false(virtio_mmio.there(&v));
    page[0] = 0x74726976;
    page[1] = 1;
    assert_false(virtio_mmio.there(&v));
    page[1] = 2;
    page[2] = 9;
    assert_true(virtio_mmio.there(&v));
    assert_int_equal(virtio_mmio.type(&v), 9);
    page[0x34 / 4] = 128;
    assert_int_equal(virtio_mmio.queue_most(&v, 0), 128);
    virtio_mmio.queue_place(&v, 0, &place);
    assert_int_equal(page[0x38 / 4], 128);
    assert_int_equal(page[0x80 / 4], 0x55667788);
    assert_int_equal(page[0x84 / 4], 0x11223344);
    assert_int_equal(page[0x90 / 4], 0x90a0);
    assert_int_equal(page[0xa0 / 4], 0xb0c0);
    assert_int_equal(page[0x44 / 4], 1);
    virtio_mmio.set_status(&v, 15);
    assert_int_equal(page[0x70 / 4], 15);
    virtio_mmio.notify(&v, 0);
    page[0x60 / 4] = 3;
    virtio_mmio.interrupt_take(&v);
    assert_int_equal(page[0x64 / 4], 3);
    page[0x100 / 4] = 0x74650600;
    assert_int_equal(virtio_mmio.config(&v, 1), 6);
    page[0x10 / 4] = 5;
    assert_true(virtio_mmio.features(&v) == (UINT64_C(5) << 32 | 5)); /* memory knows of no selector */
    assert_int_equal(page[0x14 / 4], 1);
}

/* And of virtio-pci, by the places that the pci server told [virtio 1.2 4.1.4]. */
static void pci_registers(void **state)
{
    static uint8_t page[0x4000] __attribute__((aligned(8)));
    struct virtio v = {&virtio_pci, (uintptr_t)page, {9, 0x4000, 0x100, 0x3000, 4, 0x1000, 0x2000}};
    const struct virtio_queue_place place = {128, UINT64_C(0x1122334455667788), 0x90a0, 0xb0c0};
    uint64_t wide;
    uint32_t word;
    uint16_t half;

    (void)state;
    memset(page, 0, sizeof page);
    assert_true(virtio_pci.there(&v));
    assert_int_equal(virtio_pci.type(&v), 9);
    memcpy(page + 0x100 + 24, &(uint16_t){128}, 2);
    assert_int_equal(virtio_pci.queue_most(&v, 0), 128);
    virtio_pci.queue_place(&v, 3, &place);
    memcpy(&half, page + 0x100 + 22, 2);
    assert_int_equal(half, 3);
    memcpy(&half, page + 0x100 + 28, 2);
    assert_int_equal(half, 1);
    memcpy(&wide, page + 0x100 + 32, 8);
    assert_true(wide == place.desc);
    memcpy(&wide, page + 0x100 + 40, 8);
    assert_true(wide == place.avail);
    memcpy(&wide, page + 0x100 + 48, 8);
    assert_true(wide == place.used);
    virtio_pci.set_status(&v, 15);
    assert_int_equal(page[0x100 + 20], 15);
    assert_int_equal(page[0x100 + 21], 0); /* the byte alone */
    assert_int_equal(virtio_pci.status(&v), 15);
    virtio_pci.set_features(&v, UINT64_C(0x300000001));
    memcpy(&word, page + 0x100 + 12, 4);
    assert_int_equal(word, 3);
    memcpy(page + 0x100 + 4, &(uint32_t){5}, 4);
    assert_true(virtio_pci.features(&v) == (UINT64_C(5) << 32 | 5)); /* memory knows of no selector */
    memcpy(page + 0x100 + 30, &(uint16_t){7}, 2); /* notify_off */
    virtio_pci.notify(&v, 3);
    memcpy(&half, page + 0x3000 + 7 * 4, 2);
    assert_int_equal(half, 3);
    page[0x2000 + 1] = 6;
    assert_int_equal(virtio_pci.config(&v, 1), 6);
    assert_int_equal(virtio_pci.config(&v, 0x2000), 0);
    virtio_pci.interrupt_take(&v);
    /* A device that says another place, behind its registers, is told nothing: ASan would see a write there. */
    memcpy(page + 0x100 + 30, &(uint16_t){0xffff}, 2);
    virtio_pci.notify(&v, 3);
    v.pci.bytes = 0;
    assert_false(virtio_pci.there(&v));
}

int queue_tests(int *count)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_device_is_started, fresh),  cmocka_unit_test_setup(the_iommu_is_agreed_to, fresh),
        cmocka_unit_test_setup(faults_of_devices, fresh),    cmocka_unit_test_setup(chains_go_and_come, fresh),
        cmocka_unit_test_setup(indices_wrap, fresh),         cmocka_unit_test_setup(lies_of_devices, fresh),
        cmocka_unit_test(mmio_registers),
        cmocka_unit_test(pci_registers),
    };

    *count += (int)(sizeof tests / sizeof tests[0]);
    return cmocka_run_group_tests_name("block: virtio", tests, NULL, NULL);
}
