/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Pages that are shared until written, mapped, protected, moved and unmapped at random, and a stack that grows. */
#include "storm.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { COW_PAGES = 4096, COW_CHILDREN = 4, COW_PARENT = 9, COW_GRANDCHILD = 20 };

static uint64_t *cow;
static uint64_t *cow_sums; /* shared: a child leaves its sum there */

/* Who wrote the page last, as the child sees it. */
static uint64_t cow_writer(uint64_t child, uint64_t page)
{
    return child != 0 && (page % COW_CHILDREN == child - 1 || page % 7 == child) ? child : 0;
}

static int cow_grandchild(uint64_t child)
{
    uint64_t sum = 0;

    for (uint64_t p = 0; p < COW_PAGES; p += 11)
        fill(cow + p * PAGE_WORDS, COW_GRANDCHILD + child, p);
    for (uint64_t p = 0; p < COW_PAGES; p++)
        sum = add(sum, sum_of(cow + p * PAGE_WORDS, p % 11 == 0 ? COW_GRANDCHILD + child : cow_writer(child, p), p));
    cow_sums[COW_CHILDREN + child] = sum;
    return 3;
}

static int cow_child(uint64_t child)
{
    uint64_t sum = 0;
    pid_t grandchild;

    for (uint64_t p = 0; p < COW_PAGES; p++)
        if (cow_writer(child, p) == child)
            fill(cow + p * PAGE_WORDS, child, p);
    grandchild = start(cow_grandchild, child);
    for (uint64_t p = 0; p < COW_PAGES; p++)
        sum = add(sum, sum_of(cow + p * PAGE_WORDS, cow_writer(child, p), p));
    end(grandchild, 3);
    cow_sums[child] = sum;
    return (int)child;
}

/* A parent, four children and their children write what they share; each must see its own writes alone. */
void stage_cow(void)
{
    pid_t child[COW_CHILDREN];
    uint64_t sum = 0;

    cow = map(COW_PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    cow_sums = map(1, PROT_READ | PROT_WRITE, MAP_SHARED);
    for (uint64_t p = 0; p < COW_PAGES; p++)
        fill(cow + p * PAGE_WORDS, 0, p);
    for (uint64_t c = 0; c < COW_CHILDREN; c++)
        child[c] = start(cow_child, c + 1);
    for (uint64_t p = 0; p < COW_PAGES; p += 5)
        fill(cow + p * PAGE_WORDS, COW_PARENT, p);
    for (uint64_t c = 0; c < COW_CHILDREN; c++)
        end(child[c], (int)c + 1);
    for (uint64_t p = 0; p < COW_PAGES; p++)
        sum = add(sum, sum_of(cow + p * PAGE_WORDS, p % 5 == 0 ? COW_PARENT : 0, p));
    for (uint64_t c = 1; c <= 2 * COW_CHILDREN; c++)
        sum = add(sum, cow_sums[c]);
    report("%d pages, %d processes: ok sum=%016llx", COW_PAGES, 2 * COW_CHILDREN + 1, (unsigned long long)sum);
}

enum { MAP_PAGES = 256, MAP_STEPS = 500, MAP_RUN = 12, MAP_CHECKS = 8 };
enum page_state { ABSENT, HIDDEN, READ, WRITE };

static uint8_t *area;
static struct {
    enum page_state state;
    bool holds; /* the pattern of `who`; else zeros */
    uint64_t who;
    uint64_t place;
} model[MAP_PAGES];

static bool is_zero(const uint64_t *page)
{
    for (uint64_t i = 0; i < PAGE_WORDS; i++)
        if (page[i] != 0)
            return false;
    return true;
}

/* The page is as the model says: what it holds, and which accesses fault, at which address, with which code. */
static uint64_t check_page(uint64_t p)
{
    uint8_t *at = area + p * PAGE + 8 * (p % 500) + 3;
    uint8_t kept = 0;
    bool readable = model[p].state >= READ;
    bool writable = model[p].state == WRITE;
    int code = model[p].state == ABSENT ? SEGV_MAPERR : SEGV_ACCERR;
    struct fault f = probe_read(at);

    MUST(readable ? f.signal == 0 : f.signal == SIGSEGV && f.code == code && f.address == (uintptr_t)at);
    if (readable)
        kept = *at;
    f = probe_write(at, kept);
    MUST(writable ? f.signal == 0 : f.signal == SIGSEGV && f.code == code && f.address == (uintptr_t)at);
    if (!readable)
        return model[p].state;
    if (model[p].holds)
        return sum_of((uint64_t *)(void *)(area + p * PAGE), model[p].who, model[p].place);
    MUST(is_zero((uint64_t *)(void *)(area + p * PAGE)));
    return READ;
}

static void map_run(uint64_t first, uint64_t pages, uint64_t step)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;

    MUST(mmap(area + first * PAGE, pages * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0) == area + first * PAGE);
    for (uint64_t p = first; p < first + pages; p++) {
        model[p].state = WRITE;
        model[p].holds = p % 3 != 0;
        model[p].who = step;
        model[p].place = p;
        if (model[p].holds)
            fill((uint64_t *)(void *)(area + p * PAGE), step, p);
    }
}

static void unmap_run(uint64_t first, uint64_t pages)
{
    MUST(munmap(area + first * PAGE, pages * PAGE) == 0);
    for (uint64_t p = first; p < first + pages; p++)
        model[p].state = ABSENT;
}

static void protect_run(uint64_t first, uint64_t pages, enum page_state state)
{
    static const int rights[] = {[HIDDEN] = PROT_NONE, [READ] = PROT_READ, [WRITE] = PROT_READ | PROT_WRITE};

    for (uint64_t p = first; p < first + pages; p++) {
        if (model[p].state == ABSENT)
            continue;
        MUST(mprotect(area + p * PAGE, PAGE, rights[state]) == 0);
        model[p].state = state;
    }
}

static void move_page(uint64_t from, uint64_t to)
{
    int how = MREMAP_MAYMOVE | MREMAP_FIXED;

    if (from == to || model[from].state == ABSENT)
        return;
    MUST(mremap(area + from * PAGE, PAGE, PAGE, how, area + to * PAGE) == area + to * PAGE);
    model[to] = model[from];
    model[from].state = ABSENT;
}

void stage_maps(void)
{
    uint64_t random = 1;
    uint64_t sum = 0;

    area = map(MAP_PAGES, PROT_NONE, MAP_PRIVATE | MAP_NORESERVE);
    for (uint64_t p = 0; p < MAP_PAGES; p++)
        model[p].state = HIDDEN;
    for (uint64_t step = 1; step <= MAP_STEPS; step++) {
        uint64_t first = next(&random) % MAP_PAGES;
        uint64_t pages = 1 + next(&random) % MAP_RUN;
        uint64_t what = next(&random) % 8;

        pages = first + pages <= MAP_PAGES ? pages : MAP_PAGES - first;
        if (what < 3)
            map_run(first, pages, step);
        else if (what == 3)
            unmap_run(first, pages);
        else if (what < 7)
            protect_run(first, pages, (enum page_state)(what - 3));
        else
            move_page(first, next(&random) % MAP_PAGES);
        sum = add(sum, check_page(first));
        for (uint64_t n = 0; n < MAP_CHECKS; n++)
            sum = add(sum, check_page(next(&random) % MAP_PAGES));
    }
    for (uint64_t p = 0; p < MAP_PAGES; p++)
        sum = add(sum, check_page(p));
    report("%d steps over %d pages: ok sum=%016llx", MAP_STEPS, MAP_PAGES, (unsigned long long)sum);
}

enum { DEPTH = 20000, DEPTH_WORDS = 24 };

/* Each frame's contents are checked on the way back, and depend on those below it. */
static uint64_t descend(uint64_t depth)
{
    volatile uint64_t word[DEPTH_WORDS];
    uint64_t sum = 0;

    for (uint64_t i = 0; i < DEPTH_WORDS; i++)
        word[i] = pattern(depth, i);
    if (depth > 0)
        sum = descend(depth - 1);
    for (uint64_t i = 0; i < DEPTH_WORDS; i++)
        MUST(word[i] == pattern(depth, i));
    return add(sum, word[depth % DEPTH_WORDS]);
}

void stage_depth(void)
{
    uint64_t sum = descend(DEPTH);

    MUST(descend(DEPTH) == sum);
    report("%d frames: ok sum=%016llx", DEPTH, (unsigned long long)sum);
}
