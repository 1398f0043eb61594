/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "rtc.h"

static uint64_t with_low(uint64_t word, uint32_t value)
{
    return word >> 32 << 32 | value;
}

static uint64_t with_high(uint64_t word, uint32_t value)
{
    return (uint64_t)value << 32 | (uint32_t)word;
}

void rtc_reset(struct rtc *r)
{
    *r = (struct rtc){.offset = r->offset};
}

void rtc_tick(struct rtc *r, uint64_t now)
{
    if (!r->armed || r->alarm > now + r->offset)
        return;
    r->armed = false;
    r->pending = true;
}

uint64_t rtc_left(const struct rtc *r, uint64_t now)
{
    return r->armed ? r->alarm - (now + r->offset) : UINT64_MAX;
}

bool rtc_interrupt(const struct rtc *r)
{
    return r->pending && r->enabled;
}

uint32_t rtc_read(struct rtc *r, uint64_t offset, uint64_t now)
{
    rtc_tick(r, now);
    switch (offset) {
    case RTC_TIME_LOW:
        r->high = (uint32_t)((now + r->offset) >> 32);
        return (uint32_t)(now + r->offset);
    case RTC_TIME_HIGH:
        return r->high;
    case RTC_ALARM_LOW:
        return (uint32_t)r->alarm;
    case RTC_ALARM_HIGH:
        return (uint32_t)(r->alarm >> 32);
    case RTC_IRQ_ENABLED:
        return r->enabled;
    case RTC_ALARM_STATUS:
        return r->armed;
    default:
        return 0;
    }
}

void rtc_write(struct rtc *r, uint64_t offset, uint32_t value, uint64_t now)
{
    rtc_tick(r, now);
    switch (offset) {
    case RTC_TIME_LOW:
        r->offset = with_low(now + r->offset, value) - now;
        break;
    case RTC_TIME_HIGH:
        r->offset = with_high(now + r->offset, value) - now;
        break;
    case RTC_ALARM_LOW:
        r->alarm = with_low(r->alarm, value);
        r->armed = true;
        break;
    case RTC_ALARM_HIGH:
        r->alarm = with_high(r->alarm, value);
        break;
    case RTC_IRQ_ENABLED:
        r->enabled = (value & 1u) != 0;
        break;
    case RTC_CLEAR_ALARM:
        r->armed = false;
        break;
    case RTC_CLEAR_INTERRUPT:
        r->pending = false;
        break;
    default:
        break;
    }
    rtc_tick(r, now);
}
