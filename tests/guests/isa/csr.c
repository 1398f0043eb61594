/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What each CSR of S mode keeps of what is written, in each form of writing; that user mode reaches none of them. */
#include "isa.h"

#define CSR_SATP 0x180
#define RW       1u
#define RS       2u
#define RC       3u
#define RWI      5u
#define RSI      6u
#define RCI      7u
#define A0       10u
#define A1       11u
#define A2       12u
#define A3       13u
#define A4       14u

static const struct {
    const char *name;
    uint32_t number;
} csrs[] = {
    {"sstatus", 0x100}, {"sie", 0x104},   {"stvec", 0x105}, {"scounteren", 0x106}, {"senvcfg", 0x10a},
    {"sscratch", 0x140}, {"sepc", 0x141}, {"scause", 0x142}, {"stval", 0x143},     {"sip", 0x144},
    {"stimecmp", 0x14d}, {"satp", CSR_SATP}, {"fflags", 0x001}, {"frm", 0x002},    {"fcsr", 0x003},
};
#define CSRS (sizeof csrs / sizeof csrs[0])

static const struct {
    const char *name;
    uint32_t form;
} forms[] = {{"csrrw", RW}, {"csrrs", RS}, {"csrrc", RC}, {"csrrwi", RWI}, {"csrrsi", RSI}, {"csrrci", RCI}};

static uint32_t csr_word(uint32_t form, uint32_t csr, uint32_t rd, uint32_t rs1)
{
    return csr << 20 | rs1 << 15 | form << 12 | rd << 7 | 0x73u;
}

/* Set and clear start from nothing and from everything, so that they can show what they do. */
static uint64_t base_of(uint32_t form)
{
    return (form & 3u) == RC ? UINT64_MAX : 0;
}

/*
 * Puts the CSR aside, writes base to it, then value in that form, and puts it back: all in one go, since what a CSR
 * such as stvec holds meanwhile is no good to run with. a0: as the form read it; a2: as it is then.
 */
static void write_form(struct probe *p, uint32_t form, uint32_t csr, uint64_t base, uint64_t value, uint32_t immediate)
{
    const uint32_t words[] = {
        csr_word(RW, csr, A4, A3),
        csr_word(RS, csr, A3, 0),
        csr_word(form, csr, A0, form > RC ? immediate : A1),
        csr_word(RS, csr, A2, 0),
        csr_word(RW, csr, 0, A4),
    };

    *p = (struct probe){.sstatus = SSTATUS_SUPERVISOR | SSTATUS_FS, .satp = home_satp};
    p->a[1] = value;
    p->a[3] = base;
    probe_words(p, words, sizeof words / sizeof words[0]);
}

/* A value as read back; where the form did not read what the base had left, both. */
static void row_result(const struct probe *p)
{
    if (p->scause != CAUSE_BREAK) {
        row_word("trap");
        row_hex(p->scause);
    } else {
        row_hex(p->a[2]);
        if (p->a[0] != p->a[3]) {
            row_word("read");
            row_hex(p->a[0]);
        }
    }
}

static void values_of(size_t which, size_t form)
{
    struct probe p;

    for (unsigned i = 0; i < VALUES; i++) {
        if (i % 16 == 0)
            row_begin("csr.%s.%s.%u", csrs[which].name, forms[form].name, i);
        write_form(&p, forms[form].form, csrs[which].number, base_of(forms[form].form), value_of(i), 0);
        row_result(&p);
        if (i % 16 == 15)
            row_end();
    }
}

static void immediates_of(size_t which, size_t form)
{
    static const uint32_t immediate[] = {0, 1, 2, 4, 8, 16, 21, 31};
    struct probe p;

    row_begin("csr.%s.%s", csrs[which].name, forms[form].name);
    for (size_t i = 0; i < sizeof immediate / sizeof immediate[0]; i++) {
        write_form(&p, forms[form].form, csrs[which].number, base_of(forms[form].form), 0, immediate[i]);
        row_result(&p);
    }
    row_end();
}

/* Only values that name this program's own table, or a mode that there is not: others would end the program. */
static void satp_values(void)
{
    uint64_t frame = home_satp & UINT64_C(0xfffffffffff);
    struct probe p;

    row_begin("csr.satp.asid");
    for (unsigned i = 0; i < 16; i++) {
        write_form(&p, RW, CSR_SATP, home_satp, UINT64_C(8) << 60 | UINT64_C(1) << (44 + i) | frame, 0);
        row_result(&p);
    }
    row_end();
    for (uint64_t mode = 0; mode < 16; mode++) {
        if (mode == 0 || mode == 8)
            continue;
        row_begin("csr.satp.mode.%lu", mode);
        write_form(&p, RW, CSR_SATP, home_satp, mode << 60 | UINT64_C(0x5a5a) << 44 | frame, 0);
        row_result(&p);
        write_form(&p, RW, CSR_SATP, 0, mode << 60 | UINT64_C(0x123456), 0);
        row_result(&p);
        row_end();
    }
    row_begin("csr.satp.bare");
    write_form(&p, RW, CSR_SATP, home_satp, 0, 0);
    row_result(&p);
    row_end();
    row_begin("csr.satp.asid.set-and-clear");
    write_form(&p, RS, CSR_SATP, home_satp, UINT64_C(0x1234) << 44, 0);
    row_result(&p);
    write_form(&p, RC, CSR_SATP, home_satp | UINT64_C(0xffff) << 44, UINT64_C(0x4321) << 44, 0);
    row_result(&p);
    row_end();
}

/* From user mode: each form an illegal instruction, and stval tells which. fflags, frm and fcsr are no secret. */
static void from_user(size_t which)
{
    struct probe p;

    row_begin("csr.%s.user", csrs[which].name);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const uint32_t word = csr_word(forms[i].form, csrs[which].number, A0, A1);

        p = (struct probe){.sstatus = SSTATUS_USER | SSTATUS_FS, .satp = home_satp};
        probe_words(&p, &word, 1);
        row_hex(p.scause);
        row_hex(p.stval);
    }
    row_end();
}

void group_csr(const void *tree)
{
    (void)tree;
    for (size_t which = 0; which < CSRS; which++) {
        if (csrs[which].number == CSR_SATP) {
            satp_values();
        } else {
            for (size_t form = 0; form < 3; form++)
                values_of(which, form);
            for (size_t form = 3; form < 6; form++)
                immediates_of(which, form);
        }
        from_user(which);
    }
}

/* Runs one CSR instruction; the row gets the number where it did not trap as an illegal instruction. */
static void sweep_one(uint32_t csr, uint32_t word, uint64_t privilege, unsigned *odd)
{
    struct probe p = {.sstatus = privilege | SSTATUS_FS, .satp = home_satp};

    probe_words(&p, &word, 1);
    if (p.scause == CAUSE_BREAK)
        row_hex(csr);
    else if (p.scause != CAUSE_ILLEGAL || p.stval != word)
        ++*odd;
}

/* Every number there is, read, and written with nothing to set. What went, and how many traps told something odd. */
void group_sweep(const void *tree)
{
    static const struct {
        const char *name;
        uint64_t privilege;
        uint32_t rd, rs1;
    } kinds[] = {{"supervisor.read", SSTATUS_SUPERVISOR, A0, 0},
                 {"supervisor.write", SSTATUS_SUPERVISOR, A0, A1},
                 {"user.read", SSTATUS_USER, A0, 0},
                 {"user.write", SSTATUS_USER, A0, A1}};

    (void)tree;
    for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++)
        for (uint32_t first = 0; first < 4096; first += 256) {
            unsigned odd = 0;

            row_begin("sweep.%s.%03x", kinds[kind].name, first);
            for (uint32_t csr = first; csr < first + 256; csr++)
                sweep_one(csr, csr_word(RS, csr, kinds[kind].rd, kinds[kind].rs1), kinds[kind].privilege, &odd);
            say("%s", odd ? " odd" : "");
            if (odd)
                row_hex(odd);
            row_end();
        }
}
