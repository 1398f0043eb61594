/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The guest's ISA: what the hart has of what a guest may be told. */
#pragma once

#include <septum/proto.h>
#include <stddef.h>

#define ISA_BYTES 192u

struct isa {
    char string[ISA_BYTES]; /* riscv,isa: rv64imafdc_zicsr_... */
    char list[ISA_BYTES];   /* riscv,isa-extensions: NUL-terminated names, one behind the other */
    size_t list_bytes;
};

/*
 * Filters the riscv,isa of the host in *start. An extension whose state the kernel does not keep apart, or whose
 * enable bit it leaves off, is not told to the guest. In shadow mode Sstc is the kernel's own, whatever the host has.
 */
void isa_filter(const struct monitor_start *start, struct isa *isa);
