/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The emulator of privileged instructions against the specification: random states, registers and instruction words. */
#include <kernel/emulate.h>

#include "s_vcpu.h"

#define STEPS 2000000
#define SRET 0x10200073u
#define WFI 0x10500073u
#define SFENCE 0x12000073u

static uint64_t x[32]; /* the guest's registers: x[0] is zero */
static uint64_t pc;

static int begin(void **state)
{
    int status = world_begin(state);
    uint32_t guest = world_domain(SEPTUM_GUEST), which = world_vcpu(world_domain(SEPTUM_SERVER), 0, guest);

    shadow_new(which);
    s_vcpu_begin(which);
    return status;
}

/* The words of the vCPU page: pc, then x1 to x31. */
static void put_registers(void)
{
    for (unsigned n = 1; n < 32; n++)
        shared_write(vcpu[t].page, n, x[n]);
    shared_write(vcpu[t].page, 0, pc);
}

static void expect_registers(uint32_t insn)
{
    for (unsigned n = 0; n < 32; n++)
        if (shared_read(vcpu[t].page, n) != (n == 0 ? pc : x[n]))
            fail_msg("%08x: x%u (x0: pc) is %#lx, not %#lx", insn, n, (long)shared_read(vcpu[t].page, n),
                     (long)(n == 0 ? pc : x[n]));
}

/* Zicsr [unpriv 7.1]: rd gets the old value, and the CSR the new one, unless the form sets or clears and rs1 is x0, or
 * the five bits that stand for a value are zero. */
static uint64_t execute_csr(uint32_t insn, uint64_t now)
{
    unsigned form = (unsigned)field(insn, 13, 12), rd = (unsigned)field(insn, 11, 7), rs1 = (unsigned)field(insn, 19, 15);
    unsigned number = (unsigned)field(insn, 31, 20);
    uint64_t source = has(insn, 14) ? rs1 : x[rs1], old;
    struct s_mode before = s;

    if (!s_read(&s, number, now, &old))
        return STEP_NOT;
    if (form == 1 && !s_write(&s, number, source))
        return STEP_NOT;
    if (form == 2 && rs1 != 0 && !s_write(&s, number, old | source))
        return STEP_NOT;
    if (form == 3 && rs1 != 0 && !s_write(&s, number, old & ~source))
        return STEP_NOT;
    if (rd != 0)
        x[rd] = old;
    pc += 4;
    return effect(&before);
}

/* [priv 3.3.2, 3.3.3, 10.2.1], as the step that the kernel must take it for; in U mode all of these are illegal. */
static uint64_t execute(uint32_t insn, uint64_t now)
{
    unsigned form = (unsigned)field(insn, 14, 12);

    if (field(insn, 6, 0) != 0x73 || form == 4)
        return STEP_NOT;
    if (form != 0)
        return execute_csr(insn, now);
    if (!s.in_s)
        return STEP_NOT;
    if (insn == SRET) {
        pc = s_sret(&s);
        return STEP_ENTER;
    }
    if (insn == WFI)
        return STEP_WAIT;
    if (field(insn, 31, 25) == 9 && field(insn, 11, 7) == 0) { /* SFENCE.VMA rs1, rs2 */
        pc += 4;
        return field(insn, 19, 15) != 0 ? EFFECT_NONE : STEP_ENTER;
    }
    return STEP_NOT;
}

static void expect_step(uint32_t insn)
{
    uint64_t now = draw_now(), at = pc, got, want;

    put_registers();
    want = execute(insn, now);
    got = emulate(t, at, insn, now);
    if (got != want)
        fail_msg("%08x: step %d, not %d", insn, (int)got, (int)want);
    expect_registers(insn);
    expect_same();
}

static uint32_t draw_instruction(void)
{
    uint32_t any = (uint32_t)draw();

    switch (draw() % 16) {
    case 0: return any;
    case 1: return (any & ~127u) | 0x73;
    case 2: return SRET;
    case 3: return WFI;
    case 4: return SFENCE | (any & 0x1ff8000);
    case 5: return SRET ^ 1u << any % 32;
    case 6: return WFI ^ 1u << any % 32;
    case 7: return SFENCE ^ 1u << any % 32;
    case 8: return (any & 0xfffff000) | 0x73 | (any & 0xf80); /* any number, any form */
    default: return known[draw() % KNOWN] << 20 | (any & 0xfff80) | 0x73;
    }
}

static void random_instructions(void **state)
{
    (void)state;
    for (uint64_t step = 0; step < STEPS; step++) {
        if (step % 64 == 0)
            draw_state();
        x[1 + draw() % 31] = draw_value();
        pc = draw_value() & ~UINT64_C(1);
        expect_step(draw_instruction());
    }
}

/* Each number in each form, from both privileges, to and from x0 and a register. */
static void every_number_in_each_form(void **state)
{
    (void)state;
    for (uint32_t number = 0; number < 4096; number++)
        for (uint32_t k = 0; k < 64; k++) {
            draw_state();
            shadow[t].supervisor = s.in_s = k & 1;
            expect_step(number << 20 | (k & 2 ? 7u << 15 : 0) | (k & 4 ? 9u << 7 : 0) | k >> 3 << 12 | 0x73);
        }
}

/* csrrw a0, sscratch, a0: the swap with which a trap handler begins. */
static void a_register_is_swapped(void **state)
{
    (void)state;
    shadow[t].supervisor = s.in_s = true;
    vcpu[t].csr[VSSCRATCH] = 0x1234;
    shared_write(vcpu[t].page, 10, 0x5678);
    assert_int_equal(emulate(t, 0x80200000, 0x14051573, 0), EFFECT_NONE);
    assert_int_equal(vcpu[t].csr[VSSCRATCH], 0x5678);
    assert_int_equal(shared_read(vcpu[t].page, 10), 0x1234);
    assert_int_equal(shared_read(vcpu[t].page, 0), 0x80200004);
}

#define EMULATE_TEST(name) cmocka_unit_test_setup(name, begin)

static const struct CMUnitTest tests[] = {
    EMULATE_TEST(random_instructions),
    EMULATE_TEST(every_number_in_each_form),
    EMULATE_TEST(a_register_is_swapped),
};

SUITE_MAIN("kernel/emulate", tests)
