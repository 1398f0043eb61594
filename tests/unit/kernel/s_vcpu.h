/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A vCPU in shadow mode beside the specification's S mode (s_mode.h), in equal states that are drawn at random. */
#ifndef KERNEL_S_VCPU_H
#define KERNEL_S_VCPU_H

#include "suite.h"

#include <kernel/virtual.h>

#include "s_mode.h"

#define SEED UINT64_C(0x5eed5e9703)

static uint32_t t;
static struct s_mode s;         /* what the vCPU's state must be */
static struct vcpu vcpu_before; /* and all else of it */
static uint64_t seed;

static const unsigned known[] = {0x100, 0x104, 0x105, 0x106, 0x10a, 0x140, 0x141, 0x142, 0x143, 0x144, 0x14d, 0x180, 0xc01};
#define KNOWN (sizeof(known) / sizeof(known[0]))

/* splitmix64 */
static inline uint64_t draw(void)
{
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Any 64 bits, few bits, nearly all bits, or a plain small number. */
static inline uint64_t draw_value(void)
{
    switch (draw() % 5) {
    case 0: return draw() & draw() & draw() & draw();
    case 1: return ~(draw() & draw() & draw() & draw());
    case 2: return draw() % 4096;
    case 3: return draw() & UINT64_C(0x80000fffffffffff); /* satp of a mode that is there */
    default: return draw();
    }
}

/* The state as vcpu[t] and shadow[t] must hold it. */
static inline struct vcpu kept(void)
{
    struct vcpu v = vcpu_before;

    v.csr[VSSTATUS] = s_sstatus(&s) & ~(bit(63, true) | bit(33, true));
    v.csr[VSIE] = s_sie(&s);
    v.csr[VSTVEC] = s_stvec(&s);
    v.csr[VSSCRATCH] = s.sscratch;
    v.csr[VSEPC] = s.return_parcel * 2;
    v.csr[VSCAUSE] = s.scause;
    v.csr[VSTVAL] = s.stval;
    v.csr[VSATP] = s_satp(&s);
    v.csr[VSTIMECMP] = s.stimecmp;
    v.csr[HVIP] = bit(2, s.software_up) | bit(10, s.external_up);
    v.senvcfg = s.fiom;
    v.scounteren = bit(1, s.user_time);
    return v;
}

static inline void expect_same(void)
{
    struct vcpu want = kept();

    if (memcmp(&vcpu[t], &want, sizeof(want)) == 0 && shadow[t].supervisor == s.in_s)
        return;
    for (int k = 0; k < VS_CSRS; k++)
        assert_int_equal(vcpu[t].csr[k], want.csr[k]);
    assert_int_equal(vcpu[t].senvcfg, want.senvcfg);
    assert_int_equal(vcpu[t].scounteren, want.scounteren);
    assert_int_equal(shadow[t].supervisor, s.in_s);
    fail_msg("something of the vCPU changed that is no CSR");
}

/* Any state that software can reach, put into the vCPU. */
static inline void draw_state(void)
{
    s.in_s = true;
    for (unsigned k = 0; k < KNOWN; k++)
        s_write(&s, known[k], draw_value());
    s.external_up = draw() % 2;
    s.in_s = draw() % 2;
    vcpu[t] = kept();
    shadow[t].supervisor = s.in_s;
}

/* A moment: often right before, at or after the deadline. */
static inline uint64_t draw_now(void) { return draw() % 2 ? s.stimecmp + draw() % 3 - 1 : draw_value(); }

/* What the kernel must be told, from the states before and after. */
static inline uint64_t effect(const struct s_mode *old)
{
    uint64_t e = EFFECT_NONE;

    if (s_sie(&s) != s_sie(old) || s.stimecmp != old->stimecmp)
        e |= EFFECT_TIMER | EFFECT_INTERRUPT;
    if ((s.sie && !old->sie) || s.software_up != old->software_up)
        e |= EFFECT_INTERRUPT;
    if (s.sum != old->sum || s.mxr != old->mxr || s_satp(&s) != s_satp(old))
        e |= EFFECT_SPACE;
    if (s.fs != old->fs)
        e |= EFFECT_FP;
    return e;
}

/* From here on, thread `which` is meant; each suite draws the same numbers in each run. */
static inline void s_vcpu_begin(uint32_t which)
{
    seed = SEED;
    t = which;
    memset(&s, 0, sizeof(s));
    vcpu_before = vcpu[t];
    draw_state();
}

#endif
