# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The system description tool: source -> tree -> checked configuration -> boot bundle."""
