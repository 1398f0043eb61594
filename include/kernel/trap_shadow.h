/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Traps of a guest in shadow mode. */
#pragma once

#include <kernel/trap.h>
#include <kernel/vcpu_shadow.h>

/* The guest of hart h's thread t trapped; its registers are on the vCPU page. Returns an enum resume. */
/*@ SHADOW_GUEST;
    requires root: AtRoot(t);
    TRAP_KEPT;
*/
__attribute__((noinline)) uint64_t trap_shadow(uint64_t h, uint64_t t, uint64_t cause);
