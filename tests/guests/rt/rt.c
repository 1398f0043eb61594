/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "rt.h"

#define UART_THR  UINT64_C(0x10000000)
#define UART_LSR  UINT64_C(0x10000005)
#define LSR_THRE  0x20u
#define INTERRUPT (UINT64_C(1) << 63)

volatile struct trap trap;
static volatile bool armed;

/* A guest may have another place for what it says. */
__attribute__((weak)) void put_char(char c)
{
    while (!(read8(UART_LSR) & LSR_THRE)) {
    }
    write8(UART_THR, (uint8_t)c);
}

static void put_number(uint64_t value, unsigned base, int width, char fill)
{
    char digits[20];
    int n = 0;

    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    for (int i = n; i < width; i++)
        put_char(fill);
    while (n > 0)
        put_char(digits[--n]);
}

static void put_signed(int64_t value, int width, char fill)
{
    if (value < 0) {
        put_char('-');
        put_number(-(uint64_t)value, 10, width - 1, fill);
    } else {
        put_number((uint64_t)value, 10, width, fill);
    }
}

static void put_text(const char *text)
{
    while (*text)
        put_char(*text++);
}

/* One conversion, from behind the `%`; returns where the text goes on. */
static const char *put_conversion(const char *format, va_list *list)
{
    char fill = *format == '0' ? '0' : ' ';
    int width = 0;
    bool is_long = false;

    for (; *format >= '0' && *format <= '9'; format++)
        width = width * 10 + (*format - '0');
    for (; *format == 'l'; format++)
        is_long = true;
    switch (*format) {
    case 's':
        put_text(va_arg(*list, const char *));
        break;
    case 'c':
        put_char((char)va_arg(*list, int));
        break;
    case 'd':
        put_signed(is_long ? va_arg(*list, int64_t) : va_arg(*list, int), width, fill);
        break;
    case 'u':
    case 'x':
        put_number(is_long ? va_arg(*list, uint64_t) : va_arg(*list, unsigned), *format == 'u' ? 10 : 16, width, fill);
        break;
    default:
        put_char(*format);
        break;
    }
    return format + 1;
}

void say_list(const char *format, va_list list)
{
    va_list rest;

    va_copy(rest, list);
    while (*format) {
        if (*format == '%') {
            format = put_conversion(format + 1, &rest);
        } else {
            if (*format == '\n')
                put_char('\r');
            put_char(*format++);
        }
    }
    va_end(rest);
}

void say(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    say_list(format, list);
    va_end(list);
}

void expect(void)
{
    trap.count = 0;
    armed = true;
}

bool expected(void)
{
    armed = false;
    return trap.count != 0;
}

__attribute__((weak)) void guest_interrupt(uint64_t cause)
{
    csr_clear("sie", UINT64_C(1) << cause);
}

__attribute__((weak)) void guest_second(uint64_t hart, uint64_t number)
{
    (void)hart;
    (void)number;
}

/* Called by start.S; x[0] is sepc, and may be changed. */
void trap_taken(uint64_t x[32]);
void trap_taken(uint64_t x[32])
{
    uint64_t cause = csr_read("scause"), value = csr_read("stval");

    if (cause & INTERRUPT) {
        guest_interrupt(cause & ~INTERRUPT);
        return;
    }
    if (!armed) {
        say("TRAP cause %lu at 0x%lx value 0x%lx ra 0x%lx\n", cause, x[0], value, x[1]);
        sbi_shutdown();
    }
    trap.count++;
    trap.scause = cause;
    trap.stval = value;
    trap.sepc = x[0];
    /* The instruction cannot be read where fetching it is what failed: a fetch fault or a misaligned jump. */
    if (cause == 12 || cause == 1 || cause == 0)
        x[0] = x[1];
    else
        x[0] += (*(const uint16_t *)x[0] & 3) == 3 ? 4 : 2;
}

struct sbi_result sbi(uint64_t extension, uint64_t function, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
                      uint64_t a4)
{
    register uint64_t r0 __asm__("a0") = a0;
    register uint64_t r1 __asm__("a1") = a1;
    register uint64_t r2 __asm__("a2") = a2;
    register uint64_t r3 __asm__("a3") = a3;
    register uint64_t r4 __asm__("a4") = a4;
    register uint64_t r6 __asm__("a6") = function;
    register uint64_t r7 __asm__("a7") = extension;

    __asm__ volatile("ecall" : "+r"(r0), "+r"(r1) : "r"(r2), "r"(r3), "r"(r4), "r"(r6), "r"(r7) : "memory");
    return (struct sbi_result){(int64_t)r0, r1};
}

void sbi_set_timer(uint64_t time)
{
    sbi(SBI_TIME, 0, time, 0, 0, 0, 0);
}

static _Noreturn void system_reset(uint64_t type)
{
    sbi(SBI_SRST, 0, type, 0, 0, 0, 0);
    say("RESET REFUSED\n");
    csr_write("sie", 0);
    for (;;)
        wait_for_interrupt();
}

_Noreturn void sbi_shutdown(void)
{
    system_reset(0);
}

_Noreturn void sbi_reboot(void)
{
    system_reset(1);
}

void sleep_ticks(uint64_t ticks)
{
    uint64_t end = now() + ticks;

    csr_clear("sstatus", SSTATUS_SIE);
    sbi_set_timer(end);
    csr_set("sie", 1u << IRQ_TIMER);
    while (now() < end)
        wait_for_interrupt();
    csr_clear("sie", 1u << IRQ_TIMER);
    sbi_set_timer(UINT64_MAX);
}

/* The compiler may ask for these. */
void *memset(void *to, int value, size_t bytes);
void *memset(void *to, int value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        ((volatile uint8_t *)to)[i] = (uint8_t)value;
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        ((volatile uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    return to;
}
