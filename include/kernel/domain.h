/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Domains by slot and generation, and P. Guarded by kernel_lock, all of it. */
#pragma once

#include <kernel/memory.h>

/* Is this the name of a domain that has not ended? */
/*@ terminates \true;
    assigns \nothing;
    ensures live: \result != 0 <==> Live(name);
*/
int domain_live(uint32_t name);

/* May the two affect each other? */
/*@ terminates \true;
    assigns \nothing;
    ensures peers: \result != 0 <==> Peers(a, b);
*/
int domain_peers(uint32_t a, uint32_t b);

/* A new domain of that kind in a free slot, peer of itself and of the manager; NOBODY if all slots are taken. */
/*@ requires inv: Inv;
    requires devices: Contexts;
    requires kind: kind == SEPTUM_SERVER || kind == SEPTUM_GUEST;
    terminates \true;
    assigns dom[0 .. DOMAINS-1], peer[0 .. DOMAINS-1];
    ensures inv: Inv;
    ensures devices: Contexts;
    ensures born: \result != NOBODY ==> Live(\result) && !Live{Pre}(\result);
    ensures fresh: \result != NOBODY ==> \forall integer p; 0 <= p < frame_count ==>
      info[p].owner != \result && info[p].borrower != \result;
    ensures named: \result != NOBODY ==> \result == \old(dom[\result % NAME_SLOTS].name) + NAME_SLOTS &&
      \old(dom[\result % NAME_SLOTS].kind) == 0 &&
      dom[\result % NAME_SLOTS].kind == kind && dom[\result % NAME_SLOTS].root == NO_ROOT &&
      dom[\result % NAME_SLOTS].sealed == 0;
    ensures slots: \forall integer s; 0 <= s < DOMAINS && (\result == NOBODY || s != \result % NAME_SLOTS) ==>
      SlotSame{Pre,Post}(s);
    ensures others: \forall integer n; 0 <= n && n != \result ==> (Live(n) <==> Live{Pre}(n));
    ensures living: LivingSame{Pre,Post}(0);
    ensures peers: \result != NOBODY ==> \forall integer x; 0 <= x < DOMAINS ==>
      (Peers(\result, x) <==> x == \result % NAME_SLOTS || x == MANAGER_SLOT) &&
      (Peers(x, \result) <==> Peers(\result, x));
    ensures rest: \forall integer x, y; 0 <= x < DOMAINS && 0 <= y < DOMAINS &&
      (\result == NOBODY || (x != \result % NAME_SLOTS && y != \result % NAME_SLOTS)) ==>
      peer[x].with[y] == \old(peer[x].with[y]);
*/
uint32_t domain_new(uint32_t kind);

/* The domain is dead at once, with all that was its own; no hart keeps a translation of it, no device leads to it. No hart
 * runs it. */
/*@ requires inv: Inv;
    requires devices: Contexts;
    requires clean: Clean;
    requires live: Live(name);
    terminates \true;
    assigns dom[0 .. DOMAINS-1], stale[0 .. DOMAINS-1], device_owner[0 .. DEVICES-1], device_context[0 .. DEVICES-1],
      loose;
    ensures inv: Inv;
    ensures devices: Contexts;
    ensures taken: \forall integer n; 0 <= n < DEVICES ==> device_owner[n] != name;
    ensures others_devices: DevicesOnly{Pre,Post}(name);
    ensures slots: SlotOnly{Pre,Post}(name % NAME_SLOTS);
    ensures left: dom[name % NAME_SLOTS].kind == 0 && dom[name % NAME_SLOTS].name == name;
    ensures kept: MemoryKeptBut{Pre,Post}(name % NAME_SLOTS);
    ensures clean: Clean;
    ensures dead: !Live(name);
    ensures others: \forall integer n; 0 <= n && n != name ==> (Live(n) <==> Live{Pre}(n));
    ensures living: LivingSame{Pre,Post}(name % NAME_SLOTS);
*/
void domain_end(uint32_t name);

/* {a, b} joins P, while a is not sealed. */
/*@ requires inv: Inv;
    terminates \true;
    assigns peer[0 .. DOMAINS-1];
    ensures inv: Inv;
    ensures dead: !Live(a) || !Live(b) ==> \result == SEPTUM_DEAD;
    ensures sealed: Live(a) && Live(b) ==>
      (\result == SEPTUM_OK <==> dom[a % NAME_SLOTS].sealed == 0);
    ensures joined: \result == SEPTUM_OK ==> Peers(a, b) && Peers(b, a);
    ensures rest: \forall integer x, y; 0 <= x < DOMAINS && 0 <= y < DOMAINS ==>
      peer[x].with[y] == \old(peer[x].with[y]) ||
      (\result == SEPTUM_OK && ((x == a % NAME_SLOTS && y == b % NAME_SLOTS) ||
                                (x == b % NAME_SLOTS && y == a % NAME_SLOTS)));
*/
int domain_peer(uint32_t a, uint32_t b);

/* P takes no new pair on this domain's word. */
/*@ requires inv: Inv;
    requires devices: Contexts;
    requires live: Live(name);
    terminates \true;
    assigns dom[0 .. DOMAINS-1];
    ensures inv: Inv;
    ensures devices: Contexts;
    ensures sealed: dom[name % NAME_SLOTS].sealed == 1 && dom[name % NAME_SLOTS].name == name &&
      dom[name % NAME_SLOTS].kind == \old(dom[name % NAME_SLOTS].kind) &&
      dom[name % NAME_SLOTS].root == \old(dom[name % NAME_SLOTS].root);
    ensures slots: SlotOnly{Pre,Post}(name % NAME_SLOTS);
    ensures others: \forall integer n; 0 <= n ==> (Live(n) <==> Live{Pre}(n));
    ensures living: LivingSame{Pre,Post}(0);
*/
void domain_seal(uint32_t name);
