/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#define _GNU_SOURCE /* memfd_create, MAP_FIXED */
#include "kernel.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TABLES 64u

/* Tables of an address space, by level and by the part of the addresses they cover. */
struct kernel_domain {
    bool lives;
    bool rooted;
    bool sealed; /* its first thread was started, or vCPU bound */
    uint64_t kind; /* enum septum_domain_kind */
    uint32_t tables;
    uint64_t table[TABLES]; /* va >> 30 << 1 | 1 for level 1, va >> 21 << 1 for level 0 */
    struct kernel_cap cap[CAPS];
};

uint64_t kernel_now;
struct kernel_window kernel_window[WINDOWS];
uint32_t kernel_device[DEVICES];
struct sys_device_fault kernel_fault;
uint32_t kernel_faults;
void (*kernel_others)(void);
struct kernel_frame kernel_frame[KERNEL_FRAMES];
struct kernel_thread kernel_thread[KERNEL_THREADS];
static struct kernel_domain domain_at[KERNEL_DOMAINS];
static bool peer[KERNEL_DOMAINS][KERNEL_DOMAINS];
static uint32_t domains;
static uint32_t threads;
static int memory = -1;
static uint8_t *all;

void kernel_begin(void)
{
    memset(kernel_frame, 0, sizeof kernel_frame);
    memset(kernel_thread, 0, sizeof kernel_thread);
    memset(domain_at, 0, sizeof domain_at);
    memset(kernel_device, 0, sizeof kernel_device);
    kernel_faults = 0;
    memset(peer, 0, sizeof peer);
    kernel_now = 1;
    domains = 2;
    threads = 2;
    if (memory < 0) {
        memory = memfd_create("frames", 0);
        if (memory < 0 || ftruncate(memory, (off_t)KERNEL_FRAMES * FRAME_BYTES) != 0)
            abort();
        all = mmap(NULL, (size_t)KERNEL_FRAMES * FRAME_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
        if (all == MAP_FAILED)
            abort();
    }
    for (uint32_t f = 0; f < KERNEL_FRAMES; f++)
        kernel_frame[f] = (struct kernel_frame){.owner = MANAGER_DOMAIN, .kind = FRAME_DATA};
    domain_at[MANAGER_DOMAIN].lives = true;
    domain_at[MANAGER_DOMAIN].cap[CAP_SELF] = (struct kernel_cap){CAP_DOMAIN, MANAGER_DOMAIN, CAP_MEMORY | CAP_CONTROL, 0};
    domain_at[MANAGER_DOMAIN].cap[BOOT_CAP_THREAD] = (struct kernel_cap){CAP_THREAD, 1, CAP_RIGHTS, 0};
    kernel_thread[1] = (struct kernel_thread){.domain = MANAGER_DOMAIN, .state = THREAD_READY};
}

struct kernel_cap *kernel_cap(uint32_t domain, uint64_t slot)
{
    return &domain_at[domain].cap[slot];
}

uint32_t kernel_caps(uint32_t domain)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < CAPS; i++)
        count += domain_at[domain].cap[i].type != CAP_NONE;
    return count;
}

uint32_t kernel_owned(uint32_t domain)
{
    uint32_t count = 0;

    for (uint32_t f = 0; f < KERNEL_FRAMES; f++)
        count += kernel_frame[f].owner == domain;
    return count;
}

void *kernel_memory(uint64_t frame)
{
    return all + frame * FRAME_BYTES;
}

uint64_t kernel_mapped(uint32_t domain, uint64_t va)
{
    for (uint64_t f = 0; f < KERNEL_FRAMES; f++) {
        if ((kernel_frame[f].owner == domain && kernel_frame[f].at[0] == va) ||
            (kernel_frame[f].borrower == domain && kernel_frame[f].at[1] == va))
            return f;
    }
    return KERNEL_FRAMES;
}

/* The domain that a capability of the manager names, with that right; 0: none, and *status says why. */
static uint32_t domain_of(uint64_t slot, uint64_t right, int64_t *status)
{
    const struct kernel_cap *c = &domain_at[MANAGER_DOMAIN].cap[slot < CAPS ? slot : 0];

    *status = SEPTUM_BAD_CAP;
    if (slot >= CAPS || c->type != CAP_DOMAIN)
        return 0;
    *status = SEPTUM_DENIED;
    if ((c->rights & right) == 0)
        return 0;
    *status = domain_at[c->object].lives ? SEPTUM_OK : SEPTUM_DEAD;
    return *status == SEPTUM_OK ? c->object : 0;
}

static struct kernel_thread *thread_of(uint64_t slot, uint64_t right, int64_t *status)
{
    const struct kernel_cap *c = &domain_at[MANAGER_DOMAIN].cap[slot < CAPS ? slot : 0];

    *status = SEPTUM_BAD_CAP;
    if (slot >= CAPS || c->type != CAP_THREAD)
        return NULL;
    *status = SEPTUM_DENIED;
    if ((c->rights & right) == 0)
        return NULL;
    *status = domain_at[kernel_thread[c->object].domain].lives ? SEPTUM_OK : SEPTUM_DEAD;
    return *status == SEPTUM_OK ? &kernel_thread[c->object] : NULL;
}

static bool may_affect(uint32_t a, uint32_t b)
{
    return a == b || a == MANAGER_DOMAIN || b == MANAGER_DOMAIN || peer[a][b];
}

uint64_t sys_time(void)
{
    return kernel_now++;
}

struct sys_event sys_wait(uint64_t deadline)
{
    kernel_now = deadline;
    if (kernel_others != NULL)
        kernel_others();
    return (struct sys_event){.status = SEPTUM_TIMEOUT};
}

int64_t sys_system_off(uint64_t how)
{
    (void)how;
    abort();
}

int64_t sys_notify(uint64_t cap)
{
    int64_t status;
    struct kernel_thread *t = thread_of(cap, CAP_NOTIFY, &status);

    if (t != NULL)
        t->bits |= kernel_cap(MANAGER_DOMAIN, cap)->badge;
    return status;
}

int64_t sys_domain_create(uint64_t kind, uint64_t slot)
{
    if (domain_at[MANAGER_DOMAIN].cap[slot].type != CAP_NONE || domains == KERNEL_DOMAINS)
        return SEPTUM_FULL;
    domain_at[domains].lives = true;
    domain_at[domains].kind = kind;
    domain_at[MANAGER_DOMAIN].cap[slot] = (struct kernel_cap){CAP_DOMAIN, domains++, CAP_RIGHTS, 0};
    return SEPTUM_OK;
}

int64_t sys_domain_destroy(uint64_t domain)
{
    int64_t status;
    const uint32_t d = domain_of(domain, CAP_STOP, &status);

    if (d != 0)
        domain_at[d].lives = false;
    return status;
}

int64_t sys_domain_peer(uint64_t a, uint64_t b)
{
    int64_t status;
    const uint32_t first = domain_of(a, CAP_CONTROL, &status);
    const uint32_t second = status == SEPTUM_OK ? domain_of(b, CAP_CONTROL, &status) : 0;

    if (status == SEPTUM_OK && domain_at[first].sealed)
        return SEPTUM_DENIED;
    if (status == SEPTUM_OK)
        peer[first][second] = peer[second][first] = true;
    return status;
}

int64_t sys_cap_grant(uint64_t domain, uint64_t to, uint64_t from, uint64_t rights, uint64_t badge)
{
    const struct kernel_cap *c = &domain_at[MANAGER_DOMAIN].cap[from];
    int64_t status;
    uint32_t d = domain == CAP_SELF ? MANAGER_DOMAIN : domain_of(domain, CAP_CONTROL, &status);
    uint32_t about;

    if (d == 0)
        return status;
    if (c->type == CAP_NONE || to >= CAPS)
        return SEPTUM_BAD_CAP;
    about = c->type == CAP_THREAD ? kernel_thread[c->object].domain : c->type == CAP_DOMAIN ? c->object : d;
    if (!may_affect(d, about) || (c->badge != 0 && badge != c->badge))
        return SEPTUM_DENIED;
    if (domain_at[d].cap[to].type != CAP_NONE)
        return SEPTUM_FULL;
    domain_at[d].cap[to] = (struct kernel_cap){c->type, c->object, c->rights & rights, badge};
    return SEPTUM_OK;
}

int64_t sys_cap_drop(uint64_t slot)
{
    domain_at[MANAGER_DOMAIN].cap[slot] = (struct kernel_cap){0};
    return SEPTUM_OK;
}

int64_t sys_thread_create(uint64_t domain, uint64_t slot, uint64_t hart, uint64_t priority, uint64_t budget_us,
                          uint64_t period_us)
{
    int64_t status;
    const uint32_t d = domain_of(domain, CAP_CONTROL, &status);

    (void)hart;
    (void)period_us;
    if (d == 0)
        return status;
    if (threads == KERNEL_THREADS || domain_at[MANAGER_DOMAIN].cap[slot].type != CAP_NONE)
        return SEPTUM_FULL;
    kernel_thread[threads] = (struct kernel_thread){
        .domain = d, .state = THREAD_STOPPED, .priority = priority, .budget_us = budget_us};
    domain_at[MANAGER_DOMAIN].cap[slot] = (struct kernel_cap){CAP_THREAD, threads++, CAP_RIGHTS, 0};
    return SEPTUM_OK;
}

int64_t sys_thread_start(uint64_t thread, uint64_t pc, uint64_t sp, uint64_t argument)
{
    int64_t status;
    struct kernel_thread *t = thread_of(thread, CAP_CONTROL, &status);

    (void)pc;
    (void)sp;
    if (t == NULL)
        return status;
    if (t->state != THREAD_STOPPED && t->state != THREAD_FAULTED)
        return SEPTUM_BAD_STATE;
    t->state = THREAD_READY;
    t->argument = argument;
    domain_at[t->domain].sealed = true;
    return SEPTUM_OK;
}

int64_t sys_thread_stop(uint64_t thread)
{
    int64_t status;
    struct kernel_thread *t = thread_of(thread, CAP_STOP, &status);

    if (t != NULL)
        t->state = THREAD_STOPPED;
    return status;
}

struct sys_thread_info sys_thread_info(uint64_t thread)
{
    struct sys_thread_info info = {0};
    const struct kernel_thread *t = thread_of(thread, CAP_STOP, &info.status);

    if (t != NULL)
        info.state = t->state;
    return info;
}

int64_t sys_vcpu_bind(uint64_t thread, uint64_t guest, uint64_t frame, uint64_t mode)
{
    int64_t status;
    const uint32_t bound = domain_of(guest, CAP_CONTROL, &status);

    (void)mode;
    if (status == SEPTUM_OK)
        (void)thread_of(thread, CAP_CONTROL, &status);
    if (status == SEPTUM_OK) {
        kernel_frame[frame].kind = FRAME_VCPU;
        domain_at[bound].sealed = true;
    }
    return status;
}

int64_t sys_vcpu_arena(uint64_t thread, uint64_t frame)
{
    int64_t status;

    (void)thread_of(thread, CAP_CONTROL, &status);
    if (status == SEPTUM_OK)
        kernel_frame[frame].kind = FRAME_SHADOW;
    return status;
}

int64_t sys_frame_give(uint64_t frame, uint64_t domain)
{
    struct kernel_frame *f = &kernel_frame[frame];
    int64_t status;
    const uint32_t d = domain_of(domain, CAP_MEMORY, &status);

    if (d == 0)
        return status;
    if (f->owner != MANAGER_DOMAIN)
        return SEPTUM_NOT_OWNER;
    if (f->at[0] != 0 || f->borrower != 0)
        return f->borrower != 0 ? SEPTUM_BUSY : SEPTUM_MAPPED;
    f->owner = d;
    memset(kernel_memory(frame), 0, FRAME_BYTES);
    return SEPTUM_OK;
}

int64_t sys_frame_lend(uint64_t owner, uint64_t frame, uint64_t borrower)
{
    struct kernel_frame *f = &kernel_frame[frame];
    int64_t status;
    const uint32_t o = domain_of(owner, CAP_MEMORY, &status);
    const uint32_t b = status == SEPTUM_OK ? domain_of(borrower, CAP_MEMORY, &status) : 0;

    if (status != SEPTUM_OK)
        return status;
    if (f->owner != o)
        return SEPTUM_NOT_OWNER;
    if (f->borrower != 0)
        return SEPTUM_BUSY;
    if (!may_affect(o, b))
        return SEPTUM_DENIED;
    f->borrower = b;
    return SEPTUM_OK;
}

int64_t sys_frame_release(uint64_t borrower, uint64_t frame)
{
    struct kernel_frame *f = &kernel_frame[frame];
    int64_t status;
    const uint32_t b = domain_of(borrower, CAP_MEMORY, &status);

    if (b == 0)
        return status;
    if (f->borrower != b)
        return SEPTUM_NOT_OWNER;
    if (f->at[1] != 0)
        return SEPTUM_BUSY;
    f->borrower = 0;
    return SEPTUM_OK;
}

int64_t sys_frame_reclaim(uint64_t frame)
{
    struct kernel_frame *f = &kernel_frame[frame];

    if (domain_at[f->owner].lives)
        return SEPTUM_NOT_OWNER;
    if (f->borrower != 0 && domain_at[f->borrower].lives)
        return SEPTUM_BUSY;
    *f = (struct kernel_frame){.owner = MANAGER_DOMAIN, .kind = FRAME_DATA};
    memset(kernel_memory(frame), 0, FRAME_BYTES);
    return SEPTUM_OK;
}

struct sys_frame_info sys_frame_info(uint64_t audit, uint64_t frame)
{
    const struct kernel_frame *f = &kernel_frame[frame];

    if (audit != BOOT_CAP_AUDIT)
        return (struct sys_frame_info){SEPTUM_BAD_CAP, 0, 0, 0};
    return (struct sys_frame_info){SEPTUM_OK, f->owner, f->borrower, f->kind};
}

int64_t sys_space_root(uint64_t domain, uint64_t frame)
{
    int64_t status;
    const uint32_t d = domain_of(domain, CAP_MEMORY, &status);

    if (status == SEPTUM_OK) {
        kernel_frame[frame].kind = FRAME_TABLE2;
        domain_at[d].rooted = true;
    }
    return status;
}

static bool table_is_there(uint32_t d, uint64_t key)
{
    for (uint32_t i = 0; i < domain_at[d].tables; i++) {
        if (domain_at[d].table[i] == key)
            return true;
    }
    return false;
}

static uint64_t table_key(uint64_t va, uint64_t level)
{
    return level == 1 ? va >> 30 << 1 | 1 : va >> 21 << 1;
}

int64_t sys_space_table(uint64_t domain, uint64_t va, uint64_t level, uint64_t frame)
{
    int64_t status;
    const uint32_t d = domain_of(domain, CAP_MEMORY, &status);

    if (d == 0)
        return status;
    if (table_is_there(d, table_key(va, level)))
        return SEPTUM_MAPPED;
    if (level == 0 && !table_is_there(d, table_key(va, 1)))
        return SEPTUM_NO_TABLE;
    if (domain_at[d].tables == TABLES)
        abort();
    domain_at[d].table[domain_at[d].tables++] = table_key(va, level);
    kernel_frame[frame].kind = level == 1 ? FRAME_TABLE1 : FRAME_TABLE0;
    return SEPTUM_OK;
}

int64_t sys_space_map(uint64_t domain, uint64_t va, uint64_t frame, uint64_t level, uint64_t rights)
{
    struct kernel_frame *f = &kernel_frame[frame];
    int64_t status;
    const uint32_t d = domain_of(domain, CAP_MEMORY, &status);
    uint64_t *at;

    (void)rights;
    if (d == 0)
        return status;
    if (f->owner != d && f->borrower != d)
        return SEPTUM_NOT_OWNER;
    if (!table_is_there(d, table_key(va, 1)) || (level == 0 && !table_is_there(d, table_key(va, 0))))
        return SEPTUM_NO_TABLE;
    at = &f->at[f->owner == d ? 0 : 1];
    if (*at != 0 || kernel_mapped(d, va) != KERNEL_FRAMES)
        return SEPTUM_MAPPED;
    *at = va;
    if (d == MANAGER_DOMAIN && mmap((void *)va, FRAME_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory,
                                    (off_t)(frame * FRAME_BYTES)) == MAP_FAILED)
        abort();
    return SEPTUM_OK;
}

int64_t sys_space_unmap(uint64_t domain, uint64_t frame)
{
    struct kernel_frame *f = &kernel_frame[frame];
    int64_t status;
    const uint32_t d = domain_of(domain, CAP_MEMORY, &status);
    uint64_t *at;

    if (d == 0)
        return status;
    if (f->owner != d && f->borrower != d)
        return SEPTUM_NOT_OWNER;
    at = &f->at[f->owner == d ? 0 : 1];
    if (*at == 0)
        return SEPTUM_NOT_MAPPED;
    if (d == MANAGER_DOMAIN && munmap((void *)*at, FRAME_BYTES) != 0)
        abort();
    *at = 0;
    return SEPTUM_OK;
}

/* The manager sees a page that says what device it is; of others' only the place counts. */
static void window_show(const struct kernel_window *w)
{
    uint32_t *page = mmap((void *)w->at, FRAME_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

    if (page == MAP_FAILED)
        abort();
    page[0] = 0x74726976; /* "virt" */
    page[1] = 2;
    page[2] = w->type;
}

static struct kernel_window *window_of(uint64_t slot)
{
    if (slot < BOOT_CAP_WINDOW || slot >= BOOT_CAP_WINDOW + WINDOWS || kernel_window[slot - BOOT_CAP_WINDOW].type == 0)
        return NULL;
    return &kernel_window[slot - BOOT_CAP_WINDOW];
}

int64_t sys_window_map(uint64_t window, uint64_t domain, uint64_t va)
{
    struct kernel_window *w = window_of(window);
    int64_t status;
    const uint32_t d = domain_of(domain, CAP_MEMORY, &status);

    if (w == NULL || d == 0)
        return w == NULL ? SEPTUM_BAD_CAP : status;
    if (!table_is_there(d, table_key(va, 1)) || !table_is_there(d, table_key(va, 0)))
        return SEPTUM_NO_TABLE;
    if (w->domain != 0)
        return SEPTUM_MAPPED;
    w->domain = d;
    w->at = va;
    if (d == MANAGER_DOMAIN)
        window_show(w);
    return SEPTUM_OK;
}

int64_t sys_window_unmap(uint64_t window)
{
    struct kernel_window *w = window_of(window);

    if (w == NULL || w->domain == 0)
        return w == NULL ? SEPTUM_BAD_CAP : SEPTUM_NOT_MAPPED;
    if (w->domain == MANAGER_DOMAIN && munmap((void *)w->at, FRAME_BYTES) != 0)
        abort();
    w->domain = 0;
    return SEPTUM_OK;
}

int64_t sys_irq_bind(uint64_t irq, uint64_t thread, uint64_t bits)
{
    struct kernel_window *w = window_of(irq - BOOT_CAP_IRQ + BOOT_CAP_WINDOW);

    if (w == NULL)
        return SEPTUM_BAD_CAP;
    w->thread = kernel_cap(MANAGER_DOMAIN, thread)->object;
    w->bits = bits;
    return SEPTUM_OK;
}

/* Only a guest with a root has a stage 2. */
int64_t sys_device_assign(uint64_t device, uint64_t domain)
{
    int64_t status;
    const uint32_t d = domain_of(domain, CAP_MEMORY, &status);

    if (d == 0)
        return status;
    if (device >= DEVICES || kernel_device[device] != 0)
        return SEPTUM_BAD_ARGUMENT;
    if (domain_at[d].kind != SEPTUM_GUEST || !domain_at[d].rooted)
        return SEPTUM_BAD_STATE;
    kernel_device[device] = d;
    return SEPTUM_OK;
}

struct sys_device_fault sys_device_fault(void)
{
    if (kernel_faults == 0)
        return (struct sys_device_fault){0};
    kernel_faults--;
    return kernel_fault;
}
