/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What can be typed at the console's prompt: its words, their help, their completion. Pure. */
#pragma once

#include <lib/link.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum command_kind {
    COMMAND_NONE, /* an empty line */
    COMMAND_LIST,
    COMMAND_START,
    COMMAND_STOP,
    COMMAND_RESET,
    COMMAND_PAUSE,
    COMMAND_RESUME,
    COMMAND_CONSOLE,
    COMMAND_LOG,
    COMMAND_STATS,
    COMMAND_CREATE,
    COMMAND_DESTROY,
    COMMAND_BALLOON,
    COMMAND_AUDIT,
    COMMAND_KILL,
    COMMAND_VERSION,
    COMMAND_HELP,
    COMMAND_EXIT,
    COMMAND_QUIT,
};

/* The guests and the servers by name; a guest without one is a room that nobody is in. */
struct command_names {
    uint32_t count;
    const char (*name)[BUNDLE_NAME_BYTES];
    uint32_t server_count;
    const char (*server)[LINK_SERVER_BYTES];
};

struct command {
    enum command_kind kind;
    uint32_t guest;      /* or, of COMMAND_KILL, the server; of COMMAND_CREATE from a file: BUNDLE_GUESTS */
    char file[LINK_FILE_BYTES]; /* of COMMAND_CREATE: what describes the guest; empty: it is that one */
    uint32_t memory_mib; /* of COMMAND_CREATE; 0: as described; of COMMAND_BALLOON: to be given up */
    uint32_t cpus;
    bool watch;        /* of COMMAND_STATS: again and again */
    const char *about; /* of COMMAND_HELP: the help of one command, or NULL */
};

#define COMMAND_ERROR_BYTES 128u

/* What the line means; false: nothing, and error tells why. */
bool command_parse(const struct command_names *names, const char *line, struct command *command, char *error);

/* The help of each command, one after another; NULL behind the last. */
const char *command_help(uint32_t index);

/*
 * Completes the last word of the text: `more` is what all words that can stand there have in common, with a blank behind it
 * if there is one only, `all` lists them. Returns how many there are.
 */
uint32_t command_complete(const struct command_names *names, const char *text, char *more, size_t more_bytes, char *all,
                          size_t all_bytes);
