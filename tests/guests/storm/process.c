/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Programs that are started, processes that keep their memory and registers across switches, and their pipes. */
#include "storm.h"

#include <errno.h>
#include <fenv.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern char **environ;
enum { EXECS = 48, EXEC_SEED = 1000 };

int exec_child(const char *argument)
{
    uint64_t number = strtoull(argument, NULL, 10);
    uint64_t *page = malloc(PAGE);

    if (page == NULL || number < EXEC_SEED)
        return 1;
    fill(page, number, number);
    return (int)(sum_of(page, number, number) % 97 + 2);
}

static int exec_status(uint64_t number)
{
    static uint64_t page[PAGE_WORDS];

    fill(page, number, number);
    return (int)(sum_of(page, number, number) % 97 + 2);
}

static int exec_body(uint64_t number)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    (void)execl("/proc/self/exe", "storm", EXEC_WORD, text, (char *)NULL);
    return 255;
}

void stage_exec(void)
{
    pid_t child[EXECS];
    uint64_t sum = 0;

    for (uint64_t i = 0; i < EXECS; i++) {
        uint64_t number = EXEC_SEED + i;
        char text[24], name[] = "storm", word[] = EXEC_WORD;
        char *arguments[] = {name, word, text, NULL};

        (void)snprintf(text, sizeof text, "%llu", (unsigned long long)number);
        if (i % 2 == 0)
            child[i] = start(exec_body, number);
        else
            MUST(posix_spawn(&child[i], "/proc/self/exe", NULL, NULL, arguments, environ) == 0);
    }
    for (uint64_t i = 0; i < EXECS; i++) {
        int status = exec_status(EXEC_SEED + i);

        end(child[i], status);
        sum = add(sum, (uint64_t)status);
    }
    report("%d programs: ok sum=%016llx", EXECS, (unsigned long long)sum);
}

enum { PROCESSES = 100, OWN_PAGES = 24, ROUNDS = 24, SPIN = 20000 };

static int gate[2];
static uint64_t *process_sums; /* shared */

static void make_registers(struct registers *r, uint64_t who, uint64_t round)
{
    for (uint64_t i = 0; i < X_REGISTERS; i++)
        r->x[i] = pattern(who, round * 100 + i);
    for (uint64_t i = 0; i < F_REGISTERS; i++)
        r->f[i] = pattern(who, round * 100 + 50 + i);
    r->x[X_REGISTERS - 1] = 0; /* what sched_yield answers */
    r->fcsr = (who + round) % 5 << 5 | (who * 7 + round) % 32;
}

static void check_registers(uint64_t who, uint64_t round)
{
    struct registers in, out;

    make_registers(&in, who, round);
    memset(&out, 0, sizeof out);
    registers_hold(&in, &out, round % 6 == who % 6 ? SPIN : 1);
    for (uint64_t i = 0; i < X_REGISTERS; i++)
        MUST(out.x[i] == in.x[i]);
    for (uint64_t i = 0; i < F_REGISTERS; i++)
        MUST(out.f[i] == in.f[i]);
    MUST(out.fcsr == in.fcsr);
}

/* A sum that depends on the rounding mode of each step, which the process keeps across its switches. */
static double rounded_sum(uint64_t who)
{
    static const int modes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
    volatile double sum = 0;

    MUST(fesetround(modes[who % 4]) == 0);
    for (int i = 1; i <= 40; i++)
        sum += 1.0 / (double)(i + (int)who);
    return sum;
}

static int process_body(uint64_t who)
{
    uint64_t *own = map(OWN_PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    double value = rounded_sum(who);
    uint64_t bits, sum = 0;
    char byte;

    for (uint64_t p = 0; p < OWN_PAGES; p++)
        fill(own + p * PAGE_WORDS, who, p);
    MUST(read(gate[0], &byte, 1) == 1);
    for (uint64_t round = 0; round < ROUNDS; round++) {
        uint64_t p = (round * 5 + who) % OWN_PAGES;

        check_registers(who, round);
        sum = add(sum, sum_of(own + p * PAGE_WORDS, who, p));
        MUST(rounded_sum(who) == value);
    }
    for (uint64_t p = 0; p < OWN_PAGES; p++)
        sum = add(sum, sum_of(own + p * PAGE_WORDS, who, p));
    memcpy(&bits, &value, sizeof bits);
    process_sums[who] = add(sum, bits);
    return (int)(who % 50);
}

/* A hundred processes at once, all held at a gate until the last is there. */
void stage_processes(void)
{
    static char go[PROCESSES];
    pid_t child[PROCESSES];
    uint64_t sum = 0;

    process_sums = map(1, PROT_READ | PROT_WRITE, MAP_SHARED);
    MUST(pipe(gate) == 0);
    for (uint64_t i = 0; i < PROCESSES; i++)
        child[i] = start(process_body, i + 1);
    MUST(write(gate[1], go, sizeof go) == sizeof go);
    for (uint64_t i = 0; i < PROCESSES; i++)
        end(child[i], (int)((i + 1) % 50));
    for (uint64_t i = 0; i < PROCESSES; i++)
        sum = add(sum, process_sums[i + 1]);
    report("%d at once, %d rounds, x, f and fcsr kept: ok sum=%016llx", PROCESSES, ROUNDS, (unsigned long long)sum);
}

enum { RING = 12, RING_BYTES = 192 * 1024, RING_PIECE = 6000 };
static int ring[RING + 1][2];

static void write_all(int to, const uint8_t *from, size_t bytes)
{
    while (bytes > 0) {
        ssize_t done = write(to, from, bytes);

        MUST(done > 0);
        from += done;
        bytes -= (size_t)done;
    }
}

/* Adds its number to each byte that passes. */
static int ring_body(uint64_t who)
{
    static uint8_t piece[RING_PIECE];
    uint64_t random = who;

    for (int i = 0; i <= RING; i++) {
        if (i != (int)who)
            MUST(close(ring[i][0]) == 0);
        if (i != (int)who + 1)
            MUST(close(ring[i][1]) == 0);
    }
    for (;;) {
        ssize_t got = read(ring[who][0], piece, 1 + next(&random) % RING_PIECE);

        MUST(got >= 0);
        if (got == 0)
            return (int)who;
        for (ssize_t i = 0; i < got; i++)
            piece[i] = (uint8_t)(piece[i] + who);
        write_all(ring[who + 1][1], piece, (size_t)got);
    }
}

static int ring_source(uint64_t status)
{
    static uint8_t byte[RING_BYTES];

    for (int i = 1; i <= RING; i++)
        MUST(close(ring[i][1]) == 0);
    for (uint64_t i = 0; i < RING_BYTES; i++)
        byte[i] = (uint8_t)pattern(0, i);
    write_all(ring[0][1], byte, sizeof byte);
    return (int)status;
}

void stage_pipes(void)
{
    pid_t child[RING + 1];
    uint64_t at = 0, sum = 0;
    uint8_t piece[1000];
    ssize_t got;

    for (int i = 0; i <= RING; i++)
        MUST(pipe(ring[i]) == 0);
    for (uint64_t i = 0; i < RING; i++)
        child[i] = start(ring_body, i);
    child[RING] = start(ring_source, 77);
    for (int i = 0; i <= RING; i++)
        MUST(close(ring[i][1]) == 0);
    while ((got = read(ring[RING][0], piece, sizeof piece)) > 0) {
        for (ssize_t i = 0; i < got; i++, at++) {
            MUST(piece[i] == (uint8_t)(pattern(0, at) + RING * (RING - 1) / 2));
            sum = add(sum, piece[i]);
        }
    }
    MUST(at == RING_BYTES);
    for (int i = 0; i < RING; i++)
        end(child[i], i);
    end(child[RING], 77);
    report("%d bytes through %d processes: ok sum=%016llx", RING_BYTES, RING, (unsigned long long)sum);
}
