/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "decode.h"

#include <lib/text.h>

bool decode_is_walk(uint64_t htinst)
{
    return htinst == 0x2000 || htinst == 0x3000 || htinst == 0x2020 || htinst == 0x3020;
}

/* Quadrants 0 and 2: word and doubleword, by register or by sp. [unpriv ch. 26] */
static struct access decode_compressed(uint32_t half)
{
    uint32_t funct3 = half >> 13 & 7u;
    bool by_sp = (half & 3u) == 2u;
    struct access a = {ACCESS_NONE, (uint8_t)((funct3 & 1u) != 0 ? 8 : 4), 1, 0, 2};

    if ((half & 3u) != 0 && !by_sp)
        return a;
    if (funct3 == 2u || funct3 == 3u) {
        a.reg = (uint8_t)(by_sp ? half >> 7 & 31u : 8u + (half >> 2 & 7u));
        a.kind = by_sp && a.reg == 0 ? ACCESS_NONE : ACCESS_LOAD;
    } else if (funct3 == 6u || funct3 == 7u) {
        a.kind = ACCESS_STORE;
        a.is_signed = 0;
        a.reg = (uint8_t)(by_sp ? half >> 2 & 31u : 8u + (half >> 2 & 7u));
    }
    return a;
}

struct access decode_instruction(uint32_t word)
{
    return (word & 3u) == 3u ? decode_full(word) : decode_compressed(word & 0xffffu);
}

const char *decode_register(uint32_t reg)
{
    static const char name[32][5] = {
        "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
        "a6",   "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
    };

    return name[reg & 31u];
}

/* The major opcodes of 32-bit instructions, by bits 6 .. 2. [unpriv table 70] */
static const char *decode_class(uint32_t word)
{
    static const char class[32][10] = {
        "load",   "fp load",  "custom", "fence", "op-imm", "auipc",  "op-imm-32", "wide",
        "store",  "fp store", "custom", "amo",   "op",     "lui",    "op-32",     "wide",
        "fp",     "fp",       "fp",     "fp",    "fp",     "vector", "custom",    "wide",
        "branch", "jalr",     "?",      "jal",   "system", "vector", "custom",    "wide",
    };

    if ((word & 3u) != 3u)
        return "compressed";
    return class[word >> 2 & 31u];
}

/* The address operand of a load or store: base register and offset. */
static void decode_address(uint32_t word, uint32_t *base, int32_t *offset)
{
    bool eight = (word >> 13 & 1u) != 0; /* compressed: ld and sd */

    if ((word & 3u) == 3u) {
        uint32_t low = (word & 0x20u) != 0 ? word >> 7 & 31u : word >> 20 & 31u;
        uint32_t value = (word >> 25 << 5 | low) & 0xfffu;

        *base = word >> 15 & 31u;
        *offset = (int32_t)(value ^ 0x800u) - 0x800;
    } else if ((word & 3u) == 0) {
        uint32_t value = word >> 10 & 7u;

        *base = 8u + (word >> 7 & 7u);
        *offset = (int32_t)(eight ? value << 3 | (word >> 5 & 3u) << 6
                                  : value << 3 | (word >> 6 & 1u) << 2 | (word >> 5 & 1u) << 6);
    } else if ((word >> 15 & 1u) == 0) {
        uint32_t high = word >> 12 & 1u;

        *base = 2;
        *offset = (int32_t)(eight ? high << 5 | (word >> 5 & 3u) << 3 | (word >> 2 & 7u) << 6
                                  : high << 5 | (word >> 4 & 7u) << 2 | (word >> 2 & 3u) << 6);
    } else {
        *base = 2;
        *offset = (int32_t)(eight ? (word >> 10 & 7u) << 3 | (word >> 7 & 7u) << 6
                                  : (word >> 9 & 15u) << 2 | (word >> 7 & 3u) << 6);
    }
}

void decode_text(uint32_t word, char *to, size_t bytes)
{
    static const char load[2][4][4] = {{"lbu", "lhu", "lwu", "ld"}, {"lb", "lh", "lw", "ld"}};
    static const char store[4][3] = {"sb", "sh", "sw", "sd"};
    struct access a = decode_instruction(word);
    uint32_t log = a.bytes == 8 ? 3 : (uint32_t)a.bytes >> 1;
    uint32_t base;
    int32_t offset;

    if (a.kind == ACCESS_NONE) {
        (void)text_format(to, bytes, "%s", decode_class(word));
        return;
    }
    decode_address(word, &base, &offset);
    (void)text_format(to, bytes, "%s %s, %d(%s)", a.kind == ACCESS_LOAD ? load[a.is_signed][log] : store[log],
                      decode_register(a.reg), (int)offset, decode_register(base));
}
