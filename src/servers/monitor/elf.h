/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* ELF files of 64 bits, as far as the monitor reads them. [System V ABI ch. 4, 5] */
#pragma once

#include <stdint.h>

struct elf_head {
    uint8_t ident[16];
    uint16_t type;
    uint16_t machine;
    uint32_t version;
    uint64_t entry;
    uint64_t phoff;
    uint64_t shoff;
    uint32_t flags;
    uint16_t ehsize;
    uint16_t phentsize;
    uint16_t phnum;
    uint16_t shentsize;
    uint16_t shnum;
    uint16_t shstrndx;
};

struct elf_segment {
    uint32_t type;
    uint32_t flags;
    uint64_t offset;
    uint64_t vaddr;
    uint64_t paddr;
    uint64_t filesz;
    uint64_t memsz;
    uint64_t align;
};
#define ELF_MACHINE_RISCV 243u
#define ELF_EXECUTABLE    2u
#define ELF_LOAD          1u

struct elf_section {
    uint32_t name;
    uint32_t type;
    uint64_t flags;
    uint64_t addr;
    uint64_t offset;
    uint64_t size;
    uint32_t link;
    uint32_t info;
    uint64_t addralign;
    uint64_t entsize;
};
#define ELF_SYMBOL_TABLE 2u

struct elf_symbol {
    uint32_t name;
    uint8_t info; /* binding << 4 | type */
    uint8_t other;
    uint16_t section; /* 0: undefined */
    uint64_t value;
    uint64_t size;
};
#define ELF_SYMBOL_NOTYPE   0u
#define ELF_SYMBOL_FUNCTION 2u
#define ELF_BINDING_LOCAL   0u
