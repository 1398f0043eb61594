/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A guest that prints one line and ends at once: its last word must not be lost. */
#include "rt/rt.h"

void guest_interrupt(uint64_t cause)
{
    (void)cause;
}

void guest_main(uint64_t hart, const void *tree)
{
    (void)hart;
    (void)tree;
    say("brief: said all\n");
}
