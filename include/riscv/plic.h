/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The PLIC's registers, as indices of 32-bit words [plic 1.0.0, 3]. */
#pragma once

#define PLIC_CONTEXTS 15872 /* that its 64 MiB of registers have room for */
#define PLIC_PRIORITY(irq) (irq)
#define PLIC_ENABLE(context) (0x2000 / 4 + (context) * 0x20)
#define PLIC_THRESHOLD(context) (0x200000 / 4 + (context) * 0x400)
#define PLIC_CLAIM(context) (PLIC_THRESHOLD(context) + 1)
