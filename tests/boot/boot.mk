# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Real boots: test-boot drives the default system at a terminal, test-small runs small systems and broken ones,
# test-modes a Linux program in each mode, test-takeover speaks through the servers of a running system.

CHECK_TARGETS += test-small test-boot test-modes test-takeover

.PHONY: test-boot test-small test-modes test-takeover
test-boot: all ## Debian guests at a terminal: shells, focus, reboot, poweroff, quit, two CPUs
	@$(PYTHON) tests/boot/boot.py --make '$(MAKE)' --build $(BUILD)

test-small: all ## eight guests at once, twenty reboots, inputs that cannot work
	@$(PYTHON) tests/boot/small.py --make '$(MAKE)' --build $(BUILD)

test-modes: all ## one Linux program in both modes, Debian on harts without H, Septum as a guest of Septum
	@$(PYTHON) tests/boot/modes.py --make '$(MAKE)' --build $(BUILD)

test-takeover: all ## what a manager that was taken over cannot do; a console that faults
	@$(PYTHON) -B tests/boot/takeover.py --make '$(MAKE)' --build $(BUILD) --cross $(CROSS)
