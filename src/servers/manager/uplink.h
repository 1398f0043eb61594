/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * The uplink: the one network that is joined to the machine's network device. Its server drives the device, and is a client
 * of the net server's as a monitor is: it owns the ring that the two share, and has nothing else of the switch.
 */
#pragma once

#include "manager.h"

/* The uplink is one more client of the net server, if the bundle has one and a guest's net is on that network. */
void uplink_list(void);

/* The uplink server, which is built and was not started yet, is joined to the net server. On false `trouble` says why. */
bool uplink_join(void);

/* Is that net on the network with the uplink? NULL: no. */
bool uplink_is_asked(const struct bundle_net *net);
