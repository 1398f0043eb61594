#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# help.sh MAKEFILE...: prints `target  text` for each line `target: ... ## text`. No Python: it must run before setup.
set -euo pipefail

# The order a newcomer meets them in; what is not named here follows by name.
first="help doctor setup all qemu run-log check verify bench show lint config-check fuzz clean"

sed -nE 's/^([a-z][a-z0-9-]*):[^#=]*## (.*)$/\1 \2/p' "$@" | LC_ALL=C sort -u -k 1,1 |
    awk -v first="$first" '
        BEGIN { count = split(first, order, " ") }
        { name = $1; sub(/^[^ ]+ /, ""); text[name] = $0; names[++total] = name }
        function put(name) { if (name in text) { printf "  %-17s %s\n", name, text[name]; delete text[name] } }
        END { for (i = 1; i <= count; i++) put(order[i]); for (i = 1; i <= total; i++) put(names[i]) }'
