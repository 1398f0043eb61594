/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The servers that can be killed and are started again, by the number that the console's link gives them. */
#include "device_server.h"

#include <string.h>

#define CONSOLE 0u /* the device servers that were built follow */

/* The device server of that number; NULL: there is none. */
static struct device_server *server_at(uint32_t which)
{
    uint32_t number = CONSOLE;

    for (uint32_t i = 0; i < DEVICE_SERVERS; i++) {
        if (device_server[i].link != NULL && ++number == which)
            return &device_server[i];
    }
    return NULL;
}

void servers_name(struct console_link *link)
{
    const struct device_server *s;
    uint32_t count = CONSOLE + 1;

    _Static_assert(DEVICE_SERVERS + 1 <= LINK_SERVERS, "the link names all servers");
    strncpy(link->server[CONSOLE], "console", LINK_SERVER_BYTES - 1);
    for (; (s = server_at(count)) != NULL; count++)
        strncpy(link->server[count], s->name, LINK_SERVER_BYTES - 1);
    __atomic_store_n(&link->server_count, count, __ATOMIC_RELEASE);
}

void servers_usage(struct console_link *link)
{
    const struct device_server *s;

    console_usage(&link->server_usage[CONSOLE]);
    for (uint32_t i = CONSOLE + 1; (s = server_at(i)) != NULL; i++)
        estate_count(&s->estate, &link->server_usage[i]);
}

bool server_kill(uint32_t which)
{
    struct device_server *s = server_at(which);

    if (which == CONSOLE) {
        console_restart(true);
        return true;
    }
    if (!device_server_is_there(s) || s->down) {
        say("that server does not run");
        return false;
    }
    device_server_restart(s, true);
    return true;
}
