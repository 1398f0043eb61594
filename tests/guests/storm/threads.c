/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Threads that share an address space: locks, atomics, futexes, and mappings that one changes under the others. */
#include "storm.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { THREADS = 8, TURNS = 3000, PHASES = 20, PINGS = 1000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t barrier;
static uint64_t locked_count, phase_page[THREADS];
static uint64_t atomic_count;
static _Thread_local uint64_t own_count;

static void *worker(void *argument)
{
    uint64_t who = (uint64_t)(uintptr_t)argument;

    for (uint64_t turn = 0; turn < TURNS; turn++) {
        MUST(pthread_mutex_lock(&lock) == 0);
        locked_count += who;
        MUST(pthread_mutex_unlock(&lock) == 0);
        (void)__atomic_fetch_add(&atomic_count, who, __ATOMIC_RELAXED);
        own_count++;
    }
    MUST(own_count == TURNS);
    for (uint64_t phase = 0; phase < PHASES; phase++) {
        uint64_t *page = map(2, PROT_READ | PROT_WRITE, MAP_PRIVATE);

        fill(page, who, phase);
        phase_page[who - 1] = (uint64_t)(uintptr_t)page;
        (void)pthread_barrier_wait(&barrier);
        /* What the neighbour mapped is there; what it unmaps is not used after the barrier. */
        (void)sum_of((uint64_t *)(uintptr_t)phase_page[who % THREADS], who % THREADS + 1, phase);
        (void)pthread_barrier_wait(&barrier);
        MUST(munmap(page, 2 * PAGE) == 0);
    }
    return (void *)(uintptr_t)own_count;
}

static uint32_t turn;

static void futex_wait(uint32_t while_it_is)
{
    while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) == while_it_is)
        MUST(syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, while_it_is, NULL, NULL, 0) == 0 || errno == EAGAIN);
}

static void *pong(void *argument)
{
    for (uint32_t i = 0; i < PINGS; i++) {
        futex_wait(2 * i);
        MUST(turn == 2 * i + 1);
        __atomic_store_n(&turn, 2 * i + 2, __ATOMIC_RELEASE);
        MUST(syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) >= 0);
    }
    return argument;
}

static void ping(void)
{
    pthread_t thread;

    MUST(pthread_create(&thread, NULL, pong, NULL) == 0);
    for (uint32_t i = 0; i < PINGS; i++) {
        __atomic_store_n(&turn, 2 * i + 1, __ATOMIC_RELEASE);
        MUST(syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) >= 0);
        futex_wait(2 * i + 1);
    }
    MUST(pthread_join(thread, NULL) == 0);
}

void stage_threads(void)
{
    pthread_t thread[THREADS];
    uint64_t all = TURNS * THREADS * (THREADS + 1) / 2;
    void *turns;

    MUST(pthread_barrier_init(&barrier, NULL, THREADS) == 0);
    for (uint64_t i = 0; i < THREADS; i++)
        MUST(pthread_create(&thread[i], NULL, worker, (void *)(uintptr_t)(i + 1)) == 0);
    for (uint64_t i = 0; i < THREADS; i++)
        MUST(pthread_join(thread[i], &turns) == 0 && turns == (void *)(uintptr_t)TURNS);
    MUST(locked_count == all && atomic_count == all);
    ping();
    report("%d threads, %d phases, %d futex turns: ok count=%llu", THREADS, PHASES, 2 * PINGS, (unsigned long long)all);
}
