# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# The guests' images: Debian's kernel and a busybox user land, also with the modules of virtio devices.

IMAGES       := $(BUILD)/images
GUEST_KERNEL := $(IMAGES)/Image
GUEST_INITRD := $(IMAGES)/guest.cpio.gz
GUEST_VIRTIO := $(IMAGES)/guest-virtio.cpio.gz
GUEST_FILES  := $(BUILD)/setup/guest.stamp

ALL_TARGETS += $(GUEST_KERNEL) $(GUEST_INITRD) $(GUEST_VIRTIO)

$(GUEST_FILES):
	$(call needs-setup,the guests' Debian packages)

$(LIBFDT)/%:
	$(call needs-setup,libfdt's sources)

$(GUEST_KERNEL): platform/images/make-kernel.sh $(GUEST_FILES)
	@mkdir -p $(@D)
	$(call say,IMAGE) $(@F)
	@$< $(BUILD)/setup/guest/boot $@

$(GUEST_INITRD): platform/images/make-initrd.sh $(addprefix platform/images/,pack.sh init.sh inittab profile) $(GUEST_FILES)
	@mkdir -p $(@D)
	$(call say,IMAGE) $(@F)
	@$< $(BUILD)/setup/guest/usr/bin/busybox $@

$(GUEST_VIRTIO): platform/images/make-initrd.sh $(addprefix platform/images/,pack.sh init.sh inittab profile) \
		platform/packages/modules.txt $(GUEST_FILES)
	@mkdir -p $(@D)
	$(call say,IMAGE) $(@F)
	@$< $(BUILD)/setup/guest/usr/bin/busybox $@ $(BUILD)/setup/guest/usr/lib/modules platform/packages/modules.txt

.PHONY: images
images: $(GUEST_KERNEL) $(GUEST_INITRD) $(GUEST_VIRTIO) ## the guests' kernel and user land, in build/images
