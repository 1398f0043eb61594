/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Several vCPUs on one hart: floating point, switches, reflection, wfi, the guest's end. */
#include "suite.h"

static uint32_t d, g, other;  /* a monitor's domain, its guest, another guest */
static uint32_t t, u;         /* their threads, both on hart 1 */
static uint32_t h;

static int begin(void **state)
{
    int status = world_begin(state);

    d = world_domain(SEPTUM_SERVER);
    g = world_domain(SEPTUM_GUEST);
    other = world_domain(SEPTUM_GUEST);
    domain_peer(d, g);
    domain_peer(d, other);
    h = host_self = 1;
    t = world_vcpu(d, h, g);
    u = world_vcpu(d, h, other);
    thread[u].state = THREAD_STOPPED;
    vcpu[t].inside = vcpu[u].inside = 1;
    shared_write(vcpu[t].page, PAGE_PC, 0x80200000);
    shared_write(vcpu[u].page, PAGE_PC, 0x80400000);
    return host_trap(h, INTERRUPT_SOFTWARE) == RESUME_GUEST ? status : -1;
}

/* The hart goes from one thread's guest to the other's. */
static void turn(uint32_t from, uint32_t to)
{
    thread[from].state = THREAD_STOPPED;
    thread[to].state = THREAD_READY;
    assert_int_equal(host_trap(h, INTERRUPT_SOFTWARE), RESUME_GUEST);
    assert_int_equal(hart[h].current, to);
}

static void a_switch_keeps_each_ones_state(void **state)
{
    (void)state;
    host_hart[h].vs[VSSCRATCH] = 0x11;
    host_hart[h].vs[VSATP] = 0x8000000000001234;
    host_hart[h].sepc = 0x80200100;
    host_hart[h].scounteren = 7;
    turn(t, u);
    assert_int_equal(host_hart[h].vs[VSSCRATCH], 0);
    assert_int_equal(host_hart[h].vs[VSATP], 0);
    assert_int_equal(host_hart[h].sepc, 0x80400000);
    assert_int_equal(host_hart[h].scounteren, 0);
    assert_int_equal(host_hart[h].hgatp >> 44 & 0x3fff, other % NAME_SLOTS);
    host_hart[h].vs[VSSCRATCH] = 0x22;
    turn(u, t);
    assert_int_equal(host_hart[h].vs[VSSCRATCH], 0x11);
    assert_int_equal(host_hart[h].vs[VSATP], 0x8000000000001234);
    assert_int_equal(host_hart[h].sepc, 0x80200100);
    assert_int_equal(host_hart[h].scounteren, 7);
}

/* The short way out leaves registers as they are: they would be those of whom the hart comes from. */
static void a_guest_that_cannot_run_ends_the_call_with_all_registers(void **state)
{
    (void)state;
    machine_features |= BOOT_HAS_SV48;
    vcpu[u].mode = VCPU_SHADOW;
    shadow_new(u); /* and no arena */
    for (uint64_t n = 8; n < 28; n++)
        host_hart[h].x[n] = 0x5eed00 + n;
    context[u].x[7] = 7;
    thread[t].state = THREAD_STOPPED;
    thread[u].state = THREAD_READY;
    assert_int_equal(host_trap(h, INTERRUPT_SOFTWARE), RESUME_SERVER);
    assert_int_equal(hart[h].current, u);
    assert_int_equal(context[u].x[REG_A0], EXIT_OTHER);
    assert_int_equal(vcpu[u].inside, 0);
    assert_int_equal(host_hart[h].x[8], 7);
    for (uint64_t n = 9; n < 28; n++)
        assert_int_not_equal(host_hart[h].x[n], 0x5eed00 + n);
}

static void another_vcpu_of_a_vmid_fences(void **state)
{
    (void)state;
    uint32_t fences = host_hart[h].vcpu_fences;

    turn(t, u);
    assert_int_equal(host_hart[h].vcpu_fences, fences + 1); /* the first one of its VMID here */
    turn(u, t);
    assert_int_equal(host_hart[h].vcpu_fences, fences + 1); /* the same one as before */
    uint32_t sibling = world_vcpu(d, h, g);
    vcpu[sibling].inside = 1;
    turn(t, sibling);
    assert_int_equal(host_hart[h].vcpu_fences, fences + 2);
    turn(sibling, t);
    assert_int_equal(host_hart[h].vcpu_fences, fences + 3);
}

static void floating_point_is_lazy(void **state)
{
    (void)state;
    host_hart[h].f[0] = 0xbad;
    assert_int_equal(host_hart[h].sstatus & SSTATUS_FS, 0);
    assert_int_equal(host_trap(h, CAUSE_ILLEGAL), RESUME_GUEST);
    assert_int_equal(host_hart[h].sstatus & SSTATUS_FS, SSTATUS_FS);
    assert_int_equal(host_hart[h].hedeleg, HEDELEG_GUEST | HEDELEG_ILLEGAL);
    assert_int_equal(host_hart[h].f[0], 0);
    host_hart[h].f[0] = 0x1111;
    turn(t, u);
    assert_int_equal(host_hart[h].sstatus & SSTATUS_FS, 0);
    assert_int_equal(host_hart[h].hedeleg, HEDELEG_GUEST);
    turn(u, t); /* nobody wanted it meanwhile */
    assert_int_equal(host_hart[h].sstatus & SSTATUS_FS, SSTATUS_FS);
    assert_int_equal(host_hart[h].f[0], 0x1111);
    turn(t, u);
    assert_int_equal(host_trap(h, CAUSE_ILLEGAL), RESUME_GUEST);
    assert_int_equal(host_hart[h].f[0], 0);
    host_hart[h].f[0] = 0x2222;
    turn(u, t);
    assert_int_equal(host_hart[h].sstatus & SSTATUS_FS, 0);
    assert_int_equal(host_trap(h, CAUSE_ILLEGAL), RESUME_GUEST);
    assert_int_equal(host_hart[h].f[0], 0x1111);
}

static void its_own_illegal_instruction_is_reflected(void **state)
{
    (void)state;
    assert_int_equal(host_trap(h, CAUSE_ILLEGAL), RESUME_GUEST);
    host_hart[h].sepc = 0x80200200;
    host_hart[h].stval = 0xffffffff;
    host_hart[h].sstatus &= ~(uint64_t)SSTATUS_SPP;
    host_hart[h].vs[VSSTATUS] = SSTATUS_SIE | 0x80000;
    host_hart[h].vs[VSTVEC] = 0x80100001; /* vectored */
    assert_int_equal(host_trap(h, CAUSE_ILLEGAL), RESUME_GUEST);
    assert_int_equal(host_hart[h].vs[VSEPC], 0x80200200);
    assert_int_equal(host_hart[h].vs[VSCAUSE], CAUSE_ILLEGAL);
    assert_int_equal(host_hart[h].vs[VSTVAL], 0xffffffff);
    assert_int_equal(host_hart[h].vs[VSSTATUS], SSTATUS_SPIE | 0x80000);
    assert_int_equal(host_hart[h].sstatus & SSTATUS_SPP, SSTATUS_SPP);
    assert_int_equal(host_hart[h].sepc, 0x80100000);
}

static void virtual_instructions_are_reflected(void **state)
{
    (void)state;
    host_hart[h].stval = 0x10200073; /* not wfi */
    host_hart[h].sstatus |= SSTATUS_SPP;
    host_hart[h].vs[VSSTATUS] = SSTATUS_SPIE;
    assert_int_equal(host_trap(h, CAUSE_VIRTUAL), RESUME_GUEST);
    assert_int_equal(host_hart[h].vs[VSCAUSE], CAUSE_ILLEGAL);
    assert_int_equal(host_hart[h].vs[VSSTATUS], SSTATUS_SPP);
    host_hart[h].vs[VSCAUSE] = 0;
    host_hart[h].stval = INSN_WFI; /* from VU */
    host_hart[h].sstatus &= ~(uint64_t)SSTATUS_SPP;
    assert_int_equal(host_trap(h, CAUSE_VIRTUAL), RESUME_GUEST);
    assert_int_equal(host_hart[h].vs[VSCAUSE], CAUSE_ILLEGAL);
}

static uint32_t wfi(void)
{
    host_hart[h].stval = INSN_WFI;
    host_hart[h].sstatus |= SSTATUS_SPP;
    host_hart[h].sepc = 0x80200300;
    return host_trap(h, CAUSE_VIRTUAL);
}

static void wfi_with_an_interrupt_goes_on(void **state)
{
    (void)state;
    host_hart[h].vs[VSIE] = INJECT_EXTERNAL / 2;
    shared_write(vcpu[t].page, PAGE_INJECT, INJECT_EXTERNAL);
    assert_int_equal(wfi(), RESUME_GUEST);
    assert_int_equal(host_hart[h].sepc, 0x80200304);
    assert_int_equal(thread[t].state, THREAD_READY);
}

/* What C keeps stays in the registers: the page holds what was there before. */
static void wfi_with_a_pending_interrupt_is_short(void **state)
{
    (void)state;
    host_hart[h].vs[VSIE] = host_hart[h].vs[HVIP] = INJECT_SOFTWARE;
    host_hart[h].vs[VSIE] /= 2;
    host_hart[h].x[8] = 0x8888;
    host_hart[h].x[10] = 0xaaaa;
    shared_write(vcpu[t].page, 8, 0xbad);
    assert_int_equal(wfi(), RESUME_GUEST);
    assert_int_equal(host_hart[h].sepc, 0x80200304);
    assert_int_equal(host_hart[h].x[8], 0x8888);
    assert_int_equal(host_hart[h].x[10], 0xaaaa);
    assert_int_equal(shared_read(vcpu[t].page, 8), 0xbad);
}

static void wfi_sleeps_until_kicked(void **state)
{
    (void)state;
    assert_int_equal(wfi(), RESUME_IDLE);
    assert_int_equal(thread[t].state, THREAD_WFI);
    assert_int_equal(thread[t].deadline, UINT64_MAX);
    assert_int_equal(shared_read(vcpu[t].page, PAGE_PC), 0x80200304);
    assert_int_equal(host_hart[h].space, DOMAINS);
    shared_write(vcpu[t].page, PAGE_INJECT, INJECT_SOFTWARE);
    host_self = 0;
    ipc_kick(t);
    assert_int_equal(thread[t].state, THREAD_READY);
    assert_int_equal(host_hart[h].ipi, 1);
    assert_int_equal(host_trap(h, INTERRUPT_SOFTWARE), RESUME_GUEST);
    assert_int_equal(host_hart[h].vs[HVIP], INJECT_SOFTWARE);
    assert_int_equal(host_hart[h].ipi, 0);
}

static void wfi_sleeps_until_the_timer(void **state)
{
    (void)state;
    host_hart[h].vs[VSIE] = VSIE_STIE;
    host_hart[h].vs[VSTIMECMP] = 700;
    assert_int_equal(wfi(), RESUME_IDLE);
    assert_int_equal(host_hart[h].timer, 700);
    host_time = 700;
    assert_int_equal(host_trap(h, INTERRUPT_TIMER), RESUME_GUEST);
}

static void a_kick_makes_a_running_guest_take_its_word(void **state)
{
    (void)state;
    shared_write(vcpu[t].page, PAGE_INJECT, INJECT_EXTERNAL);
    host_self = 0;
    ipc_kick(t);
    assert_int_equal(host_hart[h].ipi, 1);
    assert_int_equal(host_trap(h, INTERRUPT_SOFTWARE), RESUME_GUEST);
    assert_int_equal(host_hart[h].vs[HVIP], INJECT_EXTERNAL);
}

static void the_end_of_a_guest(void **state)
{
    (void)state;
    cap_put(MANAGER_SLOT, 50, CAP_DOMAIN, g, 0);
    host_self = 0;
    assert_int_equal(CALL(MANAGER, SEPTUM_DOMAIN_DESTROY, 50), SEPTUM_BUSY);
    assert_true(domain_live(g));
    assert_int_equal(host_hart[h].ipi, 1);
    assert_int_equal(host_trap(h, INTERRUPT_SOFTWARE), RESUME_SERVER);
    assert_int_equal(context[t].x[REG_A0], EXIT_NOTIFIED);
    assert_int_equal(context[t].x[REG_A1], SEPTUM_BIT_UNBOUND);
    host_self = 0;
    OK(CALL(MANAGER, SEPTUM_DOMAIN_DESTROY, 50));
    assert_int_equal(vcpu[t].guest, NOBODY);
    assert_int_not_equal(hart[h].loaded, t);
    assert_int_equal(CALL(MANAGER, SEPTUM_DOMAIN_DESTROY, 50), SEPTUM_DEAD);
    assert_int_equal(vcpu[u].guest, other);
}

static void a_sleeper_learns_of_the_end(void **state)
{
    (void)state;
    assert_int_equal(wfi(), RESUME_IDLE);
    cap_put(MANAGER_SLOT, 50, CAP_DOMAIN, g, 0);
    host_self = 0;
    OK(CALL(MANAGER, SEPTUM_DOMAIN_DESTROY, 50));
    assert_int_equal(host_trap(h, INTERRUPT_SOFTWARE), RESUME_SERVER);
    assert_int_equal((int64_t)context[t].x[REG_A0], SEPTUM_DEAD);
}

/* The thread leaves its guest, which ends; a third guest gets the thread and, perhaps, the slot. */
static void rebind(void)
{
    host_self = h;
    assert_int_equal(host_trap(h, CAUSE_ECALL_VS), RESUME_EXIT + EXIT_SBI);
    OK(vcpu_unbind_all(g));
    domain_end(g);
    thread[t].state = THREAD_STOPPED;
    pending_take(t);
    uint32_t third = world_domain(SEPTUM_GUEST);
    assert_int_equal(third % NAME_SLOTS, g % NAME_SLOTS);
    domain_peer(d, third);
    uint64_t page = world_frame(d);
    OK(frame_to_vcpu(d, page));
    vcpu_bind(t, third, page, 0);
    thread[t].state = THREAD_READY;
    vcpu[t].inside = 1;
    assert_int_equal(host_trap(h, INTERRUPT_SOFTWARE), RESUME_GUEST);
}

static void another_guest_sees_no_old_floating_point(void **state)
{
    (void)state;
    assert_int_equal(host_trap(h, CAUSE_ILLEGAL), RESUME_GUEST);
    host_hart[h].f[7] = 0x5ec2e7;
    rebind();
    if (host_hart[h].sstatus & SSTATUS_FS)
        assert_int_equal(host_hart[h].f[7], 0);
}

static void another_guest_in_the_slot_fences(void **state)
{
    (void)state;
    uint32_t fences = host_hart[h].vcpu_fences;

    rebind();
    assert_int_equal(host_hart[h].vcpu_fences, fences + 1);
}

#define GUEST_TEST(name) cmocka_unit_test_setup(name, begin)

static const struct CMUnitTest tests[] = {
    GUEST_TEST(a_switch_keeps_each_ones_state),
    GUEST_TEST(a_guest_that_cannot_run_ends_the_call_with_all_registers),
    GUEST_TEST(another_vcpu_of_a_vmid_fences),
    GUEST_TEST(floating_point_is_lazy),
    GUEST_TEST(its_own_illegal_instruction_is_reflected),
    GUEST_TEST(virtual_instructions_are_reflected),
    GUEST_TEST(wfi_with_an_interrupt_goes_on),
    GUEST_TEST(wfi_with_a_pending_interrupt_is_short),
    GUEST_TEST(wfi_sleeps_until_kicked),
    GUEST_TEST(wfi_sleeps_until_the_timer),
    GUEST_TEST(a_kick_makes_a_running_guest_take_its_word),
    GUEST_TEST(the_end_of_a_guest),
    GUEST_TEST(a_sleeper_learns_of_the_end),
    GUEST_TEST(another_guest_sees_no_old_floating_point),
    GUEST_TEST(another_guest_in_the_slot_fences),
};

SUITE_MAIN("kernel/guest", tests)
