/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "card.h"
#include "exits.h"
#include "fault.h"
#include "suite.h"
#include "world.h"

#define RAM GUEST_RAM_BASE

static struct hart *h;
static struct vcpu_page *page;

static int begin(void **state)
{
    (void)state;
    world_make(2);
    h = &world.monitor.hart[0];
    page = world.page[0];
    page->supervisor = 1;
    page->pc = RAM + 0x1000;
    return 0;
}

static int end(void **state)
{
    (void)state;
    world_drop();
    return 0;
}

static const char *fault(uint64_t scause, uint64_t gpa, uint64_t htinst)
{
    page->scause = scause;
    page->htval = gpa >> 2;
    page->stval = 0xffffffff00000000u | (gpa & 3u);
    page->htinst = htinst;
    return fault_serve(h);
}

static void reads_by_htinst(void **state)
{
    (void)state;
    page->x[9] = UINT64_MAX;
    assert_null(fault(21, UART_GPA + 5, 0x4503)); /* lbu a0 */
    assert_int_equal(page->x[9], 0x60);
    assert_int_equal(page->pc, RAM + 0x1004);
    world.monitor.devices.uart.scr = 0x80;
    assert_null(fault(21, UART_GPA + 7, 0x0503)); /* lb a0: with its sign */
    assert_int_equal(page->x[9], 0xffffffffffffff80);
    world.monitor.devices.plic.threshold[1] = 7;
    assert_null(fault(21, PLIC_GPA + 0x201000, 0x2501)); /* c.lw */
    assert_int_equal(page->x[9], 7);
    assert_int_equal(page->pc, RAM + 0x100a);
    assert_null(fault(21, UART_GPA + 5, 0x4003)); /* to x0 */
    assert_int_equal(page->x[9], 7);
}

/* The short cut answers as the long way does, or not at all. */
static void short_cut(void **state)
{
    (void)state;
    (void)fault(21, UART_GPA + 5, 0x4503);
    page->pc = RAM;
    page->x[9] = 0;
    assert_true(fault_fast(h, &world.monitor, page));
    assert_int_equal(page->x[9], 0x60);
    assert_int_equal(page->pc, RAM + 4);
    page->htinst = 0x4501;
    assert_true(fault_fast(h, &world.monitor, page));
    assert_int_equal(page->pc, RAM + 6);
    page->htinst = 0x2503; /* a word */
    assert_false(fault_fast(h, &world.monitor, page));
    page->htinst = 0;
    assert_false(fault_fast(h, &world.monitor, page));
    page->htinst = 0x4503;
    page->stval += 1;
    assert_false(fault_fast(h, &world.monitor, page));
    page->stval -= 1;
    world.monitor.devices.uart.overrun = true;
    assert_false(fault_fast(h, &world.monitor, page));
    assert_int_equal(page->pc, RAM + 6);
}

static bool short_cut_to(uint64_t gpa, uint64_t htinst)
{
    page->pc = RAM;
    page->htval = gpa >> 2;
    page->stval = gpa;
    page->htinst = htinst;
    return fault_fast(h, &world.monitor, page);
}

static void short_cut_to_the_plic(void **state)
{
    uint32_t *enable = world.monitor.devices.plic.enable[1];

    (void)state;
    enable[1] = 0x80000001;
    assert_true(short_cut_to(PLIC_GPA + 0x2084, 0x2503)); /* lw a0 */
    assert_int_equal(page->x[9], 0xffffffff80000001);
    assert_true(short_cut_to(PLIC_GPA + 0x2084, 0x6503)); /* lwu a0 */
    assert_int_equal(page->x[9], 0x80000001);
    assert_int_equal(page->pc, RAM + 4);
    assert_true(short_cut_to(PLIC_GPA + 0x2084, 0x2001)); /* to x0, compressed */
    assert_int_equal(page->pc, RAM + 2);
    page->x[9] = 0x1234;
    assert_true(short_cut_to(PLIC_GPA + 0x2084, 0xa02023)); /* sw a0 */
    assert_int_equal(enable[1], 0x1234);
    assert_true(short_cut_to(PLIC_GPA + 0x2084, 0x2023)); /* sw zero */
    assert_int_equal(enable[1], 0);
    assert_int_equal(world.monitor.device_lock.taken, 0);
    assert_false(short_cut_to(PLIC_GPA + 0x2084, 0x4503));   /* a byte */
    assert_false(short_cut_to(PLIC_GPA + 0x2084, 0xa03023)); /* a doubleword */
    assert_false(short_cut_to(PLIC_GPA + 0x2082, 0x2503));
    assert_false(short_cut_to(PLIC_GPA + PLIC_BYTES, 0x2503));
    assert_false(short_cut_to(PLIC_GPA - 4, 0x2503));
    assert_false(short_cut_to(PLIC_GPA, 0x100502af)); /* lr.w */
    assert_false(short_cut_to(PLIC_GPA, 0));
    world.monitor.devices.plic.priority[95] = 6;
    world.monitor.device_lock.taken = 1;
    assert_false(short_cut_to(PLIC_GPA + 0x201004, 0x2503)); /* a claim waits for the lock */
    assert_false(short_cut_to(PLIC_GPA, 0xa02023));
    assert_int_equal(page->pc, RAM);
    assert_true(short_cut_to(PLIC_GPA + 4 * 95, 0x2503));
    assert_int_equal(page->x[9], 6);
    assert_true(short_cut_to(PLIC_GPA + 4 * 96, 0x2503));
    assert_int_equal(page->x[9], 0);
    world.monitor.device_lock.taken = 0;
    world.monitor.devices.plic.threshold[1] = 7;
    assert_true(short_cut_to(PLIC_GPA + 0x201000, 0x2503));
    assert_int_equal(page->x[9], 7);
    assert_int_equal(world.monitor.device_lock.taken, 0);
}

static void short_cut_to_a_virtio_device(void **state)
{
    static const uint32_t kinds[] = {DEVICE_CONSOLE, DEVICE_CONSOLE};
    struct virtio_device *d = world.monitor.virtio.device + 1;
    const uint64_t gpa = VIRTIO_GPA + VIRTIO_STRIDE;

    (void)state;
    assert_false(short_cut_to(VIRTIO_GPA + 0x60, 0x2503)); /* there is none */
    world_devices(kinds, 2);
    d->interrupt = 3;
    d->line = true;
    plic_level(&world.monitor.devices.plic, VIRTIO_IRQ + 1, true);
    assert_true(short_cut_to(gpa + 0x60, 0x2503)); /* lw a0 */
    assert_int_equal(page->x[9], 3);
    assert_int_equal(page->pc, RAM + 4);
    page->x[9] = 1;
    assert_true(short_cut_to(gpa + 0x64, 0xa02023)); /* sw a0 */
    assert_true(d->interrupt == 2 && d->line);
    page->x[9] = 2;
    d->lock.taken = 1;
    assert_false(short_cut_to(gpa + 0x64, 0xa02023));
    d->lock.taken = 0;
    assert_true(short_cut_to(gpa + 0x64, 0xa02023));
    assert_true(d->interrupt == 0 && !d->line && d->lock.taken == 0);
    assert_int_equal(world.monitor.virtio.device[0].interrupt, 0);
    assert_false(short_cut_to(gpa + 0x60, 0x4503));   /* a byte */
    assert_false(short_cut_to(gpa + 0x60, 0xa02023)); /* it is only read */
    assert_false(short_cut_to(gpa + 0x64, 0x2503));
    assert_false(short_cut_to(gpa + 0x50, 0xa02023));
    assert_false(short_cut_to(gpa + VIRTIO_STRIDE + 0x60, 0x2503));
    assert_false(short_cut_to(gpa + 0x60, 0));
}

/* Stores that neither send nor empty the FIFO; those go the long way. */
static void short_cut_to_the_uart(void **state)
{
    struct uart *uart = &world.monitor.devices.uart;

    (void)state;
    page->x[9] = 0x15a;
    assert_true(short_cut_to(UART_GPA + 7, 0xa00023)); /* sb a0 */
    assert_int_equal(uart->scr, 0x5a);
    assert_int_equal(page->pc, RAM + 4);
    page->x[9] = 2;
    assert_true(short_cut_to(UART_GPA + 1, 0xa00021)); /* compressed: the transmitter is empty, and may say so */
    assert_int_equal(page->pc, RAM + 2);
    assert_true(uart_interrupt(uart));
    assert_int_not_equal(world.monitor.devices.plic.pending[0] & 1u << UART_IRQ, 0);
    assert_int_equal(world.monitor.device_lock.taken, 0);
    assert_false(short_cut_to(UART_GPA, 0xa00023));
    assert_false(short_cut_to(UART_GPA + 2, 0xa00023));
    assert_false(short_cut_to(UART_GPA + 8, 0xa00023));
    assert_false(short_cut_to(UART_GPA + 7, 0xa02023)); /* a word */
    assert_false(short_cut_to(UART_GPA - 1, 0xa00023));
    world.monitor.device_lock.taken = 1;
    assert_false(short_cut_to(UART_GPA + 7, 0xa00023));
    world.monitor.device_lock.taken = 0;
    assert_int_equal(page->pc, RAM);
    assert_string_equal(world_output(), "");
}

static void writes_by_htinst(void **state)
{
    (void)state;
    page->x[9] = 'A';
    assert_null(fault(23, UART_GPA, 0xa00023)); /* sb a0 */
    assert_string_equal(world_output(), "A");
    assert_null(fault(23, UART_GPA + 7, 0x23)); /* sb zero */
    assert_int_equal(world.monitor.devices.uart.scr, 0);
    page->x[9] = 5;
    assert_null(fault(23, PLIC_GPA + 40, 0xa02023)); /* sw a0 */
    assert_int_equal(world.monitor.devices.plic.priority[10], 5);
}

static void instruction_from_memory(void **state)
{
    (void)state;
    memcpy(world.memory + 0x1000, "\x03\xc5\x55\x00", 4); /* lbu a0, 5(a1) */
    assert_null(fault(21, UART_GPA + 5, 0));
    assert_int_equal(page->x[9], 0x60);
    assert_int_equal(page->pc, RAM + 0x1004);
    assert_int_equal(world.saves, 1);
    page->pc = RAM + WORLD_MEMORY; /* changed meanwhile: the guest tries again */
    assert_null(fault(21, UART_GPA + 5, 0));
    assert_int_equal(page->pc, RAM + WORLD_MEMORY);
    page->pc = RAM + 0x2000;
    assert_non_null(fault(21, UART_GPA + 5, 0)); /* no load there */
    page->pc = RAM + 0x1000;
    assert_non_null(fault(23, UART_GPA + 5, 0)); /* a load cannot fail as a store */
}

static void entry(uint64_t table, uint64_t index, uint64_t gpa, uint64_t bits)
{
    const uint64_t pte = (gpa >> 12) << 10 | bits;

    memcpy(world.memory + table - RAM + 8 * index, &pte, sizeof pte);
}

/* As in shadow mode: no htinst, so the instruction is fetched by the guest's tables, here across two pages of a user
 * program, and not where pc would lie without them. */
static void instruction_by_the_guest_s_tables(void **state)
{
    const uint64_t va = 0x40000ffe;

    (void)state;
    world.start.mode = BUNDLE_SHADOW;
    entry(RAM + 0x10000, 1, RAM + 0x11000, 1);
    entry(RAM + 0x11000, 0, RAM + 0x12000, 1);
    entry(RAM + 0x12000, 0, RAM + 0x5000, 0x5b); /* V R X U A */
    entry(RAM + 0x12000, 1, RAM + 0x3000, 0x5b);
    memcpy(world.memory + 0x5ffe, "\x03\xc5", 2); /* lbu a0, 5(a1) */
    memcpy(world.memory + 0x3000, "\x55\x00", 2);
    page->vsatp = UINT64_C(8) << 60 | (RAM + 0x10000) >> 12;
    page->supervisor = 0;
    page->pc = va;
    assert_null(fault(21, UART_GPA + 5, 0));
    assert_int_equal(page->x[9], 0x60);
    assert_int_equal(page->pc, va + 4);
    page->pc = va;
    page->supervisor = 1; /* a user page is not the kernel's to execute: the guest meets that fault by itself */
    page->x[9] = 0;
    assert_null(fault(21, UART_GPA + 5, 0));
    assert_int_equal(page->x[9], 0);
    assert_int_equal(page->pc, va);
}

static void denied(const char *rule, const char *word)
{
    assert_non_null(rule);
    if (strstr(rule, word) == NULL)
        fail_msg("'%s' does not tell of '%s'", rule, word);
    assert_int_equal(page->pc, RAM + 0x1000);
}

static void what_is_denied(void **state)
{
    static const uint64_t nowhere[] = {0,
                                       0x1000,
                                       UART_GPA - 1,
                                       UART_GPA + UART_BYTES,
                                       PLIC_GPA - 4,
                                       PLIC_GPA + PLIC_BYTES,
                                       RAM - 1,
                                       RAM + WORLD_MEMORY,
                                       UINT64_C(1) << 40};

    (void)state;
    for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        denied(fault(21, nowhere[i], 0x4503), "own devices");
        denied(fault(23, nowhere[i], 0xa00023), "own devices");
    }
    denied(fault(20, UART_GPA, 0), "executes");
    denied(fault(23, UART_GPA, 0x00a5252f), "plain"); /* an AMO */
    denied(fault(23, 0x1000, 0x00a5252f), "own devices");
    denied(fault(23, RAM + WORLD_MEMORY, 0x00a5252f), "own devices");
    denied(fault(21, UART_GPA, 0x2503), "width");
    denied(fault(21, PLIC_GPA, 0x4503), "width");
    denied(fault(21, PLIC_GPA + 2, 0x2503), "width");
    denied(fault(21, PLIC_GPA, 0x3503), "width");
}

/* The guest's exception is what the hart would have delivered. */
static void traps(uint64_t cause)
{
    assert_int_equal(page->vscause, cause);
    assert_int_equal(page->vstval, page->stval);
    assert_int_equal(page->vsepc, RAM + 0x1000);
    assert_int_equal(page->pc, RAM + 0x2000);
    assert_int_equal(page->supervisor, 1);
    assert_true(h->reload);
    h->reload = false;
    page->pc = RAM + 0x1000;
}

static void tables_outside_are_access_faults(void **state)
{
    (void)state;
    page->vstvec = RAM + 0x2001;
    page->vsstatus = 0x40022; /* SUM, SPIE, SIE; from supervisor mode */
    assert_null(fault(21, 0x90000000, 0x3000));
    assert_int_equal(page->vsstatus, 0x40120);
    traps(5);
    page->vsstatus = 0x40120;
    page->supervisor = 0;
    assert_null(fault(23, UART_GPA, 0x3020)); /* a table in a device is none either */
    assert_int_equal(page->vsstatus, 0x40000);
    traps(7);
    assert_null(fault(20, 0x90000000, 0x3000));
    traps(1);
    page->pc = RAM + 0x2000; /* the handler meets it at once: it would go on for ever */
    assert_non_null(strstr(fault(20, 0x90000000, 0x3000), "page tables"));
    assert_false(h->reload);
}

/* A hart that leaves htinst zero: the guest's own tables tell. */
static void tables_outside_without_htinst(void **state)
{
    (void)state;
    page->vstvec = RAM + 0x2000;
    page->vsatp = UINT64_C(8) << 60 | (RAM + 0x10000) >> 12;
    entry(RAM + 0x10000, 2, RAM, 0xcf);
    entry(RAM + 0x10000, 1, 0x90000000, 1);
    page->scause = 21;
    page->stval = 0x40003008;
    page->htval = 0x90000000 >> 2;
    page->htinst = 0;
    assert_int_equal(exits_serve(h, EXIT_FAULT, 0), SBI_RELOAD);
    assert_false(h->reload);
    assert_int_equal(page->vscause, 5);
    assert_int_equal(page->vstval, 0x40003008);
    page->pc = RAM + 0x1000;
    page->stval = 0x80003008; /* by a leaf of its own, to nowhere */
    denied(fault_serve(h), "own devices");
}

static void input_raises_the_interrupt(void **state)
{
    struct devices *d = &world.monitor.devices;

    (void)state;
    d->plic.priority[10] = 1;
    d->plic.enable[3][0] = 1u << 10; /* hart 1 */
    world.monitor.hart[1].state = HART_STARTED;
    (void)uart_write(&d->uart, 1, 1);
    world_input("xy");
    assert_int_equal(exits_serve(h, EXIT_NOTIFIED, MONITOR_BIT_INPUT), SBI_RETURN);
    assert_int_equal(world.page[1]->inject, INJECT_EXTERNAL);
    assert_int_equal(world.kicked, 1u << 1);
    assert_null(fault(21, PLIC_GPA + 0x203004, 0x2503));
    assert_int_equal(page->x[9], 10);
    assert_int_equal(world.page[1]->inject & (uint64_t)INJECT_EXTERNAL << 32, (uint64_t)INJECT_EXTERNAL << 32);
    assert_null(fault(21, UART_GPA, 0x4503));
    assert_int_equal(page->x[9], 'x');
    assert_null(fault(21, UART_GPA, 0x4503)); /* reading made room for the next byte */
    assert_int_equal(page->x[9], 'y');
    page->x[9] = 10;
    assert_null(fault(23, PLIC_GPA + 0x203004, 0xa02023));
    assert_int_equal(d->plic.lines, 0);
}

/* What was typed while the driver was not ready reaches it when it is. */
static void input_waits_for_room(void **state)
{
    (void)state;
    page->x[9] = 0x10;
    assert_null(fault(23, UART_GPA + 4, 0xa00023)); /* loopback: the line is off */
    world_input("abc");
    assert_int_equal(exits_serve(h, EXIT_NOTIFIED, MONITOR_BIT_INPUT), SBI_RETURN);
    assert_int_equal(world.monitor.devices.uart.count, 0);
    page->x[9] = 0x08;
    assert_null(fault(23, UART_GPA + 4, 0xa00023));
    assert_int_equal(world.monitor.devices.uart.count, 1);
    page->x[9] = 0x07;
    assert_null(fault(23, UART_GPA + 2, 0xa00023)); /* FIFOs on, emptied */
    assert_int_equal(world.monitor.devices.uart.count, 2);
    assert_null(fault(21, UART_GPA, 0x4503));
    assert_int_equal(page->x[9], 'b');
}

static void exits_end_the_guest(void **state)
{
    (void)state;
    page->scause = 21;
    page->htval = 0x1000 >> 2;
    page->htinst = 0x4503;
    assert_int_equal(exits_serve(h, EXIT_FAULT, 0), SBI_PARK);
    assert_int_equal(world.monitor.wish, WISH_CRASH);
    assert_non_null(strstr(world_output(), "crashed"));
    assert_int_equal(exits_serve(h, EXIT_NOTIFIED, MONITOR_BIT_WORK), SBI_PARK); /* the halt reaches all */
}

static void card_says_it_all(void **state)
{
    char text[CARD_BYTES];

    (void)state;
    memcpy(world.memory + 0x1000, "\x03\xb5\x05\x00", 4);
    page->x[10] = 0x123456789abcdef0;
    page->htval = 0x40000000 >> 2;
    page->scause = 21;
    page->stval = 0;
    for (uint64_t i = 0; i < 10; i++)
        monitor_record(h, RECORD_SBI, RAM + i, 0x4442434e, i);
    monitor_record(h, RECORD_WRITE, RAM, UART_GPA, 'a');
    monitor_record(h, RECORD_WRITE, RAM, UART_GPA, 'b');
    (void)card_write(h, EXIT_FAULT, "the rule", text, sizeof text);
    assert_non_null(strstr(text, "guest 'web' crashed: vCPU 0: load guest-page fault\n"));
    assert_non_null(strstr(text, "it read 0x40000000; its memory is 0x80000000 .. 0x803fffff\n"));
    assert_non_null(strstr(text, "rule     the rule\n"));
    assert_non_null(strstr(text, "0x0000000080001000  0x0005b503  ld a0, 0(a1)\n"));
    assert_non_null(strstr(text, "a1   123456789abcdef0"));
    assert_non_null(strstr(text, "SBI call, extension 0x4442434e, function 0x9\n"));
    assert_non_null(strstr(text, "wrote 0x62 at 0x10000000  (the last of 2 times)\n"));
    assert_non_null(strstr(text, "function 0x3\n"));
    assert_null(strstr(text, "function 0x2\n")); /* eight, no more */
    assert_non_null(strstr(text, "walk     none: the guest's translation is off\n"));
    assert_non_null(strstr(text, "stage 2  0x40000000: no leaf: one leads to frames of the guest's own (INV-4)\n"));
    assert_null(strstr(text, "  in  "));
}

static void card_shows(const char *line)
{
    char text[CARD_BYTES];

    (void)card_write(h, EXIT_FAULT, "the rule", text, sizeof text);
    if (strstr(text, line) == NULL)
        fail_msg("'%s' is not in\n%s", line, text);
}

/* The walk, with the level that failed. */
static void card_shows_the_walk(void **state)
{
    (void)state;
    page->scause = 21;
    page->vsatp = UINT64_C(8) << 60 | (RAM + 0x10000) >> 12;
    entry(RAM + 0x10000, 1, RAM + 0x11000, 1);
    entry(RAM + 0x11000, 2, RAM + 0x12000, 1);
    entry(RAM + 0x12000, 3, 0x40000000, 0xc7);
    page->stval = 0x40403008;
    page->htval = 0x40000008 >> 2;
    card_shows("  walk     of 0x40403008 by the guest's tables\n"
               "           level 2 at 0x80010008: 0x0000000020004401  table  V-------\n"
               "           level 1 at 0x80011010: 0x0000000020004801  table  V-------\n"
               "           level 0 at 0x80012018: 0x00000000100000c7  leaf  VRW---AD\n"
               "  stage 2  0x40000008: no leaf: one leads to frames");
    page->htval = UART_GPA >> 2;
    card_shows("  stage 2  0x10000000: no leaf: a device of the monitor's stands there\n");
    entry(RAM + 0x12000, 3, 0x40000000, 0xc6);
    card_shows("0x00000000100000c6  not valid  -RW---AD\n");
    entry(RAM + 0x12000, 3, 0x40000000, 1);
    card_shows("table, where a leaf must be");
    entry(RAM + 0x11000, 2, RAM + 0x12000, 0xcf);
    card_shows("leaf, not aligned");
    entry(RAM + 0x11000, 2, 0x90000000, 1);
    card_shows("table  V-------\n           level 0 at 0x90000018: the table is outside its memory\n");
    page->stval = UINT64_C(1) << 45;
    card_shows("not an address of this mode\n  stage 2");
    page->vsatp = UINT64_C(7) << 60;
    card_shows("vsatp has no known mode\n");
}

static void card_knows_nested_faults(void **state)
{
    char text[CARD_BYTES];

    (void)state;
    page->scause = 20;
    page->pc = 0;
    page->vstvec = 1;
    page->vscause = 2;
    page->vsepc = 0x1234;
    (void)card_write(h, EXIT_FAULT, NULL, text, sizeof text);
    assert_non_null(strstr(text, "nested: "));
    assert_non_null(strstr(text, "illegal instruction at 0x1234\n"));
    assert_non_null(strstr(text, "no instruction can be fetched there"));
    (void)card_write(h, SEPTUM_DEAD, NULL, text, sizeof text);
    assert_non_null(strstr(text, "refused to run it (status -4)"));
}

static void card_fits_at_its_largest(void **state)
{
    char text[CARD_BYTES];
    size_t bytes;

    (void)state;
    memset(page, 0xff, sizeof *page);
    page->htinst = 0x3000;
    page->scause = 20;
    page->pc = page->vstvec = ~UINT64_C(3);
    for (uint64_t i = 0; i < 8; i++)
        monitor_record(h, RECORD_SBI, UINT64_MAX - i, UINT64_MAX, UINT64_MAX);
    for (uint32_t i = 0; i < RECORDS; i++)
        h->record[i].times = UINT32_MAX;
    memset(world.start.guest.name, 'n', sizeof world.start.guest.name);
    /* Five levels, each entry a table of the longest number; both addresses have a symbol. */
    page->vsatp = UINT64_C(10) << 60 | (RAM + 0x1000) >> 12;
    for (uint64_t i = 0; i < 512; i++)
        entry(RAM + 0x1000, i, RAM + 0x1000, UINT64_C(0xffc0000000000001));
    world.start.kernel.kind = BUNDLE_KERNEL_RAW;
    world.start.kernel.bytes = UINT64_MAX;
    memset(world.start.kernel.name, 'k', sizeof world.start.kernel.name);
    bytes = card_write(h, EXIT_FAULT, "a guest's page tables lie in its own memory, or some longer rule", text,
                       sizeof text);
    assert_in_range(bytes, 1000, sizeof text - 2);
    assert_int_equal(text[bytes - 1], '\n');
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
static const struct CMUnitTest tests[] = {
    TEST(reads_by_htinst),
    TEST(short_cut),
    TEST(short_cut_to_the_plic),
    TEST(short_cut_to_a_virtio_device),
    TEST(short_cut_to_the_uart),
    TEST(writes_by_htinst),
    TEST(instruction_from_memory),
    TEST(instruction_by_the_guest_s_tables),
    TEST(what_is_denied),
    TEST(tables_outside_are_access_faults),
    TEST(tables_outside_without_htinst),
    TEST(input_raises_the_interrupt),
    TEST(input_waits_for_room),
    TEST(exits_end_the_guest),
    TEST(card_says_it_all),
    TEST(card_shows_the_walk),
    TEST(card_knows_nested_faults),
    TEST(card_fits_at_its_largest),
};
SUITE_MAIN("monitor-fault", tests)
