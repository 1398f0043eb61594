/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The first program of the guest: runs each stage in a process of its own, then turns the machine off. What stands behind
 * "--" in the kernel's command line are its arguments: the names of the stages to run.
 */
#include "storm.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_BYTES 256

static const struct {
    const char *name;
    void (*run)(void);
} stages[] = {
    {"cow", stage_cow},     {"maps", stage_maps},       {"mend", stage_mend}, {"signals", stage_signals},
    {"depth", stage_depth}, {"code", stage_code},       {"exec", stage_exec}, {"files", stage_files},
    {"pipes", stage_pipes}, {"threads", stage_threads}, {"time", stage_time}, {"processes", stage_processes},
    {"speed", stage_speed},
};
#define STAGES (sizeof stages / sizeof stages[0])

static const char *stage_name = "init";

/* A line is one write, so that lines of several processes do not mix. */
static void put_line(const char *verdict, const char *format, va_list arguments)
{
    char line[LINE_BYTES];
    int head = snprintf(line, sizeof line, "storm: %s%s ", stage_name, verdict);
    int tail = vsnprintf(line + head, sizeof line - (size_t)head - 1, format, arguments);
    size_t bytes = (size_t)(head + tail) < sizeof line - 1 ? (size_t)(head + tail) : sizeof line - 2;

    line[bytes++] = '\n';
    if (write(STDOUT_FILENO, line, bytes) != (ssize_t)bytes)
        _exit(2);
}

void fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    put_line(": FAILED:", format, arguments);
    va_end(arguments);
    _exit(1);
}

void report(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    put_line("", format, arguments);
    va_end(arguments);
}

static bool run_stage(size_t i)
{
    int status = 0;
    pid_t child;

    stage_name = stages[i].name;
    child = fork();
    if (child == 0) {
        stages[i].run();
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        report(": FAILED: no process: %s", strerror(errno));
        return false;
    }
    if (WIFSIGNALED(status))
        report(": FAILED: ended by signal %d", WTERMSIG(status));
    return status == 0;
}

static void make_machine_usable(void)
{
    /* The kernel may have mounted what is there already; the stages say if something is missing. */
    (void)mkdir("/proc", 0755);
    (void)mkdir("/sys", 0755);
    (void)mkdir("/tmp", 0755);
    (void)mount("proc", "/proc", "proc", 0, NULL);
    (void)mount("sysfs", "/sys", "sysfs", 0, NULL); /* holds the device tree */
    (void)mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
}

/* All of them, or those that the arguments name: so alone the one that tells times. */
static bool is_wanted(const char *name, int count, char **arguments)
{
    for (int i = 1; i < count; i++)
        if (strcmp(arguments[i], name) == 0)
            return true;
    return count == 1 && strcmp(name, "speed") != 0;
}

int main(int count, char **arguments)
{
    size_t good = 0, all = 0;

    if (count == 3 && strcmp(arguments[1], EXEC_WORD) == 0)
        return exec_child(arguments[2]);
    if (getpid() == 1)
        make_machine_usable();
    for (size_t i = 0; i < STAGES; i++) {
        if (is_wanted(stages[i].name, count, arguments)) {
            good += run_stage(i);
            all++;
        }
    }
    stage_name = "end:";
    report("%zu of %zu stages ok", good, all);
    if (getpid() == 1) {
        sync();
        (void)reboot(RB_POWER_OFF);
    }
    return good == all && all > 0 ? 0 : 1;
}
