/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Bytes become calls of several domains' threads, traps of guests and interrupts; after each, the kernel must have
 * answered as the model says, be in the model's state, and keep the invariant.
 */
#include "input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct model_call last;

static void wrong(const char *what)
{
    fprintf(stderr, "model: %s, after call %llu of thread %u (%llx %llx %llx %llx %llx) = %lld\n", what,
            (unsigned long long)last.number, last.thread, (unsigned long long)last.a[0], (unsigned long long)last.a[1],
            (unsigned long long)last.a[2], (unsigned long long)last.a[3], (unsigned long long)last.a[4],
            (long long)context[last.thread].x[REG_A0]);
    abort();
}

static void check(void)
{
    const char *what = check_invariant();

    if (what == NULL)
        what = model_compare();
    if (what != NULL)
        wrong(what);
}

static void judge(statuses may, int64_t status)
{
    int answered = status == SEPTUM_OK || (status < 0 && status >= SEPTUM_BAD_STATE);

    if (may != ANYTHING && (!answered || !(may & MAY(status))))
        wrong("an answer that the model does not give");
    if (last.number == SEPTUM_AUDIT_READ && status == SEPTUM_OK && last.a[1] == AUDIT_FRAME &&
        (world_result(last.thread, 3) % AUDIT_HIGH != info[last.a[2]].owner ||
         world_result(last.thread, 4) != info[last.a[2]].kind))
        wrong("AUDIT_READ tells something else");
    model_follow(&last, status);
}

/* A call of any ready thread, as if its hart ran it. */
static void direct(void)
{
    uint8_t b = input_byte();
    uint32_t t = b < 160 ? MANAGER : b % THREADS;

    for (uint32_t k = 0; k < THREADS && thread[t].state != THREAD_READY; k++)
        t = (t + 1) % THREADS;
    if (thread[t].state != THREAD_READY || vcpu[t].inside)
        return;
    host_self = thread[t].hart;
    last = input_call(t);
    statuses may = model_expect(&last);
    judge(may, world_call(t, last.number, *(struct world_args *)last.a));
}

static int64_t manager(uint64_t number, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
    last = (struct model_call){MANAGER, number, {a0, a1, a2, a3}};
    statuses may = model_expect(&last);
    int64_t status = world_call(MANAGER, number, (struct world_args){{a0, a1, a2, a3}});
    judge(may, status);
    check();
    return status;
}

/* The next frame of the manager's that it can give; with `step` 4, four of them. */
static uint64_t spare(uint64_t first, uint64_t step)
{
    uint64_t p = (WORLD_REGION + first + step - 1) / step * step;

    while (p < WORLD_BLOCKS && (info[p].owner != MANAGER_NAME || info[p + step - 1].owner != MANAGER_NAME ||
                                info[p].kind != FRAME_DATA || info[p + step - 1].kind != FRAME_DATA))
        p += step;
    return p;
}

/* The manager builds a new domain's space: a root, tables for the first addresses. */
static void build(void)
{
    uint64_t slot = 40 + input_byte() % 16;
    const struct cap *c = &cap[MANAGER_SLOT].slot[slot];
    uint64_t first = input_byte();

    if (thread[MANAGER].state != THREAD_READY || c->type != CAP_DOMAIN || !domain_live(c->name) ||
        dom[c->name % NAME_SLOTS].root != NO_ROOT)
        return;
    uint64_t n = dom[c->name % NAME_SLOTS].kind == SEPTUM_GUEST ? 4 : 1;
    uint64_t root = spare(first, n);
    host_self = 0;
    for (uint64_t k = 0; k < n; k++)
        manager(SEPTUM_FRAME_GIVE, root + k, slot, 0, 0);
    if (manager(SEPTUM_SPACE_ROOT, slot, root, 0, 0) != SEPTUM_OK)
        return;
    for (uint64_t level = 2; level-- > 0;) {
        uint64_t p = spare(first, 1);

        manager(SEPTUM_FRAME_GIVE, p, slot, 0, 0);
        manager(SEPTUM_SPACE_TABLE, slot, UINT64_C(0x40000000), level, p);
    }
}

/* A frame of one domain, on loan to another that maps it. */
static void share(void)
{
    uint64_t from = 40 + input_byte() % 8, to = 40 + input_byte() % 8;
    const struct cap *c = &cap[MANAGER_SLOT].slot[from];
    uint64_t p = WORLD_REGION + input_byte();

    if (thread[MANAGER].state != THREAD_READY || c->type != CAP_DOMAIN)
        return;
    host_self = 0;
    while (p < WORLD_BLOCKS && (info[p].owner != c->name || info[p].kind != FRAME_DATA || info[p].borrower != NOBODY))
        p++;
    manager(SEPTUM_DOMAIN_PEER, from, to, 0, 0);
    if (manager(SEPTUM_FRAME_LEND, from, p, to, 0) != SEPTUM_OK)
        return;
    last = (struct model_call){MANAGER, SEPTUM_SPACE_MAP, {to, UINT64_C(0x40010000) + p % 64 * 4096, p, 0, MAP_READ}};
    statuses may = model_expect(&last);
    judge(may, world_call(MANAGER, last.number, *(struct world_args *)last.a));
}

static uint64_t slot_with(uint32_t type, uint32_t kind)
{
    uint64_t first = input_byte() % CAPS;

    for (uint64_t k = 0; k < CAPS; k++) {
        const struct cap *c = &cap[MANAGER_SLOT].slot[(first + k) % CAPS];

        if (c->type == type && (type != CAP_DOMAIN || (domain_live(c->name) && dom[c->name % NAME_SLOTS].kind == kind)))
            return (first + k) % CAPS;
    }
    return first;
}

/* A new thread of a server's, with a vCPU of some guest. */
static void employ(void)
{
    uint64_t server = slot_with(CAP_DOMAIN, SEPTUM_SERVER), guest = slot_with(CAP_DOMAIN, SEPTUM_GUEST);
    uint64_t empty = slot_with(CAP_NONE, 0), p = WORLD_REGION;

    if (thread[MANAGER].state != THREAD_READY)
        return;
    host_self = 0;
    while (p < WORLD_BLOCKS && (info[p].owner != cap[MANAGER_SLOT].slot[server].name || info[p].kind != FRAME_DATA))
        p++;
    manager(SEPTUM_DOMAIN_PEER, server, guest, 0, 0);
    if (manager(SEPTUM_THREAD_CREATE, server, empty, 1, 4 + server % 4) != SEPTUM_OK)
        return;
    manager(SEPTUM_VCPU_BIND, empty, guest, p, 0);
    manager(SEPTUM_THREAD_START, empty, 0x1000, 0x2000, 0);
}

static void set_hart(struct host_hart *h)
{
    h->stval = input_byte() % 2 ? INSN_WFI : input_byte();
    h->sstatus = (h->sstatus & ~(uint64_t)SSTATUS_SPP) | (h->mode == HOST_IN_GUEST && input_byte() % 2 ? SSTATUS_SPP : 0);
    h->vs[input_byte() % VS_CSRS] = input_byte();
    h->sepc = input_word();
}

/* The hart traps: in a guest for any reason, in a server by its call or an interrupt. */
static void trap(void)
{
    static const uint64_t causes[] = {CAUSE_ECALL_VS, CAUSE_GUEST_LOAD,   CAUSE_GUEST_FETCH, CAUSE_VIRTUAL,
                                      CAUSE_ILLEGAL,  INTERRUPT_SOFTWARE, INTERRUPT_TIMER,   INTERRUPT_EXTERNAL};
    uint32_t h = input_byte() % 2;
    uint8_t b = input_byte();

    host_time += (uint64_t)(b / 8) * 10000;
    set_hart(&host_hart[h]);
    last = (struct model_call){.thread = MANAGER};
    if (b % 8 == 7)
        host_plic_line(10, b / 8 % 2);
    if (host_hart[h].mode == HOST_IN_GUEST) {
        host_trap(h, causes[b % 8]);
    } else if (host_hart[h].mode == HOST_IDLE || b % 8 >= 5) {
        host_trap(h, causes[b % 4 / 2 + 5]);
    } else if (b % 8 == 4) {
        host_hart[h].x[1 + REG_A7] = SEPTUM_VCPU_RUN;
        host_hart[h].x[1 + REG_A0] = input_byte() % 5;
        host_trap(h, CAUSE_ECALL_U);
    } else {
        last = input_call((uint32_t)hart[h].current);
        memcpy(&host_hart[h].x[1 + REG_A0], last.a, sizeof(last.a));
        host_hart[h].x[1 + REG_A7] = last.number;
        statuses may = model_expect(&last);
        if (thread[last.thread].state != THREAD_READY || last.number == SEPTUM_VCPU_RUN)
            return;
        host_trap(h, CAUSE_ECALL_U);
        judge(may, (int64_t)context[last.thread].x[REG_A0]);
    }
}

static uint32_t settle(uint32_t kind, uint32_t slot)
{
    uint32_t d = world_domain(kind);

    cap_put(MANAGER_SLOT, slot, CAP_DOMAIN, d, 0);
    if (kind == SEPTUM_SERVER) {
        cap_put(d % NAME_SLOTS, CAP_SELF, CAP_DOMAIN, d, 0);
        uint32_t t = (uint32_t)thread_new(d, 1, 3 + slot % 2, thread_name(MANAGER));

        thread[t].state = THREAD_READY;
        cap_put(MANAGER_SLOT, slot + 6, CAP_THREAD, thread_name(t), 0);
    }
    world_tables(d, UINT64_C(0x40000000), 0);
    return d;
}

/* Three servers and two guests; the first server has a say over its guest. */
static void begin(void)
{
    world_begin(NULL);
    uint32_t a = settle(SEPTUM_SERVER, 40);
    uint32_t b = settle(SEPTUM_SERVER, 41);
    settle(SEPTUM_SERVER, 42);
    uint32_t g = settle(SEPTUM_GUEST, 43);
    settle(SEPTUM_GUEST, 44);
    domain_peer(a, b);
    domain_peer(a, g);
    cap_put(a % NAME_SLOTS, 40, CAP_DOMAIN, b, 0);
    cap[a % NAME_SLOTS].slot[40].rights = CAP_MEMORY;
    cap_put(a % NAME_SLOTS, 41, CAP_DOMAIN, g, 0);
    world_block(g);
    world_block(a);
    for (uint32_t k = 0; k < 40; k++)
        world_frame(k % 2 ? a : g);
    model_sync();
    check_begin();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    input_begin(data, bytes);
    begin();
    if (setjmp(host_off))
        return 0;
    while (input_left()) {
        uint8_t b = input_byte();

        if (b % 16 == 0)
            build();
        else if (b % 16 == 1)
            share();
        else if (b % 16 == 2)
            employ();
        else if (b % 4 != 0)
            direct();
        else
            trap();
        check();
    }
    return 0;
}
