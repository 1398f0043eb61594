/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "suite.h"

static uint32_t d, g;   /* a monitor's domain, its guest */
static uint32_t t, h;   /* its thread, on hart 1 */
static uint64_t page;

static int begin(void **state)
{
    int status = world_begin(state);

    d = world_domain(SEPTUM_SERVER);
    g = world_domain(SEPTUM_GUEST);
    domain_peer(d, g);
    h = host_self = 1;
    t = world_vcpu(d, h, g);
    page = vcpu[t].page;
    context[t].pc = 0x1000;
    host_trap(h, INTERRUPT_SOFTWARE);
    return status;
}

/* The thread, in its own code, calls VCPU_RUN. */
static uint64_t run(uint64_t flags)
{
    assert_int_equal(host_hart[h].mode, HOST_IN_SERVER);
    host_hart[h].x[1 + REG_A0] = flags;
    host_hart[h].x[1 + REG_A7] = SEPTUM_VCPU_RUN;
    return host_trap(h, CAUSE_ECALL_U);
}

static int64_t result(void) { return (int64_t)host_hart[h].x[1 + REG_A0]; }

static void the_guest_is_entered(void **state)
{
    (void)state;
    shared_write(page, PAGE_PC, 0x80200000);
    shared_write(page, PAGE_SUPERVISOR, 1);
    shared_write(page, PAGE_VS + VSTVEC, 0x1234560);
    shared_write(page, PAGE_VS + HVIP, UINT64_MAX);
    shared_write(page, PAGE_SCOUNTEREN, UINT64_MAX);
    assert_int_equal(run(VCPU_RUN_LOAD), RESUME_GUEST);
    assert_int_equal(host_hart[h].sepc, 0x80200000);
    assert_int_equal(host_hart[h].sstatus, SSTATUS_UXL64 | SSTATUS_SPP);
    assert_int_equal(host_hart[h].hstatus, HSTATUS_GUEST);
    assert_int_equal(host_hart[h].vector, HOST_VECTOR_GUEST);
    assert_int_equal(host_hart[h].vs[VSTVEC], 0x1234560);
    assert_int_equal(host_hart[h].vs[HVIP], INJECT_SOFTWARE | INJECT_TIMER | INJECT_EXTERNAL);
    assert_int_equal(host_hart[h].scounteren, COUNTEREN_TM);
    assert_int_equal(host_hart[h].hedeleg, HEDELEG_GUEST);
    assert_int_equal(host_hart[h].page, page);
    assert_int_equal(host_hart[h].hgatp, HGATP_SV39X4 + (g % NAME_SLOTS) * HGATP_VMID + ram_base_pfn +
                                             dom[g % NAME_SLOTS].root);
    assert_int_equal(running_look(h), t);
    assert_int_equal(context[t].pc, 0x1004);
    assert_int_equal(host_locked, 0);
}

static void an_sbi_call_comes_to_the_monitor(void **state)
{
    (void)state;
    assert_int_equal(run(VCPU_RUN_LOAD), RESUME_GUEST);
    host_hart[h].sepc = 0x80200010;
    host_hart[h].senvcfg = 0x40;
    assert_int_equal(host_trap(h, CAUSE_ECALL_VS), RESUME_EXIT + EXIT_SBI);
    assert_int_equal(result(), EXIT_SBI);
    assert_int_equal(shared_read(page, PAGE_PC), 0x80200010);
    assert_int_equal(host_hart[h].sepc, 0x1004);
    assert_int_equal(host_hart[h].sstatus, SSTATUS_UXL64);
    assert_int_equal(host_hart[h].hstatus, HSTATUS_SERVER);
    assert_int_equal(host_hart[h].senvcfg, 0);
    assert_int_equal(host_hart[h].scounteren, COUNTEREN_TM);
    assert_int_equal(running_look(h), NO_THREAD);
    assert_int_equal(run(0), RESUME_GUEST); /* the fast path */
    assert_int_equal(host_hart[h].senvcfg, 0x40);
    assert_int_equal(host_hart[h].sepc, 0x80200010);
    assert_int_equal(vcpu[t].inside, 1);
}

static void faults_are_told_on_the_page(void **state)
{
    (void)state;
    assert_int_equal(run(VCPU_RUN_LOAD), RESUME_GUEST);
    host_hart[h].sepc = 0x80200020;
    host_hart[h].stval = 0x10000000;
    host_hart[h].htval = 0x4000000;
    host_hart[h].htinst = 0x2003;
    assert_int_equal(host_trap(h, CAUSE_GUEST_LOAD), RESUME_EXIT + EXIT_FAULT);
    assert_int_equal(result(), EXIT_FAULT);
    assert_int_equal(shared_read(page, PAGE_PC), 0x80200020);
    assert_int_equal(shared_read(page, PAGE_SCAUSE), CAUSE_GUEST_LOAD);
    assert_int_equal(shared_read(page, PAGE_STVAL), 0x10000000);
    assert_int_equal(shared_read(page, PAGE_HTVAL), 0x4000000);
    assert_int_equal(shared_read(page, PAGE_HTINST), 0x2003);
    assert_int_equal(run(0), RESUME_GUEST);
    assert_int_equal(host_trap(h, CAUSE_GUEST_FETCH), RESUME_EXIT + EXIT_FAULT);
    assert_int_equal(run(0), RESUME_GUEST);
    assert_int_equal(host_trap(h, CAUSE_GUEST_STORE), RESUME_EXIT + EXIT_FAULT);
    assert_int_equal(run(0), RESUME_GUEST);
    assert_int_equal(host_trap(h, 5), RESUME_EXIT + EXIT_OTHER);
    assert_int_equal(result(), EXIT_OTHER);
}

static void inject_sets_and_clears(void **state)
{
    (void)state;
    shared_write(page, PAGE_VS + HVIP, INJECT_TIMER);
    shared_write(page, PAGE_INJECT, INJECT_EXTERNAL | 1 | (uint64_t)INJECT_TIMER << 32);
    assert_int_equal(run(VCPU_RUN_LOAD), RESUME_GUEST);
    assert_int_equal(host_hart[h].vs[HVIP], INJECT_EXTERNAL);
    assert_int_equal(shared_read(page, PAGE_INJECT), 0);
}

static void notifications_end_the_run(void **state)
{
    (void)state;
    assert_int_equal(run(VCPU_RUN_LOAD), RESUME_GUEST);
    uint32_t ipis = host_hart[h].ipis;
    host_self = 0;
    ipc_notify(t, 0x30);
    assert_int_equal(host_hart[h].ipis, ipis + 1);
    assert_int_equal(host_trap(h, INTERRUPT_SOFTWARE), RESUME_SERVER);
    assert_int_equal(result(), EXIT_NOTIFIED);
    assert_int_equal(host_hart[h].x[1 + REG_A1], 0x30);
    assert_int_equal(pending_look(t), 0);
    ipc_notify(t, 0x40); /* while it is in its own code */
    assert_int_equal(host_hart[h].ipis, ipis + 1);
    assert_int_equal(run(0), RESUME_SERVER);
    assert_int_equal(result(), EXIT_NOTIFIED);
    assert_int_equal(host_hart[h].x[1 + REG_A1], 0x40);
    assert_int_equal(running_look(h), NO_THREAD);
}

static void bad_flags_and_no_guest(void **state)
{
    (void)state;
    assert_int_equal(run(VCPU_RUN_FLAGS + 1), RESUME_SERVER);
    assert_int_equal(result(), SEPTUM_BAD_ARGUMENT);
    vcpu[t].guest = NOBODY;
    assert_int_equal(run(0), RESUME_SERVER);
    assert_int_equal(result(), SEPTUM_BAD_STATE);
    assert_int_equal(CALL(t, SEPTUM_VCPU_SAVE), SEPTUM_BAD_STATE);
    assert_int_equal(CALL(t, SEPTUM_VCPU_FENCE), SEPTUM_BAD_STATE);
}

static void state_goes_out_and_comes_in(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < VS_CSRS; k++)
        shared_write(page, PAGE_VS + k, 0x1000 + k);
    assert_int_equal(run(VCPU_RUN_LOAD), RESUME_GUEST);
    host_hart[h].vs[VSSCRATCH] = 0x5555;
    host_hart[h].sstatus |= SSTATUS_SPP;
    assert_int_equal(host_trap(h, CAUSE_ECALL_VS), RESUME_EXIT + EXIT_SBI);
    OK(CALL(t, SEPTUM_VCPU_SAVE));
    assert_int_equal(shared_read(page, PAGE_VS + VSSCRATCH), 0x5555);
    assert_int_equal(shared_read(page, PAGE_VS + VSTVEC), 0x1000 + VSTVEC);
    assert_int_equal(shared_read(page, PAGE_SUPERVISOR), 1);
}

static void the_timer_with_sstc(void **state)
{
    (void)state;
    shared_write(page, PAGE_DEADLINE, 900);
    assert_int_equal(run(VCPU_RUN_LOAD | VCPU_RUN_TIMER), RESUME_GUEST);
    assert_int_equal(host_hart[h].vs[VSTIMECMP], 900);
    assert_int_equal(vcpu_timer(t), UINT64_MAX);
    host_hart[h].vs[VSIE] = VSIE_STIE;
    assert_int_equal(vcpu_timer(t), 900);
}

static void the_timer_without_sstc(void **state)
{
    (void)state;
    machine_features = BOOT_HAS_H;
    shared_write(page, PAGE_DEADLINE, 900);
    shared_write(page, PAGE_VS + HVIP, INJECT_TIMER);
    assert_int_equal(run(VCPU_RUN_LOAD | VCPU_RUN_TIMER), RESUME_GUEST);
    assert_int_equal(host_hart[h].timer, 900);
    assert_int_equal(host_hart[h].vs[HVIP], 0);
    host_time = 899;
    assert_int_equal(host_trap(h, INTERRUPT_TIMER), RESUME_GUEST);
    assert_int_equal(host_hart[h].vs[HVIP], 0);
    host_time = 900;
    assert_int_equal(host_trap(h, INTERRUPT_TIMER), RESUME_GUEST);
    assert_int_equal(host_hart[h].vs[HVIP], INJECT_TIMER);
    assert_int_equal(host_hart[h].timer, UINT64_MAX);
    assert_int_equal(vcpu_timer(t), UINT64_MAX);
    vcpu[t].deadline = 950;
    hart[h].loaded = NO_THREAD;
    vcpu[t].csr[HVIP] = 0;
    vcpu_tick(h, t, 950);
    assert_int_equal(vcpu[t].csr[HVIP], INJECT_TIMER);
}

static void a_timer_without_sstc_that_is_due_needs_no_alarm(void **state)
{
    (void)state;
    machine_features = BOOT_HAS_H;
    assert_int_equal(run(VCPU_RUN_LOAD), RESUME_GUEST);
    assert_int_equal(host_trap(h, CAUSE_ECALL_VS), RESUME_EXIT + EXIT_SBI);
    host_hart[h].timer = 0x7777;
    host_time = 901;
    shared_write(page, PAGE_DEADLINE, 900);
    assert_int_equal(run(VCPU_RUN_TIMER), RESUME_GUEST);
    assert_int_equal(host_hart[h].vs[HVIP], INJECT_TIMER);
    assert_int_equal(host_hart[h].timer, 0x7777);
    assert_int_equal(host_trap(h, CAUSE_ECALL_VS), RESUME_EXIT + EXIT_SBI);
    shared_write(page, PAGE_DEADLINE, 902);
    assert_int_equal(run(VCPU_RUN_TIMER), RESUME_GUEST);
    assert_int_equal(host_hart[h].vs[HVIP], 0);
    assert_int_equal(host_hart[h].timer, 902);
}

/* On the short way and on the one that loads the vCPU first. */
static void a_fence_with_the_entry(void **state)
{
    (void)state;
    assert_int_equal(run(VCPU_RUN_LOAD), RESUME_GUEST);
    assert_int_equal(host_trap(h, CAUSE_ECALL_VS), RESUME_EXIT + EXIT_SBI);
    uint32_t fences = host_hart[h].vcpu_fences;
    assert_int_equal(run(VCPU_RUN_FENCE), RESUME_GUEST);
    assert_int_equal(host_hart[h].vcpu_fences, fences + 1);
    assert_int_equal(host_trap(h, CAUSE_ECALL_VS), RESUME_EXIT + EXIT_SBI);
    assert_int_equal(run(0), RESUME_GUEST);
    assert_int_equal(host_hart[h].vcpu_fences, fences + 1);
    assert_int_equal(host_trap(h, CAUSE_ECALL_VS), RESUME_EXIT + EXIT_SBI);
    hart[h].loaded = NO_THREAD;
    assert_int_equal(run(VCPU_RUN_FENCE), RESUME_GUEST);
    assert_int_equal(host_hart[h].vcpu_fences, fences + 2);
}

static void floating_point_outlives_a_load(void **state)
{
    (void)state;
    assert_int_equal(run(VCPU_RUN_LOAD | VCPU_RUN_CLEAR), RESUME_GUEST);
    assert_int_equal(host_trap(h, CAUSE_ILLEGAL), RESUME_GUEST);
    host_hart[h].f[3] = 0x3333;
    assert_int_equal(host_trap(h, CAUSE_ECALL_VS), RESUME_EXIT + EXIT_SBI);
    assert_int_equal(run(VCPU_RUN_LOAD), RESUME_GUEST);
    assert_int_equal(host_hart[h].sstatus & SSTATUS_FS, SSTATUS_FS);
    assert_int_equal(host_hart[h].f[3], 0x3333);
    assert_int_equal(host_trap(h, CAUSE_ECALL_VS), RESUME_EXIT + EXIT_SBI);
    assert_int_equal(run(VCPU_RUN_LOAD | VCPU_RUN_CLEAR), RESUME_GUEST);
    assert_int_equal(host_hart[h].sstatus & SSTATUS_FS, 0);
    assert_int_equal(host_trap(h, CAUSE_ILLEGAL), RESUME_GUEST);
    assert_int_equal(host_hart[h].f[3], 0);
}

static void fences_name_the_guest(void **state)
{
    (void)state;
    OK(CALL(t, SEPTUM_VCPU_FENCE, VCPU_FENCE_VMA, 0x1000, 0x2000, 3));
    assert_int_equal(host_guest_fence.slot, g % NAME_SLOTS);
    assert_int_equal(host_guest_fence.what, VCPU_FENCE_VMA);
    assert_int_equal(host_guest_fence.va, 0x1000);
    assert_int_equal(host_guest_fence.bytes, 0x2000);
    assert_int_equal(host_guest_fence.asid, 3);
    assert_int_equal(host_guest_fence.remote, 0);
    world_vcpu(d, 0, g);
    OK(CALL(t, SEPTUM_VCPU_FENCE, VCPU_FENCE_I));
    assert_int_equal(host_guest_fence.remote, 1);
}

#define VCPU_TEST(name) cmocka_unit_test_setup(name, begin)

static const struct CMUnitTest tests[] = {
    VCPU_TEST(the_guest_is_entered),     VCPU_TEST(an_sbi_call_comes_to_the_monitor),
    VCPU_TEST(faults_are_told_on_the_page), VCPU_TEST(inject_sets_and_clears),
    VCPU_TEST(notifications_end_the_run), VCPU_TEST(bad_flags_and_no_guest),
    VCPU_TEST(state_goes_out_and_comes_in), VCPU_TEST(the_timer_with_sstc),
    VCPU_TEST(the_timer_without_sstc),   VCPU_TEST(fences_name_the_guest),
    VCPU_TEST(a_timer_without_sstc_that_is_due_needs_no_alarm),
    VCPU_TEST(a_fence_with_the_entry),   VCPU_TEST(floating_point_outlives_a_load),
};

SUITE_MAIN("kernel/vcpu", tests)
