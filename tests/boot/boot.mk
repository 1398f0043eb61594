# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Real boots: test-boot drives the default system at a terminal, test-small runs small systems and broken ones,
# test-modes a Linux program in each mode, test-takeover speaks through the servers of a running system, test-ends looks
# at what `make qemu` leaves behind, test-control commands guests by name, test-net joins guests by a network, test-disks
# writes disks and kills the machine, test-slices does so with slices of one disk, test-uplink leads out of the machine,
# test-ctl commands it from the build host.
# test-debian, which wants `make setup-debian` and some minutes, belongs to no other: two whole Debian guests.

CHECK_TARGETS += test-small test-boot test-modes test-takeover test-ends test-control test-ctl test-create test-net test-disks test-balloon \
	test-slices test-uplink

NET_MIB ?= 16
.PHONY: test-boot test-small test-modes test-takeover test-ends test-control test-ctl test-create test-net test-disks test-slices test-balloon \
	test-uplink test-debian
test-boot: all ## Debian guests at a terminal: shells, focus, reboot, poweroff, quit, two CPUs
	@$(PYTHON) tests/boot/boot.py --make '$(MAKE)' --build $(BUILD)

test-small: all ## eight guests at once, twenty reboots, inputs that cannot work
	@$(PYTHON) tests/boot/small.py --make '$(MAKE)' --build $(BUILD)

test-modes: all ## one Linux program in both modes, Debian on harts without H, Septum as a guest of Septum
	@$(PYTHON) tests/boot/modes.py --make '$(MAKE)' --build $(BUILD)

test-takeover: all ## what a server that was taken over reaches: the manager and every other; devices told to reach all memory
	@$(PYTHON) -B tests/boot/takeover.py --make '$(MAKE)' --build $(BUILD) --cross $(CROSS)
	@$(PYTHON) -B tests/boot/dma.py --build $(BUILD)
	@$(PYTHON) -B tests/boot/dma_own.py --build $(BUILD)
	@$(PYTHON) -B tests/boot/reach.py --build $(BUILD)
	@$(PYTHON) -B tests/boot/failing.py --build $(BUILD)

test-ends: all ## Ctrl-C, quit, a killed QEMU, a closed terminal: nothing is left behind
	@$(PYTHON) -B tests/boot/ends.py --make '$(MAKE)' --build $(BUILD)

test-control: all ## the console's prompt: list, start, stop, pause, resume, stats and the rest by name
	@$(PYTHON) -B tests/boot/control.py --make '$(MAKE)' --build $(BUILD)

test-disks: all ## guests' disks as files: written, flushed, there after a kill of QEMU; overlays; refusals
	@$(PYTHON) -B tests/boot/disks.py --make '$(MAKE)' --build $(BUILD) --cross $(CROSS)

test-slices: all ## guests' disks as slices of one: apart, there after a kill of QEMU and of their server; refusals
	@$(PYTHON) -B tests/boot/slices.py --make '$(MAKE)' --build $(BUILD)

test-net: all ## Debian guests on two networks: pings, a copy, who hears what, the end of the net server (NET_MIB=)
	@$(PYTHON) -B tests/boot/net.py --make '$(MAKE)' --build $(BUILD) --cross $(CROSS) --mib $(NET_MIB)

test-uplink: all ## Debian guests on a network that leads out of the machine, and an entropy device
	@$(PYTHON) -B tests/boot/uplink.py --make '$(MAKE)' --build $(BUILD)

test-ctl: all ## make ctl: commands from the build host, guests created and destroyed fifty times
	@$(PYTHON) -B tests/boot/ctl.py --make '$(MAKE)' --build $(BUILD)

test-create: all ## guests from descriptions in the shared directory, fifty times; files that are wrong; a block server that ends
	@$(PYTHON) -B tests/boot/create.py --make '$(MAKE)' --build $(BUILD)

test-balloon: all ## Debian guests of both modes give memory up, to one that is created of it, and get it back
	@$(PYTHON) -B tests/boot/balloon.py --make '$(MAKE)' --build $(BUILD)

test-debian: all ## two whole Debian guests: login, Python, a reboot, a copy (after setup-debian; not in `make check`)
	@$(PYTHON) -B tests/boot/debian.py --make '$(MAKE)' --build $(BUILD)
