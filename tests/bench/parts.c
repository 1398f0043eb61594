/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * A plugin of QEMU's translator that counts the instructions run within given ranges of addresses:
 *     -plugin file=parts.so,out=FILE,NAME=FIRST-END,…      (FIRST and END in hexadecimal; the first range that fits counts)
 * At QEMU's end FILE has a line "NAME COUNT" for each, and one for the rest. A block of instructions counts as a whole,
 * though a fault may end it early. With mark=ADDRESS such lines stand there for each time that this address was reached
 * from elsewhere, too, the last MARKS of them in order, each behind a line "mark"; then those of the end.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What we use of QEMU's plugin interface, version 4; the structs are QEMU's own and stay unknown here. */
struct qemu_plugin_tb;
struct qemu_plugin_scoreboard;
typedef struct {
    struct qemu_plugin_scoreboard *score;
    size_t offset;
} qemu_plugin_u64;
enum { INLINE_ADD_U64 = 0 };

uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_scoreboard *qemu_plugin_scoreboard_new(size_t bytes);
uint64_t qemu_plugin_u64_sum(qemu_plugin_u64 entry);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*call)(uint64_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(struct qemu_plugin_tb *tb, int operation, qemu_plugin_u64 entry,
                                                       uint64_t value);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, void (*call)(unsigned vcpu, void *data), int flags,
                                          void *data);
void qemu_plugin_register_atexit_cb(uint64_t id, void (*call)(uint64_t id, void *data), void *data);
int qemu_plugin_install(uint64_t id, const void *info, int count, char **arguments);

extern int qemu_plugin_version;
int qemu_plugin_version = 4;

#define PARTS 16
#define MARKS 64

static struct {
    char name[32];
    uint64_t first, end;
} part[PARTS + 1]; /* the last: the rest */
static int parts;
static struct qemu_plugin_scoreboard *score;
static char out[512];
static uint64_t mark;
static uint64_t marked[MARKS][PARTS + 1];
static int marks;

static qemu_plugin_u64 count_of(int i)
{
    return (qemu_plugin_u64){score, (size_t)i * sizeof(uint64_t)};
}

static void reached(unsigned vcpu, void *data)
{
    (void)vcpu;
    (void)data;
    for (int i = 0; i <= parts; i++)
        marked[marks % MARKS][i] = qemu_plugin_u64_sum(count_of(i));
    marks++;
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
    uint64_t at = qemu_plugin_tb_vaddr(tb);
    int i = 0;

    (void)id;
    while (i < parts && (at < part[i].first || at >= part[i].end))
        i++;
    if (mark != 0 && at == mark)
        qemu_plugin_register_vcpu_tb_exec_cb(tb, reached, 0, NULL);
    qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, INLINE_ADD_U64, count_of(i), qemu_plugin_tb_n_insns(tb));
}

static void counts_write(FILE *file, const uint64_t *count)
{
    for (int i = 0; i <= parts; i++)
        (void)fprintf(file, "%s %" PRIu64 "\n", i == parts ? "rest" : part[i].name, count[i]);
}

static void finish(uint64_t id, void *data)
{
    FILE *file = fopen(out, "w");

    (void)id;
    (void)data;
    if (file == NULL)
        return;
    for (int m = marks > MARKS ? marks - MARKS : 0; m < marks; m++) {
        (void)fprintf(file, "mark\n");
        counts_write(file, marked[m % MARKS]);
    }
    if (marks > 0)
        (void)fprintf(file, "mark\n");
    for (int i = 0; i <= parts; i++)
        marked[0][i] = qemu_plugin_u64_sum(count_of(i));
    counts_write(file, marked[0]);
    (void)fclose(file);
}

int qemu_plugin_install(uint64_t id, const void *info, int count, char **arguments)
{
    (void)info;
    for (int i = 0; i < count; i++) {
        if (strncmp(arguments[i], "out=", 4) == 0) {
            (void)snprintf(out, sizeof out, "%s", arguments[i] + 4);
        } else if (sscanf(arguments[i], "mark=%" SCNx64, &mark) == 1) {
            continue;
        } else if (parts == PARTS || sscanf(arguments[i], "%31[^=]=%" SCNx64 "-%" SCNx64, part[parts].name,
                                            &part[parts].first, &part[parts].end) != 3) {
            (void)fprintf(stderr, "parts: cannot use '%s'\n", arguments[i]);
            return 1;
        } else {
            parts++;
        }
    }
    score = qemu_plugin_scoreboard_new((PARTS + 1) * sizeof(uint64_t));
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, finish, NULL);
    return 0;
}
