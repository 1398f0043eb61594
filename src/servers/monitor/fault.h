/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Guest-page faults: an access to a device is carried out, any other ends the guest. */
#pragma once

#include "hart.h"
#include "monitor.h"

#define CAUSE_FETCH_ACCESS     1u
#define CAUSE_LOAD_ACCESS      5u
#define CAUSE_STORE_ACCESS     7u
#define CAUSE_FETCH_GUEST_PAGE 20u
#define CAUSE_LOAD_GUEST_PAGE  21u
#define CAUSE_STORE_GUEST_PAGE 23u

/* NULL: served, back to the guest. Else the rule that denies the access. */
const char *fault_serve(struct hart *h);

/* The guest-physical address of the fault on the page. */
static inline uint64_t fault_gpa(const struct vcpu_page *page)
{
    return page->htval << 2 | (page->stval & 3u);
}

/*
 * What htinst hands over: a load, all but rd, the address offset (rs1), the length and the sign; a store, all but rs2,
 * the address offset and the length.
 */
#define HTINST_LOAD_MASK  UINT64_C(0xfffffffffff0307d)
#define HTINST_LOAD_BYTE  0x0001u
#define HTINST_LOAD_WORD  0x2001u
#define HTINST_UNSIGNED   0x4000u
#define HTINST_STORE_MASK UINT64_C(0xfffffffffe007ffd)
#define HTINST_STORE_BYTE 0x0021u
#define HTINST_STORE_WORD 0x2021u

static inline void fault_loaded(struct vcpu_page *page, uint64_t htinst, uint32_t value)
{
    uint64_t kept = (htinst & HTINST_UNSIGNED) != 0 ? value : (uint64_t)(int32_t)value;

    page_set(page, htinst >> 7 & 31u, kept);
}

/* A word access to the PLIC that may change it. False: another thread is at the devices. */
static inline bool fault_plic_locked(struct hart *h, struct monitor *m, struct vcpu_page *page, uint64_t offset,
                                     uint64_t htinst, bool load)
{
    struct plic *plic = &m->devices.plic;

    if (!lock_try(&m->device_lock))
        return false;
    if (load)
        fault_loaded(page, htinst, plic_read(plic, offset));
    else
        plic_write(plic, offset, (uint32_t)page_get(page, htinst >> 20 & 31u));
    if (plic->lines != m->driven)
        hart_external(h);
    lock_drop(&m->device_lock);
    return true;
}

/* A word access to the PLIC. False: not that, or not now. */
static inline bool fault_plic(struct hart *h, struct monitor *m, struct vcpu_page *page, uint64_t offset,
                              uint64_t htinst)
{
    if ((offset & 3u) != 0)
        return false;
    if ((htinst & HTINST_LOAD_MASK) == HTINST_LOAD_WORD) {
        if (offset >= PLIC_CONTEXT_OFFSET)
            return fault_plic_locked(h, m, page, offset, htinst, true);
        fault_loaded(page, htinst, plic_peek(&m->devices.plic, offset));
        return true;
    }
    return (htinst & HTINST_STORE_MASK) == HTINST_STORE_WORD && fault_plic_locked(h, m, page, offset, htinst, false);
}

/* A byte to a UART register that neither sends nor makes room for input. False: not that, or not now. */
static inline bool fault_uart_store(struct hart *h, struct monitor *m, struct vcpu_page *page, uint64_t offset,
                                    uint64_t htinst)
{
    struct devices *d = &m->devices;

    if ((htinst & HTINST_STORE_MASK) != HTINST_STORE_BYTE || offset - 1 >= UART_SCR || offset == UART_FCR)
        return false;
    if (!lock_try(&m->device_lock))
        return false;
    (void)uart_write(&d->uart, (uint32_t)offset, (uint8_t)page_get(page, htinst >> 20 & 31u));
    plic_level(&d->plic, UART_IRQ, uart_interrupt(&d->uart));
    if (d->plic.lines != m->driven)
        hart_external(h);
    lock_drop(&m->device_lock);
    return true;
}

/* A look at the UART's line status. False: not that, or it would change something. */
static inline bool fault_uart_status(struct monitor *m, struct vcpu_page *page, uint64_t offset, uint64_t htinst)
{
    int value;

    if (offset != UART_LSR || (htinst & HTINST_LOAD_MASK) != HTINST_LOAD_BYTE)
        return false;
    value = uart_peek_status(&m->devices.uart);
    if (value == UART_NOTHING)
        return false;
    page_set(page, htinst >> 7 & 31u, (uint64_t)value);
    return true;
}

/* What a driver does at each interrupt of a virtio device: asks why, and says that it knows. False: not that, or not now. */
static inline bool fault_virtio(struct hart *h, struct monitor *m, struct vcpu_page *page, uint64_t offset, uint64_t htinst)
{
    struct virtio_device *d;

    if (offset >= VIRTIO_STRIDE * m->virtio.count)
        return false;
    d = &m->virtio.device[offset / VIRTIO_STRIDE];
    if (offset % VIRTIO_STRIDE == VIRTIO_REG_INTERRUPT && (htinst & HTINST_LOAD_MASK) == HTINST_LOAD_WORD)
        fault_loaded(page, htinst, __atomic_load_n(&d->interrupt, __ATOMIC_RELAXED));
    else if (offset % VIRTIO_STRIDE != VIRTIO_REG_INTERRUPT_ACK || (htinst & HTINST_STORE_MASK) != HTINST_STORE_WORD ||
             !virtio_acknowledge(h, d, (uint32_t)page_get(page, htinst >> 20 & 31u)))
        return false;
    h->exits[EXITS_DEVICE]++;
    return true;
}

/*
 * The accesses that guests repeat most, in a few instructions: the PLIC's registers, the UART's line status and its
 * plain registers, a virtio device's interrupt. They leave no record for the crash card. False: nothing is done, see
 * fault_serve.
 */
static inline bool fault_fast(struct hart *h, struct monitor *m, struct vcpu_page *page)
{
    uint64_t gpa = fault_gpa(page);
    uint64_t htinst = page->htinst;
    uint64_t offset = gpa - UART_GPA;

    if (gpa - PLIC_GPA < PLIC_BYTES) {
        if (!fault_plic(h, m, page, gpa - PLIC_GPA, htinst))
            return false;
        h->exits[EXITS_PLIC]++;
    } else if (fault_uart_status(m, page, offset, htinst) || fault_uart_store(h, m, page, offset, htinst)) {
        h->exits[EXITS_UART]++;
    } else if (!fault_virtio(h, m, page, gpa - VIRTIO_GPA, htinst)) {
        return false;
    }
    page->pc += (htinst & 2u) + 2u;
    return true;
}
