/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Between the fake machine's own files. */
#pragma once

#include <stdint.h>

void host_hart_reset(void);

/* shadow_tlb.c: the hart is in a shadow root, or fences; nothing unless it was started. */
void host_shadow_tlb_reset(void);
void host_shadow_tlb_enter(void);
void host_shadow_tlb_fence(uint64_t va, uint64_t asid, uint64_t which);
