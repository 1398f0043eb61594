/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The console server: built first, told of each guest's ring, and started again if it faults: in its own domain, with
 * its memory as it was at the start, so that the rings stay lent and nobody's capabilities change.
 */
#include "manager.h"

#include <string.h>

#define CONSOLE_PRIORITY 7
#define RESTARTS_MOST    5

static struct estate console_estate;
static struct writable console_writable;
static uint64_t console_entry;
static uint64_t link_frame[LINK_FRAMES];
static uint64_t console_restarts;

/* The first window that is a 16550; WINDOWS if there is none. */
uint64_t console_uart(void)
{
    const struct bootinfo *boot = boot_info();

    for (uint64_t i = 0; i < boot->window_count && i < WINDOWS; i++) {
        if (strncmp(boot->window[i].compatible, "ns16550", 7) == 0)
            return i;
    }
    return WINDOWS;
}

static bool link_make(void)
{
    const struct place self = {CAP_SELF, &self_estate};
    struct console_link *link = (struct console_link *)(uintptr_t)SELF_VA_LINK;

    if (link_page != NULL)
        return true;
    for (uint64_t i = 0; i < LINK_FRAMES; i++) {
        if (!place_frame(&self, &link_frame[i]) ||
            !place_map(&self, SELF_VA_LINK + i * FRAME_BYTES, link_frame[i], 0, MAP_READ | MAP_WRITE))
            return false;
    }
    memset(link, 0, sizeof *link);
    link->timebase = boot_info()->timebase;
    link->guest_count = guest_count;
    for (uint32_t i = 0; i < guest_count; i++)
        memcpy(link->name[i], guest[i].about->name, BUNDLE_NAME_BYTES);
    servers_name(link);
    link_page = link;
    return true;
}

static bool link_lend(const struct place *place)
{
    for (uint64_t i = 0; i < LINK_FRAMES; i++) {
        if (!place_lend(place, "lending the link", CAP_SELF, CONSOLE_VA_LINK + i * FRAME_BYTES, link_frame[i], 1))
            return false;
    }
    return true;
}

static bool console_space(struct place *place, uint64_t uart)
{
    const bool made = place_server(place, "creating the console's domain", "console", &console_entry, &console_writable);

    console_domain_cap = place->domain;
    return made && place_window(place, BOOT_CAP_WINDOW + uart, CONSOLE_VA_UART) && link_lend(place);
}

static bool console_authority(uint64_t uart)
{
    const uint64_t to = console_domain_cap;

    return !refused("granting the manager's bell",
                    sys_cap_grant(to, CONSOLE_CAP_MANAGER, BOOT_CAP_THREAD, CAP_NOTIFY, MANAGER_BIT_CONSOLE)) &&
           !refused("granting the interrupt",
                    sys_cap_grant(to, CONSOLE_CAP_UART_IRQ, BOOT_CAP_IRQ + uart, CAP_RIGHTS, 0)) &&
           !refused("granting its thread",
                    sys_cap_grant(to, CONSOLE_CAP_SELF_THREAD, console_thread_cap, CAP_NOTIFY, CONSOLE_BIT_LOG)) &&
           !refused("binding the interrupt", sys_irq_bind(BOOT_CAP_IRQ + uart, console_thread_cap, CONSOLE_BIT_UART));
}

/* It runs, and is told what there is to show. */
static bool console_start(void)
{
    uint64_t bell;

    if (!cap_take(&bell) || refused("making the console's bell",
                                    sys_cap_grant(CAP_SELF, bell, console_thread_cap, CAP_NOTIFY, CONSOLE_BIT_LOG)))
        return false;
    if (refused("starting the console", sys_thread_start(console_thread_cap, console_entry, SERVER_VA_STACK, 0)))
        return false;
    console_bell_cap = bell;
    return true;
}

bool console_build(void)
{
    const struct time_share share = {CONSOLE_PRIORITY, 0, 0};
    const uint64_t uart = console_uart();
    struct place place = {NO_CAP, &console_estate};

    if (uart == WINDOWS)
        return !refused("finding a 16550 UART in the machine's device tree", SEPTUM_BAD_ARGUMENT);
    if (!policy_fits(&policy, POLICY_CONSOLE, uart))
        return !refused("giving the console its UART", SEPTUM_DENIED);
    return link_make() && console_space(&place, uart) && cap_take(&console_thread_cap) &&
           thread_make(place.domain, console_thread_cap, boot_info()->hart_count - 1, &share) &&
           console_authority(uart) && console_start();
}

/* The ring and the way to wake the guest's monitor: the console's part of a guest. */
static bool ring_attach(struct guest *g)
{
    const struct place console = {console_domain_cap, &console_estate};
    const uint64_t va = CONSOLE_VA_RING + (uint64_t)CONSOLE_RING_STRIDE * g->index;

    g->attached = true;
    if (!place_lend(&console, "lending the ring", g->monitor_cap, va, g->ring, RING_FRAMES) ||
        refused("granting the monitor's bell", sys_cap_grant(console_domain_cap, CONSOLE_CAP_CLIENT + g->index,
                                                             g->thread_cap[0], CAP_NOTIFY, MONITOR_BIT_INPUT)))
        return false;
    __atomic_store_n(&link_page->wanted[g->index], (link_page->wanted[g->index] + 1) | 1, __ATOMIC_RELEASE);
    console_wake();
    return true;
}

bool console_attach(struct guest *g)
{
    if (console_thread_cap == NO_CAP)
        return true;
    return !refused("granting the console's bell",
                    sys_cap_grant(g->monitor_cap, MONITOR_CAP_CONSOLE, console_thread_cap, CAP_NOTIFY,
                                  UINT64_C(1) << g->index)) &&
           ring_attach(g);
}

static void console_halt(void)
{
    cap_free(&console_bell_cap);
    thread_halt(console_thread_cap);
}

/* The rings that are there are news to it; one that is to be left alone may be gone already. */
static void rings_renew(void)
{
    for (uint32_t i = 0; i < guest_count; i++)
        link_page->seen[i] = link_page->wanted[i] - link_page->wanted[i] % 2;
}

/* As at its first start: what it wrote into the link, too. What was not shown yet is lost. */
static bool console_renew(void)
{
    const struct place place = {console_domain_cap, &console_estate};

    link_page->log_tail = link_page->log_head;
    link_page->command_head = link_page->command_tail;
    rings_renew();
    return place_renew(&place, &console_writable) && console_start();
}

void console_restart(bool by_hand)
{
    console_restarts += by_hand ? 0 : 1;
    console_halt();
    if (console_restarts > RESTARTS_MOST) {
        say("the console is not started again: it has been %lu times; the guests run on without it",
            console_restarts - 1);
        cap_free(&console_thread_cap);
    } else if (!console_renew()) {
        say("the console cannot be started again: %s: %s; the guests run on without it", trouble.step,
            status_text(trouble.status));
        cap_free(&console_thread_cap);
    } else {
        say("the console was started again");
    }
}

void console_faulted(const struct sys_thread_info *info)
{
    cap_free(&console_bell_cap); /* so that the firmware shows this */
    say("the console faulted: cause %lu at pc 0x%lx, address 0x%lx", info->cause, info->pc, info->stval);
    console_restart(false);
}

void console_usage(struct link_usage *usage)
{
    estate_count(&console_estate, usage);
}
