/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What others ask of the manager: monitors by calls, the console by the link, the kernel by the fault bit. */
#include "balloon.h"
#include "device_server.h"

#include <string.h>

#define FLUSH_US 500000

/* A piece of the guest's own kernel, initrd or map goes to its staging area; nothing else can be named. */
static int64_t read_serve(const struct guest *g, const struct sys_message *m)
{
    const uint64_t which = m->m[1];
    const uint64_t offset = m->m[2];
    const uint64_t bytes = m->m[3];
    const uint32_t files[] = {g->about->kernel, g->about->initrd, g->about->map};
    const uint32_t index = which < sizeof files / sizeof files[0] ? files[which] : BUNDLE_NO_FILE;
    const struct bundle_file *file;

    if (index == BUNDLE_NO_FILE || !g->staged)
        return SEPTUM_BAD_ARGUMENT;
    file = &g->source->file[index];
    if (bytes > STAGING_BYTES || offset > file->bytes || bytes > file->bytes - offset)
        return SEPTUM_BAD_ARGUMENT;
    memcpy((void *)(uintptr_t)(SELF_VA_STAGING + STAGING_BYTES * g->index),
           (const uint8_t *)g->source + file->offset + offset, bytes);
    return SEPTUM_OK;
}

static int64_t off_serve(struct guest *g, const struct sys_message *m)
{
    const bool crashed = m->m[1] != 0;
    const bool again = crashed && g->about->restart == BUNDLE_RESTART_ON_CRASH;

    if (crashed)
        say("guest '%s' has crashed%s", g->about->name,
            again ? "; it starts again in a second" : "; Ctrl-] s starts it again");
    else
        say("guest '%s' is off", g->about->name);
    guest_end(g, crashed ? GUEST_CRASHED : GUEST_OFF, again);
    return SEPTUM_OK;
}

struct sys_message call_serve(uint64_t badge, const struct sys_message *m)
{
    struct sys_message reply = {{(uint64_t)SEPTUM_BAD_ARGUMENT, 0, 0, 0}};
    struct guest *g;

    if (badge == 0 || badge > guest_count || guest[badge - 1].phase != PHASE_LIVE)
        return reply;
    g = &guest[badge - 1];
    if (m->m[0] == MANAGER_READ) {
        reply.m[0] = (uint64_t)read_serve(g, m);
    } else if (m->m[0] == MANAGER_OFF) {
        reply.m[0] = (uint64_t)off_serve(g, m);
    } else if (m->m[0] == MANAGER_RUNNING) {
        guest_entered(g);
        reply.m[0] = SEPTUM_OK;
    } else if (m->m[0] >= MANAGER_TRAY && m->m[0] <= MANAGER_CHUNK) {
        reply.m[1] = m->m[1];
        reply.m[0] = (uint64_t)balloon_serve(g, m->m[0], &reply.m[1]);
    }
    return reply;
}

static bool guest_is_on(const struct guest *g)
{
    return g->phase == PHASE_LIVE || g->phase == PHASE_BUILD;
}

static bool guest_start(struct guest *g)
{
    if (guest_is_on(g) || g->phase == PHASE_PAUSE) {
        say("guest '%s' is on already", g->about->name);
        return false;
    }
    if (g->phase == PHASE_END) {
        say("guest '%s' starts once it has ended", g->about->name);
        g->again = true;
    } else {
        say("guest '%s' starts", g->about->name);
        guest_begin(g);
        return g->phase == PHASE_BUILD;
    }
    return true;
}

bool guest_stop(struct guest *g, const char *how)
{
    const bool was_on = guest_is_on(g);
    const bool waits = g->phase == PHASE_PAUSE || (g->phase == PHASE_END && g->again);

    g->stopped = true;
    say("guest '%s' is %s", g->about->name, was_on || waits ? how : "off already");
    if (guest_is_on(g))
        guest_end(g, GUEST_OFF, false);
    g->again = false;
    if (g->phase == PHASE_PAUSE)
        g->phase = PHASE_OFF;
    return was_on || waits;
}

static bool guest_reset(struct guest *g)
{
    if (!guest_is_on(g))
        return guest_start(g);
    say("guest '%s' is reset", g->about->name);
    guest_end(g, GUEST_OFF, true);
    return true;
}

static bool guest_command_serve(struct guest *g, const struct link_command *c)
{
    switch ((enum manager_op)c->op) {
    case MANAGER_START:
        return guest_start(g);
    case MANAGER_STOP:
        return guest_stop(g, "stopped");
    case MANAGER_RESET:
        return guest_reset(g);
    case MANAGER_CREATE:
        return guest_create(g, c->memory_mib, c->cpus);
    case MANAGER_DESTROY:
        return guest_destroy(g);
    case MANAGER_READ:
    case MANAGER_OFF:
    case MANAGER_RUNNING:
    case MANAGER_QUIT:
    case MANAGER_STATS:
    case MANAGER_VERSION:
    case MANAGER_KILL:
    case MANAGER_AUDIT:
    case MANAGER_TRAY:
    case MANAGER_PARTED:
    case MANAGER_CHUNK:
        break;
    }
    return false;
}

/* NULL: nobody is there, which is said. */
static const struct guest *guest_at(uint32_t index)
{
    if (index < guest_count && guest[index].source != NULL)
        return &guest[index];
    say("there is no such guest any more; 'list' shows those that are there");
    return NULL;
}

/* False: it was refused or failed, and why was said. */
static bool command_serve(const struct link_command *c)
{
    if (c->op == MANAGER_QUIT)
        machine_off("quit");
    if (c->op == MANAGER_STATS)
        stats_write();
    else if (c->op == MANAGER_VERSION)
        version_say();
    else if (c->op == MANAGER_KILL)
        return server_kill(c->guest);
    else
        return guest_at(c->guest) != NULL && guest_command_serve(&guest[c->guest], c);
    return true;
}

/* Of one that is to come from a file the answer is given when it has come, or failed; of an audit, when it has ended. */
static void command_answer(const struct link_command *c)
{
    if (c->op == MANAGER_AUDIT) {
        audit_ask(c->ticket);
        return;
    }
    if (c->op == MANAGER_CREATE && c->file[0] != '\0') {
        guest_create_from(c);
        return;
    }
    say_begins(c->ticket);
    say_ends(c->ticket, command_serve(c));
}

void commands_serve(void)
{
    uint32_t head = __atomic_load_n(&link_page->command_head, __ATOMIC_ACQUIRE);

    if (head - link_page->command_tail > LINK_COMMANDS)
        link_page->command_tail = head;
    while (link_page->command_tail != head) {
        struct link_command c = link_page->command[link_page->command_tail % LINK_COMMANDS];

        __atomic_store_n(&link_page->command_tail, link_page->command_tail + 1, __ATOMIC_RELEASE);
        command_answer(&c);
    }
}

static void guest_faulted(struct guest *g, uint32_t cpu, const struct sys_thread_info *info)
{
    const bool again = g->about->restart == BUNDLE_RESTART_ON_CRASH;

    say("guest '%s': its monitor's thread %u faulted: cause %lu at pc 0x%lx, address 0x%lx; the guest is stopped%s",
        g->about->name, cpu, info->cause, info->pc, info->stval,
        again ? " and starts again in a second" : "; Ctrl-] s starts it again");
    guest_end(g, GUEST_CRASHED, again);
}

void faults_serve(void)
{
    for (uint32_t i = 0; i < guest_count; i++) {
        struct guest *g = &guest[i];

        for (uint32_t cpu = 0; cpu < g->about->cpus && g->phase == PHASE_LIVE; cpu++) {
            struct sys_thread_info info = sys_thread_info(g->thread_cap[cpu]);

            if (info.status == SEPTUM_OK && info.state == THREAD_FAULTED)
                guest_faulted(g, cpu, &info);
        }
    }
    device_server_faults();
    audit_faults();
    if (console_thread_cap != NO_CAP) {
        struct sys_thread_info info = sys_thread_info(console_thread_cap);

        if (info.status == SEPTUM_OK && info.state == THREAD_FAULTED)
            console_faulted(&info);
    }
}

/* The console gets a moment to show what was said. */
_Noreturn void machine_off(const char *why)
{
    const uint64_t until = sys_time() + ticks(FLUSH_US);

    say("%s: powering the machine off", why);
    while (console_bell_cap != NO_CAP && sys_time() < until &&
           __atomic_load_n(&link_page->log_tail, __ATOMIC_ACQUIRE) != link_page->log_head)
        sys_wait(sys_time() + ticks(1000));
    for (;;)
        sys_system_off(0);
}
