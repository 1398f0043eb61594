/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Between the fake machine's own files. */
#pragma once

void host_hart_reset(void);
