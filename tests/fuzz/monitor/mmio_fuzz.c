/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Guest-page faults with any htinst, any instruction at pc, any page table, and input from the console in between. */
#include "card.h"
#include "exits.h"
#include "fault.h"
#include "input.h"
#include "world.h"

#include <string.h>

static uint64_t take_address(struct input *in)
{
    uint64_t choice = input_take(in, 1);

    switch (choice & 3u) {
    case 0:
        return (choice & 0x80u) != 0 ? UART_GPA + (choice >> 2 & 15u) : RTC_GPA + (choice & 0x7cu) / 2;
    case 1:
        return PLIC_GPA + input_take(in, 3) % PLIC_BYTES;
    case 2:
        return choice < 0xf0 ? PLIC_GPA + (choice >> 2 & 1u ? 0x201004u : 40u) : POWER_GPA + (choice >> 2 & 3u);
    default:
        return input_take(in, 7);
    }
}

static uint64_t take_htinst(struct input *in)
{
    static const uint64_t plain[] = {0x4503,   0x0503,   0x2503, 0x2501, 0x6503, 0x3503, 0xa00023, 0xa02023,
                                     0xa02021, 0xa03023, 0x3000, 0x3020, 0,      0,      0,        0};
    uint64_t choice = input_take(in, 1);

    return choice < 0xe0 ? plain[choice % 16u] : input_take(in, 5);
}

/* The alarm that the console is asked for is the one that is set; a guest that ends itself is to park. */
static void check_clock(void)
{
    struct monitor *m = &world.monitor;

    DEMAND(m->devices.rtc.armed || world.ring->alarm == 0);
    DEMAND(m->halt == 0 ? m->wish == WISH_NONE : (m->hart[0].bits & MONITOR_BIT_WORK) != 0);
    m->halt = 0;
    m->wish = WISH_NONE;
    m->hart[0].bits = 0;
}

static void one_fault(struct input *in)
{
    struct hart *h = &world.monitor.hart[0];
    struct vcpu_page *page = h->page;
    uint64_t gpa = take_address(in);
    uint64_t cause = input_take(in, 1);
    uint64_t pc = GUEST_RAM_BASE + input_take(in, 2);
    uint64_t word = input_take(in, 4);
    uint64_t a0 = input_take(in, 1);
    const char *rule;

    memcpy(world.memory + (pc - GUEST_RAM_BASE), &word, 4);
    page->pc = pc;
    page->x[REG_A0 - 1] = a0;
    page->scause = (cause & 1u) != 0 ? CAUSE_LOAD_GUEST_PAGE : CAUSE_STORE_GUEST_PAGE;
    if (cause > 0xf0)
        page->scause = cause & 31u;
    page->htval = gpa >> 2;
    page->stval = gpa;
    page->htinst = take_htinst(in);
    page->vsatp = (cause & 0x30u) == 0x30u ? UINT64_C(8) << 60 | (GUEST_RAM_BASE >> 12) : 0;
    page->vstvec = GUEST_RAM_BASE + 0x20001; /* where no pc is */
    rule = fault_serve(h);
    if (h->reload) {
        DEMAND(rule == NULL && page->pc == GUEST_RAM_BASE + 0x20000 && page->vsepc == pc && page->vstval == gpa);
        DEMAND(page->vscause == CAUSE_FETCH_ACCESS || page->vscause == CAUSE_LOAD_ACCESS ||
               page->vscause == CAUSE_STORE_ACCESS);
        h->reload = false;
        page->supervisor = 1;
        return;
    }
    DEMAND(rule == NULL || page->pc == pc);
    DEMAND(page->pc - pc == 0 || page->pc - pc == 2 || page->pc - pc == 4);
    DEMAND(rule != NULL || page->pc == pc || devices_cover(gpa));
    check_clock();
    DEMAND(world.monitor.devices.uart.count <= UART_FIFO && world.monitor.devices.uart.first < UART_FIFO);
    DEMAND(world.monitor.driven == world.monitor.devices.plic.lines && world.monitor.driven >> 2 == 0);
    DEMAND(world.monitor.device_lock.taken == 0 && world.monitor.out_lock.taken == 0);
    if (rule != NULL) {
        char text[CARD_BYTES];
        size_t bytes = card_write(h, EXIT_FAULT, rule, text, sizeof text);

        DEMAND(bytes < sizeof text && strlen(text) == bytes);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};

    world_make(2);
    world.console_takes = true;
    world.page[0]->supervisor = 1;
    while (in.left > 0) {
        uint64_t input = input_take(&in, 1);

        world.time += input * input * input;
        if (input < 32) {
            char text[2] = {(char)(input + 1), '\0'};

            world_input(text);
            DEMAND(exits_serve(&world.monitor.hart[0], EXIT_NOTIFIED, MONITOR_BIT_INPUT) == SBI_RETURN);
        }
        one_fault(&in);
    }
    world_drop();
    return 0;
}
