/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "hostile.h"

static const struct {
    const char *name;
    hostile_case *run;
} cases[] = {
    {"touch", case_touch},
    {"map", case_map},
    {"table", case_table},
    {"root", case_root},
    {"sweep", case_sweep},
    {"every", case_every},
    {"mmio", case_mmio},
    {"vector", case_vector},
    {"sbi", case_sbi},
    {"csr", case_csr},
    {"instruction", case_instruction},
    {"cache", case_cache},
    {"residue", case_residue},
    {"registers", case_registers},
    {"reserve", case_reserve},
    {"conditional", case_store_conditional},
    {"asid", case_asid},
    {"state", case_state},
    {"strays", case_strays},
    {"kernel", case_kernel},
    {"span", case_span},
    {"maps", case_maps},
    {"spaces", case_spaces},
    {"flip", case_flip},
    {"fence", case_fence},
    {"faults", case_faults},
    {"lost", case_faults},
    {"spin", case_spin},
    {"loop", case_loop},
    {"storm", case_storm},
    {"flood", case_flood},
    {"spoof", case_spoof},
};

static unsigned good_count, bad_count;

void check(bool good, const char *what, uint64_t value)
{
    if (good) {
        good_count++;
    } else {
        bad_count++;
        say("not ok %s: 0x%lx\n", what, value);
    }
}

uint64_t argument(const void *tree, const char *name, uint64_t otherwise)
{
    const char *text = tree_argument(tree, name);

    return text ? number_of(text) : otherwise;
}

bool time_is_up(const void *tree)
{
    return now() >= argument(tree, "until", 1000000) * TICKS_PER_SECOND;
}

uint64_t random(void)
{
    static uint64_t state;

    if (state == 0)
        state = now() * UINT64_C(0x9e3779b97f4a7c15) | 1;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

bool execute(const uint32_t *code, size_t count, uint64_t a0, uint64_t a1, uint64_t *result)
{
    static uint32_t buffer[8];

    for (size_t i = 0; i < count; i++)
        ((volatile uint32_t *)buffer)[i] = code[i];
    ((volatile uint32_t *)buffer)[count] = 0x00008067; /* ret */
    __asm__ volatile("fence.i" ::: "memory");
    expect();
    /* Not earlier: a call between would take these registers. */
    register uint64_t r0 __asm__("a0") = a0;
    register uint64_t r1 __asm__("a1") = a1;
    __asm__ volatile("jalr ra, 0(%2)" : "+r"(r0), "+r"(r1) : "r"(buffer) : "ra", "memory");
    *result = r0;
    return !expected();
}

void guest_main(uint64_t hart, const void *tree)
{
    const char *name = tree_argument(tree, "case");

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (word_is(name, cases[i].name)) {
            say("case %s\n", cases[i].name);
            cases[i].run(hart, tree);
            say("done %s: %u good, %u bad\n", cases[i].name, good_count, bad_count);
            return;
        }
    say("not ok: no such case\n");
}
