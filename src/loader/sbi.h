/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#pragma once

/* Does not return. */
_Noreturn void sbi_power_off(void);
