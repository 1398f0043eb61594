/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The virtual S mode against the specification's (s_mode.h): every CSR number, and millions of random steps. */
#include "suite.h"

#include "s_vcpu.h"

#define STEPS 3000000

static int begin(void **state)
{
    int status = world_begin(state);

    memset(shadow, 0, sizeof(shadow));
    memset(vcpu, 0x5a, sizeof(vcpu));
    s_vcpu_begin(5);
    return status;
}

static void expect_read(unsigned number, uint64_t now)
{
    uint64_t want = 0;
    bool ok = s_read(&s, number, now, &want);
    struct csr_value got = virtual_read(t, number, now);

    if (got.ok != ok || got.value != (ok ? want : 0))
        fail_msg("read of %#x: %d %#lx, not %d %#lx", number, (int)got.ok, (long)got.value, ok, (long)want);
}

static void expect_write(unsigned number, uint64_t v)
{
    struct s_mode old = s;
    bool ok = s_write(&s, number, v);
    uint64_t want = ok ? effect(&old) : EFFECT_ILLEGAL;
    uint64_t got = virtual_write(t, number, v);

    if (got != want)
        fail_msg("write of %#lx to %#x: effect %d, not %d", (long)v, number, (int)got, (int)want);
    expect_same();
}

static void expect_trap(uint64_t pc, bool interrupt, uint64_t code, uint64_t value)
{
    uint64_t want = s_trap(&s, pc, interrupt, code, value);

    assert_int_equal(virtual_trap(t, pc, bit(63, interrupt) | code, value), want);
    expect_same();
}

static void expect_sret(void)
{
    uint64_t want = s_sret(&s);

    assert_int_equal(virtual_sret(t), want);
    expect_same();
}

static uint64_t cause_of(int number) { return number < 0 ? 0 : bit(63, true) | (uint64_t)number; }

static void expect_interrupt(uint64_t now)
{
    int first = s_pending(&s, now);

    assert_int_equal(virtual_pending(t, now), cause_of(first));
    assert_int_equal(virtual_interrupt(t, now), cause_of(s_interruptible(&s) ? first : -1));
}

static void every_number_at_both_privileges(void **state)
{
    (void)state;
    for (unsigned number = 0; number < 4096; number++)
        for (unsigned in_s = 0; in_s < 2; in_s++) {
            draw_state();
            shadow[t].supervisor = s.in_s = in_s;
            expect_write(number, 0);
            expect_read(number, draw_now());
            expect_write(number, UINT64_MAX);
            expect_read(number, draw_now());
            for (unsigned n = 0; n < 64; n++) {
                expect_write(number, bit(n, true));
                expect_read(number, draw_now());
                expect_write(number, ~bit(n, true));
                expect_read(number, draw_now());
            }
            for (unsigned n = 0; n < 16; n++)
                expect_write(number, draw_value());
        }
}

/* A number has 12 bits; the kernel is safe from any other, too. */
static void no_other_number_is_known(void **state)
{
    (void)state;
    shadow[t].supervisor = s.in_s = true;
    for (unsigned k = 0; k < KNOWN; k++)
        for (unsigned n = 12; n < 64; n++) {
            assert_int_equal(virtual_read(t, known[k] + bit(n, true), 0).ok, 0);
            assert_int_equal(virtual_write(t, known[k] + bit(n, true), 0), EFFECT_ILLEGAL);
        }
    expect_same();
}

/* CSRRW, CSRRS or CSRRC of one number. */
static void random_access(void)
{
    unsigned number = draw() % 8 ? known[draw() % KNOWN] : (unsigned)(draw() % 4096);
    uint64_t old = virtual_read(t, number, 0).value, v = draw_value();

    expect_read(number, draw_now());
    switch (draw() % 3) {
    case 0: expect_write(number, v); break;
    case 1: expect_write(number, old | v); break;
    default: expect_write(number, old & ~v); break;
    }
}

static void random_steps(void **state)
{
    (void)state;
    for (uint64_t step = 0; step < STEPS; step++)
        switch (draw() % 16) {
        case 0: draw_state(); break;
        case 1: expect_trap(draw_value(), draw() % 2, draw() % 64, draw_value()); break;
        case 2: expect_sret(); break;
        case 3:
        case 4: expect_interrupt(draw_now()); break;
        default: random_access(); break;
        }
}

static void no_other_vcpu_is_touched(void **state)
{
    struct vcpu others;
    struct shadow rest = {0};

    (void)state;
    memset(&others, 0x5a, sizeof(others));
    for (int k = 0; k < 100000; k++)
        random_access();
    expect_trap(draw(), true, 9, 0);
    expect_sret();
    virtual_settle(t);
    for (uint32_t k = 0; k < THREADS; k++)
        if (k != t) {
            assert_memory_equal(&vcpu[k], &others, sizeof(others));
            assert_memory_equal(&shadow[k], &rest, sizeof(rest));
        }
    rest.supervisor = s.in_s;
    assert_memory_equal(&shadow[t], &rest, sizeof(rest));
}

/* Whatever words a monitor loads, the guest could have written what is left of them. */
static void loaded_words_become_legal(void **state)
{
    (void)state;
    for (int k = 0; k < 100000; k++) {
        uint64_t *csr = vcpu[t].csr;

        for (int i = 0; i < VS_CSRS; i++)
            csr[i] = draw_value();
        vcpu[t].senvcfg = draw_value();
        vcpu[t].scounteren = draw_value();
        s_set_sstatus(&s, csr[VSSTATUS]);
        s_set_sie(&s, csr[VSIE]);
        s_set_stvec(&s, csr[VSTVEC] & ~bit(1, true));
        s_set_satp(&s, csr[VSATP] & ~(bit(60, true) | bit(61, true) | bit(62, true)));
        s.sscratch = csr[VSSCRATCH];
        s.return_parcel = csr[VSEPC] / 2;
        s.scause = csr[VSCAUSE];
        s.stval = csr[VSTVAL];
        s.stimecmp = csr[VSTIMECMP];
        s.software_up = has(csr[HVIP], 2);
        s.external_up = has(csr[HVIP], 10);
        s.fiom = has(vcpu[t].senvcfg, 0);
        s.user_time = has(vcpu[t].scounteren, 1);
        virtual_settle(t);
        expect_same();
    }
}

/* ---- directed ---- */

static void a_trap_from_user_mode_and_back(void **state)
{
    (void)state;
    memset(&s, 0, sizeof(s));
    vcpu[t] = kept();
    vcpu[t].csr[VSSTATUS] = 0x2;       /* SIE */
    vcpu[t].csr[VSTVEC] = 0x80201001;  /* vectored */
    shadow[t].supervisor = 0;
    assert_int_equal(virtual_trap(t, 0x10002, 8, 0), 0x80201000); /* an exception goes to the base all the same */
    assert_int_equal(shadow[t].supervisor, 1);
    assert_int_equal(virtual_read(t, 0x100, 0).value, 0x200000020);
    assert_int_equal(virtual_read(t, 0x141, 0).value, 0x10002);
    assert_int_equal(virtual_read(t, 0x142, 0).value, 8);
    assert_int_equal(virtual_sret(t), 0x10002);
    assert_int_equal(shadow[t].supervisor, 0);
    assert_int_equal(vcpu[t].csr[VSSTATUS], 0x22);
}

static void nested_traps_keep_the_last_state_only(void **state)
{
    (void)state;
    vcpu[t].csr[VSSTATUS] = 0x2;
    vcpu[t].csr[VSTVEC] = 0x4000;
    shadow[t].supervisor = 0;
    virtual_trap(t, 0x100, 13, 0xdead);
    virtual_trap(t, 0x4000, 15, 0xbeef);
    assert_int_equal(vcpu[t].csr[VSSTATUS], 0x100); /* SPP; SPIE is 0, as SIE was */
    assert_int_equal(vcpu[t].csr[VSTVAL], 0xbeef);
    assert_int_equal(virtual_sret(t), 0x4000);
    assert_int_equal(shadow[t].supervisor, 1);
    assert_int_equal(vcpu[t].csr[VSSTATUS], 0x20);
    virtual_sret(t); /* SPP was cleared: to U mode */
    assert_int_equal(shadow[t].supervisor, 0);
    assert_int_equal(vcpu[t].csr[VSSTATUS], 0x22);
}

static void interrupts_come_in_order(void **state)
{
    (void)state;
    vcpu[t].csr[VSIE] = 0x222;
    vcpu[t].csr[HVIP] = 0x404;
    vcpu[t].csr[VSTIMECMP] = 1000;
    vcpu[t].csr[VSSTATUS] = 0x2;
    vcpu[t].csr[VSTVEC] = 0x80000001;
    shadow[t].supervisor = 1;
    assert_int_equal(virtual_interrupt(t, 1000), UINT64_C(0x8000000000000009));
    vcpu[t].csr[HVIP] = 0x4;
    assert_int_equal(virtual_interrupt(t, 1000), UINT64_C(0x8000000000000001));
    vcpu[t].csr[HVIP] = 0;
    assert_int_equal(virtual_interrupt(t, 999), 0);
    assert_int_equal(virtual_interrupt(t, 1000), UINT64_C(0x8000000000000005));
    assert_int_equal(virtual_trap(t, 0x100, UINT64_C(0x8000000000000005), 0), 0x80000014);
    assert_int_equal(virtual_interrupt(t, 1000), 0); /* SIE is 0 now */
    assert_int_equal(virtual_pending(t, 1000), UINT64_C(0x8000000000000005)); /* but it ends a wfi */
    shadow[t].supervisor = 0;
    assert_int_equal(virtual_interrupt(t, 1000), UINT64_C(0x8000000000000005)); /* U mode does not heed SIE */
    vcpu[t].csr[VSIE] = 0x202;
    assert_int_equal(virtual_interrupt(t, 1000), 0);
}

#define VIRTUAL_TEST(name) cmocka_unit_test_setup(name, begin)

static const struct CMUnitTest tests[] = {
    VIRTUAL_TEST(every_number_at_both_privileges),
    VIRTUAL_TEST(no_other_number_is_known),
    VIRTUAL_TEST(random_steps),
    VIRTUAL_TEST(no_other_vcpu_is_touched),
    VIRTUAL_TEST(loaded_words_become_legal),
    VIRTUAL_TEST(a_trap_from_user_mode_and_back),
    VIRTUAL_TEST(nested_traps_keep_the_last_state_only),
    VIRTUAL_TEST(interrupts_come_in_order),
};

SUITE_MAIN("kernel/virtual", tests)
