/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include <kernel/cap.h>
#include <kernel/domain.h>

struct cap_row cap[DOMAINS];

/* Are all the wanted rights there? */
/*@ terminates \true;
    assigns \nothing;
    ensures has: \result != 0 <==> (have & want) == want;
*/
static int cap_has(uint32_t have, uint32_t want) { return (have & want) == want; }

int cap_check(uint32_t d, uint64_t i, uint32_t type, uint32_t rights)
{
	if (i >= CAPS || cap[d].slot[i].type != type)
		return SEPTUM_BAD_CAP;
	if (!cap_has(cap[d].slot[i].rights, rights))
		return SEPTUM_DENIED;
	uint32_t name = cap[d].slot[i].name;
	if ((type == CAP_DOMAIN && !domain_live(name)) || (type == CAP_THREAD && !thread_live(name)))
		return SEPTUM_DEAD;
	return SEPTUM_OK;
}

int cap_empty(uint32_t d, uint64_t i)
{
	if (i >= CAPS)
		return SEPTUM_BAD_ARGUMENT;
	return cap[d].slot[i].type == CAP_NONE ? SEPTUM_OK : SEPTUM_FULL;
}

int cap_put(uint32_t d, uint64_t i, uint32_t type, uint32_t name, uint64_t badge)
{
	int status = cap_empty(d, i);
	if (status == SEPTUM_OK)
		cap[d].slot[i] = (struct cap){.type = type, .rights = CAP_RIGHTS, .name = name, .badge = badge};
	return status;
}

/* The slot of the domain that a capability's object belongs to: what P is asked about. Devices belong to nobody. */
/*@ requires slot: d < DOMAINS && i < CAPS;
    terminates \true;
    assigns \nothing;
    ensures slot: \result < DOMAINS;
    ensures exact: \result == CapSubject(d, i);
*/
static uint32_t cap_subject(uint32_t d, uint64_t i)
{
	if (cap[d].slot[i].type == CAP_DOMAIN)
		return cap[d].slot[i].name % NAME_SLOTS;
	if (cap[d].slot[i].type == CAP_THREAD)
		return thread[cap[d].slot[i].name % NAME_SLOTS].domain % NAME_SLOTS;
	return d;
}

int cap_grant(uint32_t from, uint64_t i, uint32_t to, uint64_t j, uint64_t rights, uint64_t badge)
{
	if (i >= CAPS || j >= CAPS)
		return SEPTUM_BAD_ARGUMENT;
	uint32_t type = cap[from].slot[i].type;
	if (type == CAP_NONE || type == CAP_SYSTEM)
		return SEPTUM_BAD_CAP;
	/* A badge is chosen once: by who holds the capability without one. */
	if (!cap_has(cap[from].slot[i].rights, (uint32_t)(rights % (CAP_RIGHTS + 1))) ||
	    peer[cap_subject(from, i)].with[to] == 0 ||
	    (cap[from].slot[i].badge != 0 && badge != cap[from].slot[i].badge))
		return SEPTUM_DENIED;
	int status = cap_put(to, j, type, cap[from].slot[i].name, badge);
	if (status == SEPTUM_OK)
		cap[to].slot[j].rights = (uint32_t)(rights % (CAP_RIGHTS + 1));
	return status;
}

void cap_drop(uint32_t d, uint64_t i)
{
	if (i < CAPS)
		cap[d].slot[i] = (struct cap){.type = CAP_NONE, .name = NOBODY};
}

void cap_clear(uint32_t d)
{
	/*@ loop invariant range: 0 <= i <= CAPS;
	    loop invariant cleared: \forall integer j; 0 <= j < i ==> CapEmpty(d, j);
	    loop invariant others: \forall integer e, j; 0 <= e < DOMAINS && 0 <= j < CAPS && e != d ==>
	      cap[e].slot[j] == \at(cap[e].slot[j], Pre);
	    loop assigns i, cap[0 .. DOMAINS-1];
	    loop variant CAPS - i;
	*/
	for (uint32_t i = 0; i < CAPS; i++)
		cap_drop(d, i);
}
