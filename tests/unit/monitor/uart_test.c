/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "suite.h"
#include "uart.h"

enum { DATA = 0, IER = 1, IIR = 2, FCR = 2, LCR = 3, MCR = 4, LSR = 5, MSR = 6, SCR = 7 };

static struct uart u;

static int begin(void **state)
{
    (void)state;
    uart_reset(&u);
    return 0;
}

static void put(uint32_t at, uint8_t value)
{
    assert_int_equal(uart_write(&u, at, value), UART_NOTHING);
}

static void after_reset(void **state)
{
    (void)state;
    assert_int_equal(uart_read(&u, IER), 0);
    assert_int_equal(uart_read(&u, IIR), 0x01);
    assert_int_equal(uart_read(&u, LSR), 0x60);
    assert_int_equal(uart_read(&u, MSR), 0xb0);
    assert_false(uart_interrupt(&u));
    assert_int_equal(uart_room(&u), 1);
}

/* What Linux' 8250 driver asks to tell which chip this is. */
static void linux_autoconfig(void **state)
{
    (void)state;
    put(IER, 0x0f);
    assert_int_equal(uart_read(&u, IER), 0x0f);
    put(IER, 0);
    assert_int_equal(uart_read(&u, IER), 0);
    put(MCR, 0x10 | 0x0a);
    assert_int_equal(uart_read(&u, MSR) & 0xf0, 0x90);
    put(MCR, 0x08);
    put(FCR, 0x01);
    assert_int_equal(uart_read(&u, IIR) >> 6, 3); /* a 16550A */
    put(SCR, 0xa5);
    assert_int_equal(uart_read(&u, SCR), 0xa5);
}

static void divisor_latch(void **state)
{
    (void)state;
    put(LCR, 0x83);
    put(DATA, 0x34);
    put(IER, 0x12);
    assert_int_equal(uart_read(&u, DATA), 0x34);
    assert_int_equal(uart_read(&u, IER), 0x12);
    put(LCR, 0x03);
    assert_int_equal(uart_read(&u, LCR), 0x03);
    assert_int_equal(uart_read(&u, IER), 0);
    assert_int_equal(uart_write(&u, DATA, 'x'), 'x');
}

static void transmitter_interrupt(void **state)
{
    (void)state;
    put(IER, 0x02);
    assert_true(uart_interrupt(&u)); /* it is empty when it is enabled */
    assert_int_equal(uart_read(&u, IIR), 0x02);
    assert_false(uart_interrupt(&u)); /* reading IIR took it back */
    assert_int_equal(uart_write(&u, DATA, 'a'), 'a');
    assert_true(uart_interrupt(&u));
    put(IER, 0);
    assert_false(uart_interrupt(&u));
    assert_int_equal(uart_read(&u, IIR), 0x01);
}

static void receiver_and_trigger(void **state)
{
    (void)state;
    put(FCR, 0x41); /* FIFOs, trigger level 4 */
    put(IER, 0x01);
    assert_int_equal(uart_room(&u), 16);
    uart_receive(&u, 'a');
    assert_true(uart_interrupt(&u));
    assert_int_equal(uart_read(&u, IIR), 0xcc); /* below the level: time-out */
    for (uint8_t i = 1; i < 4; i++)
        uart_receive(&u, (uint8_t)('a' + i));
    assert_int_equal(uart_read(&u, IIR), 0xc4);
    assert_int_equal(uart_read(&u, LSR), 0x61);
    for (uint8_t i = 0; i < 4; i++)
        assert_int_equal(uart_read(&u, DATA), 'a' + i);
    assert_false(uart_interrupt(&u));
    assert_int_equal(uart_read(&u, DATA), 0);
    assert_int_equal(uart_read(&u, LSR), 0x60);
}

static void overrun_is_told_once(void **state)
{
    (void)state;
    put(IER, 0x05);
    uart_receive(&u, 'a');
    uart_receive(&u, 'b');
    assert_int_equal(uart_peek_status(&u), UART_NOTHING); /* reading it would change something */
    assert_int_equal(uart_read(&u, IIR), 0x06);           /* before received data */
    assert_int_equal(uart_read(&u, LSR), 0x63);
    assert_int_equal(uart_read(&u, LSR), 0x61);
    assert_int_equal(uart_peek_status(&u), 0x61);
    assert_int_equal(uart_read(&u, IIR), 0x04);
    assert_int_equal(uart_read(&u, DATA), 'a');
    assert_int_equal(uart_take(&u), UART_NOTHING);
}

static void fifo_wraps_and_clears(void **state)
{
    (void)state;
    put(FCR, 0x01);
    for (int round = 0; round < 40; round++) {
        uart_receive(&u, (uint8_t)round);
        uart_receive(&u, (uint8_t)(round + 100));
        assert_int_equal(uart_read(&u, DATA), round);
        assert_int_equal(uart_read(&u, DATA), round + 100);
    }
    for (int i = 0; i < 16; i++)
        uart_receive(&u, (uint8_t)i);
    assert_int_equal(uart_room(&u), 0);
    put(FCR, 0x03);
    assert_int_equal(uart_room(&u), 16);
    uart_receive(&u, 1);
    put(FCR, 0x00); /* FIFOs off: emptied, one byte deep */
    assert_int_equal(uart_room(&u), 1);
}

static void loopback_keeps_the_line_out(void **state)
{
    (void)state;
    put(MCR, 0x10);
    assert_int_equal(uart_room(&u), 0);
    uart_receive(&u, 'x');
    assert_int_equal(uart_read(&u, LSR), 0x60);
    put(DATA, 'y'); /* nothing goes out */
    assert_int_equal(uart_read(&u, LSR), 0x61);
    assert_int_equal(uart_read(&u, DATA), 'y');
}

static void modem_changes_are_told(void **state)
{
    (void)state;
    put(IER, 0x08);
    put(MCR, 0x1f); /* ring rises as well: not told */
    assert_int_equal(uart_read(&u, IIR), 0x01);
    put(MCR, 0x10);
    assert_int_equal(uart_read(&u, IIR), 0x00);
    assert_int_equal(uart_read(&u, MSR), 0x0f);
    assert_int_equal(uart_read(&u, MSR), 0x00);
    assert_false(uart_interrupt(&u));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(after_reset, begin),
    cmocka_unit_test_setup(linux_autoconfig, begin),
    cmocka_unit_test_setup(divisor_latch, begin),
    cmocka_unit_test_setup(transmitter_interrupt, begin),
    cmocka_unit_test_setup(receiver_and_trigger, begin),
    cmocka_unit_test_setup(overrun_is_told_once, begin),
    cmocka_unit_test_setup(fifo_wraps_and_clears, begin),
    cmocka_unit_test_setup(loopback_keeps_the_line_out, begin),
    cmocka_unit_test_setup(modem_changes_are_told, begin),
};
SUITE_MAIN("monitor-uart", tests)
