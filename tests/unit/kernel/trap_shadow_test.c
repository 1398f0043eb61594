/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What each trap of a guest in shadow mode becomes: emulated, filled, the guest's own, or its monitor's. */
#include "shadow_world.h"

#include <kernel/virtual.h>

#define CODE             UINT64_C(0x1000) /* of S mode */
#define USER_CODE        UINT64_C(0x2000) /* the same page, for U mode */
#define HANDLER          UINT64_C(0x8000)
#define READ_SSTATUS     0x10002573u /* csrr a0, sstatus */
#define READ_SSCRATCH    0x140025f3u /* csrr a1, sscratch */
#define SET_SIE          0x10016073u /* csrsi sstatus, 2 */
#define SET_SUM          0x1005a073u /* csrs sstatus, a1 */
#define SRET             0x10200073u
#define MRET             0x30200073u
#define FADD             0x02007053u
#define NOP              0x00000013u
#define BREAKPOINT       3u
#define MISALIGNED_LOAD  4u
#define MISALIGNED_STORE 6u

static void code(uint64_t n, uint32_t insn)
{
    uint64_t *at = word(DATA + n / 2 * 8);

    *at = n % 2 ? (*at & UINT32_MAX) | (uint64_t)insn << 32 : (*at & ~(uint64_t)UINT32_MAX) | insn;
}

static uint64_t trap_at(uint64_t pc, uint64_t cause, uint64_t stval)
{
    host_hart[0].sepc = pc;
    host_hart[0].stval = stval;
    return host_trap(0, cause);
}

static int enter(void **state)
{
    const int status = begin(state);

    map(CODE, DATA, V | R | X | AD);
    map(USER_CODE, DATA, V | R | X | U | AD);
    hart_restore_space();
    vcpu[t].inside = 1;
    vcpu[t].csr[VSTVEC] = HANDLER | 1;
    vcpu[t].csr[VSTIMECMP] = UINT64_MAX;
    shared_write(vcpu[t].page, PAGE_PC, CODE);
    thread[MANAGER].state = THREAD_WAIT;
    return host_trap(0, INTERRUPT_SOFTWARE) == RESUME_GUEST ? status : -1;
}

/* The guest is in that privilege, its code is filled. */
static uint64_t in_mode(uint32_t supervisor, uint64_t status)
{
    const uint64_t pc = supervisor ? CODE : USER_CODE;

    mode(supervisor, status);
    assert_int_equal(trap_at(pc, CAUSE_PAGE_FETCH, pc), RESUME_GUEST);
    assert_int_equal(host_hart[0].sepc, pc);
    assert_int_equal(leaf_of(pc), leaf(block + 256, R | X));
    return pc;
}

/* The trap went to the guest's own handler. */
static void expect_reflected(uint64_t got, uint64_t pc, uint64_t why, uint64_t value, uint64_t from_supervisor)
{
    assert_int_equal(got, RESUME_GUEST);
    assert_int_equal(host_hart[0].sepc, why >= CAUSE_INTERRUPT ? HANDLER + 4 * (why - CAUSE_INTERRUPT) : HANDLER);
    assert_int_equal(vcpu[t].csr[VSEPC], pc);
    assert_int_equal(vcpu[t].csr[VSCAUSE], why);
    assert_int_equal(vcpu[t].csr[VSTVAL], value);
    assert_int_equal((vcpu[t].csr[VSSTATUS] & SSTATUS_SPP) != 0, from_supervisor);
    assert_int_equal(shadow[t].supervisor, 1);
}

static void a_read_is_emulated_whatever_stval_says(void **state)
{
    const uint64_t told[] = {READ_SSTATUS, 0, READ_SSCRATCH};

    (void)state;
    in_mode(1, SSTATUS_SPIE);
    code(0, READ_SSTATUS);
    code(1, NOP);
    for (size_t k = 0; k < sizeof told / sizeof told[0]; k++) {
        host_hart[0].x[10] = 0;
        assert_int_equal(trap_at(CODE, CAUSE_ILLEGAL, told[k]), RESUME_GUEST);
        assert_int_equal(host_hart[0].sepc, CODE + 4);
        assert_int_equal(host_hart[0].x[10], SSTATUS_UXL64 | SSTATUS_SPIE);
    }
}

static void eight_are_done_in_a_row_at_most(void **state)
{
    (void)state;
    in_mode(1, 0);
    for (uint64_t n = 0; n < 20; n++)
        code(n, n % 2 ? READ_SSTATUS : READ_SSCRATCH);
    assert_int_equal(trap_at(CODE, CAUSE_ILLEGAL, 0), RESUME_GUEST);
    assert_int_equal(host_hart[0].sepc, CODE + 8 * 4);
    code(3, FADD);
    assert_int_equal(trap_at(CODE, CAUSE_ILLEGAL, 0), RESUME_GUEST);
    assert_int_equal(host_hart[0].sepc, CODE + 3 * 4);
}

/* Whether the guest may execute what stands there, the hart has not said: it may be a page of data, or U mode's. */
static void none_of_the_next_page_is_done(void **state)
{
    (void)state;
    in_mode(1, 0);
    map(CODE + FRAME_BYTES, DATA, V | R | W | AD);
    assert_int_equal(trap_at(CODE, CAUSE_PAGE_LOAD, CODE + FRAME_BYTES), RESUME_GUEST);
    for (uint64_t n = 0; n < 1024; n++)
        code(n, n % 2 ? READ_SSTATUS : READ_SSCRATCH);
    assert_int_equal(trap_at(CODE + 1021 * 4, CAUSE_ILLEGAL, 0), RESUME_GUEST);
    assert_int_equal(host_hart[0].sepc, CODE + FRAME_BYTES);
    assert_int_equal(trap_at(CODE, CAUSE_ILLEGAL, 0), RESUME_GUEST);
    assert_int_equal(host_hart[0].sepc, CODE + 8 * 4);
    assert_int_equal(trap_at(CODE + 1016 * 4, CAUSE_ILLEGAL, 0), RESUME_GUEST);
    assert_int_equal(host_hart[0].sepc, CODE + FRAME_BYTES);
}

/* The instruction is the guest's illegal one: of machine mode (stval may be an older one), or in U mode. */
static void what_is_not_legal_is_the_guests_own(void **state)
{
    uint64_t pc;

    (void)state;
    pc = in_mode(1, 0);
    code(0, MRET);
    expect_reflected(trap_at(pc, CAUSE_ILLEGAL, READ_SSTATUS), pc, CAUSE_ILLEGAL, MRET, 1);
    pc = in_mode(0, 0);
    code(0, READ_SSTATUS);
    expect_reflected(trap_at(pc, CAUSE_ILLEGAL, READ_SSTATUS), pc, CAUSE_ILLEGAL, READ_SSTATUS, 0);
    pc = in_mode(0, 0);
    code(0, SRET);
    expect_reflected(trap_at(pc, CAUSE_ILLEGAL, 0), pc, CAUSE_ILLEGAL, SRET, 0);
    pc = in_mode(0, 0);
    code(0, 0);
    expect_reflected(trap_at(pc, CAUSE_ILLEGAL, 0), pc, CAUSE_ILLEGAL, 0, 0);
}

static void what_changed_meanwhile_is_tried_again(void **state)
{
    (void)state;
    in_mode(1, 0);
    code(0, NOP);
    assert_int_equal(trap_at(CODE, CAUSE_ILLEGAL, READ_SSTATUS), RESUME_GUEST);
    assert_int_equal(host_hart[0].sepc, CODE);
    assert_int_equal(vcpu[t].csr[VSCAUSE], 0);
    map(0x3000, DATA, V | R | AD);
    assert_int_equal(trap_at(CODE, CAUSE_PAGE_LOAD, 0x3000), RESUME_GUEST);
    shadow_fence(t, CODE, 0, 1); /* the page is not to be had any more: all is filled anew */
    assert_int_equal(trap_at(CODE, CAUSE_ILLEGAL, READ_SSTATUS), RESUME_GUEST);
    assert_int_equal(host_hart[0].sepc, CODE);
    assert_int_equal(vcpu[t].csr[VSCAUSE], 0);
    assert_int_equal(leaf_of(0x3000), 0);
}

static void calls_go_by_privilege(void **state)
{
    uint64_t pc = in_mode(0, SSTATUS_SIE);

    (void)state;
    expect_reflected(trap_at(pc, CAUSE_ECALL_U, 0), pc, CAUSE_ECALL_U, 0, 0);
    assert_int_equal(vcpu[t].csr[VSSTATUS], SSTATUS_SPIE);
    pc = in_mode(1, 0);
    assert_int_equal(trap_at(pc, CAUSE_ECALL_U, 0), RESUME_EXIT + EXIT_SBI);
    assert_int_equal(shared_read(vcpu[t].page, PAGE_PC), pc);
    assert_int_equal(vcpu[t].csr[VSCAUSE], CAUSE_ECALL_U); /* of the one before */
}

static void delegated_ones_keep_their_stval(void **state)
{
    const uint64_t causes[] = {0, BREAKPOINT, MISALIGNED_LOAD, MISALIGNED_STORE};

    (void)state;
    for (uint32_t supervisor = 0; supervisor < 2; supervisor++)
        for (size_t k = 0; k < sizeof causes / sizeof causes[0]; k++) {
            const uint64_t pc = in_mode(supervisor, 0);

            expect_reflected(trap_at(pc, causes[k], 0x4321 + k), pc, causes[k], 0x4321 + k, supervisor);
        }
}

static void page_faults_are_filled_or_the_guests_or_its_monitors(void **state)
{
    const uint64_t pc = in_mode(1, 0);

    (void)state;
    map(0x3000, DATA + FRAME_BYTES, V | R | W | AD);
    assert_int_equal(trap_at(pc, CAUSE_PAGE_STORE, 0x3008), RESUME_GUEST);
    assert_int_equal(host_hart[0].sepc, pc);
    assert_int_equal(leaf_of(0x3000), leaf(block + 257, R | W));
    map(0x4000, HOLE, V | R | W | AD);
    assert_int_equal(trap_at(pc, CAUSE_PAGE_LOAD, 0x4123), RESUME_EXIT + EXIT_FAULT);
    assert_int_equal(shared_read(vcpu[t].page, PAGE_SCAUSE), CAUSE_GUEST_LOAD);
    assert_int_equal(shared_read(vcpu[t].page, PAGE_STVAL), 0x4123);
    assert_int_equal(shared_read(vcpu[t].page, PAGE_HTVAL), (HOLE + 0x123) >> 2);
    assert_int_equal(shared_read(vcpu[t].page, PAGE_HTINST), 0);
}

static void a_walk_that_faults_is_told_as_the_access(void **state)
{
    const uint64_t causes[] = {CAUSE_PAGE_FETCH, CAUSE_PAGE_LOAD, CAUSE_PAGE_STORE};
    const uint64_t outside[] = {CAUSE_ACCESS_FETCH, CAUSE_ACCESS_LOAD, CAUSE_ACCESS_STORE};

    (void)state;
    put(ROOT, 3, entry(HOLE, V)); /* a table that is no memory */
    for (size_t k = 0; k < 3; k++) {
        uint64_t pc = in_mode(1, 0);

        expect_reflected(trap_at(pc, causes[k], 0x5678), pc, causes[k], 0x5678, 1);
        pc = in_mode(1, 0);
        expect_reflected(trap_at(pc, causes[k], UINT64_C(0x6000000008)), pc, causes[k], UINT64_C(0x6000000008), 1);
        pc = in_mode(1, 0);
        expect_reflected(trap_at(pc, causes[k], 3 * GIB + 8), pc, outside[k], 3 * GIB + 8, 1);
    }
}

static void an_access_fault_of_the_harts_is_the_monitors(void **state)
{
    const uint64_t pc = in_mode(0, 0);

    (void)state;
    assert_int_equal(trap_at(pc, CAUSE_ACCESS_LOAD, 0x3000), RESUME_EXIT + EXIT_OTHER);
    assert_int_equal(shared_read(vcpu[t].page, PAGE_SCAUSE), CAUSE_ACCESS_LOAD);
    assert_int_equal(shared_read(vcpu[t].page, PAGE_STVAL), 0x3000);
}

static void an_interrupt_comes_right_behind_what_lets_it_in(void **state)
{
    (void)state;
    in_mode(1, 0);
    code(0, SET_SIE);
    code(1, READ_SSTATUS);
    vcpu[t].csr[VSIE] = SIE_SSIE | SIE_SEIE;
    vcpu[t].csr[HVIP] = INJECT_SOFTWARE;
    expect_reflected(trap_at(CODE, CAUSE_ILLEGAL, 0), CODE + 4, INTERRUPT_SOFTWARE, 0, 1);
    assert_int_equal(vcpu[t].csr[VSSTATUS], SSTATUS_SPP | SSTATUS_SPIE);
    vcpu[t].csr[HVIP] = 0;
    in_mode(1, 0); /* nothing is due: the next one is done, too, if only by a trap of its own */
    assert_int_equal(trap_at(CODE, CAUSE_ILLEGAL, 0), RESUME_GUEST);
    assert_int_equal(host_hart[0].sepc, CODE + 4);
    assert_int_equal(vcpu[t].csr[VSSTATUS], SSTATUS_SIE);
    shared_write(vcpu[t].page, PAGE_INJECT, INJECT_EXTERNAL);
    expect_reflected(trap_at(CODE + 4, INTERRUPT_SOFTWARE, 0), CODE + 4, INTERRUPT_EXTERNAL, 0, 1);
}

static void wfi_waits_unless_something_is_pending(void **state)
{
    (void)state;
    in_mode(1, 0);
    code(0, INSN_WFI);
    vcpu[t].csr[VSIE] = SIE_SEIE;
    shared_write(vcpu[t].page, PAGE_INJECT, INJECT_EXTERNAL);
    assert_int_equal(trap_at(CODE, CAUSE_ILLEGAL, 0), RESUME_GUEST);
    assert_int_equal(host_hart[0].sepc, CODE + 4); /* masked by SIE: it goes on, and is not interrupted */
    vcpu[t].csr[HVIP] = 0;
    assert_int_equal(trap_at(CODE, CAUSE_ILLEGAL, 0), RESUME_IDLE);
    assert_int_equal(thread[t].state, THREAD_WFI);
    assert_int_equal(shared_read(vcpu[t].page, PAGE_PC), CODE + 4);
}

static void sret_and_sum_go_to_another_root(void **state)
{
    uint64_t own, user;

    (void)state;
    in_mode(0, 0);
    user = host_hart[0].shadow;
    in_mode(1, SSTATUS_SPIE);
    own = host_hart[0].shadow;
    assert_int_not_equal(own, user);
    code(0, SET_SUM);
    host_hart[0].x[11] = SSTATUS_SUM;
    assert_int_equal(trap_at(CODE, CAUSE_ILLEGAL, 0), RESUME_GUEST);
    assert_int_not_equal(host_hart[0].shadow, own);
    assert_int_not_equal(host_hart[0].shadow, user);
    in_mode(1, SSTATUS_SPIE);
    code(0, SRET);
    vcpu[t].csr[VSEPC] = USER_CODE;
    vcpu[t].scounteren = COUNTEREN_TM;
    assert_int_equal(trap_at(CODE, CAUSE_ILLEGAL, 0), RESUME_GUEST);
    assert_int_equal(host_hart[0].sepc, USER_CODE);
    assert_int_equal(shadow[t].supervisor, 0);
    assert_int_equal(vcpu[t].csr[VSSTATUS], SSTATUS_SIE | SSTATUS_SPIE);
    assert_int_equal(host_hart[0].shadow, user);
    assert_int_equal(host_hart[0].scounteren, COUNTEREN_TM);
}

/* FS on, the registers in the hart or not; FS off. */
static void floating_point_is_fetched_or_illegal(void **state)
{
    uint64_t pc;

    (void)state;
    host_fp[t][7] = 0x777;
    pc = in_mode(0, SSTATUS_FS);
    code(0, FADD);
    assert_int_equal(trap_at(pc, CAUSE_ILLEGAL, FADD), RESUME_GUEST);
    assert_int_equal(host_hart[0].sepc, pc);
    assert_int_equal(hart[0].fp, t);
    assert_int_equal(host_hart[0].f[7], 0x777);
    assert_int_equal(host_hart[0].sstatus & SSTATUS_FS, SSTATUS_FS);
    expect_reflected(trap_at(pc, CAUSE_ILLEGAL, FADD), pc, CAUSE_ILLEGAL, FADD, 0); /* a rounding mode, say */
    host_hart[0].sstatus &= ~SSTATUS_FS;
    pc = in_mode(0, 0);
    expect_reflected(trap_at(pc, CAUSE_ILLEGAL, FADD), pc, CAUSE_ILLEGAL, FADD, 0);
    assert_int_equal(host_hart[0].sstatus & SSTATUS_FS, 0);
}

#define TRAP_SHADOW_TEST(name) cmocka_unit_test_setup(name, enter)

static const struct CMUnitTest tests[] = {
    TRAP_SHADOW_TEST(a_read_is_emulated_whatever_stval_says),
    TRAP_SHADOW_TEST(eight_are_done_in_a_row_at_most),
    TRAP_SHADOW_TEST(none_of_the_next_page_is_done),
    TRAP_SHADOW_TEST(what_is_not_legal_is_the_guests_own),
    TRAP_SHADOW_TEST(what_changed_meanwhile_is_tried_again),
    TRAP_SHADOW_TEST(calls_go_by_privilege),
    TRAP_SHADOW_TEST(delegated_ones_keep_their_stval),
    TRAP_SHADOW_TEST(page_faults_are_filled_or_the_guests_or_its_monitors),
    TRAP_SHADOW_TEST(a_walk_that_faults_is_told_as_the_access),
    TRAP_SHADOW_TEST(an_access_fault_of_the_harts_is_the_monitors),
    TRAP_SHADOW_TEST(an_interrupt_comes_right_behind_what_lets_it_in),
    TRAP_SHADOW_TEST(wfi_waits_unless_something_is_pending),
    TRAP_SHADOW_TEST(sret_and_sum_go_to_another_root),
    TRAP_SHADOW_TEST(floating_point_is_fetched_or_illegal),
};

SUITE_MAIN("kernel/trap_shadow", tests)
