/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* A look into the flattened device tree, enough for the memory and the boot arguments. */
#include "rt.h"

#define TOKEN_BEGIN 1u
#define TOKEN_END   2u
#define TOKEN_PROP  3u
#define TOKEN_NOP   4u

static uint32_t big32(const void *p)
{
    const uint8_t *b = p;

    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static uint64_t big64(const void *p)
{
    return (uint64_t)big32(p) << 32 | big32((const uint8_t *)p + 4);
}

static bool begins(const char *text, const char *start)
{
    while (*start)
        if (*text++ != *start++)
            return false;
    return true;
}

static bool same(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static const uint8_t *aligned(const uint8_t *p)
{
    return p + (-(uintptr_t)p & 3u);
}

uint32_t tree_bytes(const void *tree)
{
    return big32((const uint8_t *)tree + 4);
}

/* The property of the first node whose name begins like that, NULL if there is none. */
static const void *tree_property(const void *tree, const char *node, const char *property)
{
    const uint8_t *top = tree, *p = top + big32(top + 8);
    const char *strings = (const char *)top + big32(top + 12);
    bool inside = false;

    for (;;) {
        uint32_t token = big32(p);

        p += 4;
        if (token == TOKEN_BEGIN) {
            inside = begins((const char *)p, node);
            while (*p)
                p++;
            p = aligned(p + 1);
        } else if (token == TOKEN_PROP) {
            if (inside && same(strings + big32(p + 4), property))
                return p + 8;
            p = aligned(p + 8 + big32(p));
        } else if (token == TOKEN_END) {
            inside = false;
        } else if (token != TOKEN_NOP) {
            return NULL;
        }
    }
}

struct range tree_memory(const void *tree)
{
    const uint8_t *reg = tree_property(tree, "memory@", "reg");

    return reg ? (struct range){big64(reg), big64(reg + 8)} : (struct range){0, 0};
}

static size_t length(const char *text)
{
    size_t n = 0;

    while (text[n])
        n++;
    return n;
}

const char *tree_argument(const void *tree, const char *name)
{
    const char *text = tree_property(tree, "chosen", "bootargs");
    size_t n = length(name);

    while (text && *text) {
        if (begins(text, name) && text[n] == '=')
            return text + n + 1;
        while (*text && *text != ' ')
            text++;
        while (*text == ' ')
            text++;
    }
    return NULL;
}

bool word_is(const char *text, const char *word)
{
    size_t n = length(word);

    return text && begins(text, word) && (text[n] == 0 || text[n] == ' ');
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

uint64_t number_of(const char *text)
{
    int base = begins(text, "0x") ? 16 : 10;
    uint64_t value = 0;

    for (text += base == 16 ? 2 : 0; digit_of(*text) < base; text++)
        value = value * (uint64_t)base + (uint64_t)digit_of(*text);
    return value;
}
