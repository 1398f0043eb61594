/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * Disks and nets, driven without an operating system, so that what the guest itself adds is little and always the same.
 * Boot arguments: do=disk, watch, ping, pong or loop; turns=N.
 */
#include "io.h"

#include "rt/rt.h"

#define TURNS 400u

/* Its address tells the counter outside. */
__attribute__((noinline)) void mark(void)
{
    __asm__ volatile("" ::: "memory");
}

void row(const char *name, uint64_t count)
{
    say("io %s N=%lu\n", name, count);
}

void guest_main(uint64_t hart, const void *tree)
{
    const char *what = tree_argument(tree, "do");
    const char *turns_text = tree_argument(tree, "turns");
    const uint64_t turns = turns_text ? number_of(turns_text) : TURNS;
    bool good = false;

    (void)hart;
    if (what && word_is(what, "disk"))
        good = disk_measure(turns);
    else if (what && word_is(what, "watch"))
        good = disk_watch();
    else if (what && word_is(what, "ping"))
        good = net_ping(turns);
    else if (what && word_is(what, "pong"))
        good = net_pong();
    else if (what && word_is(what, "loop"))
        good = net_loop(turns);
    else
        say("io: do= says nothing that is known\n");
    say("io %s\n", good ? "done" : "failed");
}
