/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * How many ticks the kernel needs for a system call and for a switch between two processes, for machines whose time counts
 * instructions (make bench-linux). Breakpoints mark where the parts begin and end, for who counts traps from outside.
 */
#include "storm.h"

#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define BATCHES 20
#define CALLS 100
#define ROUNDS 50

static int there[2], back[2]; /* pipes */

static uint64_t now(void)
{
    uint64_t ticks;

    __asm__ volatile("rdtime %0" : "=r"(ticks)::"memory");
    return ticks;
}

static void behind_the_mark(int number, siginfo_t *information, void *context)
{
    (void)number;
    (void)information;
    ((ucontext_t *)context)->uc_mcontext.__gregs[0] += 4; /* the pc */
}

static void mark(void)
{
    __asm__ volatile(".option push\n.option norvc\nebreak\n.option pop" ::: "memory");
}

static void calls(void)
{
    for (unsigned i = 0; i < CALLS; i++)
        (void)syscall(SYS_getpid);
}

/* The other process: sends each byte back. */
static int answer(uint64_t rounds)
{
    char byte;

    for (uint64_t i = 0; i < rounds; i++)
        MUST(read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1);
    return 0;
}

static void rounds(void)
{
    char byte = 1;

    for (unsigned i = 0; i < ROUNDS; i++)
        MUST(write(there[1], &byte, 1) == 1 && read(back[0], &byte, 1) == 1);
}

/* The ticks of the fastest batch, in which nothing else ran; one batch first, for what happens once only. */
static uint64_t fastest(void (*batch)(void))
{
    uint64_t least = UINT64_MAX;

    batch();
    mark();
    for (unsigned i = 0; i < BATCHES; i++) {
        uint64_t began = now();
        batch();
        uint64_t ticks = now() - began;
        least = ticks < least ? ticks : least;
    }
    mark();
    return least;
}

void stage_speed(void)
{
    struct sigaction action = {.sa_sigaction = behind_the_mark, .sa_flags = SA_SIGINFO};
    pid_t other;

    MUST(sigaction(SIGTRAP, &action, NULL) == 0);
    report("getpid N=%u batches=%u ticks=%lu", CALLS, BATCHES, fastest(calls));
    MUST(pipe(there) == 0 && pipe(back) == 0);
    other = start(answer, (BATCHES + 1) * ROUNDS);
    report("round N=%u batches=%u ticks=%lu", ROUNDS, BATCHES, fastest(rounds));
    end(other, 0);
}
