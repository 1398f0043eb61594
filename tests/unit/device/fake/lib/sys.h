/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The calls of include/lib/sys.h that the manager makes, answered on the build host by kernel.c, which keeps books on
 * frames, tables, domains, capabilities and threads as docs/abi.md says.
 */
#pragma once

#include <septum/abi.h>
#include <septum/bootinfo.h>

/* No process has anything at 0x1000. */
#undef BOOT_VA_INFO
#define BOOT_VA_INFO 0x50000000u

struct sys_message {
    uint64_t m[4];
};

struct sys_thread_info {
    int64_t status;
    uint64_t state;
    uint64_t cause;
    uint64_t pc;
    uint64_t stval;
    uint64_t time;
};

struct sys_event {
    int64_t status;
    uint64_t badge;
    uint64_t bits;
    struct sys_message message;
};

struct sys_device_fault {
    int64_t status;
    uint64_t device;
    uint64_t cause;
    uint64_t address;
};

struct sys_frame_info {
    int64_t status;
    uint64_t owner;
    uint64_t borrower;
    uint64_t kind;
};

uint64_t sys_time(void);
struct sys_event sys_wait(uint64_t deadline);
int64_t sys_notify(uint64_t cap);
int64_t sys_system_off(uint64_t how); /* ends the test: nothing here turns the machine off */
int64_t sys_domain_create(uint64_t kind, uint64_t slot);
int64_t sys_domain_destroy(uint64_t domain);
int64_t sys_domain_peer(uint64_t a, uint64_t b);
int64_t sys_cap_grant(uint64_t domain, uint64_t to, uint64_t from, uint64_t rights, uint64_t badge);
int64_t sys_cap_drop(uint64_t slot);
int64_t sys_thread_create(uint64_t domain, uint64_t slot, uint64_t hart, uint64_t priority, uint64_t budget_us,
                          uint64_t period_us);
int64_t sys_thread_start(uint64_t thread, uint64_t pc, uint64_t sp, uint64_t argument);
int64_t sys_thread_stop(uint64_t thread);
struct sys_thread_info sys_thread_info(uint64_t thread);
int64_t sys_vcpu_bind(uint64_t thread, uint64_t guest, uint64_t frame, uint64_t mode);
int64_t sys_vcpu_arena(uint64_t thread, uint64_t frame);
int64_t sys_frame_give(uint64_t frame, uint64_t domain);
int64_t sys_frame_lend(uint64_t owner, uint64_t frame, uint64_t borrower);
int64_t sys_frame_release(uint64_t borrower, uint64_t frame);
int64_t sys_frame_reclaim(uint64_t frame);
struct sys_frame_info sys_frame_info(uint64_t audit, uint64_t frame);
int64_t sys_space_root(uint64_t domain, uint64_t frame);
int64_t sys_space_table(uint64_t domain, uint64_t va, uint64_t level, uint64_t frame);
int64_t sys_space_map(uint64_t domain, uint64_t va, uint64_t frame, uint64_t level, uint64_t rights);
int64_t sys_space_unmap(uint64_t domain, uint64_t frame);
int64_t sys_window_map(uint64_t window, uint64_t domain, uint64_t va);
int64_t sys_window_unmap(uint64_t window);
int64_t sys_irq_bind(uint64_t irq, uint64_t thread, uint64_t bits);
int64_t sys_device_assign(uint64_t device, uint64_t domain);
struct sys_device_fault sys_device_fault(void);
