/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The kernel's calls as C functions, one for each enum septum_call (include/septum/abi.h says what they do).
 * Capabilities are slots of the caller's own table; frames are frame numbers; times are values of `rdtime`.
 */
#pragma once

#include <septum/abi.h>

struct sys_result {
    int64_t status; /* enum septum_status, or enum septum_exit */
    uint64_t value[5];
};

/* A message as CALL and REPLY_WAIT carry it. */
struct sys_message {
    uint64_t m[4];
};

/* What REPLY_WAIT ended with. */
struct sys_event {
    int64_t status; /* SEPTUM_OK: badge and message; SEPTUM_NOTIFIED: bits; SEPTUM_TIMEOUT; negative: refused */
    uint64_t badge;
    uint64_t bits;
    struct sys_message message;
};

struct sys_thread_info {
    int64_t status;
    uint64_t state; /* enum septum_thread_state */
    uint64_t cause; /* scause, pc, stval of the fault, if THREAD_FAULTED */
    uint64_t pc;
    uint64_t stval;
    uint64_t time; /* ticks used */
};

struct sys_device_fault {
    int64_t status;
    uint64_t device;
    uint64_t cause; /* 0: none [iommu 1.0, 3.2] */
    uint64_t address;
};

struct sys_frame_info {
    int64_t status;
    uint64_t owner;
    uint64_t borrower;
    uint64_t kind; /* enum septum_frame_kind */
};

static inline struct sys_result sys_raw(uint64_t call, uint64_t v0, uint64_t v1, uint64_t v2, uint64_t v3, uint64_t v4,
                                        uint64_t v5)
{
    register uint64_t a0 __asm__("a0") = v0;
    register uint64_t a1 __asm__("a1") = v1;
    register uint64_t a2 __asm__("a2") = v2;
    register uint64_t a3 __asm__("a3") = v3;
    register uint64_t a4 __asm__("a4") = v4;
    register uint64_t a5 __asm__("a5") = v5;
    register uint64_t a7 __asm__("a7") = call;

    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4), "+r"(a5) : "r"(a7) : "memory");
    return (struct sys_result){(int64_t)a0, {a1, a2, a3, a4, a5}};
}

static inline int64_t sys_status(uint64_t call, uint64_t v0, uint64_t v1, uint64_t v2, uint64_t v3, uint64_t v4,
                                 uint64_t v5)
{
    return sys_raw(call, v0, v1, v2, v3, v4, v5).status;
}

static inline uint64_t sys_time(void)
{
    uint64_t now;

    __asm__ volatile("rdtime %0" : "=r"(now));
    return now;
}

/* Messages and notifications. */

/* Sends *message and waits; on SEPTUM_OK the reply is in *message. */
static inline int64_t sys_call(uint64_t cap, struct sys_message *message)
{
    struct sys_result r = sys_raw(SEPTUM_CALL, cap, message->m[0], message->m[1], message->m[2], message->m[3], 0);

    if (r.status == SEPTUM_OK)
        *message = (struct sys_message){{r.value[0], r.value[1], r.value[2], r.value[3]}};
    return r.status;
}

/* flags: SEPTUM_REPLY answers the last caller with *reply first. deadline: SEPTUM_FOREVER or a time. */
static inline struct sys_event sys_reply_wait(const struct sys_message *reply, uint64_t deadline, uint64_t flags)
{
    struct sys_result r =
        sys_raw(SEPTUM_REPLY_WAIT, reply->m[0], reply->m[1], reply->m[2], reply->m[3], deadline, flags);
    struct sys_event event = {.status = r.status};

    if (r.status == SEPTUM_OK) {
        event.badge = r.value[0];
        event.message = (struct sys_message){{r.value[1], r.value[2], r.value[3], r.value[4]}};
    } else if (r.status == SEPTUM_NOTIFIED) {
        event.bits = r.value[0];
    }
    return event;
}

/* Waits without an answer to anybody. */
static inline struct sys_event sys_wait(uint64_t deadline)
{
    const struct sys_message none = {{0, 0, 0, 0}};

    return sys_reply_wait(&none, deadline, 0);
}

static inline int64_t sys_notify(uint64_t cap)
{
    return sys_status(SEPTUM_NOTIFY, cap, 0, 0, 0, 0, 0);
}

/* Guests. */

/*
 * Enters the guest of the caller's vCPU; *bits is what was taken, if EXIT_NOTIFIED. The kernel keeps pc, sp, gp and
 * tp only: the compiler saves of the rest what it still needs, in the caller's own frame.
 */
static inline int64_t sys_vcpu_run(uint64_t flags, uint64_t *bits)
{
    register uint64_t a0 __asm__("a0") = flags;
    register uint64_t a1 __asm__("a1");
    register uint64_t a7 __asm__("a7") = SEPTUM_VCPU_RUN;

    __asm__ volatile("ecall"
                     : "+r"(a0), "=r"(a1), "+r"(a7)
                     :
                     : "memory", "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a2", "a3", "a4", "a5", "a6", "s0",
                       "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11");
    *bits = a1;
    return (int64_t)a0;
}

static inline int64_t sys_vcpu_kick(uint64_t cap)
{
    return sys_status(SEPTUM_VCPU_KICK, cap, 0, 0, 0, 0, 0);
}

/* mode: 0 or VCPU_SHADOW */
static inline int64_t sys_vcpu_bind(uint64_t thread, uint64_t guest, uint64_t frame, uint64_t mode)
{
    return sys_status(SEPTUM_VCPU_BIND, thread, guest, frame, mode, 0, 0);
}

/* One more frame for the shadow tables of that thread's vCPU, the one behind the last. */
static inline int64_t sys_vcpu_arena(uint64_t thread, uint64_t frame)
{
    return sys_status(SEPTUM_VCPU_ARENA, thread, frame, 0, 0, 0, 0);
}

static inline int64_t sys_vcpu_save(void)
{
    return sys_status(SEPTUM_VCPU_SAVE, 0, 0, 0, 0, 0, 0);
}

/* what: VCPU_FENCE_…; bytes 0 with va 0: everything. */
static inline int64_t sys_vcpu_fence(uint64_t what, uint64_t va, uint64_t bytes, uint64_t asid)
{
    return sys_status(SEPTUM_VCPU_FENCE, what, va, bytes, asid, 0, 0);
}

/* Domains, threads, authority. */

static inline int64_t sys_domain_create(uint64_t kind, uint64_t slot)
{
    return sys_status(SEPTUM_DOMAIN_CREATE, kind, slot, 0, 0, 0, 0);
}

static inline int64_t sys_domain_destroy(uint64_t domain)
{
    return sys_status(SEPTUM_DOMAIN_DESTROY, domain, 0, 0, 0, 0, 0);
}

static inline int64_t sys_domain_peer(uint64_t a, uint64_t b)
{
    return sys_status(SEPTUM_DOMAIN_PEER, a, b, 0, 0, 0, 0);
}

static inline int64_t sys_cap_grant(uint64_t domain, uint64_t to, uint64_t from, uint64_t rights, uint64_t badge)
{
    return sys_status(SEPTUM_CAP_GRANT, domain, to, from, rights, badge, 0);
}

static inline int64_t sys_cap_drop(uint64_t slot)
{
    return sys_status(SEPTUM_CAP_DROP, slot, 0, 0, 0, 0, 0);
}

static inline int64_t sys_thread_create(uint64_t domain, uint64_t slot, uint64_t hart, uint64_t priority,
                                        uint64_t budget_us, uint64_t period_us)
{
    return sys_status(SEPTUM_THREAD_CREATE, domain, slot, hart, priority, budget_us, period_us);
}

static inline int64_t sys_thread_start(uint64_t thread, uint64_t pc, uint64_t sp, uint64_t argument)
{
    return sys_status(SEPTUM_THREAD_START, thread, pc, sp, argument, 0, 0);
}

static inline int64_t sys_thread_stop(uint64_t thread)
{
    return sys_status(SEPTUM_THREAD_STOP, thread, 0, 0, 0, 0, 0);
}

static inline struct sys_thread_info sys_thread_info(uint64_t thread)
{
    struct sys_result r = sys_raw(SEPTUM_THREAD_INFO, thread, 0, 0, 0, 0, 0);

    return (struct sys_thread_info){r.status, r.value[0], r.value[1], r.value[2], r.value[3], r.value[4]};
}

/* Frames and address spaces. */

static inline int64_t sys_frame_give(uint64_t frame, uint64_t domain)
{
    return sys_status(SEPTUM_FRAME_GIVE, frame, domain, 0, 0, 0, 0);
}

static inline int64_t sys_frame_lend(uint64_t owner, uint64_t frame, uint64_t borrower)
{
    return sys_status(SEPTUM_FRAME_LEND, owner, frame, borrower, 0, 0, 0);
}

static inline int64_t sys_frame_revoke(uint64_t owner, uint64_t frame)
{
    return sys_status(SEPTUM_FRAME_REVOKE, owner, frame, 0, 0, 0, 0);
}

static inline int64_t sys_frame_release(uint64_t borrower, uint64_t frame)
{
    return sys_status(SEPTUM_FRAME_RELEASE, borrower, frame, 0, 0, 0, 0);
}

static inline int64_t sys_frame_reclaim(uint64_t frame)
{
    return sys_status(SEPTUM_FRAME_RECLAIM, frame, 0, 0, 0, 0, 0);
}

/* Four words of the books or of a table, and how many calls have been made that may have changed them. */
static inline struct sys_result sys_audit_read(uint64_t audit, uint64_t what, uint64_t number, uint64_t index)
{
    return sys_raw(SEPTUM_AUDIT_READ, audit, what, number, index, 0, 0);
}

static inline struct sys_frame_info sys_frame_info(uint64_t audit, uint64_t frame)
{
    struct sys_result r = sys_audit_read(audit, AUDIT_FRAME, frame, 0);

    return (struct sys_frame_info){r.status, r.value[2] % AUDIT_HIGH, r.value[2] / AUDIT_HIGH, r.value[3]};
}

static inline int64_t sys_space_root(uint64_t domain, uint64_t frame)
{
    return sys_status(SEPTUM_SPACE_ROOT, domain, frame, 0, 0, 0, 0);
}

static inline int64_t sys_space_table(uint64_t domain, uint64_t va, uint64_t level, uint64_t frame)
{
    return sys_status(SEPTUM_SPACE_TABLE, domain, va, level, frame, 0, 0);
}

static inline int64_t sys_space_untable(uint64_t domain, uint64_t frame)
{
    return sys_status(SEPTUM_SPACE_UNTABLE, domain, frame, 0, 0, 0, 0);
}

static inline int64_t sys_space_map(uint64_t domain, uint64_t va, uint64_t frame, uint64_t level, uint64_t rights)
{
    return sys_status(SEPTUM_SPACE_MAP, domain, va, frame, level, rights, 0);
}

static inline int64_t sys_space_unmap(uint64_t domain, uint64_t frame)
{
    return sys_status(SEPTUM_SPACE_UNMAP, domain, frame, 0, 0, 0, 0);
}

static inline int64_t sys_space_split(uint64_t domain, uint64_t frame, uint64_t table)
{
    return sys_status(SEPTUM_SPACE_SPLIT, domain, frame, table, 0, 0, 0);
}

static inline int64_t sys_space_protect(uint64_t domain, uint64_t frame, uint64_t rights)
{
    return sys_status(SEPTUM_SPACE_PROTECT, domain, frame, rights, 0, 0, 0);
}

static inline int64_t sys_window_map(uint64_t window, uint64_t domain, uint64_t va)
{
    return sys_status(SEPTUM_WINDOW_MAP, window, domain, va, 0, 0, 0);
}

static inline int64_t sys_window_unmap(uint64_t window)
{
    return sys_status(SEPTUM_WINDOW_UNMAP, window, 0, 0, 0, 0, 0);
}

/* Interrupts and the machine. */

static inline int64_t sys_irq_bind(uint64_t irq, uint64_t thread, uint64_t bits)
{
    return sys_status(SEPTUM_IRQ_BIND, irq, thread, bits, 0, 0, 0);
}

static inline int64_t sys_irq_ack(uint64_t irq)
{
    return sys_status(SEPTUM_IRQ_ACK, irq, 0, 0, 0, 0, 0);
}

/* The device's DMA goes through the stage 2 of that guest; nowhere. */
static inline int64_t sys_device_assign(uint64_t device, uint64_t domain)
{
    return sys_status(SEPTUM_DEVICE_ASSIGN, device, domain, 0, 0, 0, 0);
}

static inline int64_t sys_device_take(uint64_t device)
{
    return sys_status(SEPTUM_DEVICE_TAKE, device, 0, 0, 0, 0, 0);
}

/* DMA that was refused, the oldest that is not told yet. */
static inline struct sys_device_fault sys_device_fault(void)
{
    struct sys_result r = sys_raw(SEPTUM_DEVICE_FAULT, 0, 0, 0, 0, 0, 0);

    return (struct sys_device_fault){r.status, r.value[0], r.value[1], r.value[2]};
}

static inline int64_t sys_system_off(uint64_t reboot)
{
    return sys_status(SEPTUM_SYSTEM_OFF, reboot, 0, 0, 0, 0, 0);
}

static inline int64_t sys_system_log(char c)
{
    return sys_status(SEPTUM_SYSTEM_LOG, (uint64_t)(unsigned char)c, 0, 0, 0, 0, 0);
}
