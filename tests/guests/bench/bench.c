/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Instructions per operation, for machines whose time counts instructions: QEMU under `-icount shift=0`, where a tick
 * of the 10 MHz clock is 100 instructions. One line a row: `bench NAME N=operations ticks=… instr=per operation`.
 */
#include "bench.h"
#include "rt/rt.h"

#define INSTRUCTIONS_PER_TICK 100
#define STIMECMP              "0x14d"
#define WALK_BYTES            (UINT64_C(16) << 20)
#define MEMORY_FROM           UINT64_C(0x80800000) /* far behind image and stacks */

static bool has_stimecmp;

#define PAGED UINT64_C(0x3200000000) /* 2 MiB of pages of 4 KiB, but the last */

void in_user_mode(bench_loop *loop, uint64_t count, uint64_t x);

static void print_row(const char *name, uint64_t count, uint64_t instructions)
{
    uint64_t hundredths = instructions * 100 / count;

    say("bench %s N=%lu ticks=%lu instr=%lu.%02lu%s\n", name, count, instructions / INSTRUCTIONS_PER_TICK,
        hundredths / 100, hundredths % 100, trap.count ? " trapped" : "");
}

/* Without a first round: for what happens once only. */
static void measure_cold(const char *name, bench_loop *loop, uint64_t count, uint64_t x)
{
    uint64_t start = now();

    loop(count, x);
    print_row(name, count, (now() - start) * INSTRUCTIONS_PER_TICK);
}

static void measure(const char *name, bench_loop *loop, uint64_t count, uint64_t x)
{
    loop(count > 1000 ? 1000 : count, x);
    measure_cold(name, loop, count, x);
}

static void with_vector(const char *vector, const char *name, bench_loop *loop, uint64_t count, uint64_t x)
{
    csr_write("stvec", vector);
    loop(10, x);
    uint64_t start = now();
    loop(count, x);
    uint64_t end = now();
    csr_write("stvec", trap_vector);
    print_row(name, count, (end - start) * INSTRUCTIONS_PER_TICK);
}

static void interrupt_rows(uint64_t hart)
{
    csr_set("sie", 1u << IRQ_TIMER);
    csr_set("sstatus", SSTATUS_SIE);
    with_vector(vector_timer_sbi, "timer-irq-sbi", loop_timer_sbi, 500, 0);
    csr_clear("sstatus", SSTATUS_SIE);
    expect();
    csr_write(STIMECMP, UINT64_MAX);
    has_stimecmp = !expected();
    trap.count = 0;
    if (has_stimecmp) {
        csr_write("stvec", vector_timer_direct);
        csr_set("sstatus", SSTATUS_SIE);
        with_vector(vector_timer_direct, "timer-irq-stimecmp", loop_timer_direct, 500, UINT64_MAX);
        csr_clear("sstatus", SSTATUS_SIE);
    }
    sbi_set_timer(UINT64_MAX);
    csr_clear("sie", 1u << IRQ_TIMER);

    csr_set("sie", 1u << IRQ_SOFTWARE);
    csr_set("sip", 1u << IRQ_SOFTWARE);
    measure("wfi-pending", loop_wfi, 500, 0);
    csr_clear("sip", 1u << IRQ_SOFTWARE);
    csr_write("stvec", vector_ipi);
    csr_set("sstatus", SSTATUS_SIE);
    with_vector(vector_ipi, "ipi-self", loop_ipi, 500, hart);
    csr_clear("sstatus", SSTATUS_SIE);
    csr_clear("sie", 1u << IRQ_SOFTWARE);
}

/*
 * From the deadline to the first instruction behind wfi. A tick is coarse: after waking, the rest of the tick is
 * counted by a loop of three instructions. QEMU fires late by as much as the clock was past a tick when the deadline
 * was set, so it is set just behind one (by SBI, the firmware's path is part of the figure, modulo a tick).
 */
static uint64_t wake_once(uint64_t ticks)
{
    uint64_t start = now(), deadline, first, next, turns = 0;

    while ((deadline = now()) == start) {
    }
    deadline += ticks;
    if (has_stimecmp)
        csr_write(STIMECMP, deadline);
    else
        sbi_set_timer(deadline);
    __asm__ volatile("wfi\n"
                     "rdtime %0\n"
                     "1: addi %2, %2, 1\n"
                     "rdtime %1\n"
                     "beq %1, %0, 1b"
                     : "=&r"(first), "=&r"(next), "+r"(turns)
                     :
                     : "memory");
    uint64_t late = (next - deadline) * INSTRUCTIONS_PER_TICK, own = 3 * turns + 1;

    return late > own ? late - own : 0;
}

static void wake_row(const char *name, uint64_t ticks, uint64_t count)
{
    uint64_t sum = 0;

    csr_set("sie", 1u << IRQ_TIMER);
    wake_once(ticks);
    for (uint64_t i = 0; i < count; i++)
        sum += wake_once(ticks);
    sbi_set_timer(UINT64_MAX);
    csr_clear("sie", 1u << IRQ_TIMER);
    print_row(name, count, sum);
}

static void trap_rows(void)
{
    uint64_t before;

    expect();
    (void)csr_read("cycle");
    expected();
    with_vector(vector_skip, "rdcycle", loop_rdcycle, 500, 0);
    trap.count = 0;
    with_vector(vector_skip, "illegal", loop_illegal, 500, 0);
    before = csr_read("sscratch");
    static uint64_t stack[64];
    csr_write("sscratch", (uint64_t)&stack[64]);
    csr_write("stvec", vector_syscall);
    uint64_t start = now();
    in_user_mode(loop_syscall, 500, 0);
    uint64_t end = now();
    csr_write("stvec", trap_vector);
    csr_write("sscratch", before);
    print_row("syscall", 500, (end - start) * INSTRUCTIONS_PER_TICK);

    uint64_t satp = satp_identity(false);
    csr_write("satp", satp);
    __asm__ volatile("sfence.vma" ::: "memory");
    with_vector(vector_skip, "page-fault", loop_page_fault, 500, UINT64_C(0x5000000000));
    measure("sfence", loop_sfence, 500, (uint64_t)_end);
    measure("satp", loop_satp, 500, satp);
    csr_write("satp", 0);
    __asm__ volatile("sfence.vma" ::: "memory");
    measure("sscratch", loop_sscratch, 1000, 0);
}

/* The same memory once more, behind two more levels of tables. */
static void map_pages(uint64_t satp)
{
    static uint64_t table[2][512] __attribute__((aligned(4096)));
    uint64_t *root = (uint64_t *)(satp << 20 >> 8);

    root[PAGED >> 30] = (uint64_t)table[0] >> 12 << 10 | 1;
    table[0][0] = (uint64_t)table[1] >> 12 << 10 | 1;
    for (uint64_t i = 0; i < 511; i++)
        table[1][i] = (MEMORY_FROM / 4096 + i) << 10 | 0xcf; /* D A X W R V */
}

static void in_user_row(const char *name, bench_loop *loop)
{
    csr_write("stvec", vector_again);
    uint64_t start = now();
    in_user_mode(loop, 500, 0);
    uint64_t end = now();
    csr_write("stvec", trap_vector);
    print_row(name, 500, (end - start) * INSTRUCTIONS_PER_TICK);
}

/* What trap and emulate costs: of interest in shadow mode. */
static void shadow_rows(void)
{
    uint64_t satp = satp_identity(false);

    measure("csr-read", loop_csr_read, 1000, 0);
    measure("csr-write", loop_csr_write, 1000, 0);
    measure("interrupts-off-on", loop_interrupts, 1000, 0);
    csr_clear("sstatus", SSTATUS_SIE);
    in_user_row("user-round", loop_user);
    in_user_row("redirect", loop_redirect);
    map_pages(satp);
    csr_write("satp", satp);
    __asm__ volatile("sfence.vma" ::: "memory");
    with_vector(vector_behind, "reflect-fault", loop_reflect, 500, PAGED + 511 * 4096);
    loop_touch(1, PAGED);
    measure_cold("shadow-fill", loop_touch, 500, PAGED + 4096);
    measure("sfence-fill", loop_sfence_fill, 500, PAGED);
    measure("satp-switch", loop_spaces, 500, satp);
    csr_write("satp", 0);
    __asm__ volatile("sfence.vma" ::: "memory");
}

void guest_main(uint64_t hart, const void *tree)
{
    struct range memory = tree_memory(tree);
    uint64_t touched = MEMORY_FROM + WALK_BYTES;

    say("bench start ticks=%lu memory-mib=%lu\n", boot_csr[B_TIME], memory.bytes >> 20);
    if (memory.base + memory.bytes < touched + (UINT64_C(8) << 20)) {
        say("bench needs 48 MiB\n");
        return;
    }
    measure("sbi-spec-version", loop_spec_version, 1000, 0);
    measure("sbi-set-timer", loop_set_timer, 1000, UINT64_MAX);
    interrupt_rows(hart);
    wake_row("wake-200us", 2000, 50);
    wake_row("wake-10ms", 100000, 20);
    measure("rfence-self", loop_fence, 500, hart);
    measure("uart-read", loop_uart_read, 500, BENCH_UART);
    measure("uart-write", loop_uart_write, 500, BENCH_UART);
    measure("plic-read", loop_plic_read, 500, BENCH_PLIC);
    measure("plic-write", loop_plic_write, 500, BENCH_PLIC);
    measure_cold("first-touch", loop_touch, 512, touched);
    trap_rows();
    shadow_rows();
    measure("arithmetic", loop_arithmetic, 1000000, 0);
    loop_walk(WALK_BYTES / 64, MEMORY_FROM);
    measure_cold("walk-16mib", loop_walk, WALK_BYTES / 64, MEMORY_FROM);
    say("bench done\n");
}
