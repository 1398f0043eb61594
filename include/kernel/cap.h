/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Authority: a static table of capabilities per domain. No call names an object any other way. kernel_lock. */
#pragma once

#include <kernel/thread.h>

struct cap {
	uint32_t type;   /* enum septum_cap_type */
	uint32_t rights; /* CAP_… */
	uint32_t name;   /* name of a domain or thread; number of a window or interrupt */
	uint32_t reserved;
	uint64_t badge;
};

struct cap_row {
	struct cap slot[CAPS];
};

extern struct cap_row cap[DOMAINS];

/*@ predicate CapsSame{P,Q} = \forall integer d, i; 0 <= d < DOMAINS && 0 <= i < CAPS ==>
      \at(cap[d].slot[i], P) == \at(cap[d].slot[i], Q);
    // Of all capabilities only that in slot i of domain slot d changed.
    predicate CapOnly{P,Q}(integer d, integer i) = \forall integer e, j; 0 <= e < DOMAINS && 0 <= j < CAPS &&
      (e != d || j != i) ==> \at(cap[e].slot[j], P) == \at(cap[e].slot[j], Q);
    predicate CapIs{L}(integer d, integer i, integer type, integer rights, integer name, integer badge) =
      cap[d].slot[i].type == type && cap[d].slot[i].rights == rights && cap[d].slot[i].name == name &&
      cap[d].slot[i].badge == badge && cap[d].slot[i].reserved == 0;
    predicate CapEmpty{L}(integer d, integer i) = CapIs(d, i, CAP_NONE, 0, NOBODY, 0);
*/

/*@ // Domain slot d has in its slot i a capability of that type, with all those rights.
    predicate Held{L}(integer d, integer i, integer type, integer rights) = 0 <= i < CAPS &&
      cap[d].slot[i].type == type && (cap[d].slot[i].rights & rights) == rights;
    // What a capability of that type and name is for has not ended.
    predicate CapLive{L}(integer type, integer name) =
      (type == CAP_DOMAIN ==> Live(name)) && (type == CAP_THREAD ==> ThreadLive(name));
    // The slot of the domain that a capability's object belongs to: what P is asked about.
    logic integer CapSubject{L}(integer d, integer i) =
      cap[d].slot[i].type == CAP_DOMAIN ? cap[d].slot[i].name % NAME_SLOTS :
      cap[d].slot[i].type == CAP_THREAD ? thread[cap[d].slot[i].name % NAME_SLOTS].domain % NAME_SLOTS : d;
    // Domain slot d may give a copy of its capability i, with those rights and that badge, to domain slot e: the copy
    // can do no more, the two that it brings together are in P, and a badge, once chosen, stays.
    predicate Grantable{L}(integer d, integer i, integer e, integer rights, integer badge) =
      Held(d, i, cap[d].slot[i].type, rights) && cap[d].slot[i].type != CAP_NONE &&
      cap[d].slot[i].type != CAP_SYSTEM && peer[CapSubject(d, i)].with[e] != 0 &&
      (cap[d].slot[i].badge == 0 || cap[d].slot[i].badge == badge);
*/

/* Can domain slot d use its slot i as a capability of that type with all those rights, to something that lives? */
/*@ requires slot: d < DOMAINS;
    terminates \true;
    assigns \nothing;
    ensures held: \result == SEPTUM_OK ==> Held(d, i, type, rights);
    ensures domain: \result == SEPTUM_OK && type == CAP_DOMAIN ==> Live(cap[d].slot[i].name);
    ensures thread: \result == SEPTUM_OK && type == CAP_THREAD ==> ThreadLive(cap[d].slot[i].name);
    ensures exact: Held(d, i, type, rights) && CapLive(type, cap[d].slot[i].name) ==> \result == SEPTUM_OK;
*/
int cap_check(uint32_t d, uint64_t i, uint32_t type, uint32_t rights);
/* Is there such a slot, and nothing in it? */
/*@ requires slot: d < DOMAINS;
    terminates \true;
    assigns \nothing;
    ensures empty: \result == SEPTUM_OK <==> i < CAPS && cap[d].slot[i].type == CAP_NONE;
*/
int cap_empty(uint32_t d, uint64_t i);
/* Fills an empty slot. */
/*@ requires slot: d < DOMAINS;
    terminates \true;
    assigns cap[0 .. DOMAINS-1];
    ensures allowed: \result == SEPTUM_OK <==> i < CAPS && \old(cap[d].slot[i].type) == CAP_NONE;
    ensures put: \result == SEPTUM_OK ==> CapIs(d, i, type, CAP_RIGHTS, name, badge);
    ensures others: CapOnly{Pre,Post}(d, i);
    ensures refused: \result != SEPTUM_OK ==> CapsSame{Pre,Post};
*/
int cap_put(uint32_t d, uint64_t i, uint32_t type, uint32_t name, uint64_t badge);
/* A copy of `from`'s slot i with fewer rights, into slot j of domain `to`, within P. */
/*@ requires slot: from < DOMAINS && to < DOMAINS;
    terminates \true;
    assigns cap[0 .. DOMAINS-1];
    ensures allowed: \result == SEPTUM_OK <==> j < CAPS && \old(cap[to].slot[j].type) == CAP_NONE &&
      Grantable{Pre}(from, i, to, rights % (CAP_RIGHTS + 1), badge);
    ensures copied: \result == SEPTUM_OK ==> CapIs(to, j, \old(cap[from].slot[i].type), rights % (CAP_RIGHTS + 1),
      \old(cap[from].slot[i].name), badge);
    ensures others: CapOnly{Pre,Post}(to, j);
    ensures refused: \result != SEPTUM_OK ==> CapsSame{Pre,Post};
*/
int cap_grant(uint32_t from, uint64_t i, uint32_t to, uint64_t j, uint64_t rights, uint64_t badge);
/* Empties a slot; of a slot that is empty or out of range, nothing. */
/*@ requires slot: d < DOMAINS;
    terminates \true;
    assigns cap[0 .. DOMAINS-1];
    ensures dropped: i < CAPS ==> CapEmpty(d, i);
    ensures others: CapOnly{Pre,Post}(d, i);
*/
void cap_drop(uint32_t d, uint64_t i);
/* Empties all slots of a domain. */
/*@ requires slot: d < DOMAINS;
    terminates \true;
    assigns cap[0 .. DOMAINS-1];
    ensures cleared: \forall integer i; 0 <= i < CAPS ==> CapEmpty(d, i);
    ensures others: \forall integer e, j; 0 <= e < DOMAINS && 0 <= j < CAPS && e != d ==>
      cap[e].slot[j] == \old(cap[e].slot[j]);
*/
void cap_clear(uint32_t d);
