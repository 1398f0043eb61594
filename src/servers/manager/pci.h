/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The functions of the PCI bus, and the pci server, which sets up those that device servers are to drive. It runs once,
 * before the first guest; then it is stopped, and the manager gives up all rights to it but to end it: its windows of the
 * configuration space stay its own, so nobody touches that space any more.
 */
#pragma once

#include <septum/device.h>

#include "manager.h"

/* `wanted`: bit t: a server drives a virtio device of type t. What cannot be had is said. */
void pci_begin(uint32_t wanted);

/* The function that was set up as a device of that type, and its first window of registers; NULL: there is none. */
const struct device_function *pci_find(uint32_t type, uint64_t *window);
