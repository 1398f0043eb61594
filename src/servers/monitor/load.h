/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* Fills the guest's memory: kernel, initrd, device tree. */
#pragma once

#include "monitor.h"

/* What MANAGER_READ reads from. */
#define FILE_KERNEL 0u
#define FILE_INITRD 1u
#define FILE_MAP    2u

struct load {
    uint64_t entry;
    uint64_t tree; /* where the device tree lies */
};

/* Clears memory that was used, loads all. NULL, or one message that says what is wrong. */
const char *load_guest(struct hart *h, struct load *load);
