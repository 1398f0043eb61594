/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The auditor over the kernel's own C on the fake machine: what is right, what is broken, and what changes meanwhile. */
#include "suite.h"

#include <kernel/device.h>
#include <kernel/shadow.h>
#include <kernel/space.h>
#include <kernel/window.h>
#include <lib/sys.h>

#include "audit.h"
#include "books.h"

#define VA UINT64_C(0x40000000)
#define GPA UINT64_C(0x80000000)
#define DEVICE 9u
#define PLACES 64u

static uint32_t a, g;          /* a server, a guest */
static uint32_t t, v;          /* the auditor's thread; one with a vCPU of the guest in shadow mode */
static uint64_t leaf, block;   /* what they map */
static uint64_t arena;         /* a shadow table in use */
static void (*meanwhile)(void); /* what happens between two reads */
static uint64_t reads;

struct audit_sums sums;
static struct audit_finding found[PLACES];
static uint32_t places;

void report(uint64_t broken, uint64_t domain, uint64_t p, uint64_t entry, uint64_t word)
{
    for (uint32_t number = 1; number < 64; number++)
        if ((broken >> number & 1) != 0 && places++ < PLACES)
            found[places - 1] = (struct audit_finding){number, (uint32_t)domain, p, entry, word};
}

struct sys_result sys_audit_read(uint64_t audit, uint64_t what, uint64_t number, uint64_t index)
{
    struct sys_result r;

    if (meanwhile != NULL)
        meanwhile();
    reads++;
    r.status = CALL(t, SEPTUM_AUDIT_READ, audit, what, number, index);
    for (uint32_t i = 0; i < 5; i++)
        r.value[i] = world_result(t, 1 + i);
    return r;
}

static void audit(void)
{
    places = 0;
    sums = (struct audit_sums){0};
    books_begin(frame_count, ram_base_pfn);
    audit_records();
    audit_frames();
    audit_shadows();
}

/* The audit finds just this. */
static void finds(uint32_t number, uint64_t p, uint64_t entry)
{
    audit();
    for (uint32_t i = 0; i < places && i < PLACES; i++)
        if (places != 1 || found[i].invariant != number || found[i].frame != p || found[i].entry != entry)
            print_message("INV-%u frame %lu entry %lu\n", found[i].invariant, found[i].frame, found[i].entry);
    assert_int_equal(places, 1);
    assert_int_equal(found[0].invariant, number);
    assert_int_equal(found[0].frame, p);
    assert_int_equal(found[0].entry, entry);
}

/* A word is this for one audit. */
#define WHILE(word, value, number, p, entry)                                                                           \
    do {                                                                                                               \
        __typeof__(word) kept = (word);                                                                                \
                                                                                                                       \
        (word) = (__typeof__(word))(value);                                                                            \
        finds(number, p, entry);                                                                                       \
        (word) = kept;                                                                                                 \
    } while (0)

static uint64_t pte_to(uint64_t p, uint64_t flags) { return (ram_base_pfn + p) * 1024 + flags; }

/* One shadow table of 4 KiB leaves in use, with a leaf over the guest's first page. */
static void shadow_make(void)
{
    v = world_vcpu(a, 0, g);
    shadow_new(v);
    arena = world_frame(g);
    OK(shadow_arena(v, arena));
    shadow[v].used = 1;
    info[arena].at_borrower = SHADOW_L0;
    memset(&ram[arena], 0, sizeof(ram[arena]));
    ram[arena].word[3] = pte_to(block + 3, 211);
}

static int begin(void **state)
{
    int status = world_begin(state);

    meanwhile = NULL;
    boot.iommu = 1;
    a = world_domain(SEPTUM_SERVER);
    g = world_domain(SEPTUM_GUEST);
    OK(domain_peer(a, g));
    world_tables(a, VA, 0);
    leaf = world_frame(a);
    OK(space_map(a, VA, leaf, 0, MAP_READ));
    world_tables(g, GPA, 1);
    block = world_block(g);
    OK(space_map(g, GPA, block, 1, MAP_READ | MAP_WRITE | MAP_EXECUTE));
    OK(window_map(0, MANAGER_NAME, a, VA + 0x5000));
    OK(device_assign(DEVICE, g));
    t = world_thread(a, 0, 3);
    OK(cap_grant(MANAGER_SLOT, BOOT_CAP_AUDIT, a % NAME_SLOTS, AUDITOR_CAP_BOOKS, CAP_RIGHTS, 0));
    shadow_make();
    return status;
}

static void a_good_system_is_good(void **state)
{
    (void)state;
    audit();
    assert_int_equal(places, 0);
    assert_int_equal(sums.frames, WORLD_FRAMES);
    assert_true(sums.tables >= 8 && sums.leaves >= 3 && sums.shadows == 1 && sums.contexts == DEVICES);
    assert_true(sums.again <= 1); /* the first answer's count is news */
    assert_int_equal(sums.given_up, 0);
}

static void entries_are_judged(void **state)
{
    (void)state;
    const uint64_t f = info[leaf].at_owner / 512, i = info[leaf].at_owner % 512;
    const uint64_t up = info[f].at_owner / 512, k = info[f].at_owner % 512;
    const uint64_t stage = info[block].at_owner / 512, j = info[block].at_owner % 512;
    const uint64_t root = dom[a % NAME_SLOTS].root, guest_root = dom[g % NAME_SLOTS].root;

    WHILE(ram[f].word[i + 9], pte_to(leaf, 211), 4, f, i + 9);           /* a second place */
    WHILE(ram[f].word[i + 9], pte_to(block + 7, 211), 4, f, i + 9);      /* the guest's */
    WHILE(ram[f].word[i + 9], UINT64_C(0x10001) << 10 | 211, 3, f, i + 9); /* no window of its own there */
    WHILE(ram[f].word[i], ram[f].word[i] | 32, 5, f, i);                 /* G */
    WHILE(ram[f].word[i], ram[f].word[i] & ~UINT64_C(128), 5, f, i);     /* without D */
    WHILE(ram[f].word[i], ram[f].word[i] | UINT64_C(1) << 62, 5, f, i);
    WHILE(ram[f].word[i + 9], pte_to(f, 1), 6, f, i + 9);                /* a pointer in the last level */
    WHILE(ram[up].word[k + 1], pte_to(stage, 1), 6, up, k + 1);          /* the guest's table */
    WHILE(info[f].kind, FRAME_SHADOW, 6, up, k);                         /* its own, but no table */
    WHILE(ram[stage].word[j + 1], ram[stage].word[j], 4, stage, j + 1);  /* 2 MiB twice */
    WHILE(ram[root].word[300], ram[root].word[300] ^ 2, 7, root, 300);
    WHILE(ram[guest_root].word[511], 2, 7, guest_root, 511);
    WHILE(ram[guest_root + 2].word[77], 2, 9, guest_root + 2, 77);
    ram[f].word[i + 9] = pte_to(leaf, 210); /* not valid: it is no entry */
    audit();
    assert_int_equal(places, 0);
}

static void records_are_judged(void **state)
{
    (void)state;
    const uint64_t root = dom[g % NAME_SLOTS].root, spare = world_frame(MANAGER_NAME);

    WHILE(info[spare].owner, 64 * 9 + 9, 12, spare, FRAME_WORDS);
    WHILE(info[leaf].borrower, info[leaf].owner, 10, leaf, FRAME_WORDS);
    WHILE(info[leaf].borrower, 64 * 9 + 9, 12, leaf, FRAME_WORDS);
    WHILE(info[root + 3].kind, FRAME_DATA, 8, root, FRAME_WORDS);
    WHILE(dom[40].kind, 3, 2, AUDIT_NOWHERE, 40);
    WHILE(dom[a % NAME_SLOTS].root, leaf, 11, AUDIT_NOWHERE, a % NAME_SLOTS);
    WHILE(window[5].owner, 64 * 9 + 9, 13, AUDIT_NOWHERE, 5);
    WHILE(window[1].base_pfn, ram_base_pfn + 1, 14, AUDIT_NOWHERE, 1);
    WHILE(device_context[DEVICE].iohgatp, device_context[DEVICE].iohgatp + 4, 30, AUDIT_NOWHERE, DEVICE);
    WHILE(device_context[3].tc, 1, 30, AUDIT_NOWHERE, 3);
    WHILE(device_context[3].rest[4], 1, 30, AUDIT_NOWHERE, 3);
    WHILE(device_owner[4], a, 30, AUDIT_NOWHERE, 4);
}

static void shadows_are_judged(void **state)
{
    (void)state;
    const uint64_t at = info[block].at_owner;

    WHILE(ram[arena].word[4], pte_to(leaf, 211), 31, arena, 4);        /* not the guest's */
    WHILE(ram[arena].word[4], pte_to(WORLD_FRAMES, 211), 31, arena, 4); /* no memory */
    info[leaf].at_borrower = info[leaf].at_owner; /* where it is mapped, but not by the guest's stage 2 */
    WHILE(ram[arena].word[4], pte_to(leaf, 211), 31, arena, 4);
    WHILE(ram[arena].word[4], pte_to(arena, 1), 31, arena, 4);         /* a pointer in the last level */
    WHILE(info[arena].at_borrower, SHADOW_TOP + 1, 31, arena, FRAME_WORDS);
    WHILE(info[arena].kind, FRAME_DATA, 31, arena, FRAME_WORDS); /* the kernel does not tell its words then */
    ram[at / 512].word[at % 512] &= ~UINT64_C(2); /* W without R, and less than the shadow leaf has */
    audit();
    assert_int_equal(places, 2);
    assert_int_equal(found[0].invariant + found[1].invariant, 5 + 31);
    ram[at / 512].word[at % 512] |= 2;
    ram[arena].word[3] = pte_to(block + 3, 215);
    OK(space_protect(g, block, MAP_READ | MAP_EXECUTE));
    finds(31, arena, 3); /* it writes, stage 2 does not */
}

/* One page goes and comes back, again and again, while all is read. */
static void leaf_moves(void)
{
    static uint64_t turn, chance;

    chance = chance * 6364136223846793005u + 1442695040888963407u;
    if (chance >> 60 != 0) /* one time in sixteen */
        return;
    if (++turn % 2 == 1)
        OK(CALL(t, SEPTUM_SPACE_UNMAP, CAP_SELF, leaf));
    else
        OK(CALL(t, SEPTUM_SPACE_MAP, CAP_SELF, VA, leaf, 0, MAP_READ));
}

static void changes_are_read_again(void **state)
{
    (void)state;
    reads = 0;
    meanwhile = leaf_moves;
    audit();
    for (uint32_t i = 0; i < places && i < PLACES; i++)
        print_message("INV-%u frame %lu entry %lu\n", found[i].invariant, found[i].frame, found[i].entry);
    assert_int_equal(places, 0);
    assert_true(sums.again > 300);
    assert_int_equal(sums.given_up, 0);
}

/* Something changes at each read: nothing can be judged, and nothing is found, or waited for for ever. */
static void always_changes(void)
{
    OK(CALL(MANAGER, SEPTUM_CAP_DROP, CAPS - 1));
}

static void what_never_rests_is_counted(void **state)
{
    (void)state;
    meanwhile = always_changes;
    places = 0;
    sums = (struct audit_sums){0};
    books_begin(frame_count, ram_base_pfn);
    audit_records();
    assert_int_equal(places, 0);
    assert_int_equal(sums.given_up, 3 + WINDOWS + DEVICES); /* 3: slots with a root */
}

#define AUDITOR_TEST(name) cmocka_unit_test_setup(name, begin)

static const struct CMUnitTest tests[] = {
    AUDITOR_TEST(a_good_system_is_good),
    AUDITOR_TEST(entries_are_judged),
    AUDITOR_TEST(records_are_judged),
    AUDITOR_TEST(shadows_are_judged),
    AUDITOR_TEST(changes_are_read_again),
    AUDITOR_TEST(what_never_rests_is_counted),
};

SUITE_MAIN("auditor", tests)
