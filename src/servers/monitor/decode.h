/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Loads and stores of the base and C instruction sets, as an MMIO access needs them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum access_kind { ACCESS_NONE = 0, ACCESS_LOAD = 1, ACCESS_STORE = 2 };

struct access {
    uint8_t kind;      /* enum access_kind; NONE: not a load or store that can be emulated */
    uint8_t bytes;     /* 1, 2, 4, 8 */
    uint8_t is_signed; /* loads: sign-extend */
    uint8_t reg;       /* the register loaded or stored */
    uint8_t length;    /* of the instruction: 2 or 4 */
};

/* A 32-bit load or store in the low word; what length says is up to the caller. [unpriv ch. 34] */
static inline struct access decode_full(uint32_t word)
{
    uint32_t funct3 = word >> 12 & 7u;
    struct access a = {ACCESS_NONE, (uint8_t)(1u << (funct3 & 3u)), 0, 0, 4};

    if ((word & 0x7fu) == 0x03u && funct3 != 7u) {
        a.kind = ACCESS_LOAD;
        a.is_signed = (uint8_t)(funct3 < 4u);
        a.reg = (uint8_t)(word >> 7 & 31u);
    } else if ((word & 0x7fu) == 0x23u && funct3 < 4u) {
        a.kind = ACCESS_STORE;
        a.reg = (uint8_t)(word >> 20 & 31u);
    }
    return a;
}

/* A transformed instruction: bit 1 tells the length of the one that trapped. [priv §22.6.3] */
static inline struct access decode_htinst(uint64_t htinst)
{
    struct access a = decode_full((uint32_t)htinst | 2u);

    a.length = (uint8_t)((htinst & 2u) + 2u);
    if ((htinst & 1u) == 0 || htinst >> 32 != 0)
        a.kind = ACCESS_NONE;
    return a;
}

/* htinst's pseudo-instructions: the access was one of the guest's own page-table walk. */
bool decode_is_walk(uint64_t htinst);

/* An instruction as it stands in memory; a 16-bit one in the low half. */
struct access decode_instruction(uint32_t word);

/* The instruction in words, as far as decode_instruction knows it, else its class; NUL-terminated. */
void decode_text(uint32_t word, char *to, size_t bytes);

/* ABI name of register x0 .. x31. */
const char *decode_register(uint32_t reg);
