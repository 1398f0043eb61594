/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Functions with honest and with odd configuration spaces: set up as they say, or left off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pci/function.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS   64u
#define BAR(i)  (4u + (i)) /* word */
#define MEMORY  UINT64_C(0x40010000)
#define COMMAND word[1]

static uint32_t word[WORDS];
static uint32_t mask[6]; /* of each BAR: the bits that can be written */
static bool placed_while_on;
static uint32_t reads;

uint32_t world_read(uint32_t f, uint32_t at)
{
    assert_int_equal(f, 2);
    assert_true(at % 4 == 0 && at < 4 * WORDS);
    reads++;
    return word[at / 4];
}

void world_write(uint32_t f, uint32_t at, uint32_t value)
{
    assert_int_equal(f, 2);
    if (at == 4) {
        COMMAND = (COMMAND & 0xffff0000) | (value & 0x407); /* status is not changed by zeroes */
        assert_int_equal(value >> 16, 0);
    } else if (at >= 0x10 && at < 0x28) {
        const uint32_t i = at / 4 - 4;

        placed_while_on |= (COMMAND & 3) != 0;
        word[BAR(i)] = (word[BAR(i)] & ~mask[i]) | (value & mask[i]);
    } else {
        abort();
    }
}

static void capability(uint32_t at, uint32_t next, uint32_t kind, uint32_t offset, uint32_t bytes)
{
    word[at / 4] = kind << 24 | 0x14u << 16 | next << 8 | 9;
    word[at / 4 + 1] = 4; /* BAR */
    word[at / 4 + 2] = offset;
    word[at / 4 + 3] = bytes;
    word[at / 4 + 4] = 4; /* the multiplier, of kind 2 */
}

/* As QEMU's virtio-9p-pci: BAR 1 for MSI-X, BAR 4 of 64 bits for registers. */
static int honest(void **state)
{
    (void)state;
    memset(word, 0, sizeof word);
    memset(mask, 0, sizeof mask);
    word[0] = 0x10491af4;
    COMMAND = 0x00100007;
    word[BAR(1)] = 0;
    mask[1] = 0xfffff000;
    word[BAR(4)] = 12;
    mask[4] = 0xffffc000;
    mask[5] = 0xffffffff;
    word[0x34 / 4] = 0xdc;
    word[0xdc / 4] = 0x80 << 8 | 0x11; /* MSI-X */
    capability(0x80, 0x94, 1, 0, 0x1000);
    capability(0x94, 0xa8, 3, 0x1000, 0x1000);
    capability(0xa8, 0xbc, 4, 0x2000, 0x1000);
    capability(0xbc, 0, 2, 0x3000, 0x1000);
    placed_while_on = false;
    reads = 0;
    return 0;
}

static enum pci_fault set(struct device_function *out)
{
    assert_int_equal(function_off(2), 9);
    assert_int_equal(COMMAND, 0x00100000);
    return function_on(2, MEMORY, out);
}

static void a_function_answers_where_it_is_told(void **state)
{
    struct device_function out;

    (void)state;
    assert_int_equal(set(&out), PCI_OK);
    assert_int_equal(COMMAND, 0x00100006); /* memory and DMA, no ports, interrupts by the line */
    assert_int_equal(word[BAR(4)], (uint32_t)MEMORY | 12);
    assert_int_equal(word[BAR(5)], 0);
    assert_int_equal(word[BAR(1)], (uint32_t)MEMORY + 0x4000); /* on no window's page */
    assert_false(placed_while_on);
    assert_int_equal(out.type, 9);
    assert_int_equal(out.common, 0);
    assert_int_equal(out.isr, 0x1000);
    assert_int_equal(out.device, 0x2000);
    assert_int_equal(out.device_bytes, 0x1000);
    assert_int_equal(out.notify, 0x3000);
    assert_int_equal(out.notify_multiplier, 4);
}

static void what_is_no_virtio_device_stays_off(void **state)
{
    (void)state;
    word[0] = 0x10498086;
    assert_int_equal(function_off(2), 0);
    assert_int_equal(COMMAND, 0x00100000);
    word[0] = 0x10091af4; /* of the old kind */
    assert_int_equal(function_off(2), 0);
    word[0] = 0x10491af4;
    word[3] = 0x00010000; /* a bridge */
    assert_int_equal(function_off(2), 0);
    word[3] = 0x00800000; /* one of several functions */
    assert_int_equal(function_off(2), 9);
}

static void is_left_off(enum pci_fault why)
{
    struct device_function out;

    assert_int_equal(set(&out), why);
    assert_int_equal(COMMAND & 7, 0);
    assert_in_range(reads, 1, 400);
    honest(NULL);
}

static void odd_registers_are_refused(void **state)
{
    (void)state;
    COMMAND = 7; /* no capabilities */
    assert_int_equal(function_off(2), 9);
    assert_int_equal(function_on(2, MEMORY, &(struct device_function){0}), PCI_NO_REGISTERS);
    honest(NULL);
    word[0x80 / 4] = 1u << 24 | 0x80u << 8 | 9; /* a loop */
    is_left_off(PCI_NO_REGISTERS);
    word[0x34 / 4] = 0x3c; /* before the capabilities */
    is_left_off(PCI_NO_REGISTERS);
    word[0x94 / 4] = (word[0x94 / 4] & ~0xff00u) | 0xf0u << 8; /* it would end behind them */
    is_left_off(PCI_NO_REGISTERS);
    word[0x94 / 4 + 1] = 1; /* another BAR */
    is_left_off(PCI_NO_REGISTERS);
    for (uint32_t at = 0x80; at <= 0xbc; at += 0x14)
        word[at / 4 + 1] = 6; /* no BAR */
    is_left_off(PCI_NO_REGISTERS);
    word[0x80 / 4 + 3] = 55; /* too few bytes */
    is_left_off(PCI_NO_REGISTERS);
    word[0xbc / 4 + 2] = 0x3002;
    is_left_off(PCI_NO_REGISTERS);
    word[0xa8 / 4 + 2] = 0xfffff000; /* with its length it wraps */
    is_left_off(PCI_TOO_LARGE);
    word[0xa8 / 4 + 3] = 0x2004; /* beyond 16 KiB */
    is_left_off(PCI_TOO_LARGE);
}

static void odd_bars_are_refused(void **state)
{
    struct device_function out;

    (void)state;
    mask[4] = 0xffff8000; /* 32 KiB: the next function's registers would be on the last pages */
    is_left_off(PCI_TOO_LARGE);
    mask[4] = 0;
    mask[5] = 0;
    is_left_off(PCI_TOO_LARGE);
    mask[4] = 0xfffec000; /* a bit of the address stays 0 */
    is_left_off(PCI_TOO_LARGE);
    mask[1] = 0xffffb000;
    is_left_off(PCI_TOO_LARGE);
    word[BAR(2)] = 4; /* all addresses there are */
    is_left_off(PCI_TOO_LARGE);
    word[BAR(4)] = 1; /* ports */
    mask[4] = 0xffffffe0;
    is_left_off(PCI_TOO_LARGE);
    mask[1] = 0xfffe0000;
    is_left_off(PCI_TOO_LARGE);
    mask[1] = 0xffff8000; /* and BAR 2 beside it: too much for what is left */
    mask[2] = 0xffff8000;
    is_left_off(PCI_TOO_LARGE);
    word[BAR(0)] = 1; /* ports may stand beside: they get none */
    mask[0] = 0xffffffe0;
    mask[1] = 0xffff8000;
    assert_int_equal(set(&out), PCI_OK);
    assert_int_equal(word[BAR(0)], 1);
    assert_int_equal(word[BAR(1)], (uint32_t)MEMORY + 0x8000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_function_answers_where_it_is_told, honest),
        cmocka_unit_test_setup(what_is_no_virtio_device_stays_off, honest),
        cmocka_unit_test_setup(odd_registers_are_refused, honest),
        cmocka_unit_test_setup(odd_bars_are_refused, honest),
    };
    const int count = (int)(sizeof tests / sizeof tests[0]);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    printf("unit-pci: %d passed, %d failed\n", count - failed, failed);
    return failed == 0 ? 0 : 1;
}
