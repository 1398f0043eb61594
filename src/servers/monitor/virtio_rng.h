/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
/* virtio-rng [virtio 1.2 5.4]: the bytes that the entropy server keeps in struct entropy_ring. */
#pragma once

struct virtio_device;
struct hart;

void rng_offer(struct virtio_device *d);

/* Fills buffers while there are bytes; the others wait in the queue. Under the device's lock. */
void rng_run(struct virtio_device *d, struct hart *h);
