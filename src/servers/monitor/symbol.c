/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "symbol.h"

#include "elf.h"
#include "image.h"
#include "load.h"
#include "ops.h"
#include "walk.h"

#include <lib/text.h>
#include <string.h>

#define SECTIONS_MOST 4096u
#define SYMBOLS_MOST  524288u
#define PIECE_SYMBOLS (STAGING_BYTES / (uint32_t)sizeof(struct elf_symbol))

/* A piece of a file comes to the staging area; the manager refuses what is not within the file. */
static const uint8_t *symbol_piece(struct hart *h, uint64_t file, uint64_t offset, uint64_t bytes)
{
    if (bytes == 0 || bytes > STAGING_BYTES || ops_manager(MANAGER_READ, file, offset, bytes) != SEPTUM_OK)
        return NULL;
    return h->monitor->staging;
}

static bool symbol_read(struct hart *h, uint64_t offset, void *to, size_t bytes)
{
    const uint8_t *piece = symbol_piece(h, FILE_KERNEL, offset, bytes);

    if (piece != NULL)
        memcpy(to, piece, bytes);
    return piece != NULL;
}

/* The symbol table and its names. */
static bool symbol_tables(struct hart *h, struct elf_section *symbols, struct elf_section *names)
{
    struct elf_head elf;

    if (!symbol_read(h, 0, &elf, sizeof elf) || elf.shentsize != sizeof *symbols || elf.shnum > SECTIONS_MOST)
        return false;
    for (uint64_t i = 0; i < elf.shnum; i++) {
        if (!symbol_read(h, elf.shoff + i * sizeof *symbols, symbols, sizeof *symbols))
            return false;
        if (symbols->type == ELF_SYMBOL_TABLE)
            return symbols->link < elf.shnum &&
                   symbol_read(h, elf.shoff + symbols->link * sizeof *names, names, sizeof *names);
    }
    return false;
}

/* Functions and global labels; local ones of no type are the assembler's own marks. */
static bool symbol_counts(const struct elf_symbol *s, uint64_t va)
{
    uint32_t type = s->info & 15u;

    if (s->section == 0 || s->value > va || (s->size != 0 && va - s->value >= s->size))
        return false;
    return type == ELF_SYMBOL_FUNCTION || (type == ELF_SYMBOL_NOTYPE && s->info >> 4 != ELF_BINDING_LOCAL);
}

/* The nearest one at or below the address. */
static bool symbol_nearest(struct hart *h, const struct elf_section *table, uint64_t va, struct elf_symbol *best)
{
    uint64_t count = table->size / sizeof *best;
    bool found = false;

    if (count > SYMBOLS_MOST)
        count = SYMBOLS_MOST;
    for (uint64_t done = 0; done < count; done += PIECE_SYMBOLS) {
        uint64_t here = count - done < PIECE_SYMBOLS ? count - done : PIECE_SYMBOLS;
        const uint8_t *piece = symbol_piece(h, FILE_KERNEL, table->offset + done * sizeof *best, here * sizeof *best);

        for (uint64_t i = 0; piece != NULL && i < here; i++) {
            struct elf_symbol s;

            memcpy(&s, piece + i * sizeof s, sizeof s);
            if (symbol_counts(&s, va) && (!found || s.value >= best->value)) {
                *best = s;
                found = true;
            }
        }
    }
    return found;
}

/* A name ends with a NUL, or where its section does; what cannot be printed is not. */
static bool symbol_name(struct hart *h, const struct elf_section *names, uint64_t at, char *to)
{
    uint64_t bytes = at < names->size ? names->size - at : 0;

    memset(to, 0, SYMBOL_BYTES);
    if (bytes > SYMBOL_BYTES - 1)
        bytes = SYMBOL_BYTES - 1;
    if (!symbol_read(h, names->offset + at, to, (size_t)bytes) || to[0] == '\0')
        return false;
    for (; *to != '\0'; to++) {
        if (*to < ' ' || *to > '~')
            *to = '?';
    }
    return true;
}

static bool symbol_of_elf(struct hart *h, uint64_t va, struct symbol *symbol)
{
    struct elf_section table;
    struct elf_section names;
    struct elf_symbol best;

    if (!symbol_tables(h, &table, &names) || !symbol_nearest(h, &table, va, &best) ||
        !symbol_name(h, &names, best.name, symbol->name))
        return false;
    symbol->offset = va - best.value;
    return true;
}

static bool map_digit(uint8_t c, uint64_t *value)
{
    if (c >= '0' && c <= '9')
        *value = *value << 4 | (uint64_t)(c - '0');
    else if (c >= 'a' && c <= 'f')
        *value = *value << 4 | (uint64_t)(c - 'a' + 10);
    else
        return false;
    return true;
}

/* A line of a map: an address, a letter, a name. The name of a function at or below the address is kept. */
static void map_line(const uint8_t *line, uint64_t bytes, uint64_t va, struct symbol *best)
{
    uint64_t value = 0;
    uint64_t at = 0;

    while (at < bytes && at < 16 && map_digit(line[at], &value))
        at++;
    if (at == 0 || bytes - at < 4 || line[at] != ' ' || line[at + 2] != ' ' ||
        (line[at + 1] != 't' && line[at + 1] != 'T' && line[at + 1] != 'w' && line[at + 1] != 'W'))
        return;
    if (value > va || (best->name[0] != '\0' && va - value > best->offset))
        return;
    at += 3;
    bytes = bytes - at < SYMBOL_BYTES - 1 ? bytes - at : SYMBOL_BYTES - 1;
    memset(best->name, 0, SYMBOL_BYTES);
    for (uint64_t i = 0; i < bytes; i++)
        best->name[i] = line[at + i] > ' ' && line[at + i] <= '~' ? (char)line[at + i] : '?';
    best->offset = va - value;
}

/* All whole lines of a piece; returns how many bytes they are. */
static uint64_t map_lines(const uint8_t *piece, uint64_t bytes, uint64_t va, struct symbol *best)
{
    uint64_t begin = 0;

    for (uint64_t at = 0; at < bytes; at++) {
        if (piece[at] == '\n') {
            map_line(piece + begin, at - begin, va, best);
            begin = at + 1;
        }
    }
    return begin;
}

static bool symbol_of_map(struct hart *h, uint64_t va, struct symbol *best)
{
    const uint64_t total = h->monitor->start->map.bytes;
    uint64_t done = 0;

    memset(best, 0, sizeof *best);
    while (done < total) {
        uint64_t bytes = total - done < STAGING_BYTES ? total - done : STAGING_BYTES;
        const uint8_t *piece = symbol_piece(h, FILE_MAP, done, bytes);
        uint64_t lines = piece == NULL ? 0 : map_lines(piece, bytes, va, best);

        if (lines == 0)
            break;
        done += lines;
    }
    return best->name[0] != '\0';
}

/* An Image and a raw binary lie in memory as they do in their file. */
static bool symbol_of_file(const struct hart *h, uint64_t va, struct symbol *symbol)
{
    const struct monitor *m = h->monitor;
    const struct bundle_file *kernel = &m->start->kernel;
    struct walk w;

    walk_tables(&m->memory, h->page, va, &w);
    symbol->offset = w.gpa - (m->memory.first + IMAGE_OFFSET);
    if ((w.end != WALK_LEAF && w.end != WALK_OFF) || symbol->offset >= kernel->bytes)
        return false;
    (void)text_format(symbol->name, SYMBOL_BYTES, "%.*s", BUNDLE_NAME_BYTES, kernel->name);
    return true;
}

bool symbol_find(struct hart *h, uint64_t va, struct symbol *symbol)
{
    struct monitor *m = h->monitor;
    bool found;

    if (m->start->map.bytes == 0 && m->start->kernel.kind != BUNDLE_KERNEL_ELF)
        return symbol_of_file(h, va, symbol);
    lock_take(&m->staging_lock, h);
    found = m->start->map.bytes != 0 ? symbol_of_map(h, va, symbol) : symbol_of_elf(h, va, symbol);
    lock_drop(&m->staging_lock);
    return found;
}
