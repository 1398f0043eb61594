/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The manager's world on the build host: three guests, their devices, the servers of these, and what was said. */
#ifndef DEVICE_WORLD_H
#define DEVICE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <lib/device_link.h>

#include "kernel.h"
#include "manager/bundle.h"
#include "manager/device.h"
#include "manager/device_server.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

#define SECOND   10000000u
#define RAM_BASE UINT64_C(0x80000000)
#define IOMMU    UINT64_C(0x3010000)
#define CONFIG   1u /* the window of the function's configuration; its registers' follow */
#define DEVFN    (3u * 8)
#define PCI_IRQ  35u
#define MEMORY   UINT64_C(0x40000000)
#define FUNCTIONS 4u /* at most: a 9p, an entropy, a network device and a disk */
#define FILES_AT 0x20000u
#define ROOM     3u /* the guest that is a room */

extern uint8_t bundle_bytes[FILES_AT + 7 * ELF_BYTES];
extern char said[8192];
extern uint64_t board_iommu; /* of the next begin(): the IOMMU's registers; 0: none */
extern uint32_t board_functions; /* likewise: so many functions of the PCI bus, the first's configuration in window CONFIG */

/* A machine with a device of that virtio type, and a description with those flags; the servers are built. */
int begin(uint32_t type, uint32_t flags);
int fresh(void **state);     /* with the 9p device on virtio-mmio, which may be unsafe; nothing was said */
int fresh_pci(void **state); /* with it on PCI, behind an IOMMU */
int fresh_own(void **state); /* all functions; 'db' has entropy and a slice, and network 0 the uplink */

struct device_server *server(uint32_t kind);
uint32_t domain(uint64_t cap);
struct kernel_thread *thread(uint64_t cap);
void serve_both(void);
bool reaches(struct guest *g, uint32_t phase, bool served);
bool starts(struct guest *g);
bool ends(struct guest *g);
void ring_is_shared(const struct guest *g, uint32_t index, const struct device_server *s, uint32_t client);
void bells_are_granted(const struct guest *g, uint32_t index, const struct device_server *s, uint32_t client);

/* physical_test.c */
extern const struct CMUnitTest physical_tests[];
extern const int physical_count;

/* create_test.c */
extern const struct CMUnitTest create_tests[];
extern const int create_count;

/* balloon_test.c */
extern const struct CMUnitTest balloon_tests[];
extern const int balloon_count;

/* own_test.c */
extern const struct CMUnitTest own_tests[];
extern const int own_count;

#endif
