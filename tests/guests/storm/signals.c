/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Faults: mended by their handler, told with their address and code, and of instructions that users may not run. */
#include "storm.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MEND_PAGES = 1024 };

static uint8_t *mended;
static volatile uint64_t mends;

/* The kinds of a page by its number: unmapped, without rights, read-only. */
enum mend_kind { MEND_ABSENT, MEND_HIDDEN, MEND_READ_ONLY, MEND_KINDS };

static void mend(int number, siginfo_t *info, void *context)
{
    uint64_t page = ((uintptr_t)info->si_addr - (uintptr_t)mended) / PAGE;
    uint8_t *at = mended + page * PAGE;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    int rights = PROT_READ | PROT_WRITE;

    (void)context;
    if (number != SIGSEGV || page >= MEND_PAGES ||
        info->si_code != (page % MEND_KINDS == MEND_ABSENT ? SEGV_MAPERR : SEGV_ACCERR))
        _exit(4);
    if (page % MEND_KINDS == MEND_ABSENT) {
        if (mmap(at, PAGE, rights, flags, -1, 0) != at)
            _exit(5);
    } else if (mprotect(at, PAGE, rights) != 0) {
        _exit(6);
    }
    mends++;
}

static void mend_prepare(uint64_t page)
{
    uint8_t *at = mended + page * PAGE;

    if (page % MEND_KINDS == MEND_ABSENT) {
        MUST(munmap(at, PAGE) == 0);
    } else {
        fill((uint64_t *)(void *)at, 1, page);
        MUST(mprotect(at, PAGE, page % MEND_KINDS == MEND_HIDDEN ? PROT_NONE : PROT_READ) == 0);
    }
}

/* Each page faults once, its handler mends the mapping, and the access that faulted is done again. */
void stage_mend(void)
{
    struct sigaction action = {.sa_sigaction = mend, .sa_flags = SA_SIGINFO};
    uint64_t sum = 0;

    mended = map(MEND_PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    MUST(sigaction(SIGSEGV, &action, NULL) == 0);
    for (uint64_t p = 0; p < MEND_PAGES; p++)
        mend_prepare(p);
    for (uint64_t p = 0; p < MEND_PAGES; p++) {
        volatile uint64_t *word = (volatile uint64_t *)(void *)(mended + p * PAGE) + p % PAGE_WORDS;
        uint64_t before = p % MEND_KINDS == MEND_ABSENT ? 0 : pattern(1, p * PAGE_WORDS + p % PAGE_WORDS);
        uint64_t was;

        if (p % 2 == 0 || p % MEND_KINDS == MEND_READ_ONLY)
            was = __atomic_fetch_add(word, p, __ATOMIC_SEQ_CST);
        else
            was = *word;
        MUST(was == before && mends == p + 1);
        sum = add(sum, *word);
    }
    report("%d faults mended: ok sum=%016llx", MEND_PAGES, (unsigned long long)sum);
}

#define PRIVILEGED(name, instruction)                                                                                  \
    static void name(void)                                                                                             \
    {                                                                                                                  \
        __asm__ volatile(instruction ::: "memory", "t0");                                                              \
    }
PRIVILEGED(run_reserved, ".insn 4, 0x7003")
PRIVILEGED(run_unimp, ".half 0")
PRIVILEGED(run_read, "csrr t0, sstatus")
PRIVILEGED(run_write, "csrw stvec, x0")
PRIVILEGED(run_satp, "csrrw t0, satp, t0")
PRIVILEGED(run_sret, "sret")
PRIVILEGED(run_fence, "sfence.vma")
PRIVILEGED(run_machine, "csrr t0, mhartid")
PRIVILEGED(run_mret, "mret")
PRIVILEGED(run_break, "ebreak")
PRIVILEGED(run_time_write, "csrw time, x0")

static void check_instructions(void)
{
    void (*const illegal[])(void) = {run_reserved, run_unimp,   run_read, run_write, run_satp,
                                     run_sret,     run_machine, run_mret, run_fence, run_time_write};

    for (size_t i = 0; i < sizeof illegal / sizeof illegal[0]; i++) {
        struct fault f = probe_run(illegal[i]);

        if (f.signal != SIGILL || f.code != ILL_ILLOPC)
            fail("illegal instruction %zu: signal %d, code %d", i, f.signal, f.code);
    }
    struct fault f = probe_run(run_break);

    MUST(f.signal == SIGTRAP && f.address == (uintptr_t)run_break);
}

static void *hidden_code;

static void call_hidden(void)
{
    ((void (*)(void))(uintptr_t)hidden_code)();
}

/* What a fault tells of accesses across a page's end, of jumps into data, of a file's end, of the kernel's half. */
static void check_addresses(void)
{
    uint8_t *at = map(3, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    int file = open("/tmp/short", O_RDWR | O_CREAT | O_TRUNC, 0600);
    struct fault f;
    uint8_t *end_of_file;

    hidden_code = at;
    f = probe_run(call_hidden);
    MUST(f.signal == SIGSEGV && f.code == SEGV_ACCERR && f.address == (uintptr_t)at);
    MUST(munmap(at + PAGE, PAGE) == 0);
    hidden_code = at + PAGE;
    f = probe_run(call_hidden);
    MUST(f.signal == SIGSEGV && f.code == SEGV_MAPERR && f.address == (uintptr_t)at + PAGE);
    MUST(file >= 0 && write(file, "short", 5) == 5);
    end_of_file = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, file, 0);
    MUST(end_of_file != MAP_FAILED && memcmp(end_of_file, "short", 6) == 0);
    f = probe_read(end_of_file + PAGE + 7);
    MUST(f.signal == SIGBUS && f.address == (uintptr_t)end_of_file + PAGE + 7);
    f = probe_read((void *)(UINTPTR_MAX - 4095));
    MUST(f.signal == SIGSEGV && f.address == UINTPTR_MAX - 4095);
    f = probe_write((void *)UINT64_C(0x123456789abc0), 1);
    MUST(f.signal == SIGSEGV && f.address == UINT64_C(0x123456789abc0));
    f = probe_read(NULL);
    MUST(f.signal == SIGSEGV && f.address == 0);
    MUST(close(file) == 0 && unlink("/tmp/short") == 0);
}

/* The load's two bytes lie in two pages, of which the second faults. */
static void check_across(void)
{
    uint8_t *at = map(2, PROT_READ | PROT_WRITE, MAP_PRIVATE);

    at[PAGE - 1] = 0x5a;
    at[PAGE] = 0xa5;
    MUST(*(volatile uint16_t *)(void *)(at + PAGE - 1) == 0xa55a);
    *(volatile uint32_t *)(void *)(at + PAGE - 3) = 0x01020304;
    MUST(at[PAGE - 3] == 4 && at[PAGE - 2] == 3 && at[PAGE - 1] == 2 && at[PAGE] == 1);
}

static uint64_t endless(uint64_t depth)
{
    volatile uint64_t word[64];

    word[depth % 64] = depth;
    return depth == UINT64_MAX ? 0 : endless(depth + 1) + word[depth % 64];
}

static void run_endless(void)
{
    MUST(endless(0) != 1);
}

/* A stack that is used up, told on another stack. */
static void check_overflow(void)
{
    stack_t other = {.ss_sp = map(8, PROT_READ | PROT_WRITE, MAP_PRIVATE), .ss_size = 8 * PAGE};

    MUST(sigaltstack(&other, NULL) == 0);
    MUST(probe_run(run_endless).signal == SIGSEGV);
}

void stage_signals(void)
{
    for (int turn = 0; turn < 20; turn++)
        check_instructions();
    check_addresses();
    check_across();
    check_overflow();
    report("privileged instructions, addresses, codes: ok");
}
