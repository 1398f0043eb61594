/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "mmio.h"

#include "ops.h"

void devices_reset(struct devices *d, uint32_t cpus)
{
    uart_reset(&d->uart);
    plic_reset(&d->plic, cpus);
    rtc_reset(&d->rtc);
}

/* The UART's line as it stands now. */
static void devices_line(struct devices *d)
{
    plic_level(&d->plic, UART_IRQ, uart_interrupt(&d->uart));
}

static enum mmio_answer devices_uart(struct devices *d, struct mmio *m, uint32_t offset)
{
    enum mmio_answer answer = MMIO_DONE;
    uint32_t room = uart_room(&d->uart);
    int byte;

    if (m->bytes != 1)
        return MMIO_BAD_WIDTH;
    if (m->store) {
        byte = uart_write(&d->uart, offset, (uint8_t)m->value);
        if (byte != UART_NOTHING) {
            m->value = (uint8_t)byte;
            answer = MMIO_SENT;
        } else if (uart_room(&d->uart) > room) {
            answer = MMIO_TAKEN;
        }
    } else {
        m->value = uart_read(&d->uart, offset);
        answer = (offset & 7u) == 0 ? MMIO_TAKEN : MMIO_DONE;
    }
    devices_line(d);
    return answer;
}

static enum mmio_answer devices_plic(struct devices *d, struct mmio *m, uint32_t offset)
{
    if (m->bytes != 4 || (offset & 3u) != 0)
        return MMIO_BAD_WIDTH;
    if (m->store)
        plic_write(&d->plic, offset, (uint32_t)m->value);
    else
        m->value = plic_read(&d->plic, offset);
    return MMIO_DONE;
}

static void devices_rtc_line(struct devices *d)
{
    plic_level(&d->plic, RTC_IRQ, rtc_interrupt(&d->rtc));
}

static enum mmio_answer devices_rtc(struct devices *d, struct mmio *m, uint64_t offset)
{
    const uint64_t now = clock_ns(&d->clock, ops_time());

    if (m->bytes != 4 || (offset & 3u) != 0)
        return MMIO_BAD_WIDTH;
    if (m->store)
        rtc_write(&d->rtc, offset, (uint32_t)m->value, now);
    else
        m->value = rtc_read(&d->rtc, offset, now);
    devices_rtc_line(d);
    return MMIO_ALARM;
}

static enum mmio_answer devices_power(struct mmio *m, uint64_t offset)
{
    static const enum mmio_answer answer[] = {
        [POWER_NOTHING] = MMIO_DONE,
        [POWER_WISHES_OFF] = MMIO_OFF,
        [POWER_WISHES_RESET] = MMIO_RESET,
        [POWER_TELLS_FAILURE] = MMIO_FAILED,
    };
    enum power_wish wish;

    if ((m->bytes != 2 && m->bytes != 4) || offset % m->bytes != 0)
        return MMIO_BAD_WIDTH;
    if (!m->store) {
        m->value = 0;
        return MMIO_DONE;
    }
    wish = power_write(offset, m->bytes == 2 ? (uint16_t)m->value : (uint32_t)m->value);
    if (wish == POWER_TELLS_FAILURE)
        m->value = m->bytes == 2 ? 0 : (uint32_t)m->value >> 16;
    return answer[wish];
}

uint64_t devices_tick(struct devices *d)
{
    const uint64_t time = ops_time();
    const uint64_t now = clock_ns(&d->clock, time);
    uint64_t ticks;

    rtc_tick(&d->rtc, now);
    devices_rtc_line(d);
    if (!d->rtc.armed)
        return 0;
    ticks = clock_ticks(&d->clock, rtc_left(&d->rtc, now));
    return ticks < UINT64_MAX - time ? time + ticks : 0;
}

enum mmio_answer devices_access(struct devices *d, struct mmio *m)
{
    if (m->gpa - UART_GPA < UART_BYTES)
        return devices_uart(d, m, (uint32_t)(m->gpa - UART_GPA));
    if (m->gpa - PLIC_GPA < PLIC_BYTES)
        return devices_plic(d, m, (uint32_t)(m->gpa - PLIC_GPA));
    if (m->gpa - RTC_GPA < SMALL_PAGE)
        return devices_rtc(d, m, m->gpa - RTC_GPA);
    if (m->gpa - POWER_GPA < SMALL_PAGE)
        return devices_power(m, m->gpa - POWER_GPA);
    return MMIO_NO_DEVICE;
}

bool devices_receive(struct devices *d, uint8_t byte)
{
    if (uart_room(&d->uart) == 0)
        return false;
    uart_receive(&d->uart, byte);
    devices_line(d);
    return true;
}
