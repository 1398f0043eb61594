/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Commands by name: of who types at the prompt, and of programs on the build host, which get an answer as JSON. */
#include <lib/sys.h>
#include <lib/text.h>

#include "answer.h"
#include "audit.h"
#include "console.h"
#include "reply.h"

#include <string.h>

#define SAID_BYTES 16384u
#define PAGES_PER_MIB 256u

enum { REPLY_DONE = 0, REPLY_FAILED = 1, REPLY_USAGE = 2 };

/* What is said for the program whose command is being done; 0: it is a person's. */
static uint32_t request;
static uint32_t request_status;
static char said[SAID_BYTES];
static size_t said_bytes;

/* A program's command that the manager is at. */
static uint32_t waiting; /* number of the request; 0: none */
static uint32_t ticket;  /* 1 .. LINK_TICKETS - 1 */
static uint32_t audits;  /* of `audit`: that had ended when it was given */
#define NO_AUDIT UINT32_MAX
static struct answer answer;

static void said_put(const char *text, size_t bytes)
{
    if (bytes > SAID_BYTES - said_bytes)
        bytes = SAID_BYTES - said_bytes;
    memcpy(said + said_bytes, text, bytes);
    said_bytes += bytes;
}

/* A line for who gave the command. */
__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
    char line[256];
    size_t bytes;
    va_list list;

    va_start(list, format);
    bytes = text_format_list(line, sizeof line - 1, format, list);
    va_end(list);
    if (request == 0) {
        screen_say(&screen, "%s", line);
        return;
    }
    line[bytes++] = '\n';
    said_put(line, bytes);
}

static void fail(uint32_t status)
{
    request_status = status;
}

static void answer_send(uint32_t number, uint32_t status)
{
    reply_begin(number, status);
    reply_text(",\"said\":");
    reply_lines(said, said_bytes);
    if (number == waiting && audits != NO_AUDIT && link_page()->audit.count != audits)
        audit_reply(&link_page()->audit);
    reply_end();
}

static const char *state_text(uint32_t guest)
{
    const struct console_ring *ring = ring_of(guest);

    if (attached[guest] && __atomic_load_n(&ring->paused, __ATOMIC_RELAXED) != 0)
        return "paused";
    switch ((enum guest_state)__atomic_load_n(&link_page()->state[guest], __ATOMIC_ACQUIRE)) {
    case GUEST_OFF:
        return "off";
    case GUEST_LOADING:
        return "loading";
    case GUEST_RUNNING:
        return "running";
    case GUEST_CRASHED:
        return "crashed";
    case GUEST_ENDING:
        return "ending";
    }
    return "unknown";
}

static uint32_t given_up_mib(uint32_t guest)
{
    return attached[guest] ? __atomic_load_n(&ring_of(guest)->given_up, __ATOMIC_RELAXED) / PAGES_PER_MIB : 0;
}

static uint32_t asked_mib(uint32_t guest)
{
    return attached[guest] ? ring_of(guest)->balloon : 0;
}

/* What the guest is without, and what it is to be without, if that is not the same. */
static void balloon_text(uint32_t guest, char *text, size_t bytes)
{
    const uint32_t out = given_up_mib(guest);
    const uint32_t asked = asked_mib(guest);

    text[0] = '\0';
    if (out != asked)
        text_format(text, bytes, " %u of %u MiB given up", out, asked);
    else if (out != 0)
        text_format(text, bytes, " %u MiB given up", out);
}

void command_list(void)
{
    char balloon[48];

    for (uint32_t i = 0; i < link_page()->guest_count; i++) {
        if (!guest_is_there(i))
            continue;
        balloon_text(i, balloon, sizeof balloon);
        tell("%u  %-16s %-8s%s%s", i + 1, screen.voice[i].name, state_text(i), balloon,
             i == chosen_guest() ? " has the keyboard" : "");
    }
}

static void list_reply(void)
{
    bool first = true;

    command_list();
    reply_begin(request, REPLY_DONE);
    reply_text(",\"said\":");
    reply_lines(said, said_bytes);
    reply_text(",\"guests\":[");
    for (uint32_t i = 0; i < link_page()->guest_count; i++) {
        if (!guest_is_there(i))
            continue;
        reply_text("%s{\"number\":%u,\"name\":\"%.31s\",\"state\":\"%s\",\"keyboard\":%s,", first ? "" : ",", i + 1,
                   screen.voice[i].name, state_text(i), i == chosen_guest() ? "true" : "false");
        reply_text("\"given_up_mib\":%u,\"asked_mib\":%u}", given_up_mib(i), asked_mib(i));
        first = false;
    }
    reply_text("],\"servers\":[");
    for (uint32_t i = 0; i < link_page()->server_count && i < LINK_SERVERS; i++)
        reply_text("%s\"%.15s\"", i == 0 ? "" : ",", link_page()->server[i]);
    reply_text("]");
    reply_end();
}

void command_back(uint32_t guest)
{
    screen_back(&screen, guest);
    tell("end of the last lines of '%s'", screen.voice[guest].name);
}

static void back_reply(uint32_t guest)
{
    const struct voice *v = &screen.voice[guest];
    char line[LINE_BYTES];
    uint32_t bytes = 0;
    bool first = true;

    reply_begin(request, REPLY_DONE);
    reply_text(",\"log\":[");
    for (uint32_t at = screen_back_begin(v); at != v->back_head; at++) {
        const char byte = (char)v->back[at % BACK_BYTES];

        if (byte != '\n' && bytes < sizeof line) {
            line[bytes++] = byte;
            continue;
        }
        reply_text("%s", first ? "" : ",");
        reply_string(line, bytes);
        first = false;
        bytes = 0;
    }
    reply_text("]");
    reply_end();
}

static bool command_put(const struct link_command *c)
{
    struct console_link *link = link_page();
    const uint32_t head = link->command_head;

    if (head - __atomic_load_n(&link->command_tail, __ATOMIC_ACQUIRE) >= LINK_COMMANDS) {
        tell("the manager is busy: try again");
        fail(REPLY_FAILED);
        return false;
    }
    link->command[head % LINK_COMMANDS] = *c;
    __atomic_store_n(&link->command_head, head + 1, __ATOMIC_RELEASE);
    sys_notify(CONSOLE_CAP_MANAGER);
    return true;
}

void manager_ask(uint32_t op, uint32_t guest, const char *what)
{
    if (what != NULL)
        tell("%s", what);
    (void)command_put(&(struct link_command){.op = op, .guest = guest});
}

/* What the manager answers goes to the program that asks now. One that no longer waits is forgotten. */
static void manager_do(uint32_t op, const struct command *c)
{
    struct link_command command = {.op = op, .guest = c->guest, .memory_mib = c->memory_mib, .cpus = c->cpus};

    memcpy(command.file, c->file, sizeof command.file);
    if (request != 0) {
        ticket = ticket % (LINK_TICKETS - 1) + 1;
        command.ticket = ticket;
    }
    audits = op == MANAGER_AUDIT ? link_page()->audit.count : NO_AUDIT;
    if (command_put(&command))
        waiting = request;
}

void manager_words(const uint8_t *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        const enum answer_event event = answer_take(&answer, text[i]);
        const bool ours = waiting != 0 && answer.ticket == ticket;

        if (event == ANSWER_TEXT) {
            screen_take(&screen, VOICE_SYSTEM, text + i, 1, sys_time());
            if (ours && answer.within)
                said_put((const char *)text + i, 1);
        } else if (event != ANSWER_MARK && ours) {
            answer_send(waiting, event == ANSWER_GOOD ? REPLY_DONE : REPLY_FAILED);
            waiting = 0;
        }
    }
}

/* The guest's monitor holds its CPUs while the word is set. */
static void pause_guest(uint32_t guest, bool paused)
{
    const char *name = screen.voice[guest].name;
    const bool is_paused = attached[guest] && __atomic_load_n(&ring_of(guest)->paused, __ATOMIC_RELAXED) != 0;

    fail(REPLY_FAILED);
    if (!attached[guest] || link_page()->state[guest] != GUEST_RUNNING) {
        tell("guest '%s' does not run", name);
    } else if (is_paused == paused) {
        tell("guest '%s' is %s", name, paused ? "paused already" : "not paused");
    } else {
        __atomic_store_n(&ring_of(guest)->paused, paused ? 1u : 0u, __ATOMIC_RELEASE);
        sys_notify(CONSOLE_CAP_CLIENT + guest);
        tell("guest '%s' %s", name, paused ? "is paused; 'resume' lets it go on" : "goes on");
        fail(REPLY_DONE);
    }
}

/* Its monitor tells the guest's driver. The word stays for the guest's next kernel, if it reboots. */
static void balloon_ask(uint32_t guest, uint32_t mib)
{
    const char *name = screen.voice[guest].name;
    const uint32_t most = attached[guest] ? ring_of(guest)->balloon_most : 0;

    fail(REPLY_FAILED);
    if (!attached[guest] || link_page()->state[guest] != GUEST_RUNNING) {
        tell("guest '%s' does not run", name);
    } else if (most == 0) {
        tell("guest '%s' has no balloon: write balloon; in its node of the description", name);
    } else if (mib >= most) {
        tell("guest '%s' has %u MiB and cannot give up %u of them", name, most, mib);
    } else {
        __atomic_store_n(&ring_of(guest)->balloon, mib, __ATOMIC_RELEASE);
        sys_notify(CONSOLE_CAP_CLIENT + guest);
        tell("guest '%s' is asked to give up %u MiB; 'list' shows how far it is", name, mib);
        fail(REPLY_DONE);
    }
}

void command_do(const struct command *c)
{
    switch (c->kind) {
    case COMMAND_NONE:
    case COMMAND_HELP:
    case COMMAND_EXIT:
        return;
    case COMMAND_LIST:
        command_list();
        return;
    case COMMAND_START:
        manager_do(MANAGER_START, c);
        return;
    case COMMAND_STOP:
        manager_do(MANAGER_STOP, c);
        return;
    case COMMAND_RESET:
        manager_do(MANAGER_RESET, c);
        return;
    case COMMAND_CREATE:
        manager_do(MANAGER_CREATE, c);
        return;
    case COMMAND_DESTROY:
        manager_do(MANAGER_DESTROY, c);
        return;
    case COMMAND_AUDIT:
        manager_do(MANAGER_AUDIT, c);
        return;
    case COMMAND_KILL:
        manager_do(MANAGER_KILL, c);
        return;
    case COMMAND_PAUSE:
    case COMMAND_RESUME:
        pause_guest(c->guest, c->kind == COMMAND_PAUSE);
        return;
    case COMMAND_BALLOON:
        balloon_ask(c->guest, c->memory_mib);
        return;
    case COMMAND_CONSOLE:
        focus(c->guest);
        return;
    case COMMAND_LOG:
        command_back(c->guest);
        return;
    case COMMAND_STATS:
        stats_want(c->watch, 0);
        return;
    case COMMAND_VERSION:
        manager_do(MANAGER_VERSION, c);
        return;
    case COMMAND_QUIT:
        manager_do(MANAGER_QUIT, c);
        return;
    }
}

static void help_tell(const struct command *c)
{
    const char *help;

    if (c->about != NULL)
        tell("%s", c->about);
    for (uint32_t i = 0; c->about == NULL && (help = command_help(i)) != NULL; i++)
        tell("%s", help);
}

/* A machine that goes off, and a console that is started again, answer before. */
static void reply_early(const struct command *c)
{
    const bool console = c->kind == COMMAND_KILL && strcmp(link_page()->server[c->guest], "console") == 0;

    if (console && stats_watched())
        stats_unwatch();
    if (console || c->kind == COMMAND_QUIT) {
        answer_send(request, REPLY_DONE);
        request = 0;
    }
}

/* Those whose answer is more than lines; true: it was one. */
static bool reply_data(const struct command *c)
{
    if (c->kind == COMMAND_LIST)
        list_reply();
    else if (c->kind == COMMAND_LOG)
        back_reply(c->guest);
    else if (c->kind == COMMAND_STATS)
        stats_want(false, request);
    else
        return false;
    return true;
}

static void request_serve(const struct command *c)
{
    if (reply_data(c))
        return;
    reply_early(c);
    waiting = 0;
    if (c->kind == COMMAND_HELP)
        help_tell(c);
    else
        command_do(c);
    if (request != 0 && waiting == 0)
        answer_send(request, request_status);
}

void request_do(const char *text)
{
    const struct command_names names = names_now();
    char error[COMMAND_ERROR_BYTES] = "there is no command; 'help' lists them";
    struct command command;

    said_bytes = 0;
    request = 0;
    request_status = REPLY_DONE;
    for (; *text >= '0' && *text <= '9'; text++)
        request = request * 10 + (uint32_t)(*text - '0');
    if (request == 0)
        return;
    if (command_parse(&names, text, &command, error) && command.kind != COMMAND_NONE &&
        command.kind != COMMAND_EXIT) {
        request_serve(&command);
    } else {
        tell("%s", command.kind == COMMAND_NONE ? error : "there is no prompt to leave");
        answer_send(request, REPLY_USAGE);
    }
    request = 0;
}
