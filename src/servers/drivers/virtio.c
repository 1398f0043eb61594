/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "virtio.h"

#define RESET_POLLS 1000000u /* a reset takes a device of QEMU none; a slow one some microseconds */

struct virtio virtio_of(const struct device_function *f)
{
    const struct virtio_pci_place place = {
        .type = f->type,
        .bytes = DEVICE_FUNCTION_PAGES * FRAME_BYTES,
        .common = f->common,
        .notify = f->notify,
        .notify_multiplier = f->notify_multiplier,
        .isr = f->isr,
        .device = f->device,
    };

    return (struct virtio){f->transport == DEVICE_PCI ? &virtio_pci : &virtio_mmio, DEVICE_VA_BAR, place};
}

enum virtio_fault virtio_reset(const struct virtio *v)
{
    v->transport->set_status(v, 0);
    for (uint32_t i = 0; i < RESET_POLLS; i++) {
        if (v->transport->status(v) == 0)
            return VIRTIO_OK;
    }
    return VIRTIO_NO_RESET;
}

static enum virtio_fault agree(const struct virtio *v, uint64_t needed, uint64_t wanted)
{
    const struct virtio_transport *t = v->transport;
    const uint64_t all = needed | VIRTIO_F_VERSION_1;
    const uint64_t offered = t->features(v);

    if ((offered & all) != all)
        return VIRTIO_NO_FEATURES;
    t->set_features(v, offered & (all | wanted | VIRTIO_F_ACCESS_PLATFORM));
    t->set_status(v, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK);
    return (t->status(v) & VIRTIO_STATUS_FEATURES_OK) != 0 ? VIRTIO_OK : VIRTIO_NO_FEATURES;
}

enum virtio_fault virtio_begin(const struct virtio *v, uint32_t type, uint64_t needed, uint64_t wanted)
{
    enum virtio_fault fault;

    if (!v->transport->there(v))
        return VIRTIO_ABSENT;
    if (v->transport->type(v) != type)
        return VIRTIO_OTHER_TYPE;
    fault = virtio_reset(v);
    if (fault != VIRTIO_OK)
        return fault;
    v->transport->set_status(v, VIRTIO_STATUS_ACKNOWLEDGE);
    v->transport->set_status(v, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
    fault = agree(v, needed, wanted);
    if (fault != VIRTIO_OK)
        v->transport->set_status(v, VIRTIO_STATUS_FAILED);
    return fault;
}

enum virtio_fault virtio_place(const struct virtio *v, uint32_t queue, const struct virtio_queue_place *place)
{
    if (v->transport->queue_most(v, queue) < place->size)
        return VIRTIO_NO_QUEUE;
    v->transport->queue_place(v, queue, place);
    return VIRTIO_OK;
}

void virtio_go(const struct virtio *v)
{
    v->transport->set_status(v, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK |
                                    VIRTIO_STATUS_DRIVER_OK);
}

const char *virtio_fault_text(enum virtio_fault fault)
{
    switch (fault) {
    case VIRTIO_OK:
        return "works";
    case VIRTIO_ABSENT:
        return "is no virtio device of version 1 or later (QEMU: -global virtio-mmio.force-legacy=false)";
    case VIRTIO_OTHER_TYPE:
        return "is a virtio device of another kind";
    case VIRTIO_NO_RESET:
        return "does not reset";
    case VIRTIO_NO_FEATURES:
        return "lacks a feature that is needed";
    case VIRTIO_NO_QUEUE:
        return "has too small a queue";
    }
    return "is not understood";
}
