/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Code that changes, and time. */
#include "storm.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { CODE_VERSIONS = 400, CODE_PAGES = 4 };
#define LI_A0(value) (0x00000513u | (uint32_t)(value) << 20)
#define RET          0x00008067u

typedef uint64_t function(void);

/* A function is written, run, and written anew: where it may be written and run at once, and where the rights change. */
void stage_code(void)
{
    uint8_t *at = map(CODE_PAGES, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE);
    uint64_t sum = 0;

    for (uint32_t version = 0; version < CODE_VERSIONS; version++) {
        uint8_t *page = at + version % CODE_PAGES * PAGE;
        uint32_t *code = (uint32_t *)(void *)(page + version % 16 * 64);

        if (version % CODE_PAGES == 1)
            MUST(mprotect(page, PAGE, PROT_READ | PROT_WRITE) == 0);
        code[0] = LI_A0(version);
        code[1] = RET;
        if (version % CODE_PAGES == 1)
            MUST(mprotect(page, PAGE, PROT_READ | PROT_EXEC) == 0);
        __builtin___clear_cache((char *)code, (char *)(code + 2));
        uint64_t got = ((function *)(uintptr_t)code)();

        if (got != version)
            fail("version %u of the code ran as %llu", version, (unsigned long long)got);
        sum = add(sum, got);
    }
    report("%d versions: ok sum=%016llx", CODE_VERSIONS, (unsigned long long)sum);
}

static uint64_t read_time(void)
{
    uint64_t value;

    __asm__ volatile("rdtime %0" : "=r"(value));
    return value;
}

static volatile uint64_t counter;

static void read_cycle(void)
{
    uint64_t value;

    __asm__ volatile("rdcycle %0" : "=r"(value));
    counter = value;
}

static void read_instret(void)
{
    uint64_t value;

    __asm__ volatile("rdinstret %0" : "=r"(value));
    counter = value;
}

/* Big-endian, as device trees are. */
static uint64_t timebase(void)
{
    uint8_t byte[4] = {0};
    FILE *file = fopen("/proc/device-tree/cpus/timebase-frequency", "rb");

    MUST(file != NULL && fread(byte, 1, sizeof byte, file) == sizeof byte);
    (void)fclose(file);
    return (uint64_t)byte[0] << 24 | (uint64_t)byte[1] << 16 | (uint64_t)byte[2] << 8 | byte[3];
}

static uint64_t clock_ns(void)
{
    struct timespec t;

    MUST(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static const char *counter_kind(void (*read)(void))
{
    uint64_t first;

    if (probe_run(read).signal == SIGILL)
        return "SIGILL";
    first = counter;
    MUST(probe_run(read).signal == 0 && counter >= first);
    return "a value";
}

static volatile sig_atomic_t alarms;

static void on_alarm(int number)
{
    alarms += number == SIGALRM;
}

static void check_alarm(void)
{
    struct sigaction action = {.sa_handler = on_alarm};
    struct itimerspec soon = {.it_value = {.tv_nsec = 2000000}};
    timer_t timer;

    MUST(sigaction(SIGALRM, &action, NULL) == 0);
    MUST(timer_create(CLOCK_MONOTONIC, NULL, &timer) == 0 && timer_settime(timer, 0, &soon, NULL) == 0);
    for (uint64_t from = clock_ns(); alarms == 0;)
        MUST(clock_ns() - from < 20000000000u);
    MUST(timer_delete(timer) == 0);
}

/* Time never goes back, runs at the rate it is said to, and passes while a process sleeps. */
void stage_time(void)
{
    const struct timespec nap = {.tv_nsec = 20000000};
    uint64_t rate = timebase(), last = read_time();

    MUST(rate >= 10000 && rate <= 10000000000u);
    for (int i = 0; i < 100000; i++) {
        uint64_t now = read_time();

        MUST(now >= last && now - last < 20 * rate);
        last = now;
    }
    for (int i = 0; i < 5; i++) {
        uint64_t ticks = read_time(), ns = clock_ns();

        MUST(nanosleep(&nap, NULL) == 0);
        ns = clock_ns() - ns;
        ticks = read_time() - ticks;
        MUST(ns >= 20000000 && ns < 20000000000u);
        /* The clock was read within the ticks. */
        MUST(ticks + ticks / 10 >= ns * rate / 1000000000u);
    }
    check_alarm();
    report("rdtime is monotonic and keeps the rate: ok; rdcycle: %s; rdinstret: %s", counter_kind(read_cycle),
           counter_kind(read_instret));
}
