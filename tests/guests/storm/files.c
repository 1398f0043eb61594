/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Files in memory: written, appended to, renamed, cut, mapped by two processes, removed. */
#include "storm.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 96, FILE_PAGES = 5, NAME_BYTES = 32 };

static void name_of(char *name, const char *kind, uint64_t file)
{
    (void)snprintf(name, NAME_BYTES, "/tmp/%s-%llu", kind, (unsigned long long)file);
}

static void write_file(uint64_t file)
{
    static uint64_t page[PAGE_WORDS];
    char name[NAME_BYTES], later[NAME_BYTES];
    int at;

    name_of(name, "new", file);
    name_of(later, "old", file);
    at = open(name, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0600);
    MUST(at >= 0);
    for (uint64_t p = 0; p < FILE_PAGES; p++) {
        fill(page, file, p);
        MUST(write(at, page, PAGE) == PAGE);
    }
    MUST(ftruncate(at, (off_t)((FILE_PAGES - file % 2) * PAGE)) == 0);
    MUST(close(at) == 0 && rename(name, later) == 0 && access(name, F_OK) != 0);
}

static uint64_t read_file(uint64_t file)
{
    static uint64_t page[PAGE_WORDS];
    char name[NAME_BYTES];
    uint64_t sum = 0;
    struct stat status;
    int at;

    name_of(name, "old", file);
    at = open(name, O_RDONLY);
    MUST(at >= 0 && fstat(at, &status) == 0 && status.st_size == (off_t)((FILE_PAGES - file % 2) * PAGE));
    for (uint64_t p = 0; p < FILE_PAGES - file % 2; p++) {
        uint64_t other = FILE_PAGES - file % 2 - 1 - p;

        MUST(pread(at, page, PAGE, (off_t)(other * PAGE)) == PAGE);
        sum = add(sum, sum_of(page, file, other));
    }
    MUST(read(at, page, 0) == 0 && close(at) == 0);
    return sum;
}

static uint64_t *map_file(uint64_t file)
{
    char name[NAME_BYTES];
    uint64_t *at;
    int from;

    name_of(name, "old", file);
    from = open(name, O_RDWR);
    MUST(from >= 0);
    at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, from, 0);
    MUST(at != MAP_FAILED && close(from) == 0);
    return at;
}

/* Another process writes a file that this one has mapped. */
static int writer(uint64_t file)
{
    uint64_t *at = map_file(file);

    (void)sum_of(at, file, 0);
    fill(at, file, 0);
    at[7] = ~at[7];
    return 9;
}

void stage_files(void)
{
    char name[NAME_BYTES];
    uint64_t sum = 0;

    for (uint64_t i = 0; i < FILES; i++)
        write_file(i);
    for (uint64_t i = 0; i < FILES; i++)
        sum = add(sum, read_file(i));
    for (uint64_t i = 0; i < FILES; i += 8) {
        uint64_t *at = map_file(i);

        end(start(writer, i), 9);
        MUST(at[7] == ~pattern(i, 7));
        at[7] = ~at[7];
        MUST(munmap(at, PAGE) == 0);
        sum = add(sum, read_file(i));
    }
    for (uint64_t i = 0; i < FILES; i++) {
        name_of(name, "old", i);
        MUST(unlink(name) == 0 && access(name, F_OK) != 0);
    }
    report("%d files: ok sum=%016llx", FILES, (unsigned long long)sum);
}
