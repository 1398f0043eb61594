/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The measured loops are assembly (ops.S), so that what belongs to the guest is counted to the instruction. */
#ifndef GUEST_BENCH_H
#define GUEST_BENCH_H

#define BENCH_UART 0x10000000
#define BENCH_PLIC 0x0c000000

#ifndef __ASSEMBLER__
#include <stdint.h>

/* Each runs its operation `count` times; `x` is the operation's own argument. */
typedef void bench_loop(uint64_t count, uint64_t x);
bench_loop loop_spec_version, loop_set_timer, loop_timer_sbi, loop_timer_direct, loop_wfi, loop_ipi;
bench_loop loop_fence, loop_uart_read, loop_uart_write, loop_plic_read, loop_plic_write, loop_touch;
bench_loop loop_rdcycle, loop_illegal, loop_syscall, loop_page_fault, loop_sfence, loop_satp;
bench_loop loop_sscratch, loop_arithmetic, loop_walk;
bench_loop loop_csr_read, loop_csr_write, loop_interrupts, loop_reflect, loop_user, loop_redirect, loop_sfence_fill, loop_spaces;

extern const char vector_timer_sbi[], vector_timer_direct[], vector_ipi[], vector_skip[], vector_syscall[], vector_behind[],
    vector_again[];
#endif
#endif
