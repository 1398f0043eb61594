/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "load.h"
#include "image.h"
#include "iommu.h"
#include "package.h"
#include "program.h"
#include "table.h"

#include <septum/proto.h>
#include <string.h>

#define SUPERPAGE    UINT64_C(0x200000)
#define INFO_BYTES   32       /* of one frame's record in `info` */
#define TABLES_BYTES 0x100000 /* more than the tables can take, but for memory in very many pieces */
#define STACK_FRAMES (SERVER_STACK_BYTES / FRAME_BYTES)
#define SATP_SV39    (UINT64_C(8) << 60)
#define SATP_SV48    (UINT64_C(9) << 60)

struct loading {
    const struct machine *m;
    struct ranges free; /* can be filled now */
    struct ranges left; /* will be free when the loader is gone: the manager's */
    struct kernel_header header;
    struct manager_file file;
    struct program program;
    uint64_t kernel_va;
    uint64_t kernel_pa;
    uint64_t info_pa;
    struct bootinfo *boot;
};

static const struct fault many_ranges = {LDR_MANY_RANGES, 0, 0};

static uint64_t info_bytes(const struct machine *m)
{
    return round_up(m->frame_count * INFO_BYTES, FRAME_BYTES);
}

static struct fault divide_memory(struct loading *l, const struct load_input *in)
{
    uint64_t bundle_end = round_up(l->m->initrd_end, FRAME_BYTES);
    l->left = l->m->usable;
    if (!ranges_remove(&l->left, l->m->initrd_first, bundle_end))
        return many_ranges;
    l->free = l->left;
    bool done =
        ranges_remove(&l->free, round_down(in->loader_first, FRAME_BYTES), round_up(in->loader_end, FRAME_BYTES)) &&
        ranges_remove(&l->free, round_down(in->tree_first, FRAME_BYTES), round_up(in->tree_end, FRAME_BYTES));
    return done ? NO_FAULT : many_ranges;
}

static struct fault little_memory(const struct loading *l, uint64_t missing)
{
    uint64_t there = ranges_total(&l->m->banks);
    return (struct fault){LDR_LITTLE_MEMORY, there, there + missing};
}

static struct fault check_room(const struct loading *l)
{
    uint64_t need = image_bytes(&l->header) + SUPERPAGE + info_bytes(l->m) + TABLES_BYTES;
    for (uint64_t i = 0; i < l->program.count; i++)
        need += l->program.segment[i].frames * FRAME_BYTES;
    need += SERVER_STACK_BYTES + FRAME_BYTES;
    uint64_t there = ranges_total(&l->free);
    return need <= there ? NO_FAULT : little_memory(l, need - there);
}

/* Whole frames: the library's memset goes byte by byte. */
static void clear(void *to, uint64_t bytes)
{
    volatile uint64_t *word = to;
    for (; bytes >= 4 * sizeof *word; bytes -= 4 * sizeof *word, word += 4) {
        word[0] = 0;
        word[1] = 0;
        word[2] = 0;
        word[3] = 0;
    }
}

/* The library's memcpy does, too. */
static void copy(void *to, const void *from, uint64_t bytes)
{
    uint64_t *at = to;
    const uint64_t *word = from;
    if (((uintptr_t)to | (uintptr_t)from) % sizeof *word != 0) {
        memcpy(to, from, bytes);
        return;
    }
    for (; bytes >= 4 * sizeof *word; bytes -= 4 * sizeof *word, at += 4, word += 4) {
        at[0] = word[0];
        at[1] = word[1];
        at[2] = word[2];
        at[3] = word[3];
    }
    memcpy(at, word, bytes);
}

/* Takes them away from what is free; what is in them stays. */
static struct fault take_dirty(struct loading *l, uint64_t bytes, uint64_t align, uint64_t *pa)
{
    if (!ranges_find(&l->free, bytes, align, pa))
        return little_memory(l, bytes + align);
    if (!ranges_remove(&l->free, *pa, *pa + bytes) || !ranges_remove(&l->left, *pa, *pa + bytes))
        return many_ranges;
    return NO_FAULT;
}

static struct fault take(struct loading *l, uint64_t bytes, uint64_t align, uint64_t *pa)
{
    struct fault f = take_dirty(l, bytes, align, pa);
    if (f.error == LDR_OK)
        clear(memory_at(*pa), bytes);
    return f;
}

static struct fault place_kernel(struct loading *l, const struct load_input *in)
{
    struct fault f = take(l, image_bytes(&l->header), SUPERPAGE, &l->kernel_pa);
    if (f.error != LDR_OK)
        return f;
    copy(memory_at(l->kernel_pa), in->kernel, in->kernel_bytes);
    memset(memory_at(l->kernel_pa + l->header.root), 0, FRAME_BYTES);
    memset(memory_at(l->kernel_pa + l->header.top), 0, FRAME_BYTES);
    l->boot = memory_at(l->kernel_pa + l->header.boot);
    memset(l->boot, 0, sizeof *l->boot);
    /* Superpages if it fills some. Of the table of frames, 8 MiB for each GiB, the kernel writes every word itself. */
    uint64_t bytes = info_bytes(l->m);
    return take_dirty(l, bytes, bytes >= SUPERPAGE ? SUPERPAGE : FRAME_BYTES, &l->info_pa);
}

static bool map_image(struct loading *l, struct table_builder *t)
{
    const struct kernel_header *h = &l->header;
    uint64_t va = l->kernel_va, rodata = h->text_bytes, data = rodata + h->rodata_bytes;
    return table_map(t, va, l->kernel_pa, h->text_bytes, PTE_R | PTE_X, LEAF_4K) &&
           table_map(t, va + rodata, l->kernel_pa + rodata, h->rodata_bytes, PTE_R, LEAF_4K) &&
           table_map(t, va + data, l->kernel_pa + data, h->data_bytes + h->bss_bytes, PTE_R | PTE_W, LEAF_4K);
}

/* The direct map leaves out what is reserved, and the kernel's text and constants: there is no writable view of them. */
static bool map_ram(struct loading *l, struct table_builder *t)
{
    struct ranges mapped = l->m->usable;
    if (!ranges_remove(&mapped, l->kernel_pa, l->kernel_pa + l->header.text_bytes + l->header.rodata_bytes))
        return false;
    for (uint64_t i = 0; i < mapped.count; i++) {
        const struct range *r = &mapped.r[i];
        uint64_t va = l->kernel_va + KERNEL_RAM + (r->first - l->m->ram_base);
        if (!table_map(t, va, r->first, r->end - r->first, PTE_R | PTE_W, LEAF_1G))
            return false;
    }
    return true;
}

/* satp for the tables: in Sv48 they hang below entry 0 of the top page. */
static uint64_t root_of(const struct loading *l)
{
    uint64_t root = l->kernel_pa + l->header.root, top = l->kernel_pa + l->header.top;
    if ((l->m->features & BOOT_HAS_SV48) == 0)
        return SATP_SV39 | root / FRAME_BYTES;
    *(uint64_t *)memory_at(top) = table_pointer(root);
    return SATP_SV48 | top / FRAME_BYTES;
}

/* An IOMMU that cannot do what the kernel needs is none. */
static void start_iommu(struct loading *l)
{
    uint64_t contexts = l->kernel_pa + l->header.contexts, pages = l->kernel_pa + l->header.iommu;
    if (l->m->iommu != 0 && iommu_start(l->m->iommu, contexts, pages))
        l->boot->iommu = l->m->iommu;
}

static struct fault make_tables(struct loading *l)
{
    struct table_builder t = {l->kernel_pa + l->header.root, &l->free, &l->left};
    uint64_t iommu = l->kernel_va + KERNEL_IOMMU, iommu_bytes = l->boot->iommu != 0 ? FRAME_BYTES : 0;
    uint64_t info = l->kernel_va + KERNEL_INFO, plic = l->kernel_va + KERNEL_PLIC;
    bool done = map_image(l, &t) && table_map(&t, info, l->info_pa, info_bytes(l->m), PTE_R | PTE_W, LEAF_2M) &&
                table_map(&t, plic, l->m->plic_base, l->m->plic_bytes, PTE_R | PTE_W, LEAF_2M) &&
                table_map(&t, iommu, l->boot->iommu, iommu_bytes, PTE_R | PTE_W, LEAF_4K) && map_ram(l, &t);
    if (!done)
        return little_memory(l, TABLES_BYTES);
    l->boot->kernel_root = root_of(l);
    return NO_FAULT;
}

static struct fault add_segment(struct loading *l, uint64_t va, uint64_t frames, uint64_t rights, uint64_t *pa)
{
    struct fault f = take(l, frames * FRAME_BYTES, FRAME_BYTES, pa);
    if (f.error == LDR_OK) {
        struct boot_segment *s = &l->boot->segment[l->boot->segment_count++];
        *s = (struct boot_segment){va, (*pa - l->m->ram_base) / FRAME_BYTES, frames, rights};
    }
    return f;
}

/* The manager's segments, its view of the boot information, its stack; *info_page is to be filled last. */
static struct fault load_manager(struct loading *l, uint64_t *info_page)
{
    uint64_t pa;
    for (uint64_t i = 0; i < l->program.count; i++) {
        const struct program_segment *s = &l->program.segment[i];
        struct fault f = add_segment(l, s->va, s->frames, s->rights, &pa);
        if (f.error != LDR_OK)
            return f;
        copy(memory_at(pa + s->skip), l->file.byte + s->offset, s->file_bytes);
    }
    struct fault f = add_segment(l, BOOT_VA_INFO, 1, MAP_READ, info_page);
    if (f.error != LDR_OK)
        return f;
    l->boot->manager_entry = l->program.entry;
    l->boot->manager_stack = SERVER_VA_STACK;
    return add_segment(l, SERVER_VA_STACK - SERVER_STACK_BYTES, STACK_FRAMES, MAP_READ | MAP_WRITE, &pa);
}

static uint64_t smallest(const struct ranges *s)
{
    uint64_t k = 0;
    for (uint64_t i = 1; i < s->count; i++)
        if (s->r[i].end - s->r[i].first < s->r[k].end - s->r[k].first)
            k = i;
    return k;
}

static void tell_regions(struct loading *l)
{
    while (l->left.count > BOOT_REGIONS) {
        struct range r = l->left.r[smallest(&l->left)];
        (void)ranges_remove(&l->left, r.first, r.end); /* a whole range: always done */
    }
    for (uint64_t i = 0; i < l->left.count; i++) {
        const struct range *r = &l->left.r[i];
        l->boot->region[i].first = (r->first - l->m->ram_base) / FRAME_BYTES;
        l->boot->region[i].count = (r->end - r->first) / FRAME_BYTES;
    }
    l->boot->region_count = l->left.count;
}

static void tell_machine(struct loading *l)
{
    const struct machine *m = l->m;
    struct bootinfo *b = l->boot;
    b->magic = BOOTINFO_MAGIC;
    b->version = SEPTUM_ABI_VERSION;
    b->ram_base = m->ram_base;
    b->frame_count = m->frame_count;
    b->kernel_pa = l->kernel_pa;
    b->timebase = m->timebase;
    b->features = m->features;
    b->hart_count = m->hart_count;
    b->boot_hart = m->boot_hart;
    memcpy(b->hartid, m->hartid, sizeof b->hartid);
    memcpy(b->plic_context, m->plic_context, sizeof b->plic_context);
    b->plic_sources = m->plic_sources;
    b->bundle_first = (m->initrd_first - m->ram_base) / FRAME_BYTES;
    b->bundle_count = (round_up(m->initrd_end, FRAME_BYTES) - m->initrd_first) / FRAME_BYTES;
    b->bundle_bytes = l->file.bundle_bytes;
    b->window_count = m->window_count;
    memcpy(b->window, m->window, sizeof b->window);
    memcpy(b->isa, m->isa, sizeof b->isa);
}

static struct fault read_parts(struct loading *l, const struct load_input *in)
{
    const struct machine *m = l->m;
    if (m->initrd_first == m->initrd_end)
        return (struct fault){LDR_NO_BUNDLE, 0, 0};
    uint64_t bundle_end = round_up(m->initrd_end, FRAME_BYTES);
    if (m->initrd_first < in->loader_end && in->loader_first < bundle_end)
        return (struct fault){LDR_BUNDLE_PLACE, m->initrd_first, m->initrd_end};
    struct fault f = image_read(in->kernel, in->kernel_bytes, &l->header);
    if (f.error == LDR_OK)
        f = package_read(memory_at(m->initrd_first), m->initrd_end - m->initrd_first, &l->file);
    return f.error == LDR_OK ? program_read(l->file.byte, l->file.bytes, &l->program) : f;
}

struct fault load(const struct machine *m, const struct load_input *in, struct load_result *out)
{
    _Static_assert(sizeof(struct bootinfo) <= BOOT_SEED && BOOT_VERDICT + BOOT_VERDICT_BYTES == FRAME_BYTES,
                   "the manager sees the boot information, and what is said of the kernel, in one frame");
    static struct loading l;
    uint64_t info_page = 0;
    memset(&l, 0, sizeof l);
    l.m = m;
    l.kernel_va = (m->features & BOOT_HAS_SV48) != 0 ? KERNEL_VA_SV48 : KERNEL_VA_SV39;
    struct fault f = read_parts(&l, in);
    if (f.error == LDR_OK)
        f = divide_memory(&l, in);
    if (f.error == LDR_OK)
        f = check_room(&l);
    if (f.error == LDR_OK)
        f = place_kernel(&l, in);
    if (f.error == LDR_OK)
        start_iommu(&l);
    if (f.error == LDR_OK)
        f = make_tables(&l);
    if (f.error == LDR_OK)
        f = load_manager(&l, &info_page);
    if (f.error != LDR_OK)
        return f;
    tell_machine(&l);
    tell_regions(&l);
    memcpy(memory_at(info_page), l.boot, sizeof *l.boot);
    char *verdict = memory_at(info_page + BOOT_VERDICT);
    strncpy(verdict, in->verdict, BOOT_VERDICT_BYTES - 1);
    verdict[BOOT_VERDICT_BYTES - 1] = '\0';
    uint8_t *seed = memory_at(info_page + BOOT_SEED);
    seed[0] = m->seeded;
    memcpy(seed + 1, m->seed, SEED_BYTES);
    *out = (struct load_result){l.boot->kernel_root, l.kernel_va + l.header.entry, l.file.bundle_bytes,
                                ranges_total(&l.left), l.boot->iommu != 0};
    return NO_FAULT;
}
