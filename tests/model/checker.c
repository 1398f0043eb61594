/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The invariant in other words than the prover's, over info[] and what the hardware finds: every leaf of every live
 * root leads to a frame that the domain has, once, from the place that is remembered; the kernel's half is the
 * kernel's; tables belong to one domain and hang at one place; frames arrive zeroed; no hart holds what is gone.
 */
#include "model.h"

#include <string.h>

static struct host_walk walk;
static uint8_t kind_at_boot[WORLD_FRAMES];
static uint32_t owner_before[WORLD_FRAMES];
static uint8_t hangs[WORLD_FRAMES]; /* tables found in the walks of this look */
/* By which domain a frame was found mapped, in the walks of this look. */
static uint32_t seen_by[WORLD_FRAMES][2];

static int alive(uint32_t name) { return name != 0 && dom[name % 64].kind != 0 && dom[name % 64].name == name; }

/* What a domain leaves in its frames, to be found if it is not zeroed: entries that would lead to the kernel. */
static void soil(uint64_t p)
{
    ram[p].word[0] = (ram_base_pfn + WORLD_KERNEL) << 10 | 0xdf;
    ram[p].word[7] = (ram_base_pfn + WORLD_KERNEL) << 10 | 0xdf;
    ram[p].word[511] = (ram_base_pfn + WORLD_BUNDLE) << 10 | 1;
}

void check_begin(void)
{
    for (uint32_t p = 0; p < WORLD_FRAMES; p++) {
        kind_at_boot[p] = (uint8_t)info[p].kind;
        owner_before[p] = info[p].owner;
        if (info[p].kind == FRAME_DATA)
            soil(p);
    }
    host_tlb_fill();
}

static const char *check_arrivals(void)
{
    for (uint32_t p = 0; p < WORLD_FRAMES; p++) {
        if ((kind_at_boot[p] == FRAME_NONE) != (info[p].kind == FRAME_NONE))
            return "a frame of the kernel's came to life, or another died";
        if (info[p].owner == owner_before[p])
            continue;
        owner_before[p] = info[p].owner;
        for (uint32_t i = 0; i < FRAME_WORDS; i++)
            if (ram[p].word[i] != 0)
                return "a frame reached its new owner with the old one's words";
        soil(p);
    }
    return NULL;
}

static const char *check_seen(uint32_t d, uint64_t p, uint64_t at)
{
    int own = info[p].owner == d;
    int lent = !own && info[p].kind == FRAME_DATA && info[p].borrower == d;

    if (info[p].kind != FRAME_DATA && info[p].kind != FRAME_VCPU)
        return "a leaf leads to a frame that is no page";
    if (!own && !lent)
        return "a leaf leads to a frame that the domain neither owns nor borrows";
    if ((own ? info[p].at_owner : info[p].at_borrower) != at)
        return "a leaf stands where its frame does not remember it";
    if (seen_by[p][lent] == d)
        return "a domain maps a frame twice";
    seen_by[p][lent] = d;
    return NULL;
}

static const char *check_leaf(uint32_t d, const struct host_entry *e)
{
    uint64_t page = e->entry >> 10 & ((UINT64_C(1) << 44) - 1);
    uint64_t p = page - ram_base_pfn;
    const char *wrong = NULL;

    if (p >= frame_count) {
        for (uint32_t w = 0; w < WINDOWS; w++)
            if (window[w].owner == d && window[w].base_pfn == page && window[w].at == e->at && e->level == 0)
                return NULL;
        return "a leaf leads out of memory and to no window of the domain's";
    }
    for (uint64_t k = 0; k < (e->level == 0 ? 1 : 512) && wrong == NULL; k++)
        wrong = p + k < frame_count ? check_seen(d, p + k, e->at) : "a leaf leads beyond memory";
    return wrong;
}

static const char *check_pointer(uint32_t d, const struct host_entry *e)
{
    uint64_t p = (e->entry >> 10) - ram_base_pfn;

    if (info[p].owner != d || info[p].kind != FRAME_TABLE0 + e->level - 1 || info[p].at_owner != e->at)
        return "a table is not its domain's, of another level, or hangs elsewhere";
    if (hangs[p]++)
        return "a table hangs at two places";
    return NULL;
}

static const char *check_root(uint32_t s)
{
    uint64_t root = dom[s].root;

    if (root >= frame_count || info[root].kind != FRAME_TABLE2 || info[root].owner != dom[s].name)
        return "a root is not its domain's";
    for (uint32_t i = 256; i < FRAME_WORDS; i++)
        if (ram[root].word[i] != (dom[s].kind == SEPTUM_SERVER ? kernel_root_table[i] : 0))
            return "a root's upper half is not the kernel's";
    for (uint64_t p = root + 1; p < root + 4 && dom[s].kind == SEPTUM_GUEST; p++)
        for (uint32_t i = 0; i < FRAME_WORDS; i++)
            if (info[p].kind != FRAME_PAD || info[p].owner != dom[s].name || ram[p].word[i] != 0)
                return "the rest of a guest's root is not zero";
    return NULL;
}

static const char *check_space(uint32_t s)
{
    const char *wrong = check_root(s);

    if (wrong != NULL)
        return wrong;
    host_walk_root(dom[s].root, &walk);
    wrong = walk.wrong;
    for (uint32_t k = 0; k < walk.count && wrong == NULL; k++)
        wrong = walk.entry[k].entry >> 1 & 7 ? check_leaf(dom[s].name, &walk.entry[k])
                                             : check_pointer(dom[s].name, &walk.entry[k]);
    return wrong;
}

static const char *check_frames(void)
{
    for (uint32_t p = 0; p < frame_count; p++) {
        const struct frame_info *f = &info[p];

        if (f->owner > dom[f->owner % 64].name || f->borrower > dom[f->borrower % 64].name)
            return "a frame names a domain that has not been yet";
        if (f->kind == FRAME_DATA && (f->owner == 0 || f->owner == f->borrower))
            return "a data frame is nobody's, or borrowed by its owner";
        if (f->kind == FRAME_VCPU && f->borrower != 0)
            return "a vCPU page is lent";
        if (f->kind == FRAME_TABLE2 && alive(f->owner) && dom[f->owner % 64].root != p)
            return "a root that is none";
    }
    for (uint32_t w = 0; w < WINDOWS; w++)
        if (window[w].owner > dom[window[w].owner % 64].name)
            return "a window names a domain that has not been yet";
    return NULL;
}

/* Authority stays within P. */
static const char *check_caps(uint32_t s)
{
    for (uint32_t i = 0; i < CAPS; i++) {
        const struct cap *c = &cap[s].slot[i];

        if (c->type == CAP_DOMAIN && alive(c->name) && !peer[s].with[c->name % 64])
            return "a capability names a domain outside P";
        if (c->type == CAP_THREAD && thread_live(c->name) && !peer[s].with[thread[c->name % 64].domain % 64])
            return "a capability names a thread outside P";
        if (c->type == CAP_SYSTEM && s != MANAGER_SLOT)
            return "the system capability has left the manager";
    }
    return NULL;
}

static const char *check_harts(void)
{
    for (uint32_t h = 0; h < hart_count; h++) {
        uint32_t s = host_hart[h].space;
        uint64_t t = hart[h].loaded, now = hart[h].current;

        if (now < THREADS && (thread[now].state == THREAD_FREE || thread[now].hart != h))
            return "a hart's thread has ended, or is another hart's";
        if (host_hart[h].mode == HOST_IN_GUEST && (now >= THREADS || t != now))
            return "a hart in a guest has forgotten whose";
        if (s < DOMAINS && (dom[s].kind != SEPTUM_SERVER || dom[s].root != host_hart[h].root))
            return "a hart's satp names a root that is no server's";
        if (t < THREADS && (thread[t].state == THREAD_FREE || !alive(vcpu[t].guest)))
            return "a hart holds the vCPU of a guest that is dead";
    }
    for (uint32_t t = 0; t < THREADS; t++)
        if (thread[t].state != THREAD_FREE && (!alive(thread[t].domain) || thread[t].hart >= hart_count))
            return "a thread without a domain";
    for (uint32_t t = 0; t < THREADS; t++)
        if (thread[t].state != THREAD_FREE && vcpu[t].guest != 0 &&
            (!alive(vcpu[t].guest) || info[vcpu[t].page].kind != FRAME_VCPU ||
             info[vcpu[t].page].owner != thread[t].domain))
            return "a vCPU without its guest or its page";
    return NULL;
}

/* A device leads to its living owner's stage 2, or nowhere; the IOMMU holds nothing else. */
static const char *check_devices(void)
{
    for (uint32_t n = 0; n < DEVICES; n++) {
        const struct device_context *c = &device_context[n];
        uint32_t d = device_owner[n];

        if (d == NOBODY && c->tc != 0)
            return "a device that is nobody's leads somewhere";
        if (d != NOBODY && (!alive(d) || dom[d % 64].kind != SEPTUM_GUEST || c->tc != 1 ||
                            c->iohgatp != (UINT64_C(8) << 60) + ((uint64_t)(d % 64) << 44) + ram_base_pfn + dom[d % 64].root))
            return "a device leads to a root that is not its owner's";
    }
    return host_contexts_stale() ? "the IOMMU may hold a device context that is gone" : NULL;
}

const char *check_invariant(void)
{
    const char *wrong = check_arrivals();

    memset(hangs, 0, sizeof(hangs));
    memset(seen_by, 0, sizeof(seen_by));
    if (wrong == NULL)
        wrong = check_frames();
    for (uint32_t s = 0; s < DOMAINS && wrong == NULL; s++) {
        if (host_tlb_stale(s))
            wrong = "a hart may hold a translation that is gone";
        else if (host_iommu_stale(s))
            wrong = "the IOMMU may hold a translation that is gone";
        else if (dom[s].kind != 0 && s == 0)
            wrong = "slot 0 lives";
        else if (dom[s].kind != 0)
            wrong = dom[s].root == NO_ROOT ? check_caps(s) : check_space(s);
        if (wrong == NULL && dom[s].kind != 0)
            wrong = check_caps(s);
    }
    if (wrong == NULL)
        wrong = check_harts();
    if (wrong == NULL)
        wrong = check_devices();
    host_iommu_fill();
    host_tlb_fill();
    return wrong;
}
