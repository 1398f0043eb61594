# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""What an assessor reads: built from the record of the last `make verify` over everything."""
