/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Memory that a device reads and writes by itself, and its registers: what must be seen before what. */
#pragma once

#include <stdint.h>

/* All that stands before, in memory and registers, is done for the device and for us before what stands behind. */
static inline void io_fence(void)
{
#ifdef __riscv
    __asm__ volatile("fence iorw, iorw" ::: "memory");
#else
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/* Registers, each accessed by its own width: what is decided on a read comes after it, a write after all before it. */
static inline uint8_t io_get8(uintptr_t at)
{
    const uint8_t value = *(volatile uint8_t *)at;

    io_fence();
    return value;
}

static inline uint16_t io_get16(uintptr_t at)
{
    const uint16_t value = *(volatile uint16_t *)at;

    io_fence();
    return value;
}

static inline uint32_t io_get32(uintptr_t at)
{
    const uint32_t value = *(volatile uint32_t *)at;

    io_fence();
    return value;
}

static inline void io_put8(uintptr_t at, uint32_t value)
{
    io_fence();
    *(volatile uint8_t *)at = (uint8_t)value;
}

static inline void io_put16(uintptr_t at, uint32_t value)
{
    io_fence();
    *(volatile uint16_t *)at = (uint16_t)value;
}

static inline void io_put32(uintptr_t at, uint32_t value)
{
    io_fence();
    *(volatile uint32_t *)at = value;
}

/* A register of 64 bits that takes its halves one after the other, the low one first. */
static inline void io_put64(uintptr_t at, uint64_t value)
{
    io_put32(at, (uint32_t)value);
    io_put32(at + 4, (uint32_t)(value >> 32));
}
