/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "mmio.h"

void devices_reset(struct devices *d, uint32_t cpus)
{
    uart_reset(&d->uart);
    plic_reset(&d->plic, cpus);
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

enum mmio_answer devices_access(struct devices *d, struct mmio *m)
{
    if (m->gpa - UART_GPA < UART_BYTES)
        return devices_uart(d, m, (uint32_t)(m->gpa - UART_GPA));
    if (m->gpa - PLIC_GPA < PLIC_BYTES)
        return devices_plic(d, m, (uint32_t)(m->gpa - PLIC_GPA));
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
