/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A goldfish RTC: the time in nanoseconds, which can be set, and one alarm. Registers of 32 bits, as QEMU's virt has
 * them and Linux's rtc-goldfish uses them. `now` is the machine's wall clock; what a guest sets is kept beside it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum rtc_register {
    RTC_TIME_LOW = 0x00,  /* reading it keeps the high half for RTC_TIME_HIGH */
    RTC_TIME_HIGH = 0x04,
    RTC_ALARM_LOW = 0x08, /* writing it sets the alarm */
    RTC_ALARM_HIGH = 0x0c,
    RTC_IRQ_ENABLED = 0x10,
    RTC_CLEAR_ALARM = 0x14,
    RTC_ALARM_STATUS = 0x18, /* 1: an alarm is set and not due yet */
    RTC_CLEAR_INTERRUPT = 0x1c,
};

struct rtc {
    uint64_t offset; /* of the guest's time from the machine's, modulo 2^64; outlives a reset */
    uint64_t alarm;  /* in the guest's time */
    uint32_t high;   /* of the time, when its low half was read */
    bool armed;
    bool pending;
    bool enabled;
};

void rtc_reset(struct rtc *r);

/* The register at the offset, a multiple of 4; one that is not there reads zero and takes nothing. */
uint32_t rtc_read(struct rtc *r, uint64_t offset, uint64_t now);
void rtc_write(struct rtc *r, uint64_t offset, uint32_t value, uint64_t now);

/* An alarm that is due goes off. */
void rtc_tick(struct rtc *r, uint64_t now);

/* Nanoseconds until the alarm, after rtc_tick; UINT64_MAX: none is set. */
uint64_t rtc_left(const struct rtc *r, uint64_t now);

/* The level of the interrupt line. */
bool rtc_interrupt(const struct rtc *r);
