/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * S mode as the privileged specification tells it, field by field: what the kernel's virtual S mode is compared with.
 * It shares no mask, no number and no structure with the kernel: the state is the fields themselves, each register is
 * put together from them and taken apart into them. [priv] is version 20240411, chapter 10 unless said otherwise.
 */
#ifndef KERNEL_S_MODE_H
#define KERNEL_S_MODE_H

#include <stdbool.h>
#include <stdint.h>

struct s_mode {
    bool in_s; /* else in U mode */
    bool sie, spie, spp, sum, mxr;
    unsigned fs;
    bool software_on, timer_on, external_on; /* sie */
    bool software_up, external_up;           /* sip, but for the timer's */
    uint64_t base; /* of stvec, in units of 4 bytes */
    bool vectored;
    bool user_time; /* scounteren.TM */
    bool fiom;
    uint64_t sscratch, scause, stval, stimecmp;
    uint64_t return_parcel; /* sepc, in units of 2 bytes */
    bool sv39;
    unsigned asid;
    uint64_t root_page;
};

static inline uint64_t bit(unsigned n, bool set) { return set ? UINT64_C(1) << n : 0; }
static inline bool has(uint64_t v, unsigned n) { return v >> n & 1; }
static inline uint64_t field(uint64_t v, unsigned high, unsigned low) { return v << (63 - high) >> (63 - high + low); }

/* 10.1.1. Bits 33:32 are UXL, which is 2; bit 63 sums up FS, VS and XS, of which FS alone is there. */
static inline uint64_t s_sstatus(const struct s_mode *s)
{
    uint64_t v = bit(1, s->sie) | bit(5, s->spie) | bit(8, s->spp) | bit(18, s->sum) | bit(19, s->mxr);

    v |= (uint64_t)s->fs << 13 | (uint64_t)2 << 32;
    return v | bit(63, s->fs == 3);
}

static inline void s_set_sstatus(struct s_mode *s, uint64_t v)
{
    s->sie = has(v, 1);
    s->spie = has(v, 5);
    s->spp = has(v, 8);
    s->fs = (unsigned)field(v, 14, 13);
    s->sum = has(v, 18);
    s->mxr = has(v, 19);
}

/* Sstc: the timer's bit in sip follows the comparison, whatever software would like. */
static inline bool s_timer_up(const struct s_mode *s, uint64_t now) { return now >= s->stimecmp; }

/* 10.1.3 */
static inline uint64_t s_sip(const struct s_mode *s, uint64_t now)
{
    return bit(1, s->software_up) | bit(5, s_timer_up(s, now)) | bit(9, s->external_up);
}

static inline uint64_t s_sie(const struct s_mode *s)
{
    return bit(1, s->software_on) | bit(5, s->timer_on) | bit(9, s->external_on);
}

static inline void s_set_sie(struct s_mode *s, uint64_t v)
{
    s->software_on = has(v, 1);
    s->timer_on = has(v, 5);
    s->external_on = has(v, 9);
}

/* 10.1.2. Modes 2 and 3 are reserved: this hart leaves the register as it was. */
static inline uint64_t s_stvec(const struct s_mode *s) { return s->base * 4 + (s->vectored ? 1 : 0); }

static inline void s_set_stvec(struct s_mode *s, uint64_t v)
{
    if (v % 4 >= 2)
        return;
    s->vectored = v % 4 == 1;
    s->base = v / 4;
}

/* 10.1.11. "If satp is written with an unsupported MODE, the entire write has no effect." */
static inline uint64_t s_satp(const struct s_mode *s)
{
    return (uint64_t)(s->sv39 ? 8 : 0) << 60 | (uint64_t)s->asid << 44 | s->root_page;
}

static inline void s_set_satp(struct s_mode *s, uint64_t v)
{
    uint64_t mode = field(v, 63, 60);

    if (mode != 0 && mode != 8)
        return;
    s->sv39 = mode == 8;
    s->asid = (unsigned)field(v, 59, 44);
    s->root_page = field(v, 43, 0);
}

/* 2.1: bits 9:8 of the number are the lowest privilege, 11:10 both set mean that it is read-only. */
static inline bool s_privilege_suffices(const struct s_mode *s, unsigned number)
{
    unsigned lowest = number >> 8 & 3;

    return lowest == 0 || (lowest == 1 && s->in_s);
}

/* Reads: true, and the value; or false: an illegal instruction. */
static inline bool s_read(const struct s_mode *s, unsigned number, uint64_t now, uint64_t *v)
{
    if (!s_privilege_suffices(s, number))
        return false;
    switch (number) {
    case 0x100: *v = s_sstatus(s); return true;
    case 0x104: *v = s_sie(s); return true;
    case 0x105: *v = s_stvec(s); return true;
    case 0x106: *v = bit(1, s->user_time); return true; /* 10.1.5; CY, IR, HPM read zero: those counters are not there */
    case 0x10a: *v = bit(0, s->fiom); return true;      /* 10.1.10 */
    case 0x140: *v = s->sscratch; return true;
    case 0x141: *v = s->return_parcel * 2; return true; /* 10.1.7 */
    case 0x142: *v = s->scause; return true;
    case 0x143: *v = s->stval; return true;
    case 0x144: *v = s_sip(s, now); return true;
    case 0x14d: *v = s->stimecmp; return true;
    case 0x180: *v = s_satp(s); return true;
    case 0xc01: *v = now; return s->in_s || s->user_time; /* 10.1.5: TM rules U mode only */
    default: return false;
    }
}

static inline bool s_write(struct s_mode *s, unsigned number, uint64_t v)
{
    uint64_t ignored;

    if ((number >> 10 & 3) == 3 || !s_read(s, number, 0, &ignored))
        return false;
    switch (number) {
    case 0x100: s_set_sstatus(s, v); break;
    case 0x104: s_set_sie(s, v); break;
    case 0x105: s_set_stvec(s, v); break;
    case 0x106: s->user_time = has(v, 1); break;
    case 0x10a: s->fiom = has(v, 0); break;
    case 0x140: s->sscratch = v; break;
    case 0x141: s->return_parcel = v / 2; break;
    case 0x142: s->scause = v; break;
    case 0x143: s->stval = v; break;
    case 0x144: s->software_up = has(v, 1); break; /* SEIP and STIP are read-only */
    case 0x14d: s->stimecmp = v; break;
    case 0x180: s_set_satp(s, v); break;
    }
    return true;
}

/* 10.1.1, 10.1.2, 10.1.7 to 10.1.9: a trap; returns where the hart goes on. */
static inline uint64_t s_trap(struct s_mode *s, uint64_t pc, bool interrupt, uint64_t code, uint64_t value)
{
    s->spp = s->in_s;
    s->spie = s->sie;
    s->sie = false;
    s->in_s = true;
    s->return_parcel = pc / 2;
    s->scause = bit(63, interrupt) | code;
    s->stval = value;
    return s->base * 4 + (interrupt && s->vectored ? 4 * code : 0);
}

static inline uint64_t s_sret(struct s_mode *s)
{
    s->in_s = s->spp;
    s->sie = s->spie;
    s->spie = true;
    s->spp = false;
    return s->return_parcel * 2;
}

/* 10.1.3: the number of the most urgent interrupt that is pending and enabled by itself, or -1. */
static inline int s_pending(const struct s_mode *s, uint64_t now)
{
    if (s->external_up && s->external_on)
        return 9;
    if (s->software_up && s->software_on)
        return 1;
    if (s_timer_up(s, now) && s->timer_on)
        return 5;
    return -1;
}

static inline bool s_interruptible(const struct s_mode *s) { return !s->in_s || s->sie; }

#endif
