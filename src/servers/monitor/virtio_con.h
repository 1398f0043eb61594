/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/*
 * virtio-console [virtio 1.2 5.3], one port: the other end of the line that the UART has, too. Both write to it; what the
 * operator types goes to the one that the guest wrote by last.
 */
#pragma once

struct virtio_device;
struct hart;

void con_offer(struct virtio_device *d);

/* Does all that can be done now, both ways. Under the device's lock. */
void con_run(struct virtio_device *d, struct hart *h);
