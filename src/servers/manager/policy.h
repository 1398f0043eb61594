/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The policy of a system: who may affect whom, who may hold a capability for whom, who may have which device. It follows
 * from the bundle and the machine, and is fixed before the first domain is made. Non-interference (T10) is proved of every
 * policy that satisfies the hypotheses of spec/model/machine.mlw (ASM-28): policy_fault() checks them of this one, and the
 * manager joins, grants and maps only what it finds here.
 */
#pragma once

#include <septum/abi.h>
#include <septum/bundle.h>

#include <stdbool.h>
#include <stdint.h>

/* Parties: one domain each, numbered here and not by the kernel. */
#define POLICY_MANAGER    0u
#define POLICY_CONSOLE    1u
#define POLICY_BLOCK      2u
#define POLICY_NET        3u
#define POLICY_ENTROPY    4u
#define POLICY_PCI        5u
#define POLICY_BLOCK_DMA  6u /* what the block server's device reaches */
#define POLICY_ENTROPY_DMA 7u
#define POLICY_UPLINK     8u
#define POLICY_UPLINK_DMA 9u
#define POLICY_AUDITOR    10u
#define POLICY_DISK       11u
#define POLICY_DISK_DMA   12u
#define POLICY_MONITOR(i) (13u + 2u * (i)) /* of guest i of the bundle */
#define POLICY_GUEST(i)   (14u + 2u * (i))
#define POLICY_PARTIES    (13u + 2u * BUNDLE_GUESTS)

_Static_assert(POLICY_PARTIES <= 64 && POLICY_PARTIES <= DOMAINS, "a set of parties is one word");

/* Sets of parties are words: bit p is party p. */
struct policy {
    uint32_t parties;
    uint64_t peers[POLICY_PARTIES];    /* P: whom each may affect, beside itself */
    uint64_t controls[POLICY_PARTIES]; /* for whom each may hold a domain's or a thread's capability to change or end it */
    uint64_t system;                   /* who may hold CAP_SYSTEM */
    uint64_t device[WINDOWS];          /* who may have each window, and its interrupt */
};

/* The hypotheses, by their names in spec/model/machine.mlw. */
enum policy_hypothesis { POLICY_HOLDS, CONTROL_IN, CONTROL_OUT, SYSTEM_CONTROLS, DEVICE_ONE };

/* The policy of a checked bundle on a machine with so many windows; console: the one that the console has, or WINDOWS. */
void policy_of(struct policy *policy, const struct bundle *bundle, uint64_t windows, uint64_t console);

/* The device server of that kind (DEVICE_BLOCK, DEVICE_NET, DEVICE_ENTROPY, DEVICE_UPLINK, DEVICE_DISK). */
uint32_t policy_server(uint32_t kind);

/* Party a may have window w from now on; false, and it may not, if a hypothesis would fail: another stranger may. */
bool policy_give(struct policy *policy, uint64_t w, uint32_t a);

/* POLICY_HOLDS, or the first hypothesis that does not, with two parties for which it fails. */
enum policy_hypothesis policy_fault(const struct policy *policy, uint32_t *a, uint32_t *b);

/* May the two affect each other? May a hold a capability for b? May a have window w? */
bool policy_joins(const struct policy *policy, uint32_t a, uint32_t b);
bool policy_controls(const struct policy *policy, uint32_t a, uint32_t b);
bool policy_fits(const struct policy *policy, uint32_t a, uint64_t w);
