/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Every register of spec/state.json that a guest has, full of a pattern of its own, across each kind of switch: it must come
 * back as it was. The table of CSRs is made from that list (proofs/state.py).
 */
#include "hold.h"
#include "hostile.h"
#include "state_list.h"

#define NUMBER_FCSR     0x003
#define NUMBER_SSTATUS  0x100
#define NUMBER_SIE      0x104
#define NUMBER_SIP      0x144
#define NUMBER_STIMECMP 0x14d
#define NUMBER_SATP     0x180
#define SPIN_TURNS      UINT64_C(700000)
#define WAIT_TICKS      2000
#define UART_LSR        UINT64_C(0x10000005)

struct row {
    const char *name;
    uint32_t number;
    uint64_t fill, base;
};
#define ROW(name, number, fill, base) {name, number, fill, base},
static const struct row rows[] = {STATE_CSRS(ROW)};
#define ROWS (sizeof rows / sizeof rows[0])

static uint64_t letter, round, kind, float_pattern;
static uint64_t kept[ROWS];

static uint64_t csr_get(uint32_t number)
{
#define GET(name, at, fill, base)                                                                                      \
    case at:                                                                                                           \
        return csr_read(#at);
    switch (number) {
        STATE_CSRS(GET)
    default:
        return 0;
    }
}

static void csr_put(uint32_t number, uint64_t value)
{
#define PUT(name, at, fill, base)                                                                                      \
    case at:                                                                                                           \
        csr_write(#at, value);                                                                                         \
        break;
    switch (number) {
        STATE_CSRS(PUT)
    default:
        break;
    }
}

/* Another one for each register, guest and round. */
static uint64_t pattern_of(uint32_t number)
{
    uint64_t v = (letter << 32 ^ round << 12 ^ number) * UINT64_C(0x9e3779b97f4a7c15);

    v ^= v >> 29;
    v *= UINT64_C(0xbf58476d1ce4e5b9);
    return v ^ v >> 32;
}

static bool float_is_off(void)
{
    return round % 3 == 2;
}

static uint64_t value_of(const struct row *row)
{
    uint64_t value = row->base | (pattern_of(row->number) & row->fill);

    if (row->number == NUMBER_SATP)
        value |= satp_identity(false);
    if (row->number == NUMBER_SSTATUS && float_is_off())
        value &= ~(uint64_t)SSTATUS_FS;
    if (kind == HOLD_WAIT) { /* what ends a wfi */
        if (row->number == NUMBER_SIE)
            value = 1u << IRQ_TIMER;
        if (row->number == NUMBER_SIP)
            value = 0;
        if (row->number == NUMBER_STIMECMP)
            value = now() + WAIT_TICKS;
    }
    return value;
}

/* fcsr first, while floating point is on. */
static void fill(void)
{
    csr_set("sstatus", SSTATUS_FS);
    if (!float_is_off()) {
        float_pattern = HOLD_PATTERN_OF(letter, 0, round);
        float_fill(float_pattern);
        csr_write("fcsr", pattern_of(NUMBER_FCSR) & 0x7f);
    }
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].fill == 0)
            continue;
        if (rows[i].number != NUMBER_FCSR)
            csr_put(rows[i].number, value_of(&rows[i]));
        if (rows[i].number == NUMBER_SATP)
            __asm__ volatile("sfence.vma" ::: "memory");
        if (rows[i].number != NUMBER_FCSR || !float_is_off())
            kept[i] = csr_get(rows[i].number) & rows[i].fill;
    }
}

static void settle(void)
{
    csr_write("stvec", trap_vector);
    csr_write("sie", 0);
    csr_write("satp", 0);
    __asm__ volatile("sfence.vma" ::: "memory");
    csr_set("sstatus", SSTATUS_FS);
}

static void look(const struct hold *hold, bool high)
{
    static const char *const kinds[HOLD_KINDS] = {"preemption", "call", "wait", "device", "read"};
    static uint64_t f[32], found[ROWS];

    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].fill != 0 && rows[i].number != NUMBER_FCSR)
            found[i] = csr_get(rows[i].number) & rows[i].fill;
    settle();
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].fill == 0)
            continue;
        if (rows[i].number == NUMBER_FCSR)
            found[i] = csr_read("fcsr") & rows[i].fill;
        check(found[i] == kept[i], rows[i].name, found[i]);
    }
    float_store(f);
    for (unsigned i = 0; i < 32; i++)
        check(f[i] == float_pattern + i, "f register", f[i]);
    for (unsigned i = 1; i < 32; i++) {
        bool worked = high ? i == 31 || i == 30 : i == 5 || i == 6;
        bool answer = hold->kind == HOLD_CALL && (i == 10 || i == 11);

        check(worked || answer || hold->x[i] == hold->pattern + i, kinds[hold->kind], hold->x[i]);
    }
}

void case_state(uint64_t hart, const void *tree)
{
    static struct hold hold;
    uint64_t rounds[HOLD_KINDS] = {0};

    (void)hart;
    letter = argument(tree, "letter", 'x');
    while (!time_is_up(tree)) {
        bool high = round / HOLD_KINDS % 2 == 0;

        kind = round % HOLD_KINDS;
        hold = (struct hold){HOLD_PATTERN_OF(letter, 0, round), kind, kind == HOLD_DEVICE ? UART_LSR : SPIN_TURNS, {0}};
        fill();
        if (high)
            hold_high(&hold);
        else
            hold_low(&hold);
        look(&hold, high);
        rounds[kind]++;
        round++;
    }
    say("rounds %lu %lu %lu %lu %lu\n", rounds[0], rounds[1], rounds[2], rounds[3], rounds[4]);
}
