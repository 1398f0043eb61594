/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* What an audit has found, as JSON. */
#pragma once

#include <lib/link.h>

/* A member of an object, after a comma. */
void audit_reply(const struct link_audit *audit);
