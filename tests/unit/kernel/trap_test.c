/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Server traps, interrupts, idling, the kernel's own end. */
#include "suite.h"

#include <kernel/main.h>

static uint32_t d;
static uint32_t t; /* a server's thread, current on hart 1 */

static int begin(void **state)
{
    int status = world_begin(state);

    d = world_domain(SEPTUM_SERVER);
    t = world_thread(d, 1, 3);
    context[t].pc = 0x5000;
    return host_trap(1, INTERRUPT_SOFTWARE) == RESUME_SERVER ? status : -1;
}

static void the_hart_runs_the_server(void **state)
{
    (void)state;
    assert_int_equal(hart[1].current, t);
    assert_int_equal(host_hart[1].context, t);
    assert_int_equal(host_hart[1].space, d % NAME_SLOTS);
    assert_int_equal(host_hart[1].root, dom[d % NAME_SLOTS].root);
    assert_int_equal(host_hart[1].sepc, 0x5000);
    assert_int_equal(host_hart[1].sstatus, SSTATUS_UXL64);
    assert_int_equal(host_hart[1].hstatus, HSTATUS_SERVER);
    assert_int_equal(host_locked, 0);
}

static void ecalls_are_served_behind_the_instruction(void **state)
{
    (void)state;
    host_hart[1].sepc = 0x6000;
    host_hart[1].x[1 + REG_A7] = SEPTUM_CAP_DROP;
    host_hart[1].x[1 + REG_A0] = 9;
    assert_int_equal(host_trap(1, CAUSE_ECALL_U), RESUME_SERVER);
    assert_int_equal(context[t].x[REG_A0], SEPTUM_OK);
    assert_int_equal(host_hart[1].sepc, 0x6004);
}

static void a_stopped_thread_makes_its_call_again(void **state)
{
    (void)state;
    host_hart[1].sepc = 0x6000;
    host_hart[1].x[1 + REG_A0] = 0x1234;
    thread[t].state = THREAD_STOPPED;
    assert_int_equal(host_trap(1, CAUSE_ECALL_U), RESUME_IDLE);
    assert_int_equal(context[t].pc, 0x6000);
    assert_int_equal(context[t].x[REG_A0], 0x1234);
    thread[t].state = THREAD_READY;
    assert_int_equal(host_trap(1, INTERRUPT_SOFTWARE), RESUME_SERVER);
    thread[t].state = THREAD_STOPPED;
    host_hart[1].sepc = 0x6000;
    host_hart[1].x[1 + REG_A7] = SEPTUM_VCPU_RUN;
    assert_int_equal(host_trap(1, CAUSE_ECALL_U), RESUME_IDLE);
    assert_int_equal(context[t].pc, 0x6000);
}

static void a_servers_fault_stops_it(void **state)
{
    (void)state;
    host_hart[1].sepc = 0x7000;
    host_hart[1].stval = 0xbad;
    assert_int_equal(host_trap(1, 13), RESUME_IDLE);
    assert_int_equal(thread[t].state, THREAD_FAULTED);
    assert_int_equal(thread[t].cause, 13);
    assert_int_equal(thread[t].value, 0xbad);
    assert_int_equal(context[t].pc, 0x7000);
    assert_int_equal(pending_look(MANAGER), SEPTUM_BIT_FAULT);
    assert_int_equal(host_hart[1].space, DOMAINS);
}

static void an_idle_hart_has_no_servers_space(void **state)
{
    (void)state;
    thread[t].state = THREAD_WAIT;
    assert_int_equal(host_trap(1, INTERRUPT_TIMER), RESUME_IDLE);
    assert_int_equal(host_hart[1].space, DOMAINS);
    assert_int_equal(host_hart[1].vector, HOST_VECTOR_SERVER);
    thread[t].state = THREAD_READY;
    assert_int_equal(host_trap(1, INTERRUPT_TIMER), RESUME_SERVER);
    assert_int_equal(host_hart[1].space, d % NAME_SLOTS);
}

static void interrupts_reach_their_owner(void **state)
{
    (void)state;
    irq_bind(10, t, 0x100);
    assert_true(host_plic_enabled(1, 10));
    assert_false(host_plic_enabled(0, 10));
    host_plic_line(10, 1);
    thread[t].state = THREAD_WAIT;
    assert_int_equal(host_trap(1, INTERRUPT_EXTERNAL), RESUME_SERVER);
    assert_int_equal((int64_t)context[t].x[REG_A0], SEPTUM_NOTIFIED);
    assert_int_equal(context[t].x[REG_A1], 0x100);
    assert_false(host_plic_enabled(1, 10)); /* until it is acknowledged */
    assert_false(host_plic_wants(1));
    irq_ack(10);
    assert_true(host_plic_wants(1)); /* the line is still up */
    host_plic_line(10, 0);
    assert_int_equal(host_trap(1, INTERRUPT_EXTERNAL), RESUME_SERVER);
    irq_ack(10);
    assert_false(host_plic_wants(1));
}

static void interrupts_move_and_die_with_their_thread(void **state)
{
    (void)state;
    uint32_t other = world_thread(d, 0, 1);

    irq_bind(10, t, 1);
    irq_bind(10, other, 2);
    assert_false(host_plic_enabled(1, 10));
    assert_true(host_plic_enabled(0, 10));
    thread_end(other);
    host_plic_line(10, 1);
    host_self = 0;
    irq_take(0);
    assert_int_equal(pending_look(other), 0);
    assert_false(host_plic_wants(0));
    irq_ack(10);
    assert_false(host_plic_enabled(0, 10));
    irq_take(0); /* nothing there */
}

static void a_preempted_guest_stays_inside(void **state)
{
    (void)state;
    uint32_t g = world_domain(SEPTUM_GUEST);
    uint32_t v = world_vcpu(d, 1, g);

    vcpu[v].inside = 1;
    thread[t].state = THREAD_WAIT;
    shared_write(vcpu[v].page, PAGE_PC, 0x80200000);
    assert_int_equal(host_trap(1, INTERRUPT_TIMER), RESUME_GUEST);
    thread[t].priority = 7;
    thread[t].state = THREAD_READY;
    host_hart[1].sepc = 0x80200044;
    assert_int_equal(host_trap(1, INTERRUPT_SOFTWARE), RESUME_SERVER);
    assert_int_equal(hart[1].current, t);
    assert_int_equal(running_look(1), NO_THREAD);
    assert_int_equal(host_hart[1].sepc, 0x5000);
    thread[t].state = THREAD_WAIT;
    assert_int_equal(host_trap(1, INTERRUPT_TIMER), RESUME_GUEST);
    assert_int_equal(host_hart[1].sepc, 0x80200044);
}

static void budgets_are_charged_in_guests(void **state)
{
    (void)state;
    thread[t].budget = thread[t].left = 100;
    thread[t].period = 1000;
    host_time = 10;
    host_trap(1, INTERRUPT_TIMER);
    host_time = 150;
    assert_int_equal(host_trap(1, INTERRUPT_TIMER), RESUME_IDLE);
    assert_int_equal(thread[t].used, 150);
    host_time = 1010;
    assert_int_equal(host_trap(1, INTERRUPT_TIMER), RESUME_SERVER);
}

static void a_trap_of_the_kernel_itself_ends_it(void **state)
{
    (void)state;
    host_hart[1].sepc = 0xffffffe000001234;
    host_hart[1].sstatus |= SSTATUS_SPP;
    if (setjmp(host_off) == 0) {
        host_trap(1, 13);
        fail();
    }
    assert_non_null(strstr(host_output, "panic"));
    assert_non_null(strstr(host_output, "000000000000000d"));
    assert_non_null(strstr(host_output, "ffffffe000001234"));
}

#define TRAP_TEST(name) cmocka_unit_test_setup(name, begin)

static const struct CMUnitTest tests[] = {
    TRAP_TEST(the_hart_runs_the_server),
    TRAP_TEST(ecalls_are_served_behind_the_instruction),
    TRAP_TEST(a_stopped_thread_makes_its_call_again),
    TRAP_TEST(a_servers_fault_stops_it),
    TRAP_TEST(an_idle_hart_has_no_servers_space),
    TRAP_TEST(interrupts_reach_their_owner),
    TRAP_TEST(interrupts_move_and_die_with_their_thread),
    TRAP_TEST(a_preempted_guest_stays_inside),
    TRAP_TEST(budgets_are_charged_in_guests),
    TRAP_TEST(a_trap_of_the_kernel_itself_ends_it),
};

SUITE_MAIN("kernel/trap", tests)
