/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Groups, rows, and how a probe is started. The boot argument group= names the group to run. */
#include "isa.h"

#include <stdarg.h>

_Static_assert(offsetof(struct probe, a) == 8 && offsetof(struct probe, sstatus) == 56 &&
                   offsetof(struct probe, satp) == 64 && offsetof(struct probe, fence) == 72 &&
                   offsetof(struct probe, scause) == 80 && offsetof(struct probe, stval) == 88 &&
                   offsetof(struct probe, sepc) == 96 && offsetof(struct probe, vector) == 104 &&
                   offsetof(struct probe, saved_sp) == 112 && offsetof(struct probe, saved_sstatus) == 120 &&
                   offsetof(struct probe, saved_satp) == 128,
               "probe.S knows these offsets");

/* What one guest runs; the first word of each row's name is the group's own. */
static const struct {
    const char *name;
    isa_group *run;
} groups[] = {
    {"csr", group_csr},
    {"csr", group_sweep},
    {"cause", group_cause},
    {"pte", group_pte},
    {"space", group_shape},
    {"space", group_live},
    {"space", group_asid},
    {"interrupt", group_interrupt},
    {"chain", group_chain},
    {"remote", group_remote},
    {"random", group_random},
    {"state", group_return},
    {"state", group_float},
    {"state", group_atomic},
    {"state", group_device},
    {"stop", group_stop},
};

uint64_t boot_hart;

static char text[2048];
static size_t used;
static unsigned rows;

static void flush(void)
{
    sbi(SBI_DBCN, 0, used, (uint64_t)text, 0, 0, 0);
    used = 0;
}

/* Not the UART: its registers are probed, and a call for many bytes is faster. */
void put_char(char c)
{
    text[used++] = c;
    if (used == sizeof text)
        flush();
}

void row_begin(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    say_list(format, list);
    va_end(list);
    say(" =");
}

void row_hex(uint64_t value)
{
    say(" %lx", value);
}

void row_word(const char *word)
{
    say(" %s", word);
}

void row_end(void)
{
    say("\n");
    rows++;
}

void row(const char *name, unsigned count, ...)
{
    va_list list;

    va_start(list, count);
    row_begin("%s", name);
    while (count-- > 0)
        row_hex(va_arg(list, uint64_t));
    va_end(list);
    row_end();
}

void row_trap(const char *name, const struct probe *p)
{
    row(name, 4, p->scause, p->stval, p->sepc, p->sstatus);
}

void row_announce(const char *name)
{
    say("%s ?\n", name);
    flush();
}

uint64_t user_alias(const volatile void *p)
{
    return (uint64_t)p + UINT64_C(0x80000000);
}

void probe_at(struct probe *p, const void *code)
{
    p->pc = (p->sstatus & SSTATUS_SPP) ? (uint64_t)code : user_alias(code);
    probe_run(p);
}

void probe_words(struct probe *p, const uint32_t *word, size_t count)
{
    static volatile uint32_t code[64] __attribute__((aligned(256)));

    for (size_t i = 0; i < count; i++)
        code[i] = word[i];
    code[count] = EBREAK;
    __asm__ volatile("fence.i" ::: "memory");
    probe_at(p, (const void *)(uintptr_t)code);
}

uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

uint64_t value_of(unsigned index)
{
    uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

    if (index < 64)
        return UINT64_C(1) << index;
    if (index == 64)
        return 0;
    if (index == 65)
        return UINT64_MAX;
    for (; index > 65; index--)
        random_next(&state);
    return state;
}

void guest_main(uint64_t hart, const void *tree)
{
    const char *name = tree_argument(tree, "group");

    boot_hart = hart;
    csr_write("stimecmp", UINT64_MAX);
    space_reset();
    csr_write("satp", home_satp);
    __asm__ volatile("sfence.vma" ::: "memory");
    say("isa begin\n");
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        if (word_is(name, groups[i].name))
            groups[i].run(tree);
    say("isa end %u\n", rows);
    flush();
}
