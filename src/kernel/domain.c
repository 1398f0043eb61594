/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/device.h>

struct domain dom[DOMAINS];
struct peer_row peer[DOMAINS];

int domain_live(uint32_t name) { return dom[name % NAME_SLOTS].kind != 0 && dom[name % NAME_SLOTS].name == name; }

int domain_peers(uint32_t a, uint32_t b) { return peer[a % NAME_SLOTS].with[b % NAME_SLOTS] != 0; }

/* A slot whose last name leaves room for one more; 0 if there is none. */
/*@ terminates \true;
    assigns \nothing;
    ensures free: 0 <= \result < DOMAINS &&
      (\result != 0 ==> dom[\result].kind == 0 && dom[\result].name < 0xffffffff - NAME_SLOTS);
*/
static uint32_t slot_free(void)
{
	/*@ loop invariant range: 1 <= s <= DOMAINS;
	    loop assigns s;
	    loop variant DOMAINS - s;
	*/
	for (uint32_t s = 1; s < DOMAINS; s++)
		if (dom[s].kind == 0 && dom[s].name < 0xffffffffu - NAME_SLOTS)
			return s;
	return 0;
}

/* The free slot s gets a domain with the next name. */
/*@ requires inv: Inv;
    requires devices: Contexts;
    requires slot: 0 < s < DOMAINS && dom[s].kind == 0 && dom[s].name < 0xffffffff - NAME_SLOTS;
    requires kind: kind == SEPTUM_SERVER || kind == SEPTUM_GUEST;
    terminates \true;
    assigns dom[s];
    INV_KEPT;
    ensures devices: Contexts;
    ensures named: dom[s].name == \old(dom[s].name) + NAME_SLOTS && dom[s].kind == kind &&
      dom[s].root == NO_ROOT && dom[s].sealed == 0;
*/
static void slot_take(uint32_t s, uint32_t kind)
{
	dom[s] = (struct domain){.kind = kind, .name = dom[s].name + NAME_SLOTS, .root = NO_ROOT};
}

uint32_t domain_new(uint32_t kind)
{
	uint32_t s = slot_free();

	if (s == 0)
		return NOBODY;
	slot_take(s, kind);
	/*@ loop invariant range: 0 <= k <= DOMAINS;
	    loop invariant cleared: \forall integer x; 0 <= x < k ==> peer[s].with[x] == 0 && peer[x].with[s] == 0;
	    loop invariant rest: \forall integer x, y; 0 <= x < DOMAINS && 0 <= y < DOMAINS && x != s && y != s ==>
	      peer[x].with[y] == \at(peer[x].with[y], Pre);
	    loop assigns k, peer[0 .. DOMAINS-1];
	    loop variant DOMAINS - k;
	*/
	for (uint32_t k = 0; k < DOMAINS; k++) {
		peer[s].with[k] = 0;
		peer[k].with[s] = 0;
	}
	peer[s].with[s] = 1;
	peer[s].with[MANAGER_SLOT] = 1;
	peer[MANAGER_SLOT].with[s] = 1;
	return dom[s].name;
}

void domain_end(uint32_t name)
{
	device_end(name);
	/*@ ghost stale[name % NAME_SLOTS] = 3; */
	dom[name % NAME_SLOTS].kind = 0;
	fence_space(name % NAME_SLOTS);
}

int domain_peer(uint32_t a, uint32_t b)
{
	if (!domain_live(a) || !domain_live(b))
		return SEPTUM_DEAD;
	if (dom[a % NAME_SLOTS].sealed != 0)
		return SEPTUM_DENIED;
	peer[a % NAME_SLOTS].with[b % NAME_SLOTS] = 1;
	peer[b % NAME_SLOTS].with[a % NAME_SLOTS] = 1;
	return SEPTUM_OK;
}

void domain_seal(uint32_t name) { dom[name % NAME_SLOTS].sealed = 1; }
