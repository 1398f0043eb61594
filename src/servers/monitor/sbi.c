/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "sbi.h"

#include "console.h"
#include "hart.h"
#include "ops.h"

#include <string.h>

#define ALL_HARTS  UINT64_MAX
#define ALL_ASIDS  UINT64_MAX
#define DBCN_BYTES 65536u /* of one call: the thread must come by for its notifications */
#define DBCN_PIECE 256u

struct answer {
    int64_t error;
    uint64_t value;
    enum sbi_after after;
};

const uint64_t sbi_base_value[8] = {
    SBI_VERSION, SBI_IMPL_ID, SBI_IMPL_VERSION, SBI_BASE_NONE, 0, 0, 0, SBI_BASE_NONE,
};

static struct answer sbi_error(int64_t error)
{
    return (struct answer){error, 0, SBI_RETURN};
}

static bool sbi_probe(uint64_t extension)
{
    static const uint64_t known[] = {
        SBI_LEGACY_PUTCHAR, SBI_LEGACY_GETCHAR, SBI_BASE, SBI_TIME, SBI_IPI, SBI_RFENCE, SBI_HSM, SBI_SRST, SBI_DBCN,
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i] == extension)
            return true;
    }
    return false;
}

static struct answer sbi_base(uint64_t function, const uint64_t *arg)
{
    if (function > 6)
        return sbi_error(SBI_ERR_NOT_SUPPORTED);
    if (function == SBI_BASE_PROBE)
        return (struct answer){SBI_SUCCESS, sbi_probe(arg[0]) ? 1 : 0, SBI_RETURN};
    return (struct answer){SBI_SUCCESS, sbi_base_value[function], SBI_RETURN};
}

static struct answer sbi_time(struct hart *h, uint64_t function, const uint64_t *arg)
{
    if (function != 0)
        return sbi_error(SBI_ERR_NOT_SUPPORTED);
    h->page->deadline = arg[0];
    return (struct answer){SBI_SUCCESS, 0, SBI_TIMER};
}

/* The harts of a mask that starts at base: bit i of *harts is hart i. */
static int64_t sbi_harts(const struct monitor *m, uint64_t mask, uint64_t base, uint64_t *harts)
{
    uint64_t all = (UINT64_C(1) << m->cpus) - 1;

    if (base == ALL_HARTS) {
        *harts = all;
        return SBI_SUCCESS;
    }
    if (base >= m->cpus || (mask & ~(all >> base)) != 0)
        return SBI_ERR_INVALID_PARAM;
    *harts = mask << base;
    return SBI_SUCCESS;
}

static struct answer sbi_ipi(struct hart *h, uint64_t function, const uint64_t *arg)
{
    uint64_t harts;
    int64_t error;

    if (function != 0)
        return sbi_error(SBI_ERR_NOT_SUPPORTED);
    error = sbi_harts(h->monitor, arg[0], arg[1], &harts);
    if (error != SBI_SUCCESS)
        return sbi_error(error);
    for (; harts != 0; harts &= harts - 1)
        hart_software(h, (uint32_t)__builtin_ctzll(harts));
    return sbi_error(SBI_SUCCESS);
}

/* For the calling hart alone a fence is part of its next entry. The kernel's other fence reaches every hart. */
static struct answer sbi_fence(struct hart *h, uint64_t harts, uint64_t what, uint64_t va, uint64_t bytes, uint64_t asid)
{
    if (harts == UINT64_C(1) << h->index)
        return (struct answer){SBI_SUCCESS, 0, SBI_FENCE};
    ops_fence(what, va, bytes, asid);
    return sbi_error(SBI_SUCCESS);
}

static struct answer sbi_rfence(struct hart *h, uint64_t function, const uint64_t *arg)
{
    uint64_t harts;
    int64_t error;
    uint64_t va = arg[2];
    uint64_t bytes = arg[3];

    if (function > 2) /* hfence: the guest has no guests */
        return sbi_error(SBI_ERR_NOT_SUPPORTED);
    error = sbi_harts(h->monitor, arg[0], arg[1], &harts);
    if (error != SBI_SUCCESS)
        return sbi_error(error);
    if (function == 0)
        return sbi_fence(h, harts, VCPU_FENCE_I, 0, 0, ALL_ASIDS);
    if (bytes != 0 && bytes != UINT64_MAX && va + bytes < va && va + bytes != 0)
        return sbi_error(SBI_ERR_INVALID_ADDRESS);
    if (bytes == 0 || bytes == UINT64_MAX) {
        va = 0;
        bytes = UINT64_MAX;
    } else {
        bytes += va % FRAME_BYTES;
        va -= va % FRAME_BYTES;
    }
    return sbi_fence(h, harts, VCPU_FENCE_VMA, va, bytes, function == 2 ? arg[4] : ALL_ASIDS);
}

static struct answer sbi_hart_status(const struct monitor *m, uint64_t hart)
{
    if (hart >= m->cpus)
        return sbi_error(SBI_ERR_INVALID_PARAM);
    return (struct answer){SBI_SUCCESS, __atomic_load_n(&m->hart[hart].state, __ATOMIC_RELAXED), SBI_RETURN};
}

/* Retentive suspend only. The types between the named ones are reserved. [SBI 2.0 §9.4] */
static struct answer sbi_hart_suspend(struct hart *h, uint64_t type)
{
    uint32_t low = (uint32_t)type;

    if (low == 0) {
        hart_suspend(h);
        return sbi_error(SBI_SUCCESS);
    }
    if (low == 0x80000000u || (low & 0x7fffffffu) >= 0x10000000u)
        return sbi_error(SBI_ERR_NOT_SUPPORTED);
    return sbi_error(SBI_ERR_INVALID_PARAM);
}

static struct answer sbi_hsm(struct hart *h, uint64_t function, const uint64_t *arg)
{
    switch (function) {
    case 0:
        return sbi_error(hart_start(h, arg[0], arg[1], arg[2]));
    case 1:
        hart_stop(h);
        return (struct answer){SBI_SUCCESS, 0, SBI_PARK};
    case 2:
        return sbi_hart_status(h->monitor, arg[0]);
    case 3:
        return sbi_hart_suspend(h, arg[0]);
    default:
        return sbi_error(SBI_ERR_NOT_SUPPORTED);
    }
}

static struct answer sbi_srst(struct hart *h, uint64_t function, const uint64_t *arg)
{
    uint32_t type = (uint32_t)arg[0];
    uint32_t reason = (uint32_t)arg[1];

    if (function != 0)
        return sbi_error(SBI_ERR_NOT_SUPPORTED);
    if (type > 2 || reason > 1)
        return sbi_error(SBI_ERR_INVALID_PARAM);
    hart_halt(h, type == 0 ? WISH_OFF : WISH_RESET);
    return (struct answer){SBI_SUCCESS, 0, SBI_PARK};
}

/* Input for who asks by SBI: what the UART has not given away yet, then the ring. */
static int sbi_input(struct hart *h)
{
    struct monitor *m = h->monitor;
    int byte = uart_take(&m->devices.uart);

    if (byte < 0)
        byte = console_input(m);
    plic_level(&m->devices.plic, UART_IRQ, uart_interrupt(&m->devices.uart));
    return byte;
}

static uint64_t sbi_console_read(struct hart *h, uint8_t *to, uint64_t bytes)
{
    uint64_t done = 0;
    int byte = 0;

    lock_take(&h->monitor->device_lock, h);
    while (done < bytes) {
        byte = sbi_input(h);
        if (byte < 0)
            break;
        to[done++] = (uint8_t)byte;
    }
    lock_drop(&h->monitor->device_lock);
    return done;
}

/* The guest may change the text meanwhile: it is copied once, then used. */
static void sbi_console_write(struct hart *h, const uint8_t *from, uint64_t bytes)
{
    uint8_t piece[DBCN_PIECE];

    while (bytes > 0) {
        size_t count = bytes < sizeof piece ? (size_t)bytes : sizeof piece;

        memcpy(piece, from, count);
        console_guest(h, piece, count);
        from += count;
        bytes -= count;
    }
}

static struct answer sbi_dbcn(struct hart *h, uint64_t function, const uint64_t *arg)
{
    uint64_t bytes = arg[0] < DBCN_BYTES ? arg[0] : DBCN_BYTES;
    uint8_t byte = (uint8_t)arg[0];
    uint8_t *at;

    if (function > 2)
        return sbi_error(SBI_ERR_NOT_SUPPORTED);
    if (function == 2) {
        console_guest(h, &byte, 1);
        return sbi_error(SBI_SUCCESS);
    }
    pages_hold(h);
    at = arg[2] == 0 ? memory_at(&h->monitor->memory, arg[1], arg[0]) : NULL;
    if (at != NULL && function == 0)
        sbi_console_write(h, at, bytes);
    else if (at != NULL)
        bytes = sbi_console_read(h, at, bytes);
    pages_let(h);
    return at == NULL ? sbi_error(SBI_ERR_INVALID_PARAM) : (struct answer){SBI_SUCCESS, bytes, SBI_RETURN};
}

/* The calls of old answer in a0 alone. */
static bool sbi_legacy(struct hart *h, uint64_t extension)
{
    uint8_t byte = (uint8_t)h->page->x[REG_A0 - 1];
    int64_t answer = SBI_SUCCESS;

    if (extension == SBI_LEGACY_PUTCHAR) {
        console_guest(h, &byte, 1);
    } else if (extension == SBI_LEGACY_GETCHAR) {
        answer = sbi_console_read(h, &byte, 1) != 0 ? byte : SBI_ERR_FAILED;
    } else {
        return false;
    }
    h->page->x[REG_A0 - 1] = (uint64_t)answer;
    return true;
}

static struct answer sbi_extension(struct hart *h, uint64_t extension, uint64_t function, const uint64_t *arg)
{
    switch (extension) {
    case SBI_BASE:
        return sbi_base(function, arg);
    case SBI_TIME:
        return sbi_time(h, function, arg);
    case SBI_IPI:
        return sbi_ipi(h, function, arg);
    case SBI_RFENCE:
        return sbi_rfence(h, function, arg);
    case SBI_HSM:
        return sbi_hsm(h, function, arg);
    case SBI_SRST:
        return sbi_srst(h, function, arg);
    case SBI_DBCN:
        return sbi_dbcn(h, function, arg);
    default:
        return sbi_error(SBI_ERR_NOT_SUPPORTED);
    }
}

enum sbi_after sbi_call(struct hart *h)
{
    struct vcpu_page *page = h->page;
    uint64_t extension = page->x[REG_A7 - 1];
    uint64_t function = page->x[REG_A6 - 1];
    const uint64_t *arg = &page->x[REG_A0 - 1];
    struct answer answer;

    monitor_record(h, RECORD_SBI, page->pc - ECALL_BYTES, extension, function);
    if (sbi_legacy(h, extension))
        return SBI_RETURN;
    answer = sbi_extension(h, extension, function, arg);
    page->x[REG_A0 - 1] = (uint64_t)answer.error;
    page->x[REG_A0] = answer.value;
    return answer.after;
}
