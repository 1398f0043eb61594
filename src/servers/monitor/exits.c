/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "exits.h"

#include "card.h"
#include "fault.h"
#include "hart.h"

#include <septum/device.h>

bool exits_bits(struct hart *h)
{
    struct monitor *m = h->monitor;
    uint64_t bits;

    hart_pause(h);
    bits = h->bits;
    h->bits = 0;
    if ((bits & MONITOR_BIT_INPUT) != 0) {
        lock_take(&m->device_lock, h);
        hart_input(h);
        hart_clock(h);
        lock_drop(&m->device_lock);
        virtio_input(h);
    }
    if ((bits & MONITOR_BIT_DEVICE) != 0 || __atomic_load_n(&m->virtio.again, __ATOMIC_ACQUIRE) != 0)
        virtio_news(h);
    return __atomic_load_n(&m->halt, __ATOMIC_ACQUIRE) != 0;
}

static enum sbi_after exits_crash(struct hart *h, int64_t exit, const char *rule)
{
    card_print(h, exit, rule);
    hart_halt(h, WISH_CRASH);
    return SBI_PARK;
}

static enum exit_kind exits_of_call(uint64_t extension)
{
    switch (extension) {
    case SBI_TIME:
        return EXITS_TIMER;
    case SBI_IPI:
        return EXITS_IPI;
    case SBI_RFENCE:
        return EXITS_FENCE;
    default:
        return EXITS_SBI;
    }
}

static enum exit_kind exits_kind(const struct vcpu_page *page, int64_t exit)
{
    if (exit == EXIT_SBI)
        return exits_of_call(page->x[REG_A7 - 1]);
    if (exit != EXIT_FAULT)
        return EXITS_OTHER;
    if (fault_gpa(page) - UART_GPA < UART_BYTES)
        return EXITS_UART;
    return fault_gpa(page) - PLIC_GPA < PLIC_BYTES ? EXITS_PLIC : EXITS_DEVICE;
}

enum sbi_after exits_serve(struct hart *h, int64_t exit, uint64_t bits)
{
    enum sbi_after after = SBI_RETURN;
    const char *rule;

    h->exits[exits_kind(h->page, exit)]++;
    if (exit == EXIT_SBI) {
        after = sbi_call(h);
    } else if (exit == EXIT_FAULT) {
        rule = fault_serve(h);
        if (rule != NULL) {
            monitor_record(h, RECORD_FAULT, h->page->pc, fault_gpa(h->page), h->page->scause);
            after = exits_crash(h, exit, rule);
        } else if (h->reload) {
            h->reload = false;
            after = SBI_RELOAD;
        }
    } else if (exit == EXIT_NOTIFIED) {
        h->bits |= bits;
    } else {
        if (exit == EXIT_OTHER)
            monitor_record(h, RECORD_OTHER, h->page->pc, h->page->scause, h->page->stval);
        after = exits_crash(h, exit, NULL);
    }
    if (h->bits != 0 && exits_bits(h))
        after = SBI_PARK;
    return after;
}
