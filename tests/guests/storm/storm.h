/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A Linux program that strains what a monitor must keep right: page tables that change all the time, faults that are
 * mended, many processes, their registers, time. It checks all that it does, and prints one line a stage without
 * times or process numbers, so that two runs, and two ways to run a guest, say the same.
 */
#ifndef STORM_H
#define STORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PAGE       4096u
#define PAGE_WORDS (PAGE / sizeof(uint64_t))

/* Ends the process: the stage has failed. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The line of a stage that went well. */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            fail("%s:%d: %s", __FILE_NAME__, __LINE__, #condition);                                                    \
    } while (0)

/* A word of a pattern that tells who wrote it, and where. */
uint64_t pattern(uint64_t who, uint64_t place);
/* The sum of another word. */
uint64_t add(uint64_t sum, uint64_t word);
/* The same sequence in every run. */
uint64_t next(uint64_t *state);

void *map(size_t pages, int rights, int flags);
void fill(volatile uint64_t *page, uint64_t who, uint64_t place);
/* The sum of a page that holds the pattern; fails if it does not. */
uint64_t sum_of(const volatile uint64_t *page, uint64_t who, uint64_t place);

/* A child that runs body(argument) and exits with what it returns. */
pid_t start(int (*body)(uint64_t), uint64_t argument);
/* Fails unless the child exits with that status. */
void end(pid_t child, int status);

/* Calls from a signal handler's frame: the signal that the access or the instruction at `at` raised, 0 if none. */
struct fault {
    int signal;
    int code;
    uintptr_t address;
};
struct fault probe_read(const void *at);
struct fault probe_write(void *at, uint8_t value);
struct fault probe_run(void (*code)(void));

/* registers.S: all integer registers but gp, tp, sp, a0, a7, then all F registers, then fcsr. */
#define X_REGISTERS 27
#define F_REGISTERS 32
struct registers {
    uint64_t x[X_REGISTERS];
    uint64_t f[F_REGISTERS];
    uint64_t fcsr;
};
/* Loads them, spins so many times, gives up the CPU, and tells what they are then. */
void registers_hold(const struct registers *in, struct registers *out, uint64_t spins);

void stage_cow(void);
void stage_maps(void);
void stage_mend(void);
void stage_signals(void);
void stage_depth(void);
void stage_code(void);
void stage_exec(void);
void stage_processes(void);
void stage_pipes(void);
void stage_threads(void);
void stage_files(void);
void stage_time(void);
void stage_speed(void);
/* The program that stage_exec starts: `storm program NUMBER`. */
#define EXEC_WORD "program"
int exec_child(const char *argument);

#endif
