/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "prompt.h"

#include <string.h>

void prompt_show(const struct prompt *p, struct screen *s, uint64_t now)
{
    screen_prompt(s, p->line.text, p->line.at, now);
}

void prompt_open(struct prompt *p, struct screen *s, uint64_t now)
{
    if (!p->open) {
        p->open = true;
        screen_focus(s, VOICE_PROMPT);
        screen_say(s, "commands: 'help' lists them, Tab completes, Ctrl-D leaves");
    }
    prompt_show(p, s, now);
}

void prompt_close(struct prompt *p, struct screen *s, uint32_t v)
{
    p->open = false;
    screen_prompt_end(s);
    screen_focus(s, v);
}

static void help_show(struct screen *s, const struct command *c)
{
    const char *help;

    if (c->about != NULL) {
        screen_say(s, "%s", c->about);
        return;
    }
    for (uint32_t i = 0; (help = command_help(i)) != NULL; i++)
        screen_say(s, "%s", help);
    screen_say(s, "GUEST is a name or a number of the list; arrows, Ctrl-A, E, K, U, W edit the line");
}

static void complete(struct prompt *p, struct screen *s, const struct command_names *names)
{
    char text[LINE_MOST + 1];
    char more[LINE_MOST + 1];
    char all[160];
    uint32_t count;

    memcpy(text, p->line.text, p->line.at);
    text[p->line.at] = '\0';
    count = command_complete(names, text, more, sizeof more, all, sizeof all);
    line_insert(&p->line, more);
    if (count > 1 && more[0] == '\0')
        screen_say(s, "%s", all);
    else if (count == 0)
        display_put("\a", 1);
}

static enum prompt_event entered(struct prompt *p, struct screen *s, const struct command_names *names,
                                 struct command *command)
{
    char error[COMMAND_ERROR_BYTES];
    bool good = command_parse(names, p->line.text, command, error);

    screen_prompt(s, p->line.text, p->line.bytes, 0);
    screen_prompt_end(s);
    line_next(&p->line);
    if (!good)
        screen_say(s, "%s", error);
    else if (command->kind == COMMAND_HELP)
        help_show(s, command);
    else if (command->kind == COMMAND_EXIT)
        return PROMPT_LEAVES;
    return good && command->kind != COMMAND_NONE && command->kind != COMMAND_HELP ? PROMPT_COMMAND : PROMPT_STAYS;
}

enum prompt_event prompt_key(struct prompt *p, struct screen *s, const struct command_names *names, uint8_t byte, uint64_t now,
                             struct command *command)
{
    enum prompt_event event = PROMPT_STAYS;

    switch (line_key(&p->line, byte)) {
    case LINE_SAME:
        return PROMPT_STAYS;
    case LINE_BELL:
        display_put("\a", 1);
        return PROMPT_STAYS;
    case LINE_LEAVE:
        return PROMPT_LEAVES;
    case LINE_COMPLETE:
        complete(p, s, names);
        break;
    case LINE_ENTER:
        event = entered(p, s, names, command);
        break;
    case LINE_CHANGED:
        break;
    }
    if (event == PROMPT_STAYS)
        prompt_show(p, s, now);
    return event;
}
