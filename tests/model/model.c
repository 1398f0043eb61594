/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What each call may answer: every condition that is not met adds its status; none of them: the call succeeds. */
#include "state.h"

/* A call whose capabilities are resolved: d its domain, e the second one, p and f its frames. */
struct act {
    uint32_t caller, d, e;
    uint64_t p, f, va, level, rights;
    uint32_t w, thread;
};

static statuses when(int condition, int status) { return condition ? MAY(status) : 0; }

static statuses capability(uint32_t caller, uint64_t i, uint32_t type, uint32_t right, uint32_t *name)
{
    if (i >= CAPS || cap[caller % NAME_SLOTS].slot[i].type != type)
        return MAY(SEPTUM_BAD_CAP);
    *name = cap[caller % NAME_SLOTS].slot[i].name;
    return when((cap[caller % NAME_SLOTS].slot[i].rights & right) != right, SEPTUM_DENIED) |
           when(type == CAP_DOMAIN && !model_live(*name), SEPTUM_DEAD) |
           when(type == CAP_THREAD && !thread_live(*name), SEPTUM_DEAD);
}

static int lent(uint64_t p) { return model_live(model.frame[p].borrower); }
static int maps(uint32_t d, uint64_t p) { return model_view(d, p)->level != UNMAPPED; }
static int peers(uint32_t a, uint32_t b) { return model.peer[a % NAME_SLOTS].with[b % NAME_SLOTS] != 0; }

/* p must be d's own data frame, on loan to nobody. */
static statuses disposable(uint32_t d, uint64_t p)
{
    if (p >= WORLD_FRAMES)
        return MAY(SEPTUM_BAD_ARGUMENT);
    return when(model.frame[p].owner != d, SEPTUM_NOT_OWNER) | when(model.frame[p].kind != FRAME_DATA, SEPTUM_BAD_KIND) |
           when(lent(p), SEPTUM_BUSY);
}

/* … and d must not map it. */
static statuses idle(uint32_t d, uint64_t p)
{
    statuses may = disposable(d, p);

    return p >= WORLD_FRAMES ? may : may | when(maps(d, p), SEPTUM_MAPPED);
}

static statuses expect_revoke(const struct act *act)
{
    statuses may;

    if (act->p >= WORLD_FRAMES)
        return MAY(SEPTUM_BAD_ARGUMENT);
    const struct model_frame *frame = &model.frame[act->p];
    may = when(frame->owner != act->d, SEPTUM_NOT_OWNER) | when(frame->kind != FRAME_DATA, SEPTUM_BAD_KIND) |
          when(frame->borrower == NOBODY, SEPTUM_NOT_OWNER);
    return may | when(lent(act->p) && maps(frame->borrower, act->p), SEPTUM_BUSY);
}

static statuses expect_release(const struct act *act)
{
    if (act->p >= WORLD_FRAMES)
        return MAY(SEPTUM_BAD_ARGUMENT);
    const struct model_frame *frame = &model.frame[act->p];
    return when(frame->kind != FRAME_DATA || frame->borrower != act->d, SEPTUM_NOT_OWNER) |
           when(maps(act->d, act->p), SEPTUM_BUSY);
}

static statuses expect_reclaim(const struct act *act)
{
    if (act->p >= WORLD_FRAMES)
        return MAY(SEPTUM_BAD_ARGUMENT);
    const struct model_frame *frame = &model.frame[act->p];
    return when(frame->kind == FRAME_NONE, SEPTUM_BAD_KIND) | when(model_live(frame->owner), SEPTUM_NOT_OWNER) |
           when(frame->kind == FRAME_DATA && lent(act->p), SEPTUM_BUSY);
}

static statuses expect_root(const struct act *act)
{
    statuses may = idle(act->d, act->p);

    may |= when(model.domain[act->d % NAME_SLOTS].root != NO_ROOT, SEPTUM_BAD_STATE);
    if (model.domain[act->d % NAME_SLOTS].kind == SEPTUM_GUEST) {
        may |= when(act->p % 4 != 0, SEPTUM_BAD_ARGUMENT);
        for (uint64_t k = 1; k < 4 && act->p < WORLD_FRAMES; k++)
            may |= idle(act->d, act->p + k);
    }
    return may;
}

static statuses expect_table(const struct act *act)
{
    statuses may = idle(act->d, act->p);

    if (act->level > 1 || act->va >= SPACE_END)
        return may | MAY(SEPTUM_BAD_ARGUMENT);
    return may | when(!model_covered(act->d, act->va, act->level + 1), SEPTUM_NO_TABLE) |
           when(model_taken(act->d, act->va, act->level + 1), SEPTUM_MAPPED);
}

static statuses expect_untable(const struct act *act)
{
    if (act->p >= WORLD_FRAMES)
        return MAY(SEPTUM_BAD_ARGUMENT);
    uint32_t kind = model.frame[act->p].kind;
    return when(model.frame[act->p].owner != act->d, SEPTUM_NOT_OWNER) |
           when(kind != FRAME_TABLE0 && kind != FRAME_TABLE1, SEPTUM_BAD_KIND) |
           when(!model_table_empty(act->d, act->p), SEPTUM_BUSY);
}

static int rights_bad(uint64_t rights)
{
    return rights == 0 || rights > 7 || ((rights & MAP_WRITE) && !(rights & MAP_READ));
}

static statuses expect_map(const struct act *act)
{
    uint64_t n = act->level == 0 ? 1 : 512;
    statuses may = 0;

    if (act->level > 1 || act->va >= SPACE_END || act->va % model_span(act->level) != 0 || rights_bad(act->rights) ||
        act->p % n != 0 || act->p >= WORLD_FRAMES || act->p + n > WORLD_FRAMES)
        return MAY(SEPTUM_BAD_ARGUMENT);
    for (uint64_t q = act->p; q < act->p + n; q++) {
        const struct model_frame *frame = &model.frame[q];
        int own = frame->owner == act->d, data = frame->kind == FRAME_DATA;

        may |= when(!data && !(frame->kind == FRAME_VCPU && n == 1), SEPTUM_BAD_KIND) |
               when(!own && !(data && frame->borrower == act->d), SEPTUM_NOT_OWNER) |
               when(maps(act->d, q), SEPTUM_MAPPED);
    }
    return may | when(!model_covered(act->d, act->va, act->level), SEPTUM_NO_TABLE) |
           when(model_taken(act->d, act->va, act->level), SEPTUM_MAPPED);
}

static statuses mapped(const struct act *act)
{
    if (act->p >= WORLD_FRAMES)
        return MAY(SEPTUM_BAD_ARGUMENT);
    return when(!maps(act->d, act->p), SEPTUM_NOT_MAPPED);
}

static statuses expect_split(const struct act *act)
{
    statuses may = mapped(act) | idle(act->d, act->f);

    return may | when(act->p < WORLD_FRAMES && model_view(act->d, act->p)->level == 0, SEPTUM_BAD_KIND);
}

static statuses expect_window_map(const struct act *act)
{
    const struct model_window *w = &model.window[act->w];
    int bad = act->va >= SPACE_END || act->va % 4096 != 0;
    statuses may = when(bad, SEPTUM_BAD_ARGUMENT) | when(w->view.level != UNMAPPED, SEPTUM_MAPPED);

    may |= when(w->owner == NOBODY, SEPTUM_BAD_ARGUMENT);
    if (w->owner != act->d && model_live(w->owner))
        may |= when(w->owner != act->caller, SEPTUM_NOT_OWNER) | when(!peers(act->caller, act->d), SEPTUM_DENIED);
    if (bad)
        return may;
    return may | when(!model_covered(act->d, act->va, 0), SEPTUM_NO_TABLE) |
           when(model_taken(act->d, act->va, 0), SEPTUM_MAPPED);
}

static statuses expect_bind(const struct act *act)
{
    uint32_t owner = thread[act->thread].domain;
    const struct model_domain *guest = &model.domain[act->d % NAME_SLOTS];

    return disposable(owner, act->p) | when(!peers(owner, act->d), SEPTUM_DENIED) |
           when(thread[act->thread].state != THREAD_STOPPED || vcpu[act->thread].guest != NOBODY, SEPTUM_BAD_STATE) |
           when(guest->kind != SEPTUM_GUEST || guest->root == NO_ROOT, SEPTUM_BAD_STATE);
}

static statuses expect_destroy(const struct act *act)
{
    statuses may = when(act->d == act->caller, SEPTUM_DENIED);

    for (uint32_t t = 0; t < THREADS; t++) {
        uint32_t h = thread[t].hart;
        int runs = thread[t].domain == act->d ? hart[h].current == t
                                              : vcpu[t].guest == act->d && running_look(h) == t;

        may |= when(thread[t].state != THREAD_FREE && runs, SEPTUM_BUSY);
    }
    return may;
}

static statuses expect_create(const struct model_call *call, uint32_t caller)
{
    uint64_t i = call->a[1];
    statuses may = when(i >= CAPS, SEPTUM_BAD_ARGUMENT);
    int room = 0;

    may |= when(i < CAPS && cap[caller % NAME_SLOTS].slot[i].type != CAP_NONE, SEPTUM_FULL);
    may |= when(call->a[0] != SEPTUM_SERVER && call->a[0] != SEPTUM_GUEST, SEPTUM_BAD_ARGUMENT);
    for (uint32_t s = 1; s < DOMAINS; s++)
        room |= model.domain[s].kind == 0;
    return may | when(!room, SEPTUM_FULL);
}

/* Fills in what the call's arguments mean; the capabilities' refusals. */
static statuses resolve(const struct model_call *call, struct act *act)
{
    const uint64_t *a = call->a;
    uint32_t c = thread[call->thread].domain;

    *act = (struct act){.caller = c, .p = a[1]};
    switch (call->number) {
    case SEPTUM_FRAME_GIVE:
        act->p = a[0];
        act->d = c;
        return capability(c, a[1], CAP_DOMAIN, CAP_MEMORY, &act->e);
    case SEPTUM_FRAME_LEND:
        return capability(c, a[0], CAP_DOMAIN, CAP_MEMORY, &act->d) |
               capability(c, a[2], CAP_DOMAIN, CAP_MEMORY, &act->e);
    case SEPTUM_DOMAIN_CREATE:
    case SEPTUM_FRAME_RECLAIM:
        act->p = a[0];
        return capability(c, BOOT_CAP_SYSTEM, CAP_SYSTEM, 0, &act->w);
    case SEPTUM_SPACE_TABLE:
        act->va = a[1], act->level = a[2], act->p = a[3];
        break;
    case SEPTUM_SPACE_MAP:
        act->va = a[1], act->p = a[2], act->level = a[3], act->rights = a[4];
        break;
    case SEPTUM_SPACE_SPLIT: act->f = a[2]; break;
    case SEPTUM_SPACE_PROTECT: act->rights = a[2]; break;
    case SEPTUM_WINDOW_MAP:
        act->va = a[2];
        return capability(c, a[0], CAP_WINDOW, 0, &act->w) | capability(c, a[1], CAP_DOMAIN, CAP_MEMORY, &act->d);
    case SEPTUM_WINDOW_UNMAP: return capability(c, a[0], CAP_WINDOW, 0, &act->w);
    case SEPTUM_DOMAIN_DESTROY: return capability(c, a[0], CAP_DOMAIN, CAP_STOP, &act->d);
    case SEPTUM_DOMAIN_PEER:
        return capability(c, a[0], CAP_DOMAIN, CAP_CONTROL, &act->d) |
               capability(c, a[1], CAP_DOMAIN, CAP_CONTROL, &act->e);
    case SEPTUM_VCPU_BIND: {
        statuses may = capability(c, a[0], CAP_THREAD, CAP_CONTROL, &act->thread);

        act->thread %= NAME_SLOTS;
        act->p = a[2];
        return may | capability(c, a[1], CAP_DOMAIN, CAP_CONTROL, &act->d);
    }
    case SEPTUM_THREAD_START: {
        statuses may = capability(c, a[0], CAP_THREAD, CAP_CONTROL, &act->thread);

        act->thread %= NAME_SLOTS;
        return may;
    }
    default: break;
    }
    return capability(c, a[0], CAP_DOMAIN, CAP_MEMORY, &act->d);
}

static statuses conditions(const struct model_call *call, const struct act *act)
{
    switch (call->number) {
    case SEPTUM_FRAME_GIVE: return idle(act->d, act->p) | when(!peers(act->d, act->e), SEPTUM_DENIED);
    case SEPTUM_FRAME_LEND:
        return disposable(act->d, act->p) | when(act->d == act->e, SEPTUM_BAD_ARGUMENT) |
               when(!peers(act->d, act->e), SEPTUM_DENIED);
    case SEPTUM_FRAME_REVOKE: return expect_revoke(act);
    case SEPTUM_FRAME_RELEASE: return expect_release(act);
    case SEPTUM_FRAME_RECLAIM: return expect_reclaim(act);
    case SEPTUM_SPACE_ROOT: return expect_root(act);
    case SEPTUM_SPACE_TABLE: return expect_table(act);
    case SEPTUM_SPACE_UNTABLE: return expect_untable(act);
    case SEPTUM_SPACE_MAP: return expect_map(act);
    case SEPTUM_SPACE_UNMAP: return mapped(act);
    case SEPTUM_SPACE_SPLIT: return expect_split(act);
    case SEPTUM_SPACE_PROTECT: return mapped(act) | when(rights_bad(act->rights), SEPTUM_BAD_ARGUMENT);
    case SEPTUM_WINDOW_MAP: return expect_window_map(act);
    case SEPTUM_WINDOW_UNMAP:
        return when(!model_live(model.window[act->w].owner), SEPTUM_DEAD) |
               when(model.window[act->w].view.level == UNMAPPED, SEPTUM_NOT_MAPPED);
    case SEPTUM_DOMAIN_CREATE: return expect_create(call, act->caller);
    case SEPTUM_DOMAIN_DESTROY: return expect_destroy(act);
    case SEPTUM_DOMAIN_PEER: return when(model.domain[act->d % NAME_SLOTS].sealed != 0, SEPTUM_DENIED);
    case SEPTUM_VCPU_BIND: return expect_bind(act);
    default: return ANYTHING;
    }
}

static int modelled(uint64_t number)
{
    return (number >= SEPTUM_FRAME_GIVE && number <= SEPTUM_WINDOW_UNMAP && number != SEPTUM_AUDIT_READ) ||
           (number >= SEPTUM_DOMAIN_CREATE && number <= SEPTUM_DOMAIN_PEER) || number == SEPTUM_VCPU_BIND;
}

statuses model_expect(const struct model_call *call)
{
    struct act act;

    if (!modelled(call->number))
        return ANYTHING;
    statuses may = resolve(call, &act);
    if (may == 0)
        may = conditions(call, &act);
    return may == 0 ? MAY(SEPTUM_OK) : may;
}

static void own(uint64_t p, uint32_t owner) { model.frame[p] = (struct model_frame){owner, NOBODY, FRAME_DATA}; }

static void follow_root(const struct act *act)
{
    uint32_t guest = model.domain[act->d % NAME_SLOTS].kind == SEPTUM_GUEST;

    model.domain[act->d % NAME_SLOTS].root = act->p;
    model.frame[act->p].kind = FRAME_TABLE2;
    for (uint64_t k = 1; k < 4 && guest; k++)
        model.frame[act->p + k].kind = FRAME_PAD;
}

/* The new domain's name stands in the capability; nobody has had it before. */
static void follow_create(const struct model_call *call, uint32_t caller)
{
    uint32_t name = cap[caller % NAME_SLOTS].slot[call->a[1]].name;
    uint32_t s = name % NAME_SLOTS;

    if (model.domain[s].kind != 0 || name <= model.domain[s].name)
        return; /* the comparison tells */
    model.domain[s] = (struct model_domain){(uint32_t)call->a[0], name, NO_ROOT, 0};
    for (uint32_t k = 0; k < DOMAINS; k++)
        model.peer[s].with[k] = model.peer[k].with[s] = k == s || k == MANAGER_SLOT;
}

static void follow_space(const struct model_call *call, const struct act *act)
{
    switch (call->number) {
    case SEPTUM_SPACE_ROOT: follow_root(act); break;
    case SEPTUM_SPACE_TABLE: model_add_table(act->d, act->va, act->level, act->p); break;
    case SEPTUM_SPACE_UNTABLE: model_drop_table(act->d, act->p); break;
    case SEPTUM_SPACE_MAP: model_map(act->d, act->va, act->p, act->level, act->rights); break;
    case SEPTUM_SPACE_UNMAP: model_unmap(act->d, act->p); break;
    case SEPTUM_SPACE_SPLIT: model_split(act->d, act->p, act->f); break;
    case SEPTUM_SPACE_PROTECT: {
        struct model_view old = *model_view(act->d, act->p);

        model_unmap(act->d, act->p);
        model_map(act->d, old.va, old.level == 0 ? act->p : act->p / 512 * 512, old.level, act->rights);
        break;
    }
    case SEPTUM_WINDOW_MAP:
        model.window[act->w].owner = act->d;
        model.window[act->w].view = (struct model_view){act->va, 0, MAP_READ | MAP_WRITE};
        break;
    case SEPTUM_WINDOW_UNMAP: model.window[act->w].view.level = UNMAPPED; break;
    default: break;
    }
}

void model_follow(const struct model_call *call, int64_t status)
{
    struct act act;

    if (status != SEPTUM_OK || (!modelled(call->number) && call->number != SEPTUM_THREAD_START))
        return;
    if (resolve(call, &act) != 0)
        return;
    switch (call->number) {
    case SEPTUM_FRAME_GIVE: own(act.p, act.e); break;
    case SEPTUM_FRAME_LEND: model.frame[act.p].borrower = act.e; break;
    case SEPTUM_FRAME_REVOKE:
    case SEPTUM_FRAME_RELEASE: model.frame[act.p].borrower = NOBODY; break;
    case SEPTUM_FRAME_RECLAIM: own(act.p, act.caller); break;
    case SEPTUM_DOMAIN_CREATE: follow_create(call, act.caller); break;
    case SEPTUM_DOMAIN_DESTROY: model_end(act.d); break;
    case SEPTUM_DOMAIN_PEER:
        model.peer[act.d % NAME_SLOTS].with[act.e % NAME_SLOTS] = model.peer[act.e % NAME_SLOTS].with[act.d % NAME_SLOTS] = 1;
        break;
    case SEPTUM_VCPU_BIND:
        model.frame[act.p].kind = FRAME_VCPU;
        model.frame[act.p].borrower = NOBODY;
        model.domain[act.d % NAME_SLOTS].sealed = 1;
        break;
    case SEPTUM_THREAD_START: model.domain[thread[act.thread].domain % NAME_SLOTS].sealed = 1; break;
    default: follow_space(call, &act); break;
    }
}
