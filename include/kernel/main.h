/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The first C of each hart. Both return an enum resume. */
#ifndef KERNEL_MAIN_H
#define KERNEL_MAIN_H

#include <stdint.h>

/* The boot hart, from the loader: translation on, stack set. */
uint64_t main_first(void);
/* Hart h, started by the first. */
uint64_t main_second(uint64_t h);
/* The kernel itself trapped, which the proof excludes: says so by the firmware and powers off. */
void main_panic(uint64_t cause);

#endif
