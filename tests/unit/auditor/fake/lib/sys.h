/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* The auditor's one call, served by the kernel's own C on the fake machine (tests/unit/auditor). */
#pragma once

#include <septum/abi.h>

struct sys_result {
    int64_t status;
    uint64_t value[5];
};

struct sys_result sys_audit_read(uint64_t audit, uint64_t what, uint64_t number, uint64_t index);
