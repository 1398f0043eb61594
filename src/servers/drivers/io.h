/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Memory that a device reads and writes by itself, and its registers: what must be seen before what. */
#pragma once

/* All that stands before, in memory and registers, is done for the device and for us before what stands behind. */
static inline void io_fence(void)
{
#ifdef __riscv
    __asm__ volatile("fence iorw, iorw" ::: "memory");
#else
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}
