/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#ifndef LOADER_SBI_H
#define LOADER_SBI_H

/* Does not return. */
_Noreturn void sbi_power_off(void);

#endif
