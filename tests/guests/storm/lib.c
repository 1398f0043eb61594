/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Patterns, processes, and accesses that may fault. */
#include "storm.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

uint64_t add(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return sum ^ sum >> 29;
}

uint64_t pattern(uint64_t who, uint64_t place)
{
    return add(who << 48 | who, place);
}

uint64_t next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

void *map(size_t pages, int rights, int flags)
{
    void *at = mmap(NULL, pages * PAGE, rights, MAP_ANONYMOUS | flags, -1, 0);

    MUST(at != MAP_FAILED);
    return at;
}

void fill(volatile uint64_t *page, uint64_t who, uint64_t place)
{
    for (uint64_t i = 0; i < PAGE_WORDS; i++)
        page[i] = pattern(who, place * PAGE_WORDS + i);
}

uint64_t sum_of(const volatile uint64_t *page, uint64_t who, uint64_t place)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < PAGE_WORDS; i++) {
        uint64_t word = page[i];

        if (word != pattern(who, place * PAGE_WORDS + i))
            fail("page %llu of %llu holds %#llx at word %llu", (unsigned long long)place, (unsigned long long)who,
                 (unsigned long long)word, (unsigned long long)i);
        sum = add(sum, word);
    }
    return sum;
}

pid_t start(int (*body)(uint64_t), uint64_t argument)
{
    pid_t child = fork();

    MUST(child >= 0);
    if (child == 0)
        _exit(body(argument));
    return child;
}

void end(pid_t child, int status)
{
    int got = 0;

    MUST(waitpid(child, &got, 0) == child);
    if (WIFSIGNALED(got))
        fail("a child was ended by signal %d", WTERMSIG(got));
    if (WEXITSTATUS(got) != status)
        fail("a child exited with %d, not %d", WEXITSTATUS(got), status);
}

static sigjmp_buf landing;
static volatile struct fault seen;

static void land(int signal, siginfo_t *info, void *context)
{
    (void)context;
    seen.signal = signal;
    seen.code = info->si_code;
    seen.address = (uintptr_t)info->si_addr;
    siglongjmp(landing, 1);
}

static void catch_faults(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP};
    struct sigaction action = {.sa_sigaction = land, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        MUST(sigaction(signals[i], &action, NULL) == 0);
    seen.signal = 0;
    seen.code = 0;
    seen.address = 0;
}

static struct fault what_was_seen(void)
{
    return (struct fault){seen.signal, seen.code, seen.address};
}

struct fault probe_read(const void *at)
{
    catch_faults();
    if (sigsetjmp(landing, 1) == 0)
        (void)*(const volatile uint8_t *)at;
    return what_was_seen();
}

struct fault probe_write(void *at, uint8_t value)
{
    catch_faults();
    if (sigsetjmp(landing, 1) == 0)
        *(volatile uint8_t *)at = value;
    return what_was_seen();
}

struct fault probe_run(void (*code)(void))
{
    catch_faults();
    if (sigsetjmp(landing, 1) == 0)
        code();
    return what_was_seen();
}
