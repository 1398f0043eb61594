/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#pragma once

#include <stdint.h>

/*
 * For a driver's server that the manager has given up (DEVICE_GIVEN_UP): the device of that function is switched off, if
 * there is one, and every client is told, from now on.
 */
_Noreturn void driver_given_up(uint32_t function);
