/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Every CSR number and every privileged instruction: what is not the guest's traps to the guest itself. */
#include "hostile.h"
#include "state_list.h"

#define CSR_NUMBERS  4096
#define CSR_STIMECMP 0x14d
#define NO_TRAP      0

/* What S mode reads when counters are off and the floating point is on: spec/state.json, and nothing that is not there. */
#define NUMBER(name, number, fill, base) number,
static const uint16_t readable[] = {STATE_CSRS(NUMBER)};

static bool is_readable(uint32_t csr)
{
    for (size_t i = 0; i < sizeof readable / sizeof readable[0]; i++)
        if (readable[i] == csr)
            return true;
    return csr == CSR_STIMECMP; /* where the hart has it, the guest has it */
}

/* Traps of that instruction; the digest tells two runs apart. */
static uint64_t digest = UINT64_C(0xcbf29ce484222325);

static void record(bool went, uint32_t csr, bool may_go, const char *what)
{
    uint64_t cause = went ? NO_TRAP : trap.scause;

    digest = (digest ^ cause) * UINT64_C(0x100000001b3);
    if (went) {
        say("%s %03x\n", what, csr);
        check(may_go, what, csr);
    } else {
        check(cause == CAUSE_ILLEGAL, "cause of csr trap", csr << 8 | cause);
        check(!may_go || csr == CSR_STIMECMP, "csr trapped", csr);
    }
}

void case_csr(uint64_t hart, const void *tree)
{
    static const uint64_t values[] = {UINT64_MAX, 0};
    uint64_t result;

    (void)hart;
    (void)tree;
    csr_set("sstatus", SSTATUS_FS);
    csr_write("sie", 0);
    for (uint32_t csr = 0; csr < CSR_NUMBERS; csr++) {
        const uint32_t read[] = {csr << 20 | 0x00002573}; /* csrr a0, csr */

        record(execute(read, 1, 0, 0, &result), csr, is_readable(csr), "readable");
    }
    for (uint32_t csr = 0; csr < CSR_NUMBERS; csr++) {
        /* csrrw a0, csr, a1; csrw csr, a0: changed and put back at once. */
        const uint32_t write[] = {csr << 20 | 0x00059573, csr << 20 | 0x00051073};
        bool read_only = csr >> 10 == 3;

        for (size_t i = 0; i < 2; i++) {
            bool went = execute(write, 2, 0, values[i], &result);
            if (i == 0)
                record(went, csr, is_readable(csr) && !read_only, "writable");
        }
    }
    csr_set("sstatus", SSTATUS_FS);
    say("digest %lx\n", digest);
}

enum outcome { MUST_TRAP, MUST_GO, MAY_TRAP };
static const struct {
    const char *name;
    uint32_t word;
    enum outcome outcome;
} instructions[] = {
    {"mret", 0x30200073, MUST_TRAP},
    {"uret", 0x00200073, MUST_TRAP},
    {"dret", 0x7b200073, MUST_TRAP},
    {"mnret", 0x70200073, MUST_TRAP},
    {"hfence.vvma", 0x22000073, MUST_TRAP},
    {"hfence.vvma a0, a1", 0x22b50073, MUST_TRAP},
    {"hfence.gvma", 0x62000073, MUST_TRAP},
    {"hfence.gvma a0, a1", 0x62b50073, MUST_TRAP},
    {"hinval.vvma", 0x26000073, MUST_TRAP},
    {"hinval.gvma", 0x66000073, MUST_TRAP},
    {"hlv.b", 0x60054573, MUST_TRAP},
    {"hlv.bu", 0x60154573, MUST_TRAP},
    {"hlv.h", 0x64054573, MUST_TRAP},
    {"hlv.hu", 0x64154573, MUST_TRAP},
    {"hlvx.hu", 0x64354573, MUST_TRAP},
    {"hlv.w", 0x68054573, MUST_TRAP},
    {"hlv.wu", 0x68154573, MUST_TRAP},
    {"hlvx.wu", 0x68354573, MUST_TRAP},
    {"hlv.d", 0x6c054573, MUST_TRAP},
    {"hsv.b", 0x62b54073, MUST_TRAP},
    {"hsv.h", 0x66b54073, MUST_TRAP},
    {"hsv.w", 0x6ab54073, MUST_TRAP},
    {"hsv.d", 0x6eb54073, MUST_TRAP},
    {"sfence.vma", 0x12000073, MUST_GO},
    {"sfence.vma a0, a1", 0x12b50073, MUST_GO},
    {"fence.i", 0x0000100f, MUST_GO},
    {"pause", 0x0100000f, MUST_GO},
    {"wfi, pending", 0x10500073, MUST_GO},
    {"sinval.vma", 0x16000073, MAY_TRAP},
    {"sfence.w.inval", 0x18000073, MAY_TRAP},
    {"sfence.inval.ir", 0x18100073, MAY_TRAP},
    {"wrs.nto", 0x00d00073, MAY_TRAP},
    {"wrs.sto", 0x01d00073, MAY_TRAP},
    {"sctrclr", 0x10400073, MAY_TRAP},
    {"cbo.inval", 0x0005200f, MAY_TRAP},
    {"cbo.clean", 0x0015200f, MAY_TRAP},
    {"cbo.flush", 0x0025200f, MAY_TRAP},
    {"cbo.zero", 0x0045200f, MAY_TRAP},
    {"vsetvli", 0x00007057, MUST_TRAP},
    {"vle8.v", 0x02050007, MUST_TRAP},
    {"custom-0", 0x0000000b, MUST_TRAP},
    {"custom-1", 0x0000002b, MUST_TRAP},
    {"custom-2", 0x0000005b, MUST_TRAP},
    {"custom-3", 0x0000007b, MUST_TRAP},
    {"all ones", 0xffffffff, MUST_TRAP},
    {"reserved system", 0xfff00073, MUST_TRAP},
};

static uint64_t target[8] __attribute__((aligned(64)));

void case_instruction(uint64_t hart, const void *tree)
{
    static const uint32_t add_float[] = {0x00007053}; /* fadd.s f0, f0, f0 */
    uint64_t result;

    (void)hart;
    (void)tree;
    csr_write("sie", 1u << IRQ_SOFTWARE);
    csr_set("sip", 1u << IRQ_SOFTWARE);
    for (size_t i = 0; i < sizeof instructions / sizeof instructions[0]; i++) {
        bool went = execute(&instructions[i].word, 1, (uint64_t)target, 0, &result);
        enum outcome outcome = instructions[i].outcome;

        say("%s: %s\n", instructions[i].name, went ? "went" : "trapped");
        check(outcome == MAY_TRAP || went == (outcome == MUST_GO), instructions[i].name, went);
        check(went || trap.scause == CAUSE_ILLEGAL, instructions[i].name, trap.scause);
    }
    csr_write("sie", 0);
    csr_clear("sip", 1u << IRQ_SOFTWARE);
    csr_clear("sstatus", SSTATUS_FS);
    check(!execute(add_float, 1, 0, 0, &result) && trap.scause == CAUSE_ILLEGAL, "float while off", 0);
    csr_set("sstatus", SSTATUS_FS);
    check(execute(add_float, 1, 0, 0, &result), "float while on", 0);
}

/*
 * cbo.inval must not bring back what a former owner wrote: a fresh page stays zero. Bits of senvcfg and scounteren
 * are the guest's own: they are there again after its monitor ran, and after others did.
 */
void case_cache(uint64_t hart, const void *tree)
{
    static const uint32_t invalidate[] = {0x0005200f}, clean[] = {0x0015200f};
    struct range range[FREE_RANGES];
    size_t n = free_memory(tree, range);
    uint64_t result, sum = 0, envcfg, counteren;

    (void)hart;
    csr_write("0x10a", UINT64_MAX);
    csr_write("scounteren", UINT64_MAX);
    envcfg = csr_read("0x10a");
    counteren = csr_read("scounteren");
    say("senvcfg %lx scounteren %lx\n", envcfg, counteren);
    for (uint64_t a = range[n - 1].base; a < range[n - 1].base + range[n - 1].bytes; a += 64) {
        bool went = execute(invalidate, 1, a, 0, &result);

        check(went || trap.scause == CAUSE_ILLEGAL, "cbo.inval", trap.scause);
        execute(clean, 1, a, 0, &result);
        for (uint64_t i = 0; i < 64; i += 8)
            sum |= read64(a + i);
    }
    check(sum == 0, "fresh memory behind cbo.inval", sum);
    for (unsigned i = 0; i < 50; i++) {
        sbi(SBI_BASE, 0, 0, 0, 0, 0, 0);
        sleep_ticks(20000);
        check(csr_read("0x10a") == envcfg, "senvcfg kept", csr_read("0x10a"));
        check(csr_read("scounteren") == counteren, "scounteren kept", csr_read("scounteren"));
    }
}
