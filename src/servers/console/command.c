/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "command.h"

#include <lib/text.h>

#include <string.h>

#define WORD_BYTES 64u

enum takes { TAKES_NOTHING, TAKES_GUEST, TAKES_COMMAND, TAKES_SIZES, TAKES_SERVER, TAKES_WATCH, TAKES_AMOUNT };

static const struct entry {
    const char *name;
    const char *help;
    enum command_kind kind;
    enum takes takes;
} entry[] = {
    {"list", "list            all guests, with their state", COMMAND_LIST, TAKES_NOTHING},
    {"create", "create GUEST|FILE [memory-mib=N] [cpus=N]  start it, with those sizes", COMMAND_CREATE, TAKES_SIZES},
    {"destroy", "destroy GUEST   end a guest, give its memory back and forget size or file", COMMAND_DESTROY, TAKES_GUEST},
    {"balloon", "balloon GUEST MIB  have a guest give up so much of its memory; 0: none", COMMAND_BALLOON, TAKES_AMOUNT},
    {"start", "start GUEST     start a guest that is off", COMMAND_START, TAKES_GUEST},
    {"stop", "stop GUEST      stop a guest, as by pulling its plug", COMMAND_STOP, TAKES_GUEST},
    {"reset", "reset GUEST     stop a guest and start it anew", COMMAND_RESET, TAKES_GUEST},
    {"pause", "pause GUEST     hold a guest's CPUs", COMMAND_PAUSE, TAKES_GUEST},
    {"resume", "resume GUEST    let a paused guest go on", COMMAND_RESUME, TAKES_GUEST},
    {"console", "console GUEST   leave this prompt, the keyboard goes to that guest", COMMAND_CONSOLE, TAKES_GUEST},
    {"log", "log GUEST       the last lines of a guest, with its crash cards", COMMAND_LOG, TAKES_GUEST},
    {"stats", "stats [--watch] CPU time, exits, memory of each guest; frames by owner", COMMAND_STATS, TAKES_WATCH},
    {"audit", "audit           re-check the memory invariant on the live data", COMMAND_AUDIT, TAKES_NOTHING},
    {"kill", "kill SERVER     end a server; it is started again, the guests go on", COMMAND_KILL, TAKES_SERVER},
    {"version", "version         of what runs here", COMMAND_VERSION, TAKES_NOTHING},
    {"help", "help [COMMAND]  this list, or one line of it", COMMAND_HELP, TAKES_COMMAND},
    {"exit", "exit            leave this prompt, as Ctrl-D does", COMMAND_EXIT, TAKES_NOTHING},
    {"quit", "quit            power the machine off", COMMAND_QUIT, TAKES_NOTHING},
};
#define ENTRIES (sizeof entry / sizeof entry[0])

/* The next word of the text, cut to what fits; returns what is behind it. */
static const char *word_take(const char *text, char word[WORD_BYTES])
{
    size_t bytes = 0;

    while (*text == ' ')
        text++;
    for (; *text != ' ' && *text != '\0'; text++) {
        if (bytes < WORD_BYTES - 1)
            word[bytes++] = *text;
    }
    word[bytes] = '\0';
    return text;
}

static const struct entry *entry_find(const char *name)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        if (strcmp(entry[i].name, name) == 0)
            return &entry[i];
    }
    return NULL;
}

/* The word as a decimal number of at most nine digits; false: it is none. */
static bool number_parse(const char *word, uint32_t *number)
{
    size_t digits = strspn(word, "0123456789");

    *number = 0;
    if (digits == 0 || digits > 9 || word[digits] != '\0')
        return false;
    for (; *word != '\0'; word++)
        *number = *number * 10 + (uint32_t)(*word - '0');
    return true;
}

/* A guest by its name or by its number in the list; BUNDLE_GUESTS if there is none. */
static uint32_t guest_find(const struct command_names *names, const char *word)
{
    uint32_t number;

    for (uint32_t i = 0; i < names->count; i++) {
        if (names->name[i][0] != '\0' && strncmp(names->name[i], word, BUNDLE_NAME_BYTES) == 0)
            return i;
    }
    if (!number_parse(word, &number) || number < 1 || number > names->count || names->name[number - 1][0] == '\0')
        return BUNDLE_GUESTS;
    return number - 1;
}

static bool refuse(char *error, const char *before, const char *word, const char *behind)
{
    text_format(error, COMMAND_ERROR_BYTES, "%s%.32s%s", before, word, behind);
    return false;
}

static bool guest_parse(const struct command_names *names, const struct entry *e, const char *word, struct command *c,
                        char *error)
{
    if (*word == '\0')
        return refuse(error, "", e->name, " wants the name of a guest; 'list' shows them");
    c->guest = guest_find(names, word);
    return c->guest != BUNDLE_GUESTS || refuse(error, "there is no guest '", word, "'; 'list' shows them");
}

/* A name of a guest has neither dot nor slash, and one of a file has one of them at least. */
static bool created_parse(const struct command_names *names, const struct entry *e, const char *word, struct command *c,
                          char *error)
{
    _Static_assert(WORD_BYTES == LINK_FILE_BYTES, "a word is a file's path");
    if (strpbrk(word, "./") == NULL)
        return guest_parse(names, e, word, c, error);
    if (strlen(word) == WORD_BYTES - 1)
        return refuse(error, "the path '", word, "…' is too long");
    memcpy(c->file, word, WORD_BYTES);
    return true;
}

static bool server_parse(const struct command_names *names, const char *word, struct command *c, char *error)
{
    for (c->guest = 0; c->guest < names->server_count; c->guest++) {
        if (strncmp(names->server[c->guest], word, LINK_SERVER_BYTES) == 0)
            return true;
    }
    return *word == '\0' ? refuse(error, "kill wants the name of a server", "", "; Tab shows them")
                         : refuse(error, "there is no server '", word, "' that can be killed");
}

static const char *const size_key[] = {"memory-mib=", "cpus="};

static bool size_parse(const char *word, struct command *c, char *error)
{
    uint32_t *const size[] = {&c->memory_mib, &c->cpus};

    for (size_t i = 0; i < sizeof size / sizeof size[0]; i++) {
        const size_t bytes = strlen(size_key[i]);

        if (strncmp(word, size_key[i], bytes) != 0)
            continue;
        return (number_parse(word + bytes, size[i]) && *size[i] > 0) ||
               refuse(error, "'", word, "' wants a number behind the equals sign");
    }
    return refuse(error, "create takes memory-mib=N and cpus=N, not '", word, "'");
}

/* Memory moves in leaves of 2 MiB. */
static bool amount_parse(const char *word, struct command *c, char *error)
{
    return (number_parse(word, &c->memory_mib) && c->memory_mib % 2 == 0) ||
           refuse(error, "balloon takes an even number of MiB, not '", word, "'");
}

static bool about_parse(const char *word, struct command *c, char *error)
{
    const struct entry *about = entry_find(word);

    if (*word == '\0')
        return true;
    if (about == NULL)
        return refuse(error, "there is no command '", word, "'; 'help' lists them");
    c->about = about->help;
    return true;
}

/* The word behind the command; it may be empty. */
static bool argument_parse(const struct command_names *names, const struct entry *e, const char *word, struct command *c,
                           char *error)
{
    switch (e->takes) {
    case TAKES_GUEST:
    case TAKES_AMOUNT:
        return guest_parse(names, e, word, c, error);
    case TAKES_SIZES:
        return created_parse(names, e, word, c, error);
    case TAKES_SERVER:
        return server_parse(names, word, c, error);
    case TAKES_COMMAND:
        return about_parse(word, c, error);
    case TAKES_WATCH:
        c->watch = strcmp(word, "--watch") == 0;
        return *word == '\0' || c->watch || refuse(error, "stats takes --watch, not '", word, "'");
    case TAKES_NOTHING:
        break;
    }
    return *word == '\0' || refuse(error, "", e->name, " takes no more words");
}

bool command_parse(const struct command_names *names, const char *line, struct command *command, char *error)
{
    char word[WORD_BYTES];
    const struct entry *e;
    bool amount = false;

    *command = (struct command){.kind = COMMAND_NONE, .guest = BUNDLE_GUESTS};
    line = word_take(line, word);
    if (word[0] == '\0')
        return true;
    e = entry_find(word);
    if (e == NULL)
        return refuse(error, "there is no command '", word, "'; 'help' lists them");
    line = word_take(line, word);
    if (!argument_parse(names, e, word, command, error))
        return false;
    for (line = word_take(line, word); word[0] != '\0'; line = word_take(line, word)) {
        if (e->takes == TAKES_AMOUNT && !amount) {
            if (!amount_parse(word, command, error))
                return false;
            amount = true;
            continue;
        }
        if (e->takes != TAKES_SIZES)
            return refuse(error, "", e->name, " takes no more words");
        if (!size_parse(word, command, error))
            return false;
    }
    if (e->takes == TAKES_AMOUNT && !amount)
        return refuse(error, "", e->name, " wants a number of MiB behind the guest");
    command->kind = e->kind;
    return true;
}

const char *command_help(uint32_t index)
{
    return index < ENTRIES ? entry[index].help : NULL;
}

/* The n-th word that can stand there, NULL behind the last. */
static const char *candidate(const struct command_names *names, enum takes takes, uint32_t n)
{
    switch (takes) {
    case TAKES_GUEST:
    case TAKES_AMOUNT:
        return n < names->count ? names->name[n] : NULL;
    case TAKES_COMMAND:
        return n < ENTRIES ? entry[n].name : NULL;
    case TAKES_SERVER:
        return n < names->server_count ? names->server[n] : NULL;
    case TAKES_SIZES:
        return n < sizeof size_key / sizeof size_key[0] ? size_key[n] : NULL;
    case TAKES_WATCH:
        return n == 0 ? "--watch" : NULL;
    case TAKES_NOTHING:
        break;
    }
    return NULL;
}

static size_t common_bytes(const char *a, const char *b)
{
    size_t bytes = 0;

    while (a[bytes] != '\0' && a[bytes] == b[bytes])
        bytes++;
    return bytes;
}

/* What can stand where the last word of the text is, which goes to `word`. */
static enum takes word_expected(const char *text, char word[WORD_BYTES])
{
    const char *behind = word_take(text, word);
    const struct entry *e = entry_find(word);
    enum takes takes;

    if (*behind == '\0')
        return TAKES_COMMAND;
    takes = e == NULL ? TAKES_NOTHING : e->takes;
    behind = word_take(behind, word);
    if (*behind == '\0')
        return takes == TAKES_SIZES ? TAKES_GUEST : takes;
    while (*behind != '\0')
        behind = word_take(behind, word);
    return takes == TAKES_SIZES ? takes : TAKES_NOTHING;
}

uint32_t command_complete(const struct command_names *names, const char *text, char *more, size_t more_bytes, char *all,
                          size_t all_bytes)
{
    char word[WORD_BYTES];
    const enum takes takes = word_expected(text, word);
    const size_t typed = strlen(word);
    const char *first = NULL;
    const char *each;
    uint32_t count = 0;
    size_t same = 0;
    size_t used = 0;

    for (uint32_t n = 0; (each = candidate(names, takes, n)) != NULL; n++) {
        if (each[0] == '\0' || strncmp(each, word, typed) != 0)
            continue;
        if (count++ == 0)
            first = each;
        if (count == 1 || common_bytes(first, each) < same)
            same = common_bytes(first, each);
        used += text_format(all + used, all_bytes - used, "%s%s", used == 0 ? "" : "  ", each);
    }
    more[0] = '\0';
    if (count > 0)
        text_format(more, more_bytes, "%.*s%s", (int)(same - typed), first + typed, count == 1 && takes != TAKES_SIZES ? " " : "");
    return count;
}
